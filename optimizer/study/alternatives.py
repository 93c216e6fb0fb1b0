"""The cheapest designs that differ from each other in a way a buyer cares about.

After every design its signature is forbidden by a cut and the rest is solved again, so that the next one is the best
of all others, proven to the gap. The search ends when the next one is too far from the best, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from optimizer.inputs.design import Status
from optimizer.model.objectives import Goal
from optimizer.pipeline import Result, run, settings
from optimizer.study.early_stop import with_early_stop
from optimizer.study.no_good_cuts import Difference, Signature, earlier_design, forbid
from optimizer.study.search_settings import SearchSettings
from optimizer.study.steps import Steps, best_of

WITHIN = 0.05
COUNT = 5


@dataclass(frozen=True)
class Wanted:
    """How many alternatives, how far from the best in its own unit, and how different."""

    count: int = COUNT
    within: float = WITHIN
    difference: Difference = field(default_factory=Difference)


class Ending(StrEnum):
    """Why the search for more came to an end."""

    COUNTED = "counted"
    """As many as asked for."""
    BEYOND = "beyond"
    """Proven: no other within the distance."""
    NOTHING_ELSE = "nothing_else"
    """Proven: no other design at all."""
    UNDECIDED = "undecided"
    """A limit, an interrupt or the audit ended it."""


@dataclass(frozen=True)
class Alternative:
    """One design, what it has, and by which fraction of the best value it is worse (negative only within the gap)."""

    result: Result
    signature: Signature
    worse_by: float
    proven: bool = True
    """False if a limit ended its search: a cheaper one that differs may exist."""


@dataclass(frozen=True)
class Alternatives:
    """What was found, best first, and what is known of the next one."""

    best: Result
    wanted: Wanted
    alternatives: tuple[Alternative, ...]
    ending: Ending
    next_worse_by: float | None = None
    """No further design is better than this, as a fraction of the best value."""


def alternatives(
    best: Result,
    wanted: Wanted,
    search: SearchSettings,
    tell: Callable[[str], None] = lambda _: None,
) -> Alternatives:
    """Search for alternatives to a verified design. Raises ValueError without one.

    `tell` hears what is going on.
    """
    if not best.verified or best.design is None or best.design.solve is None:
        raise ValueError("alternatives need a verified design to start from")
    goal, _, _, _ = settings(best.problem.instance, search.options)
    known = [earlier_design(best.problem, best.design.decisions, wanted.difference)]
    designs: list[Alternative] = []
    ending, following = Ending.COUNTED, None
    steps = Steps(wanted.count, tell, at_most=True)
    steps.best = best_of(best)
    while len(designs) < wanted.count:
        steps.begin(f"alternative {len(designs) + 1}")
        options = replace(search.options, restrict=partial(forbid, difference=wanted.difference, known=tuple(known)))
        enough = with_early_stop(search.hooks, lambda bound: worse_by(best, goal, bound) > wanted.within)
        result = run(best.problem.instance, best.problem.folder, options, enough, _sha256(best))
        following = worse_by(best, goal, result.bound)
        ending = _ending(best, goal, wanted, result)
        if ending is not Ending.COUNTED:
            break
        has = earlier_design(result.problem, result.decisions, wanted.difference)
        proven = result.status is Status.OPTIMAL
        designs.append(Alternative(result, has.signature, worse_by(best, goal, result.solve_facts.value), proven))
        known.append(has)
        if result.solve_facts.interrupted:
            ending = Ending.UNDECIDED
            break
    if search.stopping:
        steps.end([f"alternative {number}" for number in range(len(designs) + 1, wanted.count + 1)])
    designs.sort(key=lambda alternative: alternative.worse_by)
    return Alternatives(best, wanted, tuple(designs), ending, following if ending is Ending.BEYOND else None)


def worse_by(best: Result, goal: Goal, value: float) -> float:
    """How much worse than the best a value of the objective is, as a fraction of the best one."""
    reference = best.solve_facts.value
    return goal.sign * (value - reference) / max(abs(reference), 1e-9)


def _sha256(best: Result) -> str:
    return best.design.instance_sha256 if best.design else ""


def _ending(best: Result, goal: Goal, wanted: Wanted, result: Result) -> Ending:
    """COUNTED if the result is a further alternative, else why there is none."""
    if result.status is Status.INFEASIBLE:
        return Ending.NOTHING_ELSE
    solved = result.design.solve if result.verified and result.design else None
    if solved is not None and worse_by(best, goal, solved.value) <= wanted.within:
        return Ending.COUNTED
    return Ending.BEYOND if worse_by(best, goal, result.bound) > wanted.within else Ending.UNDECIDED
