"""Tables of the page about what else could be done: alternatives, baselines, entry prices; none without a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.analysis.money import money_of
from optimizer.inputs.naming import objective_name
from optimizer.model.objectives import GOALS
from optimizer.report.alternatives import choice_rows, ending_text
from optimizer.report.baselines import entry_note, entry_rows, plan_header, plan_rows, told_together
from optimizer.report.deciders import HEADER, HEADING, RIGHT, decider_rows, note
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.parts import marginal_grid

if TYPE_CHECKING:
    from optimizer.report.html.source import ReportSource


def study_grids(source: ReportSource) -> dict[str, Any]:
    """A table for every study that was made, None for the others."""
    money = money_of(source.result.problem.instance)
    return {
        "deciders": _deciders(source),
        "marginals": marginal_grid(source.marginals, money) if source.marginals else None,
        "alternatives": _alternatives(source),
        "baselines": _baselines(source),
        "entries": _entries(source),
    }


def _deciders(source: ReportSource) -> Table | None:
    deciders, instance = source.deciders, source.result.problem.instance
    if deciders is None or not deciders.swings:
        return None
    sentence = note(instance, deciders, source.instance_file)
    return grid(HEADING, HEADER, decider_rows(instance, deciders), RIGHT, note=sentence)


def _alternatives(source: ReportSource) -> Table | None:
    similar = source.alternatives
    if similar is None:
        return None
    money = money_of(source.result.problem.instance)
    unit = money.unit(GOALS[similar.objective].unit) if similar.objective in GOALS else ""
    header = (
        "Rank",
        f"{objective_name(similar.objective).capitalize()}, {unit}",
        "Worse by",
        "Buys",
        "Better than the best design at",
    )
    rows = [
        (rank, PageCell(value, exact.objective), away, buys, better)
        for (rank, value, away, buys, better), exact in zip(choice_rows(similar, money), similar.rows, strict=True)
    ]
    note = f"{ending_text(similar)} Each is the best design that differs from those above it, verified by the audit."
    return grid("Near-optimal alternatives", header, rows, (1, 2), note=note)


def _baselines(source: ReportSource) -> Table | None:
    compared = source.baselines
    if compared is None or not compared.rows:
        return None
    money = money_of(source.result.problem.instance)
    head = plan_header(compared, money)
    rows = [
        (name, PageCell(value, together[0].objective), saving, "; ".join(plan.rule for plan in together), buys)
        for (name, value, saving, buys), together in zip(
            plan_rows(compared, money), told_together(compared), strict=True
        )
    ]
    note = "Each is the best design its rule allows, checked by the same audit; money is present value."
    return grid("Savings against baselines", (*head[:3], "Rule", head[3]), rows, (1, 2), note=note)


def _entries(source: ReportSource) -> Table | None:
    if not source.entries:
        return None
    instance = source.result.problem.instance
    chips = instance.accelerators
    rows = [
        (chips[accelerator].name if accelerator in chips else accelerator, forced, sentence)
        for accelerator, forced, sentence in entry_rows(source.entries, money_of(instance))
    ]
    header = ("Accelerator", "Cost if a pod is forced", "Break-even prices")
    return grid("Break-even prices", header, rows, (1,), note=entry_note(source.entries))
