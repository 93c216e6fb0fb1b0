"""What a design achieves: where its peak goes, what its runs and services take, and what it could train."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.analysis.effective_throughput import effective_by_place
from optimizer.analysis.tasks import installed_pods, service_rates
from optimizer.assets.compute.throughput import (
    availability_fraction,
    exchange_fraction,
    fabric_fraction,
    fastest_tflops,
    peak_tflops,
    phase_fraction,
    phase_maturity,
    utilisation_fraction,
)
from optimizer.assets.compute.training import sustained_pflops
from optimizer.inputs.design import AssignmentRow, Decisions, Entry
from optimizer.inputs.setting import Workload
from optimizer.inputs.work import Model, Serving, TrainingRun
from optimizer.model.derive import Problem
from optimizer.model.figures import Figures
from optimizer.model.work_kpis import models_per_year, models_per_year_per_eflops
from optimizer.reading.catalogue import catalogue_rows
from optimizer.setting.demand import FLOP_PER_PFLOP, RUN_DAYS_PER_YEAR, SECONDS_PER_DAY, model_of, run_flop

STEPS = (
    ("peak", "dense peak of everything installed, at each chip's fastest precision"),
    ("at work", "what engineers and workloads leave idle is gone"),
    ("precision", "at the precisions the workloads admit"),
    ("utilisation", "model operations over peak: MFU; of services, what the roofline leaves"),
    ("fabric", "jobs larger than those the utilisation was measured on"),
    ("availability", "interruptions and repairs"),
    ("maturity", "software that is not mature yet"),
    ("effective", "clusters between runs, and tokens that nobody asked for, are gone"),
)


@dataclass(frozen=True, kw_only=True)
class Trainable:
    """A reference model on the cluster of the design that trains it fastest."""

    model: str
    name: str
    site: str
    accelerator: str
    accelerators: int
    days: float
    """0 if no cluster holds it."""

    @property
    def per_year(self) -> float:
        """Runs one after the other in a year."""
        return RUN_DAYS_PER_YEAR / self.days if self.days else 0.0


@dataclass(frozen=True, kw_only=True)
class ModelsPerCompute:
    """Trainings of the reference model that a phase's compute would carry, and its model-to-compute ratio."""

    phase: str
    delivered_pflops: float
    peak_pflops: float
    models_per_year: float
    models_per_year_per_eflops: float


def models_by_phase(problem: Problem, decisions: Decisions, entries: tuple[Entry, ...]) -> tuple[ModelsPerCompute, ...]:
    """The trend of models a year and of their ratio to the peak, phases without work left out."""
    figures = Figures(problem, decisions, entries)
    return tuple(
        ModelsPerCompute(
            phase=phase,
            delivered_pflops=figures.delivered_pflops(phase),
            peak_pflops=figures.total("peak_pflops", phase),
            models_per_year=models_per_year(figures, phase),
            models_per_year_per_eflops=models_per_year_per_eflops(figures, phase),
        )
        for phase in problem.calendar.phases
        if figures.total("peak_pflops", phase)
    )


def chain(problem: Problem, decisions: Decisions, phase: str) -> dict[str, float]:
    """PFLOPS left after each step from peak to effective, in the order of STEPS."""
    left = dict.fromkeys((name for name, _ in STEPS), 0.0)
    chips, types = problem.instance.accelerators, problem.compute.types
    for key, pods in installed_pods(problem, decisions, phase).items():
        left["peak"] += pods * types[key].size.accelerators * fastest_tflops(chips[key[1]]) / 1000
    for row in decisions.assignments:
        if row.phase == phase:
            count = row.pods * types[row.type_key].size.accelerators
            pflops = count * fastest_tflops(chips[row.accelerator]) / 1000
            left["at work"] += pflops
            for name, kept in _shares(problem, decisions, row):
                pflops *= kept
                left[name] += pflops
    left["effective"] = sum(effective_by_place(problem, decisions, phase).values())
    return left


