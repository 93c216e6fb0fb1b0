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
from optimizer.errors import SolverCrash
from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.pipeline import Result, run, run_again, settings
from optimizer.preparation import Preparation, SharedPreparation
from optimizer.regimes.flags import GP10
from optimizer.solve.outcome import Hooks
from optimizer.study.infeasible import FIRST_DESIGN_GAP, Asker, smallest_conflict
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
    chosen: tuple[str, ...] = ()
    if rule.order:
        count = _fewest(preparation, rule, search)
        if count is None:
            return Baseline(rule=rule, result=None, status=Status.NO_SOLUTION)
        chosen = rule.order[:count]
        rule = _first(rule, count)
    result = under_rule(preparation, rule, search, sha256)
    kept = result if result.verified else None
    return Baseline(rule=rule, result=kept, status=result.status, accelerators=chosen)


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


def quick_baselines(base: Result, search: SearchSettings, within_s: float, gap: float) -> list[Baseline]:
    """As many simple plans as `within_s` seconds allow, each to `gap` at best; the most telling ones first.

    What a moment's end cuts off keeps the best design it had; a plan without one is undecided. Those whose turn did not
    come are named too.
    """
    until_s = time.monotonic() + within_s
    hooks = search.hooks or Hooks()
    hooks = replace(hooks, stop=Deadline(until_s, hooks.stop), on_progress=None)
    target_gap = max(gap, settings(base.problem.instance, search.options)[1])
    preparation = base.preparation or SharedPreparation(base.problem)
    rows: list[Baseline] = []
    for rule in _telling_first(base):
        left_s = until_s - time.monotonic()
        if left_s <= 0 or hooks.stopping:
            rows.append(Baseline(rule=rule, result=None, status=Status.NO_SOLUTION, reached=False))
            continue
        options = replace(search.options, gap=target_gap, time_limit_s=max(1.0, left_s / 2), start=None)
        try:
            rows.append(baseline(preparation, rule, SearchSettings(options=options, hooks=hooks)))
        except SolverCrash as problem:
            # A year of dispatch that is stopped in the middle may not answer in time; the other plans stand.
            rows.append(Baseline(rule=rule, result=None, status=Status.NO_SOLUTION, fault=str(problem)))
    preparation.forget()
    return rows


def _telling_first(base: Result) -> list[Rule]:
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


def _fewest(preparation: Preparation, rule: Rule, search: SearchSettings) -> int | None:
    """How many of a ranked plan's accelerators it takes: fewer never suffice where more do not. None if stopped."""
    low, high = 1, len(rule.order)
    while low < high:
        if search.stopping:
            return None
        middle = low if low == 1 else (low + high) // 2
        options = replace(search.options, objective="capex", gap=FIRST_DESIGN_GAP, start=None)
        options = replace(options, restrict=partial(restrict, rule=_first(rule, middle)))
        if run_again(preparation, options, search.hooks).verified:
            high = middle
        elif middle == 1:
            low = 2
        else:
            low = middle + 1
    return low
