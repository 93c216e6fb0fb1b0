"""Throughput: what must be delivered, and what can be used.

Given       target_pflops[p], demand_pflops[p]; floors by workload
Decides     in_use_pflops[p] effective throughput;  delivered_pflops[p] the part of it that is wanted
Subject to  total[p]      in_use_pflops = effective throughput of all pods at work
            target[p]     in_use_pflops >= target_pflops
            milestone[m]  in_use_pflops of the phase under way on its day >= target_pflops of the milestone
            useful[p]     delivered_pflops <= in_use_pflops  (its bounds: target and demand)
            class_total[w, p]  class_pflops = effective throughput of workload w
            floor[w, p]   class_pflops >= its floor
            tokens[w, p]  served_pflops, fixed to what the tokens of a service ask for, = its effective throughput
"""

from __future__ import annotations

from typing import Any

from pyomo.environ import Block, NonNegativeReals, Var

from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import Ledger, add_up
from optimizer.setting.demand import asked_pflops, demand_pflops, is_active, servings, work_pflops


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
        asked = {w: work_pflops(instance, load) for w, load in servings(instance).items()}
        block.served_pflops = Var(served, bounds=lambda _, w, p: (asked[w], asked[w]))

        @block.Constraint(served)
        def tokens(b: Block, w: str, p: str) -> Any:
            return b.served_pflops[w, p] - done(w, p) == 0


def wanted(instance: Instance, phase: str) -> tuple[float, float]:
    """Least and most throughput that counts in a phase, and the demand.

    What is in use is never less than the target, nor than what runs and services use.
    """
    most = demand_pflops(instance, phase)
    return min(max(instance.phases[phase].target_pflops, asked_pflops(instance, phase)), most), most
