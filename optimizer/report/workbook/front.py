"""The first sheet, verdict first, and the sheet of assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from optimizer.analysis.decision_table import DECISION_COLUMNS, decision_rows
from optimizer.analysis.exclusions import licences
from optimizer.analysis.static_bounds import obstacles
from optimizer.analysis.verdict import verdict
from optimizer.inputs.design import Status
from optimizer.inputs.naming import kpi_name, objective_name, unit_name
from optimizer.inputs.schema import Instance
from optimizer.model.kpis import ALL_KPIS
from optimizer.model.objectives import GOALS
from optimizer.number_format import gap_percent, number, target_percent
from optimizer.pipeline import Result
from optimizer.reading.read import values_of
from optimizer.report.assumptions import catalogue_sources
from optimizer.report.workbook.page import Content as Value
from optimizer.report.workbook.page import Formula, Page

if TYPE_CHECKING:
    from optimizer.reading.layers import Origin
    from optimizer.report.workbook.layout import Content

ASSUMPTION_HEADER = ("Path", "Value", "Origin", "File and line", "Source", "Grade", "Price year", "What the source is")
_LIVE = {"lcoc_usd_per_eflop": "lcoc", "npv_cost_musd": "npv_musd", "npv_eflop": "npv_eflop"}
_UNKNOWN = "not recorded"


def write_front(page: Page, content: Content, all_hold: Formula) -> None:
    """Verdict and gap, key figures with unit and meaning, decisions by phase."""
    result = content.result
    page.set_up((30, 20, 20, 22, 18, 18, 16, 16), 4)
    _top(page, result)
    page.put(4, 0, "All checks of this workbook hold", "bold")
    page.put(4, 1, all_hold, "truth")
    header = ("Figure", "Value", "Unit", "Recomputed here", "Meaning")
    figures: list[tuple[Value, ...]] = []
    for kpi in ALL_KPIS:
        if kpi.id not in content.reported.kpis:
            continue
        value = content.reported.kpis[kpi.id]
        live = Formula(f"={_LIVE[kpi.id]}", value) if kpi.id in _LIVE else None
        figures.append((kpi_name(kpi.id), value, unit_name(kpi.unit) or None, live, kpi.meaning))
    row = page.table(6, header, figures, ("plain", "number", "unit", "number", "unit"))
    row += 1
    for sentence in licences(result.problem, content.decisions):
        page.put(row, 0, sentence, "note")
        row += 1
    page.put(row, 0, "Decisions by phase", "bold")
    wanted = tuple(name.capitalize() for name in DECISION_COLUMNS)
    styles = (*["plain"] * (len(wanted) - 2), "number", "unit")
    rows = [
        [content.say(value) if isinstance(value, str) else value for value in row]
        for row in decision_rows(result.problem, content.decisions)
    ]
    page.table(row + 1, wanted, rows, styles)


def write_no_design(page: Page, result: Result) -> None:
    """The front sheet of a search without a design: the verdict and what is known of the reasons."""
    page.set_up((110,), 0)
    _top(page, result)
    reasons = obstacles(result.problem) if result.status is Status.INFEASIBLE else ()
    for at, obstacle in enumerate(reasons):
        page.put(5 + at, 0, f"{obstacle.reason} [{obstacle.path}]", "wrap")


def _top(page: Page, result: Result) -> None:
    """Four lines: verdict, title, gap, audit. What is not proven says so in the first."""
    instance = result.problem.instance
    page.put(0, 0, verdict(result), "title")
    page.put(1, 0, f"{instance.title} ({instance.name}), planned on {instance.planning_date.isoformat()}", "bold")
    facts = result.design.solve if result.design else None
    if facts is not None:
        unit = GOALS[facts.objective].unit if facts.objective in GOALS else ""
        page.put(
            2,
            0,
            f"Gap {gap_percent(facts.gap)} (asked {target_percent(facts.gap_asked)}): "
            f"{objective_name(facts.objective)} is {number(facts.value, 6)} {unit} and cannot be better than "
            f"{number(facts.bound, 6)} {unit}.",
        )
    if result.audit is not None:
        page.put(3, 0, f"{result.audit.checks:,} checks by a second, independent calculation.")


def write_assumptions(page: Page, instance: Instance, origins: Mapping[str, Origin] | None) -> None:
    """Every value of the resolved instance with its origin; of some runs read back only the values are known."""
    page.set_up((52, 28, 12, 26, 12, 8, 10, 90), 2)
    page.head("Assumptions: every value in use. Grade A official or measured, B one good source, C estimate")
    catalogue = _sources()
    rows = []
    for path, value in values_of(instance):
        dotted = ".".join(str(part) for part in path)
        rows.append((dotted, _plain(value), *_origin((origins or {}).get(dotted), catalogue)))
    styles = ("plain", "general", *["plain"] * 6)
    end = page.table(2, ASSUMPTION_HEADER, rows, styles)
    page.sheet.autofilter(2, 0, max(end - 1, 3), len(ASSUMPTION_HEADER) - 1)


def _origin(origin: Origin | None, catalogue: Mapping[str, str]) -> tuple[Value, ...]:
    if origin is None:
        return (_UNKNOWN,)
    place = f"{origin.file}:{origin.line}" if origin.file and origin.line else origin.file
    titles = "; ".join(f"{name}: {catalogue[name]}" for name in origin.source if name in catalogue)
    return (origin.kind, place, ", ".join(origin.source), origin.grade, origin.price_year, titles)


def _plain(value: Any) -> Value:
    """A value as one cell: lists become text, and what is not given says so."""
    if value is None:
        return "(none)"
    if isinstance(value, bool | int | float | str | date):
        return value
    if isinstance(value, tuple | list):
        return ", ".join(f"{item:.10g}" if isinstance(item, float) else str(item) for item in value)
    return str(value) if value else "(empty)"


def _sources() -> dict[str, str]:
    """Title and address of the catalogue's sources by id."""
    listed = catalogue_sources().items()
    return {name: ", ".join(str(row[key]) for key in ("title", "url") if row.get(key)) for name, row in listed}
