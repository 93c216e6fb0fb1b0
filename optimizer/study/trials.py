"""What the best plan would be with estimates changed: solved again, and the value of one bracketed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from optimizer.errors import SolverCrash
from optimizer.pipeline import Result, run
from optimizer.study.input_values import with_value
from optimizer.study.search_settings import SearchSettings

HALVINGS = 3
FEWER = 0.75
"""A plan that buys less than this share of what it bought of an accelerator is another plan."""
ENTERS = 0.25
"""So is one of whose accelerators at least this share are of a kind that it did not buy."""

SAME = 1e-7
"""Levelised costs that differ by less, as a fraction, are the same."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A number whose other end may turn the plan: of an accelerator, or one that all of them share."""

    path: str
    grade: str
    value: float
    end: float
    swing: float = 0.0
    """How far the screen sees the cost of the plan move, as a fraction: it sets the order alone."""

    @property
    def accelerator(self) -> str:
        """Whose number it is; empty where all share it."""
        return self.path.split(".")[1] if self.path.startswith("accelerators.") else ""


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


@dataclass(frozen=True, kw_only=True)
class Joint:
    """The best plan with several numbers at their ends at once."""

    candidates: tuple[Candidate, ...]
    fleet: dict[str, int]
    """Accelerators bought, by kind."""
    fleet_then: dict[str, int]
    lcoc_change: float
    smallest: bool = False
    """True if no part of them was seen to turn the plan."""

    @property
    def best_as_today(self) -> bool:
        """Whether no better plan was found than today's, and to the gap there is none: none of them is bought."""
        return not self.turns and self.lcoc_change > -SAME

    @property
    def turns(self) -> bool:
        """Whether the plan would be another: clearly fewer of any kind, or a good part of kinds it did not buy."""
        new = sum(count for chip, count in self.fleet_then.items() if chip not in self.fleet)
        fewer = any(self.fleet_then.get(chip, 0) < FEWER * count for chip, count in self.fleet.items())
        return fewer or (new > 0 and new >= ENTERS * sum(self.fleet_then.values()))


def fleet(base: Result) -> dict[str, int]:
    """Accelerators that a design has delivered, by kind."""
    found: Counter[str] = Counter()
    for row in base.decisions.deliveries:
        found[row.accelerator] += row.pods * base.problem.compute.types[row.type_key].size.accelerators
    return {chip: count for chip, count in found.items() if count}


def bought(base: Result, accelerator: str | None = None) -> int:
    """Accelerators that a design has delivered, of a kind or of all."""
    return sum(count for chip, count in fleet(base).items() if accelerator in (None, chip))


def most_moved(now: Mapping[str, int], then: Mapping[str, int]) -> str:
    """The accelerator that shows best whether a plan is another: the one that loses most, or the largest newcomer."""
    kept = {chip: then.get(chip, 0) / count for chip, count in now.items()}
    loser = min(kept, key=lambda chip: (kept[chip] >= FEWER, -now[chip]))
    new = {chip: count for chip, count in then.items() if chip not in now}
    return loser if kept[loser] < FEWER or not new else max(new, key=lambda chip: new[chip])


class TrialSolver:
    """Solves the question with numbers changed, while there is time."""

    def __init__(self, base: Result, search: SearchSettings, until_s: float, gap: float) -> None:
        self._base, self._search, self._until_s, self._gap = base, search, until_s, gap

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until_s - time.monotonic())

    def turn(self, candidate: Candidate, most_s: float | None = None) -> Trial | None:
        """The plan at the end asked for. None without time or a design."""
        then = self._at([(candidate.path, candidate.end)], most_s)
        if then is None:
            return None
        chip = candidate.accelerator or most_moved(fleet(self._base), fleet(then))
        return Trial(
            path=candidate.path, accelerator=chip, grade=candidate.grade, value=candidate.value, at=candidate.end,
            stands_at=candidate.value, bought=bought(self._base, chip), bought_then=bought(then, chip),
            of_then=bought(then), lcoc_change=self._dearer(then),
        )  # fmt: skip

    def together(self, candidates: Sequence[Candidate], most_s: float | None = None) -> Joint | None:
        """The plan with all of them at their ends. None if there are not two, without time or a design."""
        if len(candidates) < 2:
            return None
        then = self._at([(one.path, one.end) for one in candidates], most_s)
        if then is None:
            return None
        return Joint(
            candidates=tuple(candidates),
            fleet=fleet(self._base),
            fleet_then=fleet(then),
            lcoc_change=self._dearer(then),
        )

    def smallest(self, joint: Joint) -> Joint:
        """Of numbers that turn the plan together, none of them alone: a smallest set that does, as time goes."""
        for one in reversed(joint.candidates):
            rest = [kept for kept in joint.candidates if kept != one]
            if len(rest) < 2:
                break
            then = self.together(rest)
            if then is None:
                return joint
            joint = then if then.turns else joint
        return replace(joint, smallest=True)

    def _dearer(self, then: Result) -> float:
        today, later = (one.design.reported for one in (self._base, then) if one.design is not None)
        assert today is not None
        assert later is not None
        return later.kpis["lcoc_usd_per_eflop"] / today.kpis["lcoc_usd_per_eflop"] - 1

    def bracketed(self, turn: Trial) -> Trial:
        """The value at which it turns, between two that were solved, as time goes; one that stands as it is."""
        if not turn.turns:
            return replace(turn, stands_at=turn.at)
        for _ in range(HALVINGS):
            middle = (turn.at + turn.stands_at) / 2
            then = self._at([(turn.path, middle)])
            if then is None:
                break
            nearer = replace(turn, at=middle, bought_then=bought(then, turn.accelerator), of_then=bought(then))
            turn = nearer if nearer.turns else replace(turn, stands_at=middle)
        return turn

    def _at(self, changes: Iterable[tuple[str, float]], most_s: float | None = None) -> Result | None:
        left_s = min(self._until_s - time.monotonic(), inf if most_s is None else most_s)
        if left_s <= 0 or self._search.stopping:
            return None
        options = replace(self._search.options, gap=self._gap, time_limit_s=max(1.0, left_s), start=self._base.solution)
        instance = self._base.problem.instance
        for path, value in changes:
            instance = with_value(instance, path, value)
        try:
            result = run(instance, self._base.problem.folder, options, self._search.hooks)
        except SolverCrash:
            # A year of dispatch that is stopped in the middle may not answer in time; the other trials stand.
            return None
        return result if result.verified and result.status.value == "optimal" else None
