"""Runs and services of a design: on which pods, how fast, and what bounds them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from optimizer.assets.compute.serving import Rates, rates
from optimizer.assets.compute.throughput import phase_fraction
from optimizer.assets.compute.training import GUARD, sustained_pflops
from optimizer.inputs.design import ClusterRow, Decisions
from optimizer.inputs.work import Serving, TrainingRun
from optimizer.model.derive import Problem
from optimizer.number_format import number
from optimizer.setting.demand import (
    FLOP_PER_PFLOP,
    SECONDS_PER_DAY,
    model_of,
    need_pflops,
    run_flop,
    runs,
    servings,
    work_pflops,
)
from optimizer.setting.service_life import service_years

Pods = dict[tuple[str, str, str], int]
"""Pods by type: (site, accelerator, racks)."""


def installed_pods(problem: Problem, decisions: Decisions, phase: str) -> Pods:
    """Pods in service by pod type."""
    calendar, pods = problem.calendar, defaultdict[tuple[str, str, str], int](int)
    for row in decisions.deliveries:
        if calendar.serves(row.phase, phase, service_years(problem.instance, row.accelerator)):
            pods[row.type_key] += row.pods
    for leaving in decisions.retirements:
        years = service_years(problem.instance, leaving.accelerator)
        if leaving.bought and leaving.phase in calendar.up_to(phase) and calendar.serves(leaving.bought, phase, years):
            pods[leaving.type_key] -= leaving.pods
    retired = _retired(problem, decisions, phase)
    for group, gone in zip(problem.compute.existing, retired, strict=True):
        pods[group.type_key] += max(0, group.in_service[phase] - gone)
    return {key: count for key, count in pods.items() if count > 0}


def _retired(problem: Problem, decisions: Decisions, phase: str) -> list[int]:
    """Existing pods retired so far, by group: of a type those named first, and only while they are in their life."""
    groups = problem.compute.existing
    retired = [0] * len(groups)
    for p in problem.calendar.up_to(phase):
        for row in decisions.retirements:
            left = row.pods if row.phase == p and row.bought is None else 0
            for at, group in enumerate(groups):
                if group.type_key == row.type_key:
                    gone = min(left, max(0, group.in_service[p] - retired[at]))
                    retired[at], left = retired[at] + gone, left - gone
    return retired


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A training run on its cluster in a phase."""

    workload: str
    model: str
    phase: str
    site: str
    accelerator: str
    cooling: str
    fabric: str | None
    hall: str | None
    accelerators: int
    days: float
    max_days: float
    runs_per_year: float
    bound: str
    """What a cluster one pod smaller would miss, and by how much."""


def trained(problem: Problem, decisions: Decisions) -> tuple[Trained, ...]:
    """Every cluster of the design, phase by phase."""
    order = list(problem.instance.phases)
    rows = sorted(decisions.clusters, key=lambda row: (row.workload, order.index(row.phase)))
    return tuple(_trained(problem, decisions, row) for row in rows)


def _trained(problem: Problem, decisions: Decisions, row: ClusterRow) -> Trained:
    run = runs(problem.instance)[row.workload]
    pod = problem.compute.types[row.type_key]
    return Trained(
        workload=row.workload,
        model=model_of(problem.instance, run).name,
        phase=row.phase,
        site=row.site,
        accelerator=row.accelerator,
        cooling=row.cooling,
        fabric=row.fabric,
        hall=row.hall,
        accelerators=row.pods * pod.size.accelerators,
        days=_days(problem, decisions, row, row.pods),
        max_days=run.max_days,
        runs_per_year=run.runs_per_year,
        bound=_binding(problem, decisions, row, run),
    )


def _days(problem: Problem, decisions: Decisions, row: ClusterRow, pods: int) -> float:
    """Days a run takes on so many pods of its cluster's type."""
    instance, run = problem.instance, runs(problem.instance)[row.workload]
    pod = problem.compute.types[row.type_key]
    ported = pod.stack in decisions.programmes
    stack = instance.stacks[pod.stack]
    maturity = pod.availability * phase_fraction(instance, problem.calendar, stack, row.phase, ported)
    model = model_of(instance, run)
    pflops = sustained_pflops(pod.chip, run, model, pods * pod.size.accelerators, maturity)
    return run_flop(run, model) / (pflops * FLOP_PER_PFLOP * SECONDS_PER_DAY)


