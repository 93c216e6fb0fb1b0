"""Tables of the page about what else could be done: alternatives, baselines, entry prices; none without a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.analysis.money import money_of
from optimizer.inputs.naming import objective_name
from optimizer.model.objectives import GOALS
from optimizer.report.alternatives import choice_rows, ending_words
from optimizer.report.baselines import entry_note, entry_rows, plan_header, plan_rows
from optimizer.report.deciders import HEADER, HEADING, RIGHT, decider_rows, note
from optimizer.report.html.cells import PageCell, PageTable, grid
from optimizer.report.html.parts import marginal_grid

if TYPE_CHECKING:
    from optimizer.report.html.source import ReportSource


def study_grids(source: ReportSource) -> dict[str, Any]:
    """A table for every study that was made, None for the others."""
    return {
        "deciders": _deciders(source),
        "marginals": marginal_grid(source.marginals, money_of(source.result.problem.instance))
        if source.marginals
        else None,
        "alternatives": _alternatives(source),
        "baselines": _baselines(source),
        "entries": _entries(source),
    }


def _deciders(source: ReportSource) -> PageTable | None:
    found, instance = source.deciders, source.result.problem.instance
    if found is None or not found.swings:
        return None
    made = grid(HEADING, HEADER, decider_rows(instance, found), RIGHT)
    told = note(instance, found)
    return PageTable(caption=made.caption, header=made.header, rows=made.rows, right=made.right, total=False, note=told)


def _alternatives(source: ReportSource) -> PageTable | None:
    found = source.alternatives
    if found is None:
        return None
    money = money_of(source.result.problem.instance)
    unit = money.unit(GOALS[found.objective].unit) if found.objective in GOALS else ""
    header = (
        "Rank",
        f"{objective_name(found.objective).capitalize()}, {unit}",
        "Worse by",
        "Buys",
        "Better than the best design at",
    )
    rows = [
        (rank, PageCell(value, exact.objective), away, buys, better)
        for (rank, value, away, buys, better), exact in zip(choice_rows(found, money), found.rows, strict=True)
    ]
    made = grid("Near-optimal alternatives", header, rows, (1, 2))
    note = f"{ending_words(found)} Each is the best design that differs from those above it, verified by the audit."
    return PageTable(caption=made.caption, header=made.header, rows=made.rows, right=made.right, total=False, note=note)


def _baselines(source: ReportSource) -> PageTable | None:
    found = source.baselines
    if found is None or not found.rows:
        return None
    money = money_of(source.result.problem.instance)
    head = plan_header(found, money)
    rows = [
        (name, PageCell(value, exact.objective), saving, exact.rule, buys)
        for (name, value, saving, buys), exact in zip(plan_rows(found, money), found.rows, strict=True)
    ]
    made = grid("Savings against baselines", (*head[:3], "Rule", head[3]), rows, (1, 2))
    note = "Each is the best design its rule allows, checked by the same audit; money is present value."
    return PageTable(caption=made.caption, header=made.header, rows=made.rows, right=made.right, total=False, note=note)


def _entries(source: ReportSource) -> PageTable | None:
    if not source.entries:
        return None
    instance = source.result.problem.instance
    chips = instance.accelerators
    rows = [
        (chips[accelerator].name if accelerator in chips else accelerator, forced, words)
        for accelerator, forced, words in entry_rows(source.entries, money_of(instance))
    ]
    header = ("Accelerator", "Cost if a pod is forced", "Break-even prices")
    made = grid("Break-even prices", header, rows, (1,))
    return PageTable(
        caption=made.caption,
        header=made.header,
        rows=made.rows,
        right=made.right,
        total=False,
        note=entry_note(source.entries),
    )
