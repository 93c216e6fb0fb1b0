"""Simple plans on the same question: what a planner without an optimiser might do, each a real, verified design.

A plan is a rule on what may be ordered (and whether the installed base stays); everything the rule leaves open is
solved as well as it can be. So the saving against a plan is what its rule costs, and never what bad luck costs.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

from optimizer.analysis.exclusions import licences
from optimizer.analysis.legal_flags import raised_flags
from optimizer.assets.compute.pods import PodType
from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.model.build import Built
from optimizer.model.derive import Problem
from optimizer.pipeline import Result, run, run_again, settings
from optimizer.policies.rulings import may_breach_gp10
from optimizer.preparation import Preparation, SharedPreparation
from optimizer.regimes.flags import GP10
from optimizer.solve.outcome import Hooks
from optimizer.study.infeasible import FIRST_DESIGN_GAP, Asker, smallest_conflict
from optimizer.study.requirements import requirements
from optimizer.study.search_settings import SearchSettings

HALL = "hall:"
"""Plans with one class of hall begin with it."""
PATIENCE_S = 20.0
"""Per question, when a plan without a design is explained."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a plan allows to be ordered. `order` ranks accelerators: then the fewest that suffice are taken."""

    id: str
    name: str
    label: str
    allowed: Collection[tuple[str, str, str]] = ()
    """Pod types (site, accelerator, racks) that may be ordered."""
    keep_existing: bool = False
    refresh: bool = True
    """False: nothing that is bought leaves before the end of its life or stays beyond it."""
    generation: bool = True
    """False: no generation beside the grid is built."""
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Baseline:
    """A plan and what became of it. `result` is None if there is no verified design under its rule."""

    rule: Rule
    result: Result | None
    status: Status
    accelerators: tuple[str, ...] = ()
    """Of a ranked plan: the accelerators it takes, in the order of the rule."""
    conflict: tuple[str, ...] = ()
    """Of a plan without a design: the requirements that cannot be met together under its rule."""


def rules(problem: Problem) -> tuple[Rule, ...]:
    """Every plan that means something for an instance."""
    offered = {key: pod for key, pod in problem.compute.types.items() if pod.deliverable}
    return tuple(rule for rule in _rules(problem, offered) if rule.allowed or rule.keep_existing)


def cheapest_first(problem: Problem) -> tuple[str, ...]:
    """Accelerators on offer by purchase price per effective PFLOPS, racks and licence fees included."""
    offered = {key: pod for key, pod in problem.compute.types.items() if pod.deliverable}
    return _ranked(problem, offered, _price)


def _rules(problem: Problem, offered: dict[tuple[str, str, str], PodType]) -> Iterator[Rule]:
    chips = problem.instance.accelerators
    everything = tuple(offered)
    if len({a for _, a, _ in offered}) > 1:
        dear = "accelerators in the order of purchase price per effective PFLOPS, the fewest that suffice"
        yield Rule(
            id="greedy_cost",
            name="Cheapest to buy first",
            label=dear,
            allowed=everything,
            order=_ranked(problem, offered, _price),
        )
        hungry = "accelerators in the order of effective PFLOPS per watt, the fewest that suffice"
        yield Rule(
            id="greedy_energy",
            name="Least power first",
            label=hungry,
            allowed=everything,
            order=_ranked(problem, offered, _watts),
        )
    vendors = dict.fromkeys(chips[a].vendor for _, a, _ in offered)
    for vendor in vendors if len(vendors) > 1 else ():
        allowed = tuple(key for key in offered if chips[key[1]].vendor == vendor)
        yield Rule(
            id=f"vendor:{vendor}",
            name=f"Only {vendor}",
            label=f"accelerators of {vendor} alone are ordered",
            allowed=allowed,
        )
    air = {technology.residual for technology in problem.instance.coolings.values() if technology.residual} | {"air"}
    cool = tuple(key for key, pod in offered.items() if pod.cooling in air)
    if len(cool) < len(offered):
        yield Rule(
            id="air_only", name="Air cooling only", label="pods are ordered with air cooling alone", allowed=cool
        )
    yield from _avoidances(problem, offered)
    if any(group.may_stay for group in problem.compute.existing):
        kept = "no installed pod is retired before the end of its life"
        yield Rule(id="base_kept", name="Today's base kept", label=kept, allowed=everything, keep_existing=True)
    if problem.instance.procurement.refresh and len(problem.calendar.phases) > 1:
        stays = "what is bought stays to the end of its life, and no longer"
        yield Rule(id="no_refresh", name="No refresh", label=stays, allowed=everything, refresh=False)
    if any(source.buyable for source in problem.plant["generation"].sources.values()):
        alone = "nothing but the grid feeds the sites: no generation is built"
        yield Rule(id="grid_only", name="Grid only", label=alone, allowed=everything, generation=False)
    yield from _one_hall(problem.instance, offered)


