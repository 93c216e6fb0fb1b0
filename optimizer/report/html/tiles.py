"""The figures of the verdict card."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.analysis.legal_flags import raised_flags
from optimizer.model.objectives import GOALS
from optimizer.number_format import asked_percent, gap_percent, number, whole
from optimizer.report.html.view import View
from optimizer.report.plan import chip_rows


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure: what, how much, in what unit, and a line beneath. `figure` is the audit's name of it."""

    name: str
    value: str
    unit: str
    note: str
    figure: str = ""
    exact: float | None = None


def tiles(view: View) -> tuple[Tile, ...]:
    """Cost, throughput, capital, power, space, gap."""
    k = view.reported.kpis
    precisions = ", ".join(sorted({row[2] for row in chip_rows(view.result)})) or "none"

    def tile(name: str, figure: str, unit: str, note: str) -> Tile:
        show = whole if figure == "accelerators" else number
        return Tile(name=name, value=show(k[figure]), unit=unit, note=note, figure=figure, exact=k[figure])

    npv = f"present cost {number(k['npv_cost_musd'])} MUSD; {number(k['opex_musd_per_year'])} MUSD a year to run"
    power = f"peak import; {number(k['it_mw'])} MW IT rated; PUE {number(k['pue_annual'])}"
    space = f"in {whole(k['racks'])} racks; {number(k['white_space_m2'])} m² white, {number(k['plant_m2'])} m² plant"
    used = f"on the mean of the year, what the LCOC counts, {view.last}"
    found = [
        tile("Levelised cost (LCOC)", "lcoc_usd_per_eflop", "USD/EFLOP", "per effective EFLOP delivered"),
        tile("Effective", "effective_pflops", "PFLOPS", f"what the workloads get, {view.last}"),
        *([tile("Delivered", "delivered_pflops", "PFLOPS", used)] if "delivered_pflops" in k else []),
        tile("Peak", "peak_pflops", "PFLOPS", f"dense, at the precision used ({precisions})"),
        tile("Capital", "capex_musd", "MUSD", npv),
        tile("Power", "peak_import_mw", "MW", power),
        tile("Accelerators", "accelerators", "chips", space),
    ]
    flags = raised_flags(view.result.problem, view.design.decisions)
    if flags:
        labels = ", ".join(raised.flag.label for raised in flags)
        found.append(Tile(name="Legal flags", value=str(len(flags)), unit="", note=labels))
    facts = view.design.solve
    if facts is not None:
        unit = GOALS[facts.objective].unit if facts.objective in GOALS else ""
        note = (
            f"asked {asked_percent(facts.gap_asked)}; {facts.objective} no better than {number(facts.bound, 5)} {unit}"
        )
        found.append(Tile(name="Gap", value=gap_percent(facts.gap), unit="", note=note))
    audit = view.result.audit
    if audit is not None:
        note = f"{len(audit.checks_by_family)} kinds, by a second, independent calculation"
        found.append(Tile(name="Audit", value=f"{audit.checks:,}", unit="checks passed", note=note))
    return tuple(found)
