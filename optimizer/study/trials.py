"""What the best plan would be with one number of an accelerator changed: solved again, and the value bracketed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from optimizer.pipeline import Result, run
from optimizer.study.input_values import with_value
from optimizer.study.search_settings import SearchSettings

HALVINGS = 3
FEWER = 0.75
"""A plan that buys less than this share of what it bought of an accelerator is another plan."""
ENTERS = 0.25
"""So is one of whose accelerators at least this share are of a kind that it did not buy."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A number of an accelerator whose other end may turn the plan."""

    path: str
    grade: str
    value: float
    end: float

    @property
    def accelerator(self) -> str:
        """Whose number it is."""
        return self.path.split(".")[1]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What the best plan is at an end of an input's range: the bad one of what it buys, the good one of a rival."""

    path: str
    accelerator: str
    grade: str
    value: float
    at: float
    """Where it was solved: of a plan that turns, the value nearest to today's at which it was seen to."""
    stands_at: float
    """The value farthest from today's at which the plan was seen to stand."""
    bought: int
    bought_then: int
    of_then: int
    """Accelerators of all kinds in the new plan."""
    lcoc_change: float
    """LCOC of the new plan at the end of the range over that of today's plan today, less 1."""

    @property
    def turns(self) -> bool:
        """Whether the plan would be another: clearly fewer of what it buys, or a good part of what it does not."""
        if self.bought:
            return self.bought_then < FEWER * self.bought
        return self.bought_then > 0 and self.bought_then >= ENTERS * self.of_then


def bought(base: Result, accelerator: str | None = None) -> int:
    """Accelerators that a design has delivered, of a kind or of all."""
    assert base.design is not None
    rows = [row for row in base.design.decisions.deliveries if accelerator in (None, row.accelerator)]
    return sum(row.pods * base.problem.compute.types[row.type_key].size.accelerators for row in rows)


class TrialSolver:
    """Solves the question with one number changed, while there is time."""

    def __init__(self, base: Result, search: SearchSettings, until_s: float, gap: float) -> None:
        self._base, self._search, self._until_s, self._gap = base, search, until_s, gap

    def turn(self, candidate: Candidate) -> Trial | None:
        """The plan at the end asked for; where it turns, the value is bracketed. None without time or a design."""
        chip = candidate.accelerator
        then = self._at(candidate.path, candidate.end)
        if then is None:
            return None
        assert self._base.design is not None
        assert self._base.design.reported is not None
        today = self._base.design.reported.kpis["lcoc_usd_per_eflop"]
        assert then.design is not None
        assert then.design.reported is not None
        turn = Trial(
            path=candidate.path, accelerator=chip, grade=candidate.grade, value=candidate.value, at=candidate.end,
            stands_at=candidate.value, bought=bought(self._base, chip), bought_then=bought(then, chip),
            of_then=bought(then),
            lcoc_change=then.design.reported.kpis["lcoc_usd_per_eflop"] / today - 1,
        )  # fmt: skip
        if not turn.turns:
            return replace(turn, stands_at=candidate.end)
        return self._bracketed(turn)

    def _bracketed(self, turn: Trial) -> Trial:
        for _ in range(HALVINGS):
            middle = (turn.at + turn.stands_at) / 2
            then = self._at(turn.path, middle)
            if then is None:
                break
            nearer = replace(turn, at=middle, bought_then=bought(then, turn.accelerator), of_then=bought(then))
            turn = nearer if nearer.turns else replace(turn, stands_at=middle)
        return turn

    def _at(self, path: str, value: float) -> Result | None:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0 or self._search.stopping:
            return None
        options = replace(self._search.options, gap=self._gap, time_limit_s=max(1.0, left_s), start=self._base.solution)
        instance = with_value(self._base.problem.instance, path, value)
        result = run(instance, self._base.problem.folder, options, self._search.hooks)
        return result if result.verified and result.status.value == "optimal" else None