def _one_hall(instance: Instance, offered: dict[tuple[str, str, str], PodType]) -> Iterator[Rule]:
    """Every pod in one class of hall, for each class that all sites with halls list."""
    lists = [site.halls for site in instance.sites.values() if site.halls]
    for hall in dict.fromkeys(lists[0]) if any(len(halls) > 1 for halls in lists) else ():
        if all(hall in halls for halls in lists):
            name = instance.halls[hall].name
            allowed = tuple(key for key, pod in offered.items() if pod.hall in (None, hall))
            label = f"pods are ordered in one class of hall alone: {name}"
            yield Rule(id=f"{HALL}{hall}", name=f"Only {name}", label=label, allowed=allowed)


def unrefreshed(instance: Instance) -> Instance:
    """The instance without refresh."""
    procurement = instance.procurement.model_copy(update={"refresh": False})
    return instance.model_copy(update={"procurement": procurement})


def _avoidances(problem: Problem, offered: dict[tuple[str, str, str], PodType]) -> Iterator[Rule]:
    """What a lawyer asks the price of: no licences, and no chips under General Prohibition 10."""
    licensed = {(s, a) for (s, a, _), ruling in problem.rulings.items() if ruling.status.value == "licence"}
    free = tuple(key for key in offered if key[:2] not in licensed)
    if len(free) < len(offered):
        yield Rule(
            id="no_licences",
            name="Licences avoided",
            label="nothing is ordered that needs an export licence at any date",
            allowed=free,
        )
    breaching = {a for a, chip in problem.instance.accelerators.items() if may_breach_gp10(a, chip) is not False}
    lawful = tuple(key for key in offered if key[1] not in breaching)
    if len(lawful) < len(offered):
        yield Rule(
            id="no_gp10",
            name="GP10 avoided",
            label="nothing is ordered that is of Chinese design and meets 3A090, or may meet it",
            allowed=lawful,
        )


def _ranked(
    problem: Problem, offered: dict[tuple[str, str, str], PodType], measure: Callable[[PodType], float]
) -> tuple[str, ...]:
    """Accelerators by their best pod type, best first."""
    best: dict[str, float] = {}
    for (_, accelerator, _), pod in offered.items():
        best[accelerator] = min(best.get(accelerator, float("inf")), measure(pod))
    return tuple(sorted(best, key=lambda name: (best[name], name)))


def _effective(pod: PodType) -> float:
    return max(pod.effective_pflops.values(), default=0.0)


def _price(pod: PodType) -> float:
    """Purchase price, racks and licence fees included, in MUSD per effective PFLOPS."""
    musd = min(pod.price_musd(p) for p in pod.deliverable)
    return musd / _effective(pod) if _effective(pod) else float("inf")


def _watts(pod: PodType) -> float:
    return pod.size.kw / _effective(pod) if _effective(pod) else float("inf")


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
            return Baseline(rule, None, Status.NO_SOLUTION)
        chosen = rule.order[:count]
        rule = _first(rule, count)
    options = replace(search.options, restrict=partial(restrict, rule=rule), start=None)
    if rule.refresh:
        result = run_again(preparation, options, search.hooks, sha256)
    else:
        result = run(
            unrefreshed(preparation.problem.instance), preparation.problem.folder, options, search.hooks, sha256
        )
    return Baseline(rule, result if result.verified else None, result.status, chosen)


class Deadline(Event):
    """Set when another event is, or at a moment of the monotonic clock."""

    def __init__(self, until_s: float, other: Event | None) -> None:
        super().__init__()
        self._until_s, self._other = until_s, other

    def is_set(self) -> bool:
        return (self._other is not None and self._other.is_set()) or time.monotonic() >= self._until_s


def quick_baselines(base: Result, search: SearchSettings, within_s: float, gap: float) -> list[Baseline]:
    """As many simple plans as `within_s` seconds allow, each to `gap` at best; the most telling ones first.

    What a moment's end cuts off keeps the best design it had; a plan without one is undecided.
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
            break
        options = replace(search.options, gap=target_gap, time_limit_s=max(1.0, left_s / 2), start=None)
        rows.append(baseline(preparation, rule, SearchSettings(options=options, hooks=hooks)))
    preparation.forget()
    return rows


def _telling_first(base: Result) -> list[Rule]:
    """Rules: what avoiding General Prohibition 10 and a refusal of licences cost, where the design has such chips; one
    vendor alone, by what it has in the design; air alone; and what takes several solves."""
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
    return sorted(rules(base.problem), key=lambda rule: rank.get(rule.id, len(rank)))


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
