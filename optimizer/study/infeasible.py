"""Why no design exists: the smallest set of requirements that cannot hold together, and the smallest single ways out.

Everything said here was solved: a repair is verified by solving the instance with it, a conflict by a deletion filter
whose every step is a solve (Chinneck, Feasibility and Infeasibility in Optimization, 2008, chapter 6). What a time
limit left open is called undecided.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, floor, inf, log10
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.model.derive import derive
from optimizer.pipeline import Options, run
from optimizer.solve.outcome import Hooks
from optimizer.study.requirement import Requirement
from optimizer.study.requirements import all_targets, requirements
from optimizer.study.steps import Steps, in_steps

if TYPE_CHECKING:
    from optimizer.model.build import Built

SHORTEST_QUESTION_S = 0.2
FIRST_DESIGN_GAP = 0.999
"""A feasibility question needs any design, not a good one."""
DIGITS = 4
SEARCH_PRECISION = 1e-3
MOST_DOUBLINGS = 12
"""A value searched for by bisection: how fine, and how far from the one that stands."""


class Verdict(StrEnum):
    """Answer to: does a design exist?"""

    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class Repair:
    """The smallest change of one requirement alone that admits a design; `value` None if only dropping it helps."""

    path: str
    label: str
    unit: str
    before: float
    value: float | None
    verified: bool


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What was found. `conflict` is irreducible: any proper part of it can be met."""

    conflict: tuple[Requirement, ...]
    conflict_is_minimal: bool
    repairs: tuple[Repair, ...]
    undecided: tuple[str, ...]
    only_whole_numbers: bool
    """True if the requirements could be met with fractions of pods and units."""
    ended_by_time: bool = False
    """True if the time for the whole explanation was over before every question was put."""


@dataclass(frozen=True, kw_only=True)
class Asker:
    """How questions of feasibility are put to the solver."""

    folder: Path
    time_limit_s: float = 30.0
    isolated: bool = True
    hooks: Hooks | None = None
    restrict: Callable[[Built], None] | None = None
    """Restrictions beyond the instance's own, such as those of a simple plan."""
    until_s: float = inf
    """On the monotonic clock: no question is put after this, and none lasts longer."""

    @property
    def left_s(self) -> float:
        """Seconds for the next question."""
        return min(self.time_limit_s, self.until_s - time.monotonic())

    @property
    def time_is_over(self) -> bool:
        """Whether so little is left that no question is put any more."""
        return self.left_s < SHORTEST_QUESTION_S

    @property
    def options(self) -> Options:
        """A search that ends with the first design."""
        return Options(
            objective="capex",
            gap=FIRST_DESIGN_GAP,
            time_limit_s=self.left_s,
            isolated=self.isolated,
            restrict=self.restrict,
        )

    def ask(self, instance: Instance) -> Verdict:
        """Whether an instance has a design."""
        if self.time_is_over:
            return Verdict.UNDECIDED
        result = run(instance, self.folder, self.options, self.hooks)
        if result.verified:
            return Verdict.FEASIBLE
        return Verdict.INFEASIBLE if result.status is Status.INFEASIBLE else Verdict.UNDECIDED


def explain(instance: Instance, asker: Asker, tell: Callable[[str], None] = lambda _: None) -> Explanation:
    """Explain an instance that was proven infeasible. `tell` hears what is being tried."""
    groups = requirements(instance)
    conflict, minimal, undecided = smallest_conflict(instance, groups, asker, tell)
    repairs = []
    targets = [group for group in groups if group.path.startswith("phases.")]
    together = (all_targets(instance),) if len(targets) > 1 and set(targets) & set(conflict) else ()
    asked = (*conflict, *together)
    for group in in_steps(
        asked, lambda group: f"smallest change of {group.label}", lambda: asker.time_is_over, Steps(len(asked), tell)
    ):
        change = repair(instance, group, asker)
        if change is not None:
            repairs.append(change)
    whole = not asker.time_is_over and _only_whole_numbers(instance, asker)
    return Explanation(
        conflict=conflict,
        conflict_is_minimal=minimal,
        repairs=tuple(repairs),
        undecided=undecided,
        only_whole_numbers=whole,
        ended_by_time=asker.time_is_over,
    )


