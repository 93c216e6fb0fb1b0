"""By which quarter how many accelerators must be made: docs/model.md, section 10, supply by quarter. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from optimizer.inputs.design import Decisions
from optimizer.model.derive import Problem
from optimizer.setting.calendar import order_date
from optimizer.setting.supply import end_of, has_quarters, quarters_between, supplied


@dataclass(frozen=True, kw_only=True)
class QuarterLine:
    """What is needed of one accelerator by the end of a quarter, for all sites."""

    item: str
    quarter: str
    supply: float
    """Accelerators the quarter gives, since planning and launch."""
    made: int
    """To be made in the quarter if everything is made as late as supply allows."""
    by_then: int
    """At least so many must have been made by the end of the quarter, since planning."""
    order_by: date
    """Last day of the quarter less the lead time; the planning date if that is earlier."""


def quarter_lines(problem: Problem, decisions: Decisions) -> tuple[QuarterLine, ...]:
    """Every quarter from which something is needed, of every accelerator whose supply is stated by quarter."""
    instance = problem.instance
    limited = [a for a, chip in instance.accelerators.items() if has_quarters(chip)]
    return tuple(line for a in limited for line in _of_chip(problem, a, _delivered(problem, decisions, a)))


def _delivered(problem: Problem, decisions: Decisions, accelerator: str) -> dict[str, int]:
    """Accelerators delivered up to each phase."""
    total, delivered = 0, {}
    for p in problem.calendar.phases:
        for row in decisions.deliveries:
            if (row.accelerator, row.phase) == (accelerator, p):
                total += row.pods * problem.compute.types[row.type_key].size.accelerators
        delivered[p] = total
    return delivered


def _of_chip(problem: Problem, accelerator: str, delivered: dict[str, int]) -> list[QuarterLine]:
    instance, calendar = problem.instance, problem.calendar
    chip = instance.accelerators[accelerator]
    at_start = {p: supplied(instance, accelerator, calendar.starts[p]) for p in delivered}
    last = max((calendar.starts[p] for p, count in delivered.items() if count), default=calendar.planning)
    lines, before, given = [], 0, 0.0
    for quarter in quarters_between(calendar.planning, last):
        after = end_of(quarter)
        so_far = supplied(instance, accelerator, after)
        # A delivery is of whole accelerators; what is made on single days is not.
        needed = max(count - max(0.0, at_start[p] - so_far) for p, count in delivered.items())
        by_then = max(before, ceil(needed - 1e-6))
        if by_then > before:
            day = max(calendar.planning, order_date(after - timedelta(days=1), chip.lead_time_weeks))
            lines.append(
                QuarterLine(
                    item=accelerator,
                    quarter=quarter,
                    supply=so_far - given,
                    made=by_then - before,
                    by_then=by_then,
                    order_by=day,
                )
            )
        before, given = by_then, so_far
    return lines
