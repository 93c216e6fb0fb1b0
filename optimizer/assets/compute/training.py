"""Training runs: what a cluster sustains, and the smallest one that carries a run. Pure.

    sustained(n) = n * peak * utilisation * exchange * fabric(n) * availability(n) * maturity   [PFLOPS]

A run asks for a constant rate (its operations over its days), and one type of pod carries it. So the cluster is a
number known beforehand for each type, site and phase; the concave fabric law needs no interpolation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.assets.compute.throughput import (
    availability_fraction,
    exchange_fraction,
    fabric_fraction,
    peak_tflops,
    utilisation_fraction,
)
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.work import Model, TrainingRun

GUARD = 1e-9
"""Relative: keeps a cluster that is just large enough from being thought too small by rounding."""


@dataclass(frozen=True)
class TrainingTask:
    """A run in numbers."""

    run: TrainingRun
    model: Model
    need_pflops: float

    @property
    def memory_gb(self) -> float:
        """Memory for weights, gradients and optimiser state."""
        return self.run.bytes_per_parameter * self.model.params_total_b


@dataclass(frozen=True)
class Clusterable:
    """Pods a cluster may be made of at one site in one phase."""

    chip: Accelerator
    accelerators_per_pod: int
    pods_max: int
    accelerators_max: float
    """Most accelerators one job may use here (inf with a fabric between servers)."""
    maturity: float


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """Why no cluster of a type carries a run, and by how much the largest possible one misses it."""

    pods: int
    accelerators: int
    pflops: float
    need_pflops: float
    memory_gb: float
    need_gb: float
    days: float

    @property
    def lacking(self) -> str:
        """compute, memory, both, or pods if not even one fits."""
        if self.pods == 0:
            return "pods"
        compute = not self.pflops >= self.need_pflops * (1 - GUARD)
        memory = not self.memory_gb >= self.need_gb * (1 - GUARD)
        return "compute and memory" if compute and memory else "compute" if compute else "memory"


def sustained_pflops(chip: Accelerator, run: TrainingRun, model: Model, accelerators: float, maturity: float) -> float:
    """Effective PFLOPS of one job on so many accelerators; 0 if the chip cannot train."""
    peak = peak_tflops(chip, run)
    if not peak or accelerators <= 0:
        return 0.0
    kept = fabric_fraction(chip, accelerators) * availability_fraction(chip, accelerators)
    utilisation = utilisation_fraction(chip, run) * exchange_fraction(chip, model)
    return accelerators * peak / 1000 * utilisation * kept * maturity


def best_size(chip: Accelerator) -> float:
    """Accelerators beyond which interruptions and fabric take more than one more accelerator brings."""
    loss = chip.fabric_exponent * chip.repair_hours
    turning = (1 - chip.fabric_exponent) * chip.interruption_hours / loss if loss > 0 else math.inf
    return max(turning, float(chip.fabric_reference_accelerators))


def _pods_in_bounds(place: Clusterable) -> int:
    """Most pods one job may use here."""
    most = place.accelerators_max / place.accelerators_per_pod
    return place.pods_max if most >= place.pods_max else math.floor(most + GUARD)


def _pods_for_memory(task: TrainingTask, place: Clusterable) -> int:
    """Least pods that hold the model."""
    return max(1, math.ceil(task.memory_gb * (1 - GUARD) / (place.accelerators_per_pod * place.chip.memory_gb)))


def _pflops(task: TrainingTask, place: Clusterable, pods: int) -> float:
    return sustained_pflops(place.chip, task.run, task.model, pods * place.accelerators_per_pod, place.maturity)


def _fastest(task: TrainingTask, place: Clusterable, least: int) -> int:
    """Pods of the fastest cluster of at least `least`: the rate rises up to the best size and falls beyond it."""
    most = _pods_in_bounds(place)
    turning = best_size(place.chip) / place.accelerators_per_pod
    before = most if turning >= most else math.floor(turning)
    around = {min(max(pods, least), most) for pods in (before, before + 1)}
    return max(sorted(around), key=lambda pods: _pflops(task, place, pods))


def least_pods(task: TrainingTask, place: Clusterable) -> int | None:
    """The smallest number of whole pods that carries a run; None if none does."""
    low = _pods_for_memory(task, place)
    if low > _pods_in_bounds(place):
        return None
    enough = task.need_pflops * (1 - GUARD)
    high = _fastest(task, place, low)
    if not _pflops(task, place, high) >= enough:
        return None
    while low < high:
        middle = (low + high) // 2
        if _pflops(task, place, middle) >= enough:
            high = middle
        else:
            low = middle + 1
    return high


def shortfall(task: TrainingTask, place: Clusterable) -> Shortfall:
    """What the largest cluster that is of use here lacks."""
    most = _pods_in_bounds(place)
    pods = _fastest(task, place, min(most, _pods_for_memory(task, place))) if most > 0 else 0
    n = pods * place.accelerators_per_pod
    pflops = _pflops(task, place, pods)
    days = task.run.max_days * task.need_pflops / pflops if pflops else math.inf
    return Shortfall(
        pods=pods,
        accelerators=n,
        pflops=pflops,
        need_pflops=task.need_pflops,
        memory_gb=n * place.chip.memory_gb,
        need_gb=task.memory_gb,
        days=days,
    )
