"""What a pod type can do for each workload and phase: its duties in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from optimizer.assets.compute.serving import GUARD, first_token_s, rates, replica_accelerators, served_pflops
from optimizer.assets.compute.throughput import class_tflops, may_stay_at, peak_tflops, phase_fraction
from optimizer.assets.compute.training import Clusterable, TrainingTask, least_pods
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.inputs.work import AnyWorkload, Serving, TrainingRun
from optimizer.setting.calendar import Calendar
from optimizer.setting.demand import is_active, model_of, need_pflops
from optimizer.setting.halls import availability, may_work_in


@dataclass(frozen=True, kw_only=True)
class Duties:
    """By workload, or by (workload, phase); what a type cannot do is left out of `possible`."""

    peak_pflops: dict[str, float] = field(default_factory=dict)
    """Per pod; 0 if it cannot run the workload."""
    effective_pflops: dict[tuple[str, str], float] = field(default_factory=dict)
    """Per pod at work; of a training run, of its cluster while it runs."""
    gain_pflops: dict[tuple[str, str], float] = field(default_factory=dict)
    """What the stack's porting programme adds to it; nothing for training runs."""
    clusters: dict[tuple[str, str], int] = field(default_factory=dict)
    """Pods that carry a training run."""
    ported_clusters: dict[tuple[str, str], int] = field(default_factory=dict)
    """Pods that carry it if the stack's porting programme is run."""
    replica_pods: dict[str, float] = field(default_factory=dict)
    """Pods over which a replica of a service is spread, by workload; only those larger than a pod."""
    possible: frozenset[tuple[str, str]] = frozenset()

    def best_pflops(self, key: tuple[str, str]) -> float:
        """Most per pod at work on (workload, phase), with or without the stack's porting programme."""
        pflops = self.effective_pflops.get(key, 0.0)
        if key in self.clusters and key in self.ported_clusters:
            pflops *= self.clusters[key] / min(self.clusters[key], self.ported_clusters[key])
        return pflops + max(0.0, self.gain_pflops.get(key, 0.0))


@dataclass(frozen=True, kw_only=True)
class PodHolder:
    """Pods of one type at a site: how many accelerators each has, and how many pods can stand there."""

    site: str
    name: str
    chip: Accelerator
    """As its fabric lets it work."""
    accelerators: int
    standing_max: dict[str, int]
    """Pods, by phase."""
    spans_servers: bool = True
    hall: str | None = None

    @property
    def accelerators_max(self) -> float:
        """Most accelerators one job may use: those of a server where nothing joins servers."""
        return float("inf") if self.spans_servers else float(self.chip.per_server)


def can_run(instance: Instance, site: str, chip: Accelerator, load: AnyWorkload, spans_servers: bool) -> bool:
    """Whether an accelerator at a site can do anything for a workload, in any hall: precision, residency, fabric."""
    if not peak_tflops(chip, load) or not may_stay_at(instance, load, site):
        return False
    return not isinstance(load, Workload) or spans_servers or load.job_accelerators <= chip.per_server


def duties(instance: Instance, calendar: Calendar, holder: PodHolder) -> Duties:
    """All duties of a pod type."""
    pod_duties = Duties()
    possible = set()
    for w, load in instance.workloads.items():
        able = can_run(instance, holder.site, holder.chip, load, holder.spans_servers)
        able &= may_work_in(instance, load, holder.hall)
        pod_duties.peak_pflops[w] = holder.accelerators * peak_tflops(holder.chip, load) / 1000 if able else 0.0
        for p in calendar.phases:
            pod_duties.effective_pflops[w, p] = 0.0
            if able and _add(pod_duties, instance, calendar, holder, (w, p)):
                possible.add((w, p))
    return replace(pod_duties, possible=frozenset(possible))


def _add(pod_duties: Duties, instance: Instance, calendar: Calendar, holder: PodHolder, key: tuple[str, str]) -> bool:
    """Enter what the type can do for (workload, phase); False if nothing."""
    load = instance.workloads[key[0]]
    if isinstance(load, TrainingRun):
        return _add_run(pod_duties, instance, calendar, holder, key)
    stack = instance.stacks[holder.chip.stack]
    powered = availability(instance, holder.hall)
    maturity = powered * phase_fraction(instance, calendar, stack, key[1])
    if isinstance(load, Serving):
        each, unit = (
            (_serving_pflops(instance, holder, (load, key[1])) if is_active(instance, load, key[1]) else 0.0),
            1.0,
        )
        if each and (replica := _replica(instance, holder, load)) > holder.accelerators:
            pod_duties.replica_pods[key[0]] = replica / holder.accelerators
    else:
        each, unit = class_tflops(holder.chip, load), 1000.0
    pod_duties.effective_pflops[key] = holder.accelerators * (each * maturity) / unit
    if stack.programme_usd is not None:
        ported = powered * phase_fraction(instance, calendar, stack, key[1], ported=True)
        pod_duties.gain_pflops[key] = holder.accelerators * (each * (ported - maturity)) / unit
    return each > 0


def _serving_pflops(instance: Instance, holder: PodHolder, what: tuple[Serving, str]) -> float:
    """Effective PFLOPS of one accelerator with a mature stack in a phase; 0 if it cannot serve."""
    load, phase = what
    model = model_of(instance, load)
    rows = (row for row in instance.measured_serving.values() if row.model == load.model)
    rate = rates(holder.chip, load, model, [row for row in rows if row.accelerator == holder.name])
    if rate is None or rate.replica_accelerators > holder.accelerators_max:
        return 0.0
    if rate.replica_accelerators > holder.accelerators * holder.standing_max[phase]:
        return 0.0
    waits = first_token_s(load, rate, instance.sites[holder.site].latency_ms)
    if load.first_token_s is not None and waits > load.first_token_s * (1 + GUARD):
        return 0.0
    return served_pflops(holder.chip, load, model, rate)


def _replica(instance: Instance, holder: PodHolder, load: Serving) -> int:
    """Accelerators of a replica. Of a type that can serve."""
    return replica_accelerators(holder.chip, load, model_of(instance, load))


def clusterable(
    instance: Instance, calendar: Calendar, holder: PodHolder, phase: str, ported: bool = False
) -> Clusterable:
    """The pods a cluster may be made of in a phase."""
    stack = instance.stacks[holder.chip.stack]
    maturity = availability(instance, holder.hall) * phase_fraction(instance, calendar, stack, phase, ported)
    most = holder.standing_max[phase]
    return Clusterable(holder.chip, holder.accelerators, most, holder.accelerators_max, maturity)


def task_of(instance: Instance, run: TrainingRun) -> TrainingTask:
    """A training run in numbers."""
    return TrainingTask(run, model_of(instance, run), need_pflops(instance, run))


def _add_run(
    pod_duties: Duties, instance: Instance, calendar: Calendar, holder: PodHolder, key: tuple[str, str]
) -> bool:
    run = instance.workloads[key[0]]
    assert isinstance(run, TrainingRun)
    if not is_active(instance, run, key[1]):
        return False
    task = task_of(instance, run)
    plain = least_pods(task, clusterable(instance, calendar, holder, key[1]))
    if plain is not None:
        pod_duties.clusters[key] = plain
    if instance.stacks[holder.chip.stack].programme_usd is not None:
        ported = least_pods(task, clusterable(instance, calendar, holder, key[1], ported=True))
        if ported is not None:
            pod_duties.ported_clusters[key] = ported
    pods = pod_duties.clusters.get(key) or pod_duties.ported_clusters.get(key)
    pod_duties.effective_pflops[key] = task.need_pflops / pods if pods else 0.0
    return pods is not None