def smallest_conflict(
    instance: Instance,
    groups: tuple[Requirement, ...],
    asker: Asker,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[tuple[Requirement, ...], bool, tuple[str, ...]]:
    """Deletion filter: drop each requirement; leave it out if what remains is infeasible all the same.

    Gives the requirements kept, whether they are irreducible, and the paths of those a limit left open.
    """
    current = instance
    kept: list[Requirement] = []
    undecided: list[str] = []
    steps = Steps(len(groups), tell)
    for group in groups:
        steps.begin(f"without {group.label}")
        without = group.drop(current)
        verdict = asker.ask(without)
        if verdict is Verdict.INFEASIBLE:
            current = without
            continue
        kept.append(group)
        if verdict is Verdict.UNDECIDED:
            undecided.append(group.path)
    return tuple(kept), not undecided, tuple(undecided)


def repair(instance: Instance, group: Requirement, asker: Asker) -> Repair | None:
    """The smallest change of one requirement that admits a design; None if no change of it alone does."""
    if asker.ask(group.drop(instance)) is not Verdict.FEASIBLE:
        return None
    unchanged = Repair(
        path=group.path, label=group.label, unit=group.unit, before=group.value, value=None, verified=True
    )
    if group.move is None:
        return unchanged
    if group.amounts is None:
        return replace(unchanged, value=_searched(instance, group, asker))
    change = _least_change(instance, group, asker)
    if change is None:
        return unchanged
    value = group.value + (change if group.more_is_easier else -change)
    value = _outwards(value, group.more_is_easier)
    verified = asker.ask(group.move(instance, value)) is Verdict.FEASIBLE
    return replace(unchanged, value=value, verified=verified)


def _searched(instance: Instance, group: Requirement, asker: Asker) -> float | None:
    """The nearest value that admits a design, by doubling and then by bisection; None if none was found.

    Only a value with a design that passed the audit is given.
    """
    move = group.move
    assert move is not None
    bad, good = group.value, None
    for k in range(MOST_DOUBLINGS):
        tried = _further(group, k)
        if asker.ask(move(instance, tried)) is Verdict.FEASIBLE:
            good = tried
            break
        bad = tried
        if tried == group.most:
            break
    while good is not None and abs(good - bad) > SEARCH_PRECISION * max(abs(good), abs(bad)):
        middle = _outwards((good + bad) / 2, group.more_is_easier)
        if middle in (good, bad) or asker.time_is_over:
            break
        if asker.ask(move(instance, middle)) is Verdict.FEASIBLE:
            good = middle
        else:
            bad = middle
    return good


def _further(group: Requirement, doublings: int) -> float:
    """A value further away from the one that stands, by a factor of 1.25 first, then of 2 and more."""
    factor = 1.25 if doublings == 0 else 2.0**doublings
    value = (group.value or 1.0) * factor if group.more_is_easier else group.value / factor
    return value if group.most is None else min(value, group.most)


def _least_change(instance: Instance, group: Requirement, asker: Asker) -> float | None:
    """Solve the instance without the requirement for the least violation of it."""
    from pyomo.core import Constraint, NonNegativeReals, Var

    from optimizer.model.build import build
    from optimizer.solve.compiled import compile_model
    from optimizer.solve.search import Budget, least
    from optimizer.solve.years import years_within

    assert group.amounts is not None
    built = build(derive(group.drop(instance), asker.folder))
    if asker.restrict is not None:
        asker.restrict(built)
    model = built.model
    model.change = Var(domain=NonNegativeReals)
    amounts = list(group.amounts(built))
    offset = group.value if group.more_is_easier else -group.value
    sign = 1 if group.more_is_easier else -1
    model.held = Constraint(range(len(amounts)), rule=lambda m, i: (None, sign * amounts[i] - m.change - offset, 0))
    compiled = compile_model(model, {**built.forms, "change": 1.0 * model.change})
    years = years_within((built,), compiled)
    budget = Budget(
        gap=1e-6, time_limit_s=max(asker.left_s, SHORTEST_QUESTION_S), seed=0, isolated=asker.isolated, years=years
    )
    change = least(compiled, "change", budget, asker.hooks)
    return change.value if change.status in (Status.OPTIMAL, Status.FEASIBLE) else None


def _outwards(value: float, upwards: bool) -> float:
    """Rounded to a few digits, away from infeasibility."""
    if value == 0:
        return 0.0
    step = 10.0 ** (floor(log10(abs(value))) - DIGITS + 1)
    rounded = (ceil(value / step - 1e-6) if upwards else floor(value / step + 1e-6)) * step
    return float(f"{rounded:.{DIGITS + 4}g}")


def _only_whole_numbers(instance: Instance, asker: Asker) -> bool:
    return run(instance, asker.folder, asker.options, asker.hooks).relaxation_feasible is True