def _binding(problem: Problem, decisions: Decisions, row: ClusterRow, run: TrainingRun) -> str:
    if row.pods == 1:
        return "one pod is enough"
    fewer = row.pods - 1
    chip = problem.instance.accelerators[row.accelerator]
    count = fewer * problem.compute.types[row.type_key].size.accelerators
    need_gb = run.bytes_per_parameter * model_of(problem.instance, run).params_total_b
    missed = []
    days = _days(problem, decisions, row, fewer)
    if days > run.max_days * (1 + GUARD):
        rate = need_pflops(problem.instance, run) * run.max_days / days
        required = need_pflops(problem.instance, run)
        missed.append(f"days: {number(days)} with one pod less ({number(rate)} of {number(required)} PFLOPS)")
    if count * chip.memory_gb < need_gb * (1 - GUARD):
        missed.append(f"memory: {number(count * chip.memory_gb)} of {number(need_gb)} GB with one pod less")
    return "; ".join(missed) or "nothing: a smaller cluster would do"


@dataclass(frozen=True)
class Served:
    """A service on one kind of pod in a phase."""

    workload: str
    site: str
    accelerator: str
    cooling: str
    fabric: str | None
    hall: str | None
    accelerators: float
    replica: int
    tokens_b_per_day: float
    """Read and written here: this type's part of what is asked for."""
    possible_b_per_day: float
    """Likewise with the pods of the type that stand idle here."""
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    source: str
    writing_fraction: float
    """Of the accelerators' time; the rest is reading."""
    bound: str
    """What bounds the writing; empty if the rates are measured."""


def service_rates(problem: Problem, accelerator: str, load: Serving) -> Rates | None:
    """What one accelerator reads and writes per second; None if it cannot serve."""
    measured = problem.instance.measured_serving.values()
    rows = [each for each in measured if (each.accelerator, each.model) == (accelerator, load.model)]
    return rates(problem.instance.accelerators[accelerator], load, model_of(problem.instance, load), rows)


def served(problem: Problem, decisions: Decisions, phase: str) -> tuple[Served, ...]:
    """Who serves what."""
    rows = []
    idle = installed_pods(problem, decisions, phase)
    at_work = defaultdict[tuple[str, str, str], float](float)
    for row in decisions.assignments:
        if row.phase == phase:
            at_work[row.type_key] += row.pods
    loads = servings(problem.instance)
    for row in decisions.assignments:
        key = row.type_key
        if row.phase != phase or row.workload not in loads or not row.pods > 0:
            continue
        load, pod = loads[row.workload], problem.compute.types[key]
        rate = service_rates(problem, row.accelerator, load)
        if rate is None:
            continue
        each = pod.working_pflops(row.workload, phase, decisions.programmes)
        demanded = load.input_tokens_b_per_day + load.output_tokens_b_per_day
        tokens = demanded * row.pods * each / work_pflops(problem.instance, load)
        more = max(0.0, idle.get(key, 0) - at_work[key]) / row.pods
        type_where = (row.site, row.accelerator, row.cooling, row.fabric, row.hall)
        where = (row.workload, *type_where, row.pods * pod.size.accelerators, rate.replica_accelerators)
        amounts = (tokens, tokens * (1 + more), rate.prefill_tokens_per_s, rate.decode_tokens_per_s)
        rows.append(Served(*where, *amounts, rate.source, _writing(load, rate), rate.bound))
    return tuple(rows)


def _writing(load: Serving, rate: Rates) -> float:
    """Share of an accelerator's time that writing takes."""
    reading = load.input_tokens_b_per_day * (1 - load.cached_input_fraction) / rate.prefill_tokens_per_s
    writing = load.output_tokens_b_per_day / rate.decode_tokens_per_s
    return writing / (reading + writing)
