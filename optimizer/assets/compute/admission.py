"""Which accelerators may be bought at a site, with the reason for each that may not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from optimizer.assets.compute.duties import can_run
from optimizer.assets.compute.fabrics import Wiring, unjoined, wirings
from optimizer.assets.compute.throughput import may_stay_at, peak_tflops
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.schema import Instance
from optimizer.regimes.ruling import DATA_MISSING, Ruling, RulingStatus
from optimizer.setting.calendar import Calendar
from optimizer.setting.handover import rack_weeks
from optimizer.setting.matching import may_be_bought
from optimizer.setting.service_life import service_years

Rulings = Mapping[tuple[str, str, str], Ruling]
"""By (site, accelerator, phase of delivery)."""


@dataclass(frozen=True)
class Exclusion:
    """Why something is not offered to the model."""

    site: str
    accelerator: str
    cooling: str | None
    kind: str
    """export rule, data missing for a ruling, procurement list, roadmap, precision, fabric, cooling, hall, floor load,
    launch, end of sale, lead time, life."""
    reason: str
    clause: str = ""
    effective: str = ""
    source: str = ""


@dataclass(frozen=True)
class Admission:
    """Cooling technologies, wirings and phases in which an accelerator may be bought."""

    coolings: tuple[str, ...]
    phases: tuple[str, ...]
    exclusions: tuple[Exclusion, ...]
    wirings: tuple[Wiring, ...] = ()


def admission(instance: Instance, calendar: Calendar, rulings: Rulings, where: tuple[str, str]) -> Admission:
    """Where and when (site, accelerator) may be bought. Whole-chip reasons come first and end the matter."""
    site, name = where
    if not may_be_bought(instance, name):
        reason = "left out by procurement.include or procurement.exclude"
        return Admission((), (), (Exclusion(site, name, None, "procurement list", reason),))
    if instance.accelerators[name].roadmap and not instance.procurement.roadmap:
        reason = "announced or proposed, not on sale; procurement.roadmap = true plans with it all the same"
        return Admission((), (), (Exclusion(site, name, None, "roadmap", reason),))
    here = {p: rulings[site, name, p] for p in calendar.phases if (site, name, p) in rulings}
    barred = {p: ruling for p, ruling in here.items() if is_barred(instance, ruling)}
    law = _by_law(instance, where, barred, len(barred) < len(calendar.phases))
    if len(barred) == len(calendar.phases):
        return Admission((), (), law)
    chip = instance.accelerators[name]
    joined = wirings(instance, site, name)
    apart = [Exclusion(site, name, None, "fabric", reason) for reason in unjoined(instance, site, name).values()]
    if not joined:
        return Admission((), (), (*law, *apart))
    if not any(_is_useful(instance, site, chip, wiring) for wiring in joined):
        return Admission((), (), (Exclusion(site, name, None, "precision", _useless(instance, site, chip)), *apart))
    phases, late = _phases(instance, calendar, where, {p: here.get(p) for p in calendar.phases if p not in barred})
    if late is not None:
        return Admission((), (), (*law, Exclusion(site, name, None, *late)))
    fitting, exclusions = [], [*law, *apart]
    for cooling in instance.sites[site].coolings:
        obstacle = _cooling_obstacle(instance, name, cooling)
        if obstacle:
            exclusions.append(Exclusion(site, name, cooling, "cooling", obstacle))
        else:
            fitting.append(cooling)
    return Admission(tuple(fitting), phases, tuple(exclusions), joined)


def _avoided(instance: Instance, ruling: Ruling) -> bool:
    return ruling.status is RulingStatus.LICENCE and instance.export.licences == "avoid"


def is_barred(instance: Instance, ruling: Ruling) -> bool:
    """Whether a ruling keeps a delivery out of the plan: denied, or licensed where licences are not planned with."""
    return ruling.status is RulingStatus.DENIED or _avoided(instance, ruling)


def law_kind(ruling: Ruling) -> str:
    """What a ruling that bars a delivery rests on: the rule, or a fact nobody stated."""
    return "data missing for a ruling" if DATA_MISSING in ruling.flags else "export rule"


def _by_law(
    instance: Instance, where: tuple[str, str], barred: Mapping[str, Ruling], partly: bool
) -> tuple[Exclusion, ...]:
    """One exclusion for each clause that bars deliveries; the phases are named if not all are barred alike."""
    by_clause: dict[tuple[int | str, str], list[str]] = {}
    for p, ruling in barred.items():
        # One fact that several entries of a timeline lack is told once.
        entry = ruling.reason if DATA_MISSING in ruling.flags else ruling.entry
        by_clause.setdefault((entry, ruling.clause), []).append(p)
    exclusions = []
    for phases in by_clause.values():
        ruling = barred[phases[0]]
        when = f"In {', '.join(phases)}: " if partly or len(by_clause) > 1 else ""
        avoided = " Licences are not planned with (export.licences)." if _avoided(instance, ruling) else ""
        reason, effective = f"{when}{ruling.reason}{avoided}", ruling.effective.isoformat()
        exclusions.append(
            Exclusion(
                *where, None, law_kind(ruling), reason, clause=ruling.clause, effective=effective, source=ruling.source
            )
        )
    return tuple(exclusions)


def _is_useful(instance: Instance, site: str, chip: Accelerator, wiring: Wiring) -> bool:
    loads = instance.workloads.values()
    return any(can_run(instance, site, chip, load, wiring.spans_servers) for load in loads)


def _useless(instance: Instance, site: str, chip: Accelerator) -> str:
    """Why no workload can run on a chip at a site."""
    able = [load for load in instance.workloads.values() if peak_tflops(chip, load)]
    if not able:
        return "supports no admissible precision or class of any workload"
    if not any(may_stay_at(instance, load, site) for load in able):
        return "residency keeps every workload it supports away from this site"
    return "jobs of the workloads it supports span servers, and the site's fabric does not"


def _phases(
    instance: Instance, calendar: Calendar, where: tuple[str, str], allowed: Mapping[str, Ruling | None]
) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """Phases in which an order placed in time arrives; kind and reason if none is, or if none of them is lived through.

    What is bought works in the phases it lives through to their end, the one it is delivered for first of all.
    """
    chip, racks = instance.accelerators[where[1]], rack_weeks(instance, where[0])
    leads = {p: lead_weeks(chip, ruling) + racks for p, ruling in allowed.items()}
    launched = [p for p in leads if calendar.starts[p] >= chip.launch]
    sold = [p for p in launched if on_sale(chip, calendar.starts[p])]
    phases = tuple(p for p in sold if calendar.can_buy(p, leads[p]))
    if not launched:
        return phases, ("launch", f"launched on {chip.launch}, after the start of the last phase it may be bought in")
    if not sold:
        return phases, (
            "end of sale",
            f"last delivered on {chip.last_delivery}, before the first phase",
        )
    if not phases:
        weeks, last = min(leads[p] for p in sold), sold[-1]
        text = f"lead time {weeks:g} weeks from {calendar.planning}: after the start of {last}, {calendar.starts[last]}"
        return phases, ("lead time", text)
    if not any(calendar.serves(p, p, service_years(instance, where[1])) for p in phases):
        least = min(calendar.t1[p] - calendar.t0[p] for p in phases)
        lasts = f"the shortest phase it may be bought in lasts {least:.4g}"
        return (), ("life", f"lives {chip.life_years:g} years, and {lasts}: it would never be in service")
    return phases, None


def on_sale(chip: Accelerator, day: date) -> bool:
    """Whether a new one can be delivered on a day: launched, and not yet at the end of its sale."""
    return chip.launch <= day and (chip.last_delivery is None or day <= chip.last_delivery)


def lead_weeks(chip: Accelerator, ruling: Ruling | None) -> float:
    """From order to delivery, the licence's extra weeks included."""
    return chip.lead_time_weeks + (ruling.extra_lead_weeks if ruling else 0.0)


