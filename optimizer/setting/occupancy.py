"""Occupancy: how much of the capability that stands is at work over the year. `docs/model.md`, section 4a. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.setting.demand import demand_pflops


def states_occupancy(load: object) -> bool:
    """Whether a workload is a throughput class that says how much of the year it is at work."""
    return isinstance(load, Workload) and (load.occupancy is not None or bool(load.occupancy_by_phase))


def occupancy(instance: Instance, workload: str, phase: str) -> float:
    """Share of the year in which the capability of a workload is at work; 1 where none is stated.

    A phase that is not named has the occupancy of the last named before it, or else of the first named.
    """
    load = instance.workloads[workload]
    if not isinstance(load, Workload):
        return 1.0
    if not load.occupancy_by_phase:
        return 1.0 if load.occupancy is None else load.occupancy
    phases = list(instance.phases)
    named = [p for p in phases if p in load.occupancy_by_phase]
    before = [p for p in named if phases.index(p) <= phases.index(phase)]
    return load.occupancy_by_phase[before[-1] if before else named[0]]


def is_idle_at_times(instance: Instance) -> bool:
    """Whether some class is not at work all year in some phase."""
    return any(occupancy(instance, w, p) < 1.0 for w in instance.workloads for p in instance.phases)


def mean_draw(instance: Instance, workload: str, phase: str) -> float:
    """Mean IT power over the year as a share of that of full work."""
    load, busy = instance.workloads[workload], occupancy(instance, workload, phase)
    return busy + (1 - busy) * load.idle_fraction if isinstance(load, Workload) else 1.0


@dataclass(frozen=True)
class Level:
    """One step of delivered = sum of weight * min(demand, throughput in use of these workloads)."""

    weight: float
    workloads: tuple[str, ...]


def levels(instance: Instance, phase: str) -> tuple[Level, ...]:
    """What is delivered of what is wanted, the most occupied workloads first, as a sum of such steps.

    Filling the demand from the highest occupancy down delivers sum_i o_i (m_i - m_(i-1)), m_i the least of the demand
    and of all that is occupied at least o_i; that is sum_i (o_i - o_(i+1)) m_i.
    """
    by_workload = {w: occupancy(instance, w, phase) for w in instance.workloads}
    steps = sorted(set(by_workload.values()), reverse=True)
    return tuple(
        Level(step - below, tuple(w for w, busy in by_workload.items() if busy >= step))
        for step, below in zip(steps, (*steps[1:], 0.0), strict=True)
    )


def delivered_pflops(instance: Instance, phase: str, in_use: Mapping[str, float]) -> float:
    """Compute delivered in a phase, of the effective throughput in use by workload."""
    most = demand_pflops(instance, phase)
    return sum(
        level.weight * min(most, sum(in_use.get(w, 0.0) for w in level.workloads)) for level in levels(instance, phase)
    )
