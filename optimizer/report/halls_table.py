"""Halls of a design as a table: what stands in each class in the last phase, and what it needs of the plant."""

from __future__ import annotations

from optimizer.analysis.halls import hall_uses
from optimizer.inputs.naming import site_name
from optimizer.number_format import number, percent, whole
from optimizer.pipeline import Result
from optimizer.report.document import Block, Heading, Table

HEADER = ("Site", "Hall", "Pods", "IT MW", "UPS MW", "Distribution MW", "On generators MW", "Available", "Works on")


def hall_blocks(result: Result) -> list[Block]:
    """The table under its heading; nothing where halls are not chosen."""
    problem = result.problem
    rows = tuple(
        (
            site_name(problem.instance, use.site),
            use.hall,
            whole(use.pods),
            *(number(mw, 3) for mw in (use.it_mw, use.ups_mw, use.distribution_mw, use.backed_mw)),
            percent(use.availability, 5),
            ", ".join(use.workloads) or "nothing",
        )
        for use in hall_uses(problem, result.decisions, problem.calendar.last)
    )
    return [Heading("Halls, last phase"), Table(HEADER, rows, frozenset(range(2, 8)))] if rows else []
