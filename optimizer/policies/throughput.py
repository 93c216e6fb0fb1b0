"""Throughput: what must be delivered, and what can be used.

Given       target_pflops[p], demand_pflops[p]; floors by workload
Decides     in_use_pflops[p] effective throughput;  delivered_pflops[p] the part of it that is wanted;
            level_pflops[i, p] the same of the workloads of the i highest occupancies, where one is below 1
Subject to  total[p]      in_use_pflops = effective throughput of all pods at work
            target[p]     in_use_pflops >= target_pflops
            milestone[m]  in_use_pflops of the phase under way on its day >= target_pflops of the milestone
            useful[p]     delivered_pflops <= in_use_pflops  (its bounds: target and demand)
            occupied[i, p]  level_pflops <= effective throughput of those workloads
            class_total[w, p]  class_pflops = effective throughput of workload w
            floor[w, p]   class_pflops >= its floor
            tokens[w, p]  served_pflops, fixed to what the tokens of a service ask for, = its effective throughput
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block, NonNegativeReals, Var

from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.ledger.ledger import Ledger, add_up
from optimizer.setting.demand import demand_pflops, demanded_pflops, is_active, servings, work_pflops
from optimizer.setting.occupancy import levels, occupancy


def add(block: Block, instance: Instance, ledger: Ledger) -> None:
    """Add the throughput floors of an instance."""
    phases = instance.phases
    plain = [p for p in phases if all(occupancy(instance, w, p) == 1.0 for w in instance.workloads)]
    block.in_use_pflops = Var(list(phases), domain=NonNegativeReals)
    block.delivered_pflops = Var(plain, bounds=lambda _, p: wanted(instance, p))

    @block.Constraint(list(phases))
    def total(b: Block, p: str) -> Any:
        return b.in_use_pflops[p] - ledger.total("effective_pflops", p) == 0

    @block.Constraint(list(phases))
    def target(b: Block, p: str) -> Any:
        return b.in_use_pflops[p] >= phases[p].target_pflops

    milestones = instance.milestones

    @block.Constraint(range(len(milestones)))
    def milestone(b: Block, m: int) -> Any:
        return b.in_use_pflops[ledger.calendar.under_way(milestones[m].date)] >= milestones[m].target_pflops

    @block.Constraint(plain)
    def useful(b: Block, p: str) -> Any:
        return b.delivered_pflops[p] <= b.in_use_pflops[p]

    _occupied(block, instance, ledger, [p for p in phases if p not in plain])
    floors = [(w, p) for w, load in instance.workloads.items() for p, pflops in load.floor_pflops.items() if pflops]
    block.class_pflops = Var(floors, domain=NonNegativeReals)

    def done(w: str, p: str) -> Any:
        postings = ledger.select("effective_pflops", p)
        return add_up(posting.amount for posting in postings if posting.place.label.endswith(f"/{w}"))

    @block.Constraint(floors)
    def class_total(b: Block, w: str, p: str) -> Any:
        return b.class_pflops[w, p] - done(w, p) == 0

    @block.Constraint(floors)
    def floor(b: Block, w: str, p: str) -> Any:
        return b.class_pflops[w, p] >= instance.workloads[w].floor_pflops[p]

    served = [(w, p) for w, load in servings(instance).items() for p in phases if is_active(instance, load, p)]
    if served:
        required = {w: work_pflops(instance, load) for w, load in servings(instance).items()}
        block.served_pflops = Var(served, bounds=lambda _, w, p: (required[w], required[w]))

        @block.Constraint(served)
        def tokens(b: Block, w: str, p: str) -> Any:
            return b.served_pflops[w, p] - done(w, p) == 0


def _occupied(block: Block, instance: Instance, ledger: Ledger, phases: list[str]) -> None:
    """What is delivered in each phase: capability that is wanted, or where it is not always at work, its levels."""
    steps = {(i, p): level for p in phases for i, level in enumerate(levels(instance, p))}
    tasks = {w for w, load in instance.workloads.items() if not isinstance(load, Workload)}

    def bounds(_: Block, i: int, p: str) -> tuple[float, float]:
        least, most = wanted(instance, p)
        level = set(steps[i, p].workloads)
        at_least = least if level == set(instance.workloads) else min(demanded_pflops(instance, p), most)
        return (at_least if tasks <= level else 0.0), most

    block.level_pflops = Var(list(steps), bounds=bounds)

    @block.Constraint(list(steps))
    def occupied(b: Block, i: int, p: str) -> Any:
        level = steps[i, p].workloads
        if len(level) == len(instance.workloads):
            return b.level_pflops[i, p] <= b.in_use_pflops[p]
        postings = ledger.select("effective_pflops", p)
        inside = add_up(post.amount for post in postings if post.place.label.rpartition("/")[2] in level)
        return (None, b.level_pflops[i, p] - inside, 0)

    block.delivered = {p: block.delivered_pflops[p] for p in block.delivered_pflops}
    for (i, p), level in steps.items():
        block.delivered[p] = block.delivered.get(p, 0.0) + level.weight * block.level_pflops[i, p]


def wanted(instance: Instance, phase: str) -> tuple[float, float]:
    """Least and most throughput that counts in a phase, and the demand.

    What is in use is never less than the target, nor than what runs and services use.
    """
    most = demand_pflops(instance, phase)
    return min(max(instance.phases[phase].target_pflops, demanded_pflops(instance, phase)), most), most
