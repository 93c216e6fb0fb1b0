"""At what price an accelerator enters the design, or leaves it.

The best design that does buy it is sought at a trial price; whatever that design is, its cost is a straight line in the
price, so the audit of it at two prices tells the price at which it draws level with the best design that does not buy
it. That price is the next trial: each is a real solve, and the prices rise until the best design with the accelerator
is no better any more. Between the last two trials lies the entry price (Newton's method on a concave function).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from math import inf, isfinite

from optimizer.audit.audit import recomputed
from optimizer.errors import UsageError
from optimizer.inputs.design import Design, Status
from optimizer.inputs.schema import Instance
from optimizer.model.build import Built
from optimizer.model.derive import Problem
from optimizer.pipeline import Result, run, settings
from optimizer.study.early_stop import with_early_stop
from optimizer.study.search_settings import SearchSettings

TOLERANCE = 0.01
MOST_STEPS = 12


class EntryKind(StrEnum):
    """What can be said of an accelerator and its price."""

    ENTERS = "enters"
    """Not bought at its price: bought at `at_usd` and below, not at `not_at_usd` and above."""
    LEAVES = "leaves"
    """Bought at its price: still at `at_usd`, no more at `not_at_usd`."""
    NEVER = "never"
    """Not bought even as a gift."""
    ALWAYS = "always"
    """No design does without it, at any price."""
    EXCLUDED = "excluded"
    """Not offered: a rule excludes it, and no price."""
    IMPOSSIBLE = "impossible"
    """Offered, but no design can hold a single pod of it."""
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class EntryPrice:
    """The bracket of an accelerator's entry price, per accelerator at the planning date."""

    accelerator: str
    kind: EntryKind
    price_usd: float
    """In the instance."""
    at_usd: float | None = None
    not_at_usd: float | None = None
    reason: str = ""
    forced_worse_by: float | None = None
    """By which fraction the best design with at least one pod of it is worse than the best, at today's price."""
    solves: int = 0
    gap: float = 0.0
    """Of every solve: a forced pod that costs less than this costs nothing that could be told."""


@dataclass(frozen=True, kw_only=True)
class Lever:
    """A number that moves the price of some accelerators, in proportion or by itself."""

    name: str
    accelerators: frozenset[str]
    value: float
    """In the instance."""
    at: Callable[[Instance, float], Instance]
    """The instance with another value."""


def at_price(instance: Instance, accelerator: str, price_usd: float) -> Instance:
    """An instance with another price of an accelerator."""
    chip = instance.accelerators[accelerator].model_copy(update={"price_usd": price_usd})
    return instance.model_copy(update={"accelerators": {**instance.accelerators, accelerator: chip}})


def entry_price(base: Result, accelerator: str, search: SearchSettings, tolerance: float = TOLERANCE) -> EntryPrice:
    """The entry price of an accelerator. Raises UsageError for an objective that prices do not touch.

    `base` must hold a verified design found under the same options; `tolerance` is the width of the bracket.
    """
    instance = base.problem.instance
    if settings(instance, search.options)[0].id not in ("lcoc", "total_cost"):
        raise UsageError("an entry price needs the objective lcoc or total_cost")
    if not base.verified or base.design is None:
        raise ValueError("an entry price needs a verified design to start from")
    price = instance.accelerators[accelerator].price_usd
    offered = any(pod.deliverable for key, pod in base.problem.compute.types.items() if key[1] == accelerator)
    if not offered:
        return EntryPrice(
            accelerator=accelerator,
            kind=EntryKind.EXCLUDED,
            price_usd=price,
            reason=exclusion_text(base.problem, accelerator),
        )
    lever = Lever(
        name=accelerator,
        accelerators=frozenset((accelerator,)),
        value=price,
        at=lambda old, usd: at_price(old, accelerator, usd),
    )
    return Bracket(base, lever, search, tolerance).search()


def exclusion_text(problem: Problem, accelerator: str) -> str:
    """Why an accelerator is not offered at any site: kind of reason, clause and words."""
    exclusions = [row for row in problem.compute.exclusions if row.accelerator == accelerator]
    parts = dict.fromkeys(
        f"{row.kind}{f', {row.clause}' if row.clause else ''}: {row.reason.rstrip('. ')}" for row in exclusions
    )
    return "; ".join(parts)


def is_bought(design: Design, accelerators: frozenset[str]) -> bool:
    """Whether a design orders any of some accelerators."""
    return any(row.accelerator in accelerators for row in design.decisions.deliveries)


