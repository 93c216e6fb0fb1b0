"""Training runs: what a cluster sustains, and the smallest one that carries a run. Pure.

    sustained(n) = n * peak * utilisation * fabric(n) * availability(n) * maturity              [PFLOPS]

A run asks for a constant rate (its operations over its days), and one type of pod carries it. So the cluster is a
number known beforehand for each type, site and phase; the concave fabric law needs no interpolation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.assets.compute.spec import Accelerator
from optimizer.assets.compute.throughput import availability_fraction, fabric_fraction, peak_tflops
from optimizer.setting.work import Model, TrainingRun

GUARD = 1e-9
"""Relative: keeps a cluster that is just large enough from being thought too small by rounding."""


@dataclass(frozen=True)
class Task:
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


@dataclass(frozen=True)
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


def sustained_pflops(chip: Accelerator, run: TrainingRun, accelerators: float, maturity: float) -> float:
    """Effective PFLOPS of one job on so many accelerators; 0 if the chip cannot train."""
    peak = peak_tflops(chip, run)
    if not peak or accelerators <= 0:
        return 0.0
    kept = fabric_fraction(chip, accelerators) * availability_fraction(chip, accelerators)
    return accelerators * peak / 1000 * chip.utilisation["training"] * kept * maturity


def best_size(chip: Accelerator) -> float:
    """Accelerators beyond which interruptions and fabric take more than one more accelerator brings."""
    loss = chip.fabric_exponent * chip.repair_hours
    turning = (1 - chip.fabric_exponent) * chip.interruption_hours / loss if loss > 0 else math.inf
    return max(turning, float(chip.fabric_reference_accelerators))


def _largest(task: Task, place: Clusterable) -> int:
    """Pods of the fastest cluster that may stand here."""
    most = min(best_size(place.chip), place.accelerators_max) / place.accelerators_per_pod
    return place.pods_max if most >= place.pods_max else math.floor(most + GUARD)


def _fits(task: Task, place: Clusterable, pods: int) -> tuple[bool, bool]:
    """Whether so many pods are fast enough, and hold the model."""
    n = pods * place.accelerators_per_pod
    fast = sustained_pflops(place.chip, task.run, n, place.maturity) >= task.need_pflops * (1 - GUARD)
    return fast, n * place.chip.memory_gb >= task.memory_gb * (1 - GUARD)


def least_pods(task: Task, place: Clusterable) -> int | None:
    """The smallest number of whole pods that carries a run; None if none does."""
    low, high = 0, _largest(task, place)
    if high < 1 or not all(_fits(task, place, high)):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if all(_fits(task, place, middle)):
            high = middle
        else:
            low = middle
    return high


def shortfall(task: Task, place: Clusterable) -> Shortfall:
    """What the largest cluster that may stand here lacks."""
    pods = max(0, _largest(task, place))
    n = pods * place.accelerators_per_pod
    pflops = sustained_pflops(place.chip, task.run, n, place.maturity)
    days = task.run.max_days * task.need_pflops / pflops if pflops else math.inf
    return Shortfall(pods, n, pflops, task.need_pflops, n * place.chip.memory_gb, task.memory_gb, days)
