"""No supercomputer by law at a restricted site (docs/export_rules.md, section 13). Absent unless it binds.

A site's racks either stay below the peak of the definition, or are so many that, mixed evenly, no envelope of its
volume holds that peak.

Given       limit_pflops[m];  density[m] = limit / envelope
            room_pflops[s, p, m] most that the floor allows the pods on offer when they are spread: density * volume
Decides     even[s, p, m] 1 if the racks are laid out evenly instead of staying below the peak
Subject to  below[s, p, m]   peak <= limit + (room - limit) * even
            spread[s, p, m]  peak <= limit * (1 - even) + density * volume     where room is above the limit
            both as shares of the limit, so that peaks of thousands of PFLOPS are no large coefficients

Either choice leaves the other row no wider than it has to be: below the peak nothing exceeds the limit, and spread
nothing exceeds the room. Relaxed, the two rows are the convex hull in peak, volume and choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyomo.core import Binary, Block, Var

from optimizer.assets.compute.pods import ComputeCoefficients, PodType
from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import Ledger, add_up
from optimizer.regimes.conditions import restricted_sites
from optimizer.regimes.supercomputer import BELOW, ENVELOPE_M3, LIMITS_PFLOPS, Measure, peak_tflops

Key = tuple[str, str, Measure]


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Numbers of one site, phase and measure."""

    limit_pflops: float
    room_pflops: float
    """Most peak there can be when the racks are spread: by the floor's volume, and by the pods that can stand on it."""

    @property
    def spreads(self) -> bool:
        """Whether spreading can allow more than staying below the limit."""
        return self.room_pflops > self.limit_pflops


def add(block: Block, instance: Instance, pods: ComputeCoefficients, ledger: Ledger) -> None:
    """Add the limits, if the planner is bound by them and the pods on offer can reach them."""
    if instance.export.supercomputer != "bind":
        return
    bounds = dict(_bounds(instance, pods, ledger.calendar.phases))
    block.even = Var([key for key, bound in bounds.items() if bound.spreads], domain=Binary)

    def peak(s: str, p: str, m: Measure) -> Any:
        per_chip = {a: (peak_tflops(chip, m) or 0.0) / 1000 for a, chip in instance.accelerators.items()}
        posted = ledger.select("installed_accelerators", p, s)
        return add_up(per_chip[posting.place.label] * posting.amount for posting in posted)

    def volume(s: str, p: str) -> Any:
        return instance.sites[s].building.clear_height_m * ledger.total("pod_m2", p, s)

    @block.Constraint(list(bounds))
    def below(b: Block, s: str, p: str, m: Measure) -> Any:
        bound = bounds[s, p, m]
        more = (bound.room_pflops - bound.limit_pflops) * b.even[s, p, m] if bound.spreads else 0.0
        return (None, (peak(s, p, m) - more) / bound.limit_pflops, 1.0)

    @block.Constraint(list(block.even))
    def spread(b: Block, s: str, p: str, m: Measure) -> Any:
        limit = bounds[s, p, m].limit_pflops
        excess = peak(s, p, m) - limit / ENVELOPE_M3 * volume(s, p)
        return (None, excess / limit + b.even[s, p, m], 1.0)


def _bounds(instance: Instance, pods: ComputeCoefficients, phases: tuple[str, ...]) -> Iterator[tuple[Key, Bound]]:
    for s in restricted_sites(instance):
        here = [pod for pod in pods.types.values() if pod.site == s]
        building = instance.sites[s].building
        floor_m2 = building.white_space_m2 / (1 + building.support_fraction)
        for m, limit in LIMITS_PFLOPS.items():

            def peak(pod: PodType, m: Measure = m) -> float:
                chip = instance.accelerators[pod.accelerator]
                return pod.size.accelerators * (peak_tflops(chip, m) or 0.0) / 1000

            for p in phases:
                there = {pod.key: _most_pods(pod, pods, p) for pod in here}
                most = min(
                    sum(there[pod.key] * peak(pod) for pod in here),
                    floor_m2 * max((peak(pod) / pod.size.white_m2 for pod in here), default=0.0),
                )
                space_m2 = min(floor_m2, sum(there[pod.key] * pod.size.white_m2 for pod in here))
                spread = limit * BELOW / ENVELOPE_M3 * building.clear_height_m * space_m2
                if most >= limit:
                    yield (s, p, m), Bound(limit_pflops=limit * BELOW, room_pflops=min(most, spread))


def _most_pods(pod: PodType, pods: ComputeCoefficients, phase: str) -> int:
    """Most pods of a type that can stand at its site in a phase."""
    there = sum(group.in_service[phase] for group in pods.existing if group.type_key == pod.key)
    return pod.standing_max.get(phase, pod.pods_max * len(pod.rulings) + there)