@dataclass(frozen=True)
class LicenceQuota:
    """Deliveries of one product that share the quota of a clause: places are (site, phase)."""

    accelerator: str
    accelerators: frozenset[str]
    """The rows that are this product: one, or one for each offer and price of it."""
    clause: str
    most: int
    places: frozenset[tuple[str, str]]


def licence_quotas(instance: Instance, rulings: Rulings) -> dict[str, LicenceQuota]:
    """Quotas that rulings carry, by product; where one has several, they are numbered (`h200_sxm.2`)."""
    places: dict[tuple[str, int, str, int], set[tuple[str, str]]] = {}
    rows: dict[str, set[str]] = {}
    for (s, a, p), ruling in rulings.items():
        if ruling.quota_accelerators is not None:
            product = instance.accelerators[a].product or a
            rows.setdefault(product, set()).add(a)
            places.setdefault((product, ruling.entry, ruling.clause, ruling.quota_accelerators), set()).add((s, p))
    counts: dict[str, int] = {}
    quotas: dict[str, LicenceQuota] = {}
    for (a, _, clause, most), where in places.items():
        counts[a] = counts.get(a, 0) + 1
        quotas[a if counts[a] == 1 else f"{a}.{counts[a]}"] = LicenceQuota(
            a, frozenset(rows[a]), clause, most, frozenset(where)
        )
    return quotas


def _cooling_obstacle(instance: Instance, name: str, cooling: str) -> str:
    chip, technology = instance.accelerators[name], instance.coolings[cooling]
    if cooling not in chip.coolings:
        return f"not sold for {cooling}"
    scale = chip.rack_scale
    kw = scale.densest_rack_kw if scale else chip.server_kw
    if kw > technology.rack_kw_max:
        what = "densest rack" if scale else "one server"
        return f"{what} draws {kw:g} kW, above the {technology.rack_kw_max:g} kW of a {cooling} rack"
    if not scale and chip.server_units > technology.rack_units:
        return f"one server of {chip.server_units} U is higher than a {cooling} rack"
    return ""
