"""What the best plan would be with estimates changed: what is asked, and what the answers say.

Who answers is left open (`TrialSolver` solves again): a question is a generator, so that several may be under way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TypeAlias, TypeVar

from optimizer.pipeline import Result

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


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Numbers by path as they are to be; `most_s` seconds at most, if that much time is left."""

    changes: tuple[tuple[str, float], ...]
    most_s: float = inf


@dataclass(frozen=True, kw_only=True)
class TrialAnswer:
    """The best plan with numbers as they were asked for."""

    fleet: Mapping[str, int]
    """Accelerators delivered, by kind."""
    lcoc_usd_per_eflop: float

    def count(self, accelerator: str | None = None) -> int:
        """Accelerators delivered, of a kind or of all."""
        return sum(count for chip, count in self.fleet.items() if accelerator in (None, chip))

    def dearer_than(self, other: TrialAnswer) -> float:
        """Its levelised cost over that of another plan, less 1."""
        return self.lcoc_usd_per_eflop / other.lcoc_usd_per_eflop - 1


T = TypeVar("T")
Asking: TypeAlias = Generator[Asked, TrialAnswer | None, T]
"""Asks one thing after the other, is sent each answer (None without time or a design), and returns what it found."""
Lane: TypeAlias = Asking[None]


def answer_of(result: Result) -> TrialAnswer:
    """What a verified design says."""
    return TrialAnswer(fleet=fleet(result), lcoc_usd_per_eflop=result.reported.kpis["lcoc_usd_per_eflop"])


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


def turn(today: TrialAnswer, candidate: Candidate, most_s: float) -> Asking[Trial | None]:
    """The plan at the end asked for. None without time or a design."""
    then = yield Asked(changes=((candidate.path, candidate.end),), most_s=most_s)
    if then is None:
        return None
    chip = candidate.accelerator or most_moved(today.fleet, then.fleet)
    return Trial(
        path=candidate.path, accelerator=chip, grade=candidate.grade, value=candidate.value, at=candidate.end,
        stands_at=candidate.value, bought=today.count(chip), bought_then=then.count(chip), of_then=then.count(),
        lcoc_change=then.dearer_than(today),
    )  # fmt: skip


def together(today: TrialAnswer, candidates: Sequence[Candidate], most_s: float = inf) -> Asking[Joint | None]:
    """The plan with all of them at their ends. None if there are not two, without time or a design."""
    if len(candidates) < 2:
        return None
    then = yield Asked(changes=tuple((one.path, one.end) for one in candidates), most_s=most_s)
    if then is None:
        return None
    return Joint(
        candidates=tuple(candidates),
        fleet=dict(today.fleet),
        fleet_then=dict(then.fleet),
        lcoc_change=then.dearer_than(today),
    )


def smallest(today: TrialAnswer, joint: Joint) -> Asking[Joint]:
    """Of numbers that turn the plan together, none of them alone: a smallest set that does, as time goes."""
    for one in reversed(joint.candidates):
        rest = [kept for kept in joint.candidates if kept != one]
        if len(rest) < 2:
            break
        then = yield from together(today, rest)
        if then is None:
            return joint
        joint = then if then.turns else joint
    return replace(joint, smallest=True)


def bracketed(trial: Trial) -> Asking[Trial]:
    """The value at which it turns, between two that were solved, as time goes; one that stands as it is."""
    if not trial.turns:
        return replace(trial, stands_at=trial.at)
    for _ in range(HALVINGS):
        middle = (trial.at + trial.stands_at) / 2
        then = yield Asked(changes=((trial.path, middle),))
        if then is None:
            break
        nearer = replace(trial, at=middle, bought_then=then.count(trial.accelerator), of_then=then.count())
        trial = nearer if nearer.turns else replace(trial, stands_at=middle)
    return trial
