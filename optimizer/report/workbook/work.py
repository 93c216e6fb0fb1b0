"""The sheet about work: training runs, services, reference models, and where the peak goes."""

from __future__ import annotations

from dataclasses import fields

from optimizer.analysis.achieved import STEPS, chain, trainable
from optimizer.analysis.tasks import Served, Trained, served, trained
from optimizer.inputs.naming import readable
from optimizer.report.workbook.layout import WORK_ROW, Content
from optimizer.report.workbook.page import Content as Value
from optimizer.report.workbook.page import Formula, Page

CHAIN_HEADER = ("After", "PFLOPS", "Kept of the step before", "What is gone")
RUN_STYLES = (*["plain"] * 6, "count", "number", "number", "number", "plain")
SERVED_STYLES = ("plain", "plain", *["plain"] * 3, "number", "count", *["number"] * 4, "plain", "percent", "plain")
REFERENCE_HEADER = ("Model", "Site", "Accelerator", "Accelerators", "Days", "Runs a year")


def write_work(page: Page, content: Content) -> None:
    """Peak to effective with live shares; then runs, services and reference models, each only if there are any."""
    page.set_up((22, 22, 24, 22, 22, 18, 16, 16, 18, 18, 18, 14, 14, 40), WORK_ROW - 1)
    problem, decisions, last = content.result.problem, content.decisions, content.calendar.last
    page.head(
        "Work: what the design trains and serves, and what is left of its peak",
        f"Peak to effective, {content.phase(last)}, dense PFLOPS at each chip's fastest precision first",
    )
    row = page.table(WORK_ROW - 1, CHAIN_HEADER, _chain(content), ("plain", "number", "percent", "plain"))
    runs = [_cells(each, content) for each in trained(problem, decisions)]
    row = page.part(row, "Training runs", _names(Trained), runs, RUN_STYLES)
    services: list[list[Value]] = [
        [content.phase(phase), *_cells(each, content)]
        for phase in content.calendar.phases
        for each in served(problem, decisions, phase)
    ]
    row = page.part(row, "Serving", ["phase", *_names(Served)], services, SERVED_STYLES)
    models: list[list[Value]] = [
        [each.name, content.site(each.site), content.say(each.accelerator), each.accelerators, each.days, each.per_year]
        for each in trainable(problem, decisions, last)
        if each.days
    ]
    styles = ("plain", "plain", "plain", "count", "number", "number")
    page.part(row, "Reference models it could train, in BF16", REFERENCE_HEADER, models, styles)


def _names(row: type[Trained | Served]) -> list[str]:
    return [readable(field.name) for field in fields(row)]


def _cells(each: Trained | Served, content: Content) -> list[Value]:
    values = (getattr(each, field.name) for field in fields(each))
    return [content.say(value) if isinstance(value, str) else value for value in values]


def _chain(content: Content) -> list[tuple[Value, ...]]:
    left = chain(content.result.problem, content.decisions, content.calendar.last)
    rows: list[tuple[Value, ...]] = []
    for at, (name, meaning) in enumerate(STEPS):
        before = left[STEPS[at - 1][0]] if at else 0.0
        r = WORK_ROW + at + 1
        kept = Formula(f'=IF(B{r - 1}=0,"",B{r}/B{r - 1})', left[name] / before if before else "") if at else None
        rows.append((name, left[name], kept, meaning))
    return rows
