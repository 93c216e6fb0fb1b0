"""Simple plans on the same question: what a planner without an optimiser might do, each a real, verified design.

A plan is a rule on what may be ordered (and whether the installed base stays); everything the rule leaves open is
solved as well as it can be. So the saving against a plan is what its rule costs, and never what bad luck costs.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from optimizer.analysis.exclusions import licences
from optimizer.analysis.legal_flags import raised_flags
from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.pipeline import Result, Stopwatch, run, run_again
from optimizer.preparation import Preparation
from optimizer.regimes.flags import GP10
from optimizer.study.infeasible import Asker, smallest_conflict
from optimizer.study.plan_rules import HALL, Rule, is_rival, rules
from optimizer.study.requirements import requirements
from optimizer.study.search_settings import SearchSettings

if TYPE_CHECKING:
    from optimizer.model.build import Built

PATIENCE_S = 20.0
"""Per question, when a plan without a design is explained."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A plan and what became of it. `result` is None if there is no verified design under its rule."""

    rule: Rule
    result: Result | None
    status: Status
    accelerators: tuple[str, ...] = ()
    """Of a ranked plan: the accelerators it takes, in the order of the rule."""
    conflict: tuple[str, ...] = ()
    """Of a plan without a design: the requirements that cannot be met together under its rule."""
    reached: bool = True
    """False: the time of all plans was over before its turn."""
    fault: str = ""
    """What ended its search, if that was no limit."""


def unrefreshed(instance: Instance) -> Instance:
    """The instance without refresh."""
    procurement = instance.procurement.model_copy(update={"refresh": False})
    return instance.model_copy(update={"procurement": procurement})


def restrict(built: Built, rule: Rule) -> None:
    """Take from the model what a plan does not allow."""
    compute = built.model.compute
    for key, pods in compute.deliver.items():
        if key[:3] not in rule.allowed:
            pods.setub(0)
    if rule.keep_existing:
        for retired in compute.retire.values():
            retired.setub(retired.lb)
    if not rule.generation:
        for units in built.model.generation.buy.values():
            units.setub(0)


def restricted(problem: Problem, rule: Rule) -> Problem:
    """What a plan leaves of what is offered: for the reasons why it may not suffice."""
    types = {
        key: pod if key in rule.allowed else replace(pod, deliverable=()) for key, pod in problem.compute.types.items()
    }
    feeds = problem.feeds
    if not rule.generation:
        feeds = {s: feed.without_generation() for s, feed in feeds.items()}
    return replace(problem, compute=replace(problem.compute, types=types), feeds=feeds)


def baseline(preparation: Preparation, rule: Rule, search: SearchSettings, sha256: str = "") -> Baseline:
    """Make the best design a plan allows. A shared preparation is built once for all plans."""
    if rule.order:
        return _fewest(preparation, rule, search, sha256)
    return _made(rule, under_rule(preparation, rule, search, sha256))


def _made(rule: Rule, result: Result, accelerators: tuple[str, ...] = ()) -> Baseline:
    kept = result if result.verified else None
    return Baseline(rule=rule, result=kept, status=result.status, accelerators=accelerators)


def under_rule(preparation: Preparation, rule: Rule, search: SearchSettings, sha256: str = "") -> Result:
    """The best of what a rule allows."""
    options = replace(search.options, restrict=partial(restrict, rule=rule), start=None)
    if rule.refresh:
        return run_again(preparation, options, search.hooks, sha256)
    problem = preparation.problem
    return run(unrefreshed(problem.instance), problem.folder, options, search.hooks, sha256)


class Deadline(Event):
    """Set when another event is, or at a moment of the monotonic clock."""

    def __init__(self, until_s: float, other: Event | None) -> None:
        super().__init__()
        self._until_s, self._other = until_s, other

    def is_set(self) -> bool:
        return (self._other is not None and self._other.is_set()) or time.monotonic() >= self._until_s


def telling_first(base: Result) -> list[Rule]:
    """Rules: what decisions are worth; what avoiding General Prohibition 10 and a refusal of licences cost, where the
    design has such chips; one vendor alone, by what it has in the design; air alone; and what takes several solves. The
    first rival comes second, so that there is one to hold the design against."""
    made, chips = base.decisions, base.problem.instance.accelerators
    vendors = Counter[str]()
    for row in made.deliveries:
        vendors[chips[row.accelerator].vendor] += row.pods * base.problem.compute.types[row.type_key].size.accelerators
    avoidable = any(raised.flag.id in GP10 for raised in raised_flags(base.problem, made))
    known = ["no_refresh", "grid_only", *(f"{HALL}{hall}" for hall in base.problem.instance.halls)]
    known += ["no_gp10"] if avoidable else []
    known += ["no_licences"] if licences(base.problem, made) else []
    known += [f"vendor:{name}" for name, _ in vendors.most_common(2)] + ["air_only", "greedy_cost", "greedy_energy"]
    rank = {name: at for at, name in enumerate(known)}
    ranked = sorted(rules(base.problem), key=lambda rule: rank.get(rule.id, len(rank)))
    rival = next((rule for rule in ranked if is_rival(rule.id)), None)
    others = [rule for rule in ranked if rule is not rival]
    return [*others[:1], *([rival] if rival else []), *others[1:]] if others and not is_rival(others[0].id) else ranked


def explained(problem: Problem, baseline: Baseline, search: SearchSettings) -> Baseline:
    """The plan with the smallest set of requirements that leaves it without a design."""
    asker = Asker(
        folder=problem.folder,
        time_limit_s=PATIENCE_S,
        isolated=search.options.isolated,
        hooks=search.hooks,
        restrict=partial(restrict, rule=baseline.rule),
    )
    instance = problem.instance if baseline.rule.refresh else unrefreshed(problem.instance)
    kept, _, _ = smallest_conflict(instance, requirements(instance), asker)
    return replace(baseline, conflict=tuple(group.label for group in kept))


def _first(rule: Rule, count: int) -> Rule:
    """A ranked plan with its first accelerators alone."""
    names = rule.order[:count]
    return replace(rule, allowed=tuple(key for key in rule.allowed if key[1] in names))


def _fewest(preparation: Preparation, rule: Rule, search: SearchSettings, sha256: str) -> Baseline:
    """A ranked plan with the fewest of its accelerators that have a design.

    More never have none where fewer have one, and fewer than the relaxation asks for have none for certain.
    """
    least, most = 1, len(rule.order)
    while least < most:
        middle = least if least == 1 else (least + most) // 2
        if search.stopping:
            return Baseline(rule=rule, result=None, status=Status.NO_SOLUTION)
        if _may_suffice(preparation, _first(rule, middle), search):
            most = middle
        else:
            least = 2 if middle == 1 else middle + 1
    for count in range(least, len(rule.order) + 1):
        first = _first(rule, count)
        result = under_rule(preparation, first, search, sha256)
        if result.status is not Status.INFEASIBLE:
            return _made(first, result, rule.order[:count])
    return _made(rule, result, rule.order)


def _may_suffice(preparation: Preparation, rule: Rule, search: SearchSettings) -> bool:
    """False if not even fractions of pods and units have a design under the rule."""
    from optimizer.solve.search import has_relaxation

    options = replace(search.options, restrict=partial(restrict, rule=rule), start=None)
    prepared = preparation.prepared(options, Stopwatch())
    return has_relaxation(prepared.model.compiled, prepared.budget, search.hooks)