def _hold(built: Built, accelerators: frozenset[str], wanted: bool) -> None:
    """Demand at least one pod of some accelerators, or none."""
    from pyomo.core import Block, Constraint

    pods = sum(amount for key, amount in built.model.compute.deliver.items() if key[1] in accelerators)
    built.model.entry = Block()
    built.model.entry.hold = Constraint(expr=(1, pods, None) if wanted else (None, pods, 0))


class Bracket:
    """The search for the value of a lever at which its accelerators enter or leave the design."""

    def __init__(self, base: Result, lever: Lever, search: SearchSettings, tolerance: float) -> None:
        self.base, self.lever = base, lever
        self.options, self.hooks = search.options, search.hooks
        self.tolerance = tolerance
        self.instance = base.problem.instance
        self.price = lever.value
        goal, self.gap, _, _ = settings(self.instance, self.options)
        self.goal = goal.id
        self.start = base.solution
        self.solves = 0

    def search(self) -> EntryPrice:
        """The bracket, or why there is none."""
        assert self.base.design is not None
        bought = is_bought(self.base.design, self.lever.accelerators)
        if bought:
            without = self._solve(self.price, wanted=False)
            if without.status is Status.INFEASIBLE:
                return self._priced(EntryKind.ALWAYS)
            if not without.verified or without.status is not Status.OPTIMAL:
                return self._priced(EntryKind.UNDECIDED)
            level, forced = self._value(without), self.base
        else:
            level, forced = self._value(self.base), self._solve(self.price, wanted=True)
            if forced.status is Status.INFEASIBLE:
                return self._priced(EntryKind.IMPOSSIBLE)
            if not forced.verified:
                return self._priced(EntryKind.UNDECIDED)
        best = self._value(self.base)
        worse = (self._value(forced) - best) / abs(best) if best else 0.0
        return replace(self._climb(level, forced, bought), forced_worse_by=None if bought else worse)

    def _climb(self, level: float, forced: Result, bought: bool) -> EntryPrice:
        """Raise the price at which a design with the accelerator draws level until none is better above it."""
        at = self._ties_at(forced, level)
        kind = EntryKind.LEAVES if bought else EntryKind.ENTERS
        for _ in range(MOST_STEPS):
            trial = at * (1 + self.tolerance) if at > 0 else 0.0
            solved = self._solve(trial, wanted=True, level=level)
            tie = self._ties_at(solved, level) if solved.verified else -inf
            if tie > trial:
                # A design that is better at this price, proven best or not, moves the lower end up.
                at = tie
            elif solved.bound < level - self.gap * abs(level):
                break
            else:
                return self._priced(kind, max(at, tie), trial) if at > 0 else self._priced(EntryKind.NEVER)
        return self._priced(EntryKind.UNDECIDED, at if at > 0 else None)

    def _priced(self, kind: EntryKind, at: float | None = None, not_at: float | None = None) -> EntryPrice:
        return EntryPrice(
            accelerator=self.lever.name,
            kind=kind,
            price_usd=self.price,
            at_usd=at,
            not_at_usd=not_at,
            solves=self.solves,
            gap=self.gap,
        )

    def _solve(self, price_usd: float, wanted: bool, level: float = inf) -> Result:
        """The best design with (or without) the accelerator; none better than `level` is enough of an answer."""
        hold = partial(_hold, accelerators=self.lever.accelerators, wanted=wanted)
        options = replace(self.options, restrict=hold, start=self.start)
        hooks = with_early_stop(self.hooks, lambda bound: bound >= level)
        result = run(self.lever.at(self.instance, price_usd), self.base.problem.folder, options, hooks)
        self.solves += 1
        if result.verified:
            self.start = result.solution
        return result

    def _value(self, result: Result) -> float:
        return result.solve_facts.value

    def _ties_at(self, result: Result, level: float) -> float:
        """Price at which a design costs as much as the best one without the accelerator."""
        assert result.design is not None
        low = self._cost(result.design, 0.0)
        slope = (self._cost(result.design, self._unit()) - low) / self._unit()
        tie = (level - low) / slope if slope > 0 else float("inf")
        return tie if isfinite(tie) else 0.0

    def _unit(self) -> float:
        """A price to measure the slope with, of the size of the real one."""
        return max(self.price, 1.0)

    def _cost(self, design: Design, price_usd: float) -> float:
        """What the audit makes of a design's decisions at a price."""
        bid = design.model_copy(update={"reported": None, "solve": None})
        money = recomputed(self.lever.at(self.instance, price_usd), bid, self.base.problem.folder)
        return money.lcoc_usd_per_eflop if self.goal == "lcoc" else money.npv_cost_musd
