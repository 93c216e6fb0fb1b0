"""Serving by roofline: how many tokens one accelerator reads and writes per second. Pure.

    prefill = peak * utilisation / (2 * active parameters)
    decode  = batch / (n * step),  step = max( bytes read / (n * bandwidth), batch / (n * prefill) ) + exchange

A replica of n accelerators holds the weights and the key-value cache of its batch. Measured rates go first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.assets.compute.throughput import availability_fraction, best_precision, peak_tflops
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.work import MeasuredServing, Model, Serving
from optimizer.setting.demand import SECONDS_PER_DAY, SERVING_FLOP_PER_TOKEN, served_flop_per_day

BYTES = {"fp64": 8.0, "tf32": 4.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "fp4": 0.5}
"""Per parameter."""
GUARD = 1e-9


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What one accelerator does, if it does nothing else."""

    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    replica_accelerators: int
    batch: float
    """Sequences a replica writes at the same time; 0 if the rates are measured."""
    source: str
    """roofline or measured."""
    bound: str = ""
    """What bounds the writing: bandwidth or compute, and what the batch; empty if the rates are measured."""


@dataclass(frozen=True, kw_only=True)
class _Replica:
    """A model on n accelerators of a kind; GB and GB/s."""

    n: int
    weights_gb: float
    active_gb: float
    sequence_gb: float
    memory_gb: float
    bandwidth_gbs: float
    compute_tokens_per_s: float
    exchange_s: float
    """Per token, beside reading and compute."""

    def read_gb(self, batch: float) -> float:
        """Bytes read for one token of every sequence: the weights the batch touches, and the caches."""
        return min(self.weights_gb, self.active_gb * batch) + batch * self.sequence_gb

    def step_s(self, batch: float) -> float:
        """Seconds for one token of every sequence."""
        reading = self.read_gb(batch) / (self.n * self.bandwidth_gbs)
        return max(reading, batch / (self.n * self.compute_tokens_per_s)) + batch * self.exchange_s / self.n

    def bound(self, batch: float, load: Serving) -> str:
        """What one token of every sequence waits for, and what keeps the batch from being larger."""
        by_compute = batch / (self.n * self.compute_tokens_per_s)
        reading = self.read_gb(batch) / (self.n * self.bandwidth_gbs)
        waits = "compute" if reading <= by_compute * (1 + GUARD) else "memory bandwidth"
        if batch * self.exchange_s / self.n > max(reading, by_compute):
            waits = "exchange between experts"
        if batch >= load.batch_max * (1 - GUARD):
            return f"{waits}; batch_max"
        held = "memory" if batch >= self.batch_in_memory(load.batch_max) * (1 - GUARD) else "the users' speed"
        return f"{waits}; batch by {held}"

    def batch_in_memory(self, most: float) -> float:
        """Sequences whose caches fit beside the weights."""
        return min(most, (self.memory_gb - self.weights_gb) / self.sequence_gb) if self.sequence_gb else most

    def batch_within(self, step_s: float) -> float:
        """Most sequences of which each gets a token within so many seconds."""
        budget_gb = step_s * self.n * self.bandwidth_gbs
        each_gb = self.sequence_gb + self.exchange_s * self.bandwidth_gbs
        touched = budget_gb / (self.active_gb + each_gb)
        if each_gb:
            reading = max(touched, (budget_gb - self.weights_gb) / each_gb)
        else:
            reading = math.inf if budget_gb >= self.weights_gb else touched
        return min(reading, step_s * self.n / (1 / self.compute_tokens_per_s + self.exchange_s))


def replica_accelerators(chip: Accelerator, load: Serving, model: Model) -> int:
    """Accelerators of a replica: as many as asked for, or as few as hold the weights and the caches of the batch."""
    weights, sequence, memory = _sizes_gb(chip, load, model)
    least = math.ceil((weights + sequence) / memory - GUARD)
    if load.replica_accelerators is not None:
        return max(1, least, load.replica_accelerators)
    return max(1, least, math.ceil((weights + load.batch_max * sequence) / memory - GUARD))


