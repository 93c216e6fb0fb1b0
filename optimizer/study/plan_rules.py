"""What a planner might do without an optimiser, as rules on what may be ordered. Pure: nothing is solved here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from optimizer.assets.compute.pods import PodType
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.policies.rulings import may_breach_gp10

HALL = "hall:"
"""Plans with one class of hall begin with it."""
PRICES = ("no_licences", "no_gp10", "base_kept", "no_refresh", "grid_only")
"""Plans that ask what a rule costs, like those in one hall; the others are what a buyer without a model might do."""


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


def is_rival(plan: str) -> bool:
    """Whether a plan, by its id, is what a buyer might do, and not the price of a rule."""
    return plan not in PRICES and not plan.startswith(HALL)


def rules(problem: Problem) -> tuple[Rule, ...]:
    """Every plan that means something for an instance."""
    offered = {key: pod for key, pod in problem.compute.types.items() if pod.deliverable}
    return tuple(rule for rule in _rules(problem, offered) if rule.allowed or rule.keep_existing)


def decisions(problem: Problem) -> tuple[Rule, ...]:
    """Of these plans the ones that leave out one decision: refresh, generation beside the grid, the choice of hall."""
    offered = {key: pod for key, pod in problem.compute.types.items() if pod.deliverable}
    return tuple(rule for rule in _decisions(problem, offered) if rule.allowed)


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
    yield from _decisions(problem, offered)


def _decisions(problem: Problem, offered: dict[tuple[str, str, str], PodType]) -> Iterator[Rule]:
    everything = tuple(offered)
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
