"""One requirement: a named group of what a planner wrote, that can be dropped or moved to another value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.inputs.schema import Instance
from optimizer.model.build import Built

AMPLE_FACTOR = 20.0
"""A dropped limit is this many times larger: ample, and yet no number the solver would stumble over."""
AMPLE_MW = 100.0
AMPLE_M2 = 10_000.0
AMPLE_CHIPS = 100_000
AMPLE_UNITS = 40
AMPLE_MODULES = 10_000
AMPLE_YEARS = 100.0
AMPLE_ENGINEERS = 1e6
TOKEN_FRACTION = 1e-3
"""A dropped target or floor keeps this share: a facility that delivers nothing at all has no levelised cost."""
ALL_TARGETS = "phases.*.target_pflops"
"""The key of all targets together, which move by a common factor."""
Change = Callable[[Instance], Instance]
Amounts = Callable[[Built], Iterator[Any]]


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One named group. Without `move` it can only be dropped, not bargained about.

    The smallest change is solved for if `amounts` are linear in the model, and searched by bisection without them.
    """

    path: str
    label: str
    drop: Change
    unit: str = ""
    value: float = 0.0
    more_is_easier: bool = True
    move: Callable[[Instance, float], Instance] | None = None
    amounts: Amounts | None = None
    most: float | None = None
    """Beyond this value it cannot be moved: a fraction's 1, a year's days."""


def by_phase(account: str, site: str | None, built: Built) -> Iterator[Any]:
    """An account's total in every phase, of one site or of all."""
    for phase in built.problem.calendar.phases:
        yield built.ledger.total(account, phase, site)