def _sizes_gb(chip: Accelerator, load: Serving, model: Model) -> tuple[float, float, float]:
    """Weights, cache of one sequence, usable memory of one accelerator."""
    best = best_precision(chip, load)
    per_parameter = BYTES[best[0]] if best else math.inf
    sequence = model.kv_bytes_per_token * load.context_tokens / 1e9
    return model.params_total_b * per_parameter, sequence, chip.memory_gb * load.memory_fraction


def sessions_held(chip: Accelerator, load: Serving, model: Model, replica: int) -> float:
    """Sequences whose caches one accelerator of a replica holds beside its part of the weights."""
    weights, sequence, memory = _sizes_gb(chip, load, model)
    return (replica * memory - weights) / sequence / replica if sequence else math.inf


def first_token_s(load: Serving, rate: Rates, latency_ms: float) -> float:
    """Seconds from a request to its first token on an idle replica, the way to the user and back included."""
    read = (load.prompt_tokens or 0) * (1 - load.cached_input_fraction)
    return read / (rate.replica_accelerators * rate.prefill_tokens_per_s) + latency_ms / 1000


def roofline(chip: Accelerator, load: Serving, model: Model) -> Rates | None:
    """Rates by roofline; None if the chip does not run the model, or not fast enough for its users."""
    peak = peak_tflops(chip, load)
    if not peak:
        return None
    utilisation = model.prefill_utilisation or chip.utilisation["inference"]
    prefill = peak * 1e12 * utilisation / (SERVING_FLOP_PER_TOKEN * model.params_active_b * 1e9)
    n = replica_accelerators(chip, load, model)
    weights, sequence, memory = _sizes_gb(chip, load, model)
    replica = _Replica(
        n=n,
        weights_gb=weights,
        active_gb=weights * model.params_active_b / model.params_total_b,
        sequence_gb=sequence,
        memory_gb=n * memory,
        bandwidth_gbs=chip.memory_bandwidth_gbs * model.decode_bandwidth_fraction,
        compute_tokens_per_s=prefill,
        exchange_s=model.exchange_gb_per_token / chip.link_gbs,
    )
    batch = replica.batch_in_memory(load.batch_max)
    if load.user_tokens_per_s:
        batch = min(batch, replica.batch_within(1 / load.user_tokens_per_s))
    if batch < 1 - GUARD:
        return None
    return Rates(
        prefill_tokens_per_s=prefill,
        decode_tokens_per_s=batch / replica.step_s(batch) / n,
        replica_accelerators=n,
        batch=batch,
        source="roofline",
        bound=replica.bound(batch, load),
    )


def seconds_per_day(load: Serving, prefill: float, decode: float) -> float:
    """Accelerator-seconds that a day's tokens take."""
    read = load.input_tokens_b_per_day * 1e9 * (1 - load.cached_input_fraction)
    return read / prefill + load.output_tokens_b_per_day * 1e9 / decode


def rates(chip: Accelerator, load: Serving, model: Model, measured: Iterable[MeasuredServing]) -> Rates | None:
    """Measured rates if there are any for this precision and speed, of several the best; else the roofline."""
    if not peak_tflops(chip, load):
        return None
    rows = [row for row in measured if row.precision in load.precisions]
    rows = [row for row in rows if row.user_tokens_per_s >= load.user_tokens_per_s]
    if not rows:
        return roofline(chip, load, model)
    best = min(rows, key=lambda row: seconds_per_day(load, row.prefill_tokens_per_s, row.decode_tokens_per_s))
    n = replica_accelerators(chip, load, model)
    return Rates(
        prefill_tokens_per_s=best.prefill_tokens_per_s,
        decode_tokens_per_s=best.decode_tokens_per_s,
        replica_accelerators=n,
        batch=0.0,
        source="measured",
    )


def served_pflops(chip: Accelerator, load: Serving, model: Model, rate: Rates) -> float:
    """Effective PFLOPS of one accelerator with a mature stack: its share of the day's tokens times their operations."""
    seconds = seconds_per_day(load, rate.prefill_tokens_per_s, rate.decode_tokens_per_s)
    if load.sessions is not None:
        held = sessions_held(chip, load, model, rate.replica_accelerators)
        seconds = max(seconds, SECONDS_PER_DAY * load.sessions / held)
    share = SECONDS_PER_DAY * availability_fraction(chip, rate.replica_accelerators) / seconds
    return share * served_flop_per_day(load, model) / SECONDS_PER_DAY / 1e15
