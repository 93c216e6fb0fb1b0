"""Cheap, exact reasons why no design can exist: one requirement at a time, before any search.

Each bound is optimistic (every other requirement is forgotten), so what it calls impossible is impossible; what it
does not call impossible may still be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.analysis.static_bounds_work import impossible_runs, impossible_services
from optimizer.analysis.unreachable import causes, missing_plant
from optimizer.assets.compute.pods import PodType
from optimizer.model.derive import Problem
from optimizer.number_format import number
from optimizer.policies.caps import caps, most_pflops

_MARGIN = 1e-6


@dataclass(frozen=True)
class Obstacle:
    """One reason, the key of the instance behind it, and what would just not be enough of it."""

    group: str
    """Requirement group: target, grid, floor, supply, capital, offer, run, service."""
    path: str
    reason: str


@dataclass(frozen=True)
class _Demand:
    """What must be delivered in a phase: in all, or of one workload."""

    label: str
    path: str
    phase: str
    workload: str | None
    pflops: float


def obstacles(problem: Problem) -> tuple[Obstacle, ...]:
    """Every reason found; empty if no single requirement makes the instance impossible."""
    obstacle_list = [obstacle_list for demand in _demands(problem) for obstacle_list in _against(problem, demand)]
    obstacle_list += [Obstacle("run", path, reason) for path, reason in impossible_runs(problem)]
    obstacle_list += [Obstacle("service", path, reason) for path, reason in impossible_services(problem)]
    return tuple(obstacle_list)


def _demands(problem: Problem) -> Iterator[_Demand]:
    for p, phase in problem.instance.phases.items():
        if phase.target_pflops:
            yield _Demand(f"target of {p}", f"phases.{p}.target_pflops", p, None, phase.target_pflops)
    for w, load in problem.instance.workloads.items():
        for p, pflops in load.floor_pflops.items():
            if pflops:
                yield _Demand(f"floor of {w} in {p}", f"workloads.{w}.floor_pflops.{p}", p, w, pflops)


def _against(problem: Problem, demand: _Demand) -> Iterator[Obstacle]:
    there = _there(problem, demand)
    offered = [pod for pod in problem.compute.types.values() if _reachable(problem, pod, demand)]
    wanted = f"the {demand.label} is {number(demand.pflops)} PFLOPS"
    if not offered and there + _MARGIN < demand.pflops:
        why = "; ".join(str(cause) for cause in causes(problem, demand.phase, demand.workload))
        yield Obstacle("offer", demand.path, f"{wanted}, and nothing that can be bought delivers it ({why})")
        return
    more = " with what works beside it" if any(feed.beside_mw for feed in problem.feeds.values()) else ""
    grid = f"the grid import of all sites{more} carries"
    substations = f"substations that can be there in time{more} carry"
    bounds: tuple[tuple[str, str, str, Callable[..., float]], ...] = (
        ("grid", "sites.*.grid_mw", grid, _by_grid),
        ("substation", "sites.*.grid", substations, _by_substation),
        ("floor", "sites.*.building.white_space_m2", "the white space of all sites holds", _by_floor),
        ("supply", "procurement", "supply, quotas and licences allow", _by_supply),
    )
    for group, path, sentence, bound in bounds:
        most = bound(problem, demand, offered)
        if most * (1 + _MARGIN) < demand.pflops:
            yield Obstacle(group, path, f"{wanted}, but {sentence} at most {number(most)} PFLOPS")
    yield from _by_capital(problem, demand, (offered, there))


def _effective(pod: PodType, demand: _Demand) -> float:
    """PFLOPS of a pod, on the workload wanted or on its best one."""
    return max(
        (
            pod.duties.best_pflops((w, p))
            for w, p in pod.effective_pflops
            if p == demand.phase and demand.workload in (None, w)
        ),
        default=0.0,
    )


def _reachable(problem: Problem, pod: PodType, demand: _Demand) -> bool:
    serving = set(problem.calendar.serving(demand.phase, pod.service_years))
    return (
        bool(serving & set(pod.deliverable))
        and not missing_plant(problem, pod, demand.phase)
        and _effective(pod, demand) > 0
    )


def _there(problem: Problem, demand: _Demand) -> float:
    """PFLOPS of what is installed already."""
    return sum(
        group.in_service[demand.phase] * _effective(problem.compute.types[group.type_key], demand)
        for group in problem.compute.existing
        if group.type_key in problem.compute.types
    )


def _usable(problem: Problem, site: str, offered: list[PodType], demand: _Demand) -> list[PodType]:
    old = {g.type_key for g in problem.compute.existing if g.in_service[demand.phase]}
    types = [pod for pod in problem.compute.types.values() if pod.key in old or pod in offered]
    return [pod for pod in types if pod.site == site and _effective(pod, demand) > 0]


def _by_grid(problem: Problem, demand: _Demand, offered: list[PodType]) -> float:
    """What the utility makes available, with what works beside the grid."""
    return _by_feed(problem, demand, offered, {s: feed.most_mw(demand.phase) for s, feed in problem.feeds.items()})


def _by_substation(problem: Problem, demand: _Demand, offered: list[PodType]) -> float:
    """What the largest substation carries that is there or can be there in time, spare units out of service."""
    until = set(problem.calendar.up_to(demand.phase))
    limits = {}
    for name, site in problem.substation.sites.items():
        firm = [
            option.firm_mw
            for key, option in site.options.items()
            if key == site.existing or until & set(site.buyable[option.transformer])
        ]
        limits[name] = problem.feeds[name].most_mw(demand.phase, max(firm, default=0.0))
    return _by_feed(problem, demand, offered, limits)


def _by_feed(problem: Problem, demand: _Demand, offered: list[PodType], feed_mw: dict[str, float]) -> float:
    """The best pod at every hour, its work that can wait left out; the hour that allows least counts."""
    total = 0.0
    for site, year in problem.years.items():
        best = None
        for pod in _usable(problem, site, offered, demand):
            for at, (room, workload) in enumerate(year.loads):
                if room != pod.room or demand.workload not in (None, workload):
                    continue
                pflops = pod.duties.best_pflops((workload, demand.phase))
                if pflops > 0:
                    stays = 1 - (year.flexible.fraction((room, workload)) if year.flexible else 0.0)
                    per_pflops = stays * year.import_per_mw[at] * pod.size.kw / 1000 / pflops
                    best = per_pflops if best is None else np.minimum(best, per_pflops)
        if best is not None:
            worst = float(best.max())
            total += feed_mw[site] / worst if worst > 0 else float("inf")
    return total


def _by_floor(problem: Problem, demand: _Demand, offered: list[PodType]) -> float:
    total = 0.0
    for name, site in problem.instance.sites.items():
        usable = _usable(problem, name, offered, demand)
        densest = max((_effective(pod, demand) / pod.size.white_m2 for pod in usable), default=0.0)
        total += densest * site.building.white_space_m2 / (1 + site.building.support_fraction)
    return total


def _by_supply(problem: Problem, demand: _Demand, offered: list[PodType]) -> float:
    """What supply, quotas (of some phases or statuses too) and quotas of licences let serve in a phase."""
    best: dict[str, float] = {}
    wanted: set[tuple[str, str, str]] = set()
    for pod in offered:
        per_chip = _effective(pod, demand) / pod.size.accelerators
        best[pod.accelerator] = max(best.get(pod.accelerator, 0.0), per_chip)
        serving = problem.calendar.serving(demand.phase, pod.service_years)
        wanted |= {(pod.site, pod.accelerator, q) for q in serving if q in pod.deliverable}
    deliveries = frozenset(wanted)
    supply_caps = tuple(caps(problem.instance, problem.rulings, demand.phase, deliveries))
    return _there(problem, demand) + most_pflops(supply_caps, deliveries, best)[0]


def _by_capital(problem: Problem, demand: _Demand, have: tuple[list[PodType], float]) -> Iterator[Obstacle]:
    limit = problem.instance.limits.capex_musd
    offered, there = have
    missing = demand.pflops - there
    if limit is None or missing <= 0 or not offered:
        return
    cheapest = min(
        pod.price_musd(q, "capex_accelerators", "capex_racks") / _effective(pod, demand)
        for pod in offered
        for q in pod.deliverable
    )
    if missing * cheapest > limit * (1 + _MARGIN):
        least = number(missing * cheapest)
        needs = f"the {demand.label} needs at least {least} MUSD of accelerators"
        reason = f"{needs}, but the capital limit is {number(limit)} MUSD"
        yield Obstacle("capital", "limits.capex_musd", reason)
