"""Throughput: what must be delivered, and what can be used.

Given       target_pflops[p], demand_pflops[p]; floors by workload
Decides     in_use_pflops[p] effective throughput;  delivered_pflops[p] the part of it that is wanted
Subject to  total[p]      in_use_pflops = effective throughput of all pods at work
            target[p]     in_use_pflops >= target_pflops
            milestone[m]  in_use_pflops of the phase under way on its day >= target_pflops of the milestone
            useful[p]     delivered_pflops <= in_use_pflops  (its bounds: target and demand)
            class_total[w, p]  class_pflops = effective throughput of workload w
            floor[w, p]   class_pflops >= its floor
"""

from __future__ import annotations

from typing import Any

from pyomo.environ import Block, NonNegativeReals, Var

from optimizer.instance.schema import Instance
from optimizer.ledger.ledger import Ledger, add_up


def add(block: Block, instance: Instance, ledger: Ledger) -> None:
    """Add the throughput floors of an instance."""
    phases = instance.phases
    block.in_use_pflops = Var(list(phases), domain=NonNegativeReals)
    block.delivered_pflops = Var(list(phases), bounds=lambda _, p: wanted(instance, p))

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

    @block.Constraint(list(phases))
    def useful(b: Block, p: str) -> Any:
        return b.delivered_pflops[p] <= b.in_use_pflops[p]

    floors = [(w, p) for w, load in instance.workloads.items() for p, pflops in load.floor_pflops.items() if pflops]
    block.class_pflops = Var(floors, domain=NonNegativeReals)

    @block.Constraint(floors)
    def class_total(b: Block, w: str, p: str) -> Any:
        postings = ledger.select("effective_pflops", p)
        done = add_up(posting.amount for posting in postings if posting.place.label.endswith(f"/{w}"))
        return b.class_pflops[w, p] - done == 0

    @block.Constraint(floors)
    def floor(b: Block, w: str, p: str) -> Any:
        return b.class_pflops[w, p] >= instance.workloads[w].floor_pflops[p]


def wanted(instance: Instance, phase: str) -> tuple[float, float]:
    """Least and most throughput that counts in a phase: the target (what is in use is never less), and the demand."""
    most = demand_pflops(instance, phase)
    return min(instance.phases[phase].target_pflops, most), most


def demand_pflops(instance: Instance, phase: str) -> float:
    """Throughput that can be used in a phase."""
    data = instance.phases[phase]
    return data.target_pflops if data.demand_pflops is None else data.demand_pflops
