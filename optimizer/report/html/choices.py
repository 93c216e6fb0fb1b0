"""Tables of the page about what else could be done: alternatives, baselines, entry prices; none without a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.analysis.money import money_of
from optimizer.report.alternatives import alternatives_table
from optimizer.report.baselines import baselines_table, entry_table
from optimizer.report.deciders import HEADER, HEADING, RIGHT, decider_rows, note
from optimizer.report.document import Table
from optimizer.report.explanation import marginal_table
from optimizer.report.html.cells import grid

if TYPE_CHECKING:
    from optimizer.report.html.source import ReportSource


STUDIED = ("deciders", "marginals", "alternatives", "baselines", "entries")


def study_grids(source: ReportSource) -> dict[str, Any]:
    """A table for every study that was made, None for the others."""
    instance, made = source.result.problem.instance, source.studies
    money, names = money_of(instance), {id_: chip.name for id_, chip in instance.accelerators.items()}
    grids = (
        _deciders(source),
        marginal_table(made.marginals, money) if made.marginals else None,
        alternatives_table(made.alternatives, money) if made.alternatives else None,
        baselines_table(made.baselines, money) if made.baselines and made.baselines.rows else None,
        entry_table(made.entries, money, names) if made.entries else None,
    )
    return dict(zip(STUDIED, grids, strict=True))


def _deciders(source: ReportSource) -> Table | None:
    deciders, instance = source.studies.deciders, source.result.problem.instance
    if deciders is None or not deciders.swings:
        return None
    sentence = note(instance, deciders, source.instance_file)
    return grid(HEADING, HEADER, decider_rows(instance, deciders), RIGHT, note=sentence)
