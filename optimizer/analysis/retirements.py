"""What leaves before the end of its life, and when: the other side of the procurement calendar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from optimizer.inputs.design import Decisions
from optimizer.inputs.naming import short_chip_name
from optimizer.model.derive import Problem


@dataclass(frozen=True, kw_only=True)
class RetirementLine:
    """Pods of one type that are retired on a day."""

    day: date
    phase: str
    site: str
    item: str
    """Id of the accelerator."""
    name: str
    cooling: str
    fabric: str
    hall: str
    pods: int
    accelerators: int | None
    """None of pods of which nobody knows how many they hold: not even one server fits their rack."""
    came: date | None
    """First day of service of what was bought; None: it was there before the plan."""


def retirement_lines(problem: Problem, decisions: Decisions) -> tuple[RetirementLine, ...]:
    """Every retirement of a design, in order of time."""
    starts = problem.calendar.starts
    lines = []
    for row in decisions.retirements:
        pod = problem.compute.types.get(row.type_key)
        lines.append(
            RetirementLine(
                day=starts[row.phase],
                phase=row.phase,
                site=row.site,
                item=row.accelerator,
                name=short_chip_name(problem.instance, row.accelerator),
                cooling=row.cooling,
                fabric=row.fabric or "",
                hall=row.hall or "",
                pods=row.pods,
                accelerators=row.pods * pod.size.accelerators if pod else None,
                came=starts[row.bought] if row.bought else None,
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.day, line.site, line.item, line.came or date.min)))
