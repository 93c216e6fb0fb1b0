"""The row of a year's energy bill: the optimiser, its year's programme alone, and PyPSA on the same hours."""

from __future__ import annotations

from docs.bench import cases
from docs.bench.answers import EXACT, Row, Scope, job, lines, search_alone
from docs.bench.measure import interleaved, run, sound


def energy(scope: Scope) -> Row:
    """The least bill of a year of 8,760 hours, against PyPSA."""
    found = Row(
        "Energy only, and PyPSA",
        "A given load by the hour, a tariff by the hour, a battery that is there; then photovoltaics beside them, of "
        "which a part is curtailed. PyPSA is handed the load and the sun the optimiser derives; the optimiser starts "
        "from the instance and also chooses the plant, audits and reports; `year's programme alone` stops at the bill. "
        "HiGHS with one thread in all.",
    )
    body = [_energy(found, scope, sun) for sun in (False, True)]
    head = ("case", "battery gives", "sun", "of it curtailed")
    found.tables.append(("What PyPSA dispatches, MWh a year", head, body))
    return found


def _energy(found: Row, scope: Scope, sun: bool) -> tuple[str, ...]:
    """One case: its lines and agreements, and what is dispatched in it."""
    instance = cases.write(scope.folder, cases.energy_only(scope.hours(), sun))
    case, folder = f"1 year x {scope.hours():,} h" + (", sun" if sun else ""), scope.sub(instance.stem)
    series = folder / "series.json"
    sound({"load": [run(job("load", "load", str(instance), str(series)), scope.sub(f"{instance.stem}/load"))]})
    names = ("optimizer solve", "year's programme alone", "PyPSA")
    contenders = [search_alone(names[0], instance, "--threads", "1"), job(names[1], "year", str(instance), "{answer}")]
    contenders.append(job(names[2], "pypsa", str(series), "{answer}"))
    runs = interleaved(contenders, scope.repeats(3), scope.sub(f"{instance.stem}/rounds"))
    sound(runs)
    found.lines += lines(case, runs, names)
    told = [r.told["value"] for name in names for r in runs[name]]
    spread = (max(told) - min(told)) / abs(min(told))
    found.agreements.append((f"{case}: same optimum within 1e-6", spread, spread <= EXACT))
    peer = runs[names[2]][0].told
    curtailed = peer["sun_mwh"] - peer["used_mwh"]
    works = peer["discharged_mwh"] > 0 and (not sun or 0 < curtailed < peer["sun_mwh"])
    if not works:
        found.agreements.append((f"{case}: the battery works and some sun is curtailed", 0.0, False))
    return case, *(f"{x:,.0f}" for x in (peer["discharged_mwh"], peer["sun_mwh"], curtailed))