def _shares(problem: Problem, decisions: Decisions, row: AssignmentRow) -> Iterator[tuple[str, float]]:
    """What each step keeps of the pods of one row."""
    instance = problem.instance
    pod, load = problem.compute.types[row.type_key], instance.workloads[row.workload]
    chip = pod.chip
    peak = peak_tflops(chip, load)
    stack = instance.stacks[chip.stack]
    maturity = phase_maturity(instance, problem.calendar, stack, row.phase, pod.stack in decisions.programmes)
    size = float(_job_size(problem, decisions, row))
    fabric = 1.0 if isinstance(load, Serving) else fabric_fraction(chip, size)
    availability = availability_fraction(chip, size) * pod.availability
    utilisation = utilisation_fraction(chip, load) * instance.phases[row.phase].utilisation_factor
    if isinstance(load, TrainingRun):
        utilisation *= exchange_fraction(chip, model_of(instance, load))
    if isinstance(load, Serving):
        plain = phase_maturity(instance, problem.calendar, stack, row.phase)
        served = pod.effective_pflops[row.workload, row.phase] / plain / availability
        utilisation = served / (pod.size.accelerators * peak / 1000)
    yield "precision", peak / fastest_tflops(chip)
    yield "utilisation", utilisation
    yield "fabric", fabric
    yield "availability", availability
    yield "maturity", maturity


def _job_size(problem: Problem, decisions: Decisions, row: AssignmentRow) -> int:
    """Accelerators of one job of a row."""
    load = problem.instance.workloads[row.workload]
    pod = problem.compute.types[row.type_key]
    if isinstance(load, Workload):
        return load.job_accelerators
    if isinstance(load, Serving):
        rates = service_rates(problem, row.accelerator, load)
        return rates.replica_accelerators if rates else 1
    keys = (row.type_key, row.workload, row.phase)
    for cluster in decisions.clusters:
        if (cluster.type_key, cluster.workload, cluster.phase) == keys:
            return cluster.pods * pod.size.accelerators
    return 1


def trainable(problem: Problem, decisions: Decisions, phase: str) -> tuple[Trainable, ...]:
    """Every model of the catalogue on the cluster, of all of the design's, that trains it in the fewest days."""
    pods = installed_pods(problem, decisions, phase)
    models = {**catalogue_rows("models"), **problem.instance.models}
    rows = []
    for name, row in models.items():
        model = row if isinstance(row, Model) else Model.model_validate(row)
        if model.tokens_t is not None:
            rows.append(_fastest(problem, pods, (name, model), (phase, decisions)))
    return tuple(rows)


def _fastest(
    problem: Problem,
    pods: dict[tuple[str, str, str], int],
    what: tuple[str, Model],
    when: tuple[str, Decisions],
) -> Trainable:
    name, model = what
    phase, decisions = when
    run = TrainingRun(kind="training_run", model=name, precisions=("bf16",), max_days=365.0)
    best = Trainable(model=name, name=model.name, site="", accelerator="", accelerators=0, days=0.0)
    for key, count in pods.items():
        pod = problem.compute.types[key]
        site, accelerator, chip = pod.site, pod.accelerator, pod.chip
        n = count * pod.size.accelerators
        if not pod.wiring.spans_servers:
            n = min(n, chip.per_server)
        stack = problem.instance.stacks[chip.stack]
        maturity = phase_fraction(problem.instance, problem.calendar, stack, phase, chip.stack in decisions.programmes)
        pflops = sustained_pflops(chip, run, model, n, pod.availability * maturity)
        if not pflops or n * chip.memory_gb < run.bytes_per_parameter * model.params_total_b:
            continue
        days = run_flop(run, model) / (pflops * FLOP_PER_PFLOP) / SECONDS_PER_DAY
        if not best.days or days < best.days:
            best = Trainable(model=name, name=model.name, site=site, accelerator=accelerator, accelerators=n, days=days)
    return best
