"""Training runs and the clusters that carry them: docs/model.md section 4b."""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.audit.case import AuditCase, Type, type_of
from optimizer.audit.findings import Recorder, joined, listed
from optimizer.audit.fleet import Fleet
from optimizer.audit.halls import NO_HALL, available_enough
from optimizer.audit.pods import availability, expert_exchange, fabric_factor, resides, runs, working_point
from optimizer.inputs.design import ClusterRow
from optimizer.inputs.setting import Workload
from optimizer.inputs.work import Model, Serving, TrainingRun

SECONDS_PER_DAY = 86_400.0
DAYS_PER_YEAR = 365.0
FLOP_PER_PARAMETER_AND_TOKEN = 6.0
FLOP_PER_PFLOP = 1e15


@dataclass(frozen=True)
class AuditedRun:
    """A training run with the model it trains."""

    name: str
    spec: TrainingRun
    model: Model
    first: int
    """Position of the first phase in which it is run."""

    @property
    def flop(self) -> float:
        """Floating-point work of one run."""
        tokens_t = self.spec.tokens_t or self.model.tokens_t or 0.0
        return FLOP_PER_PARAMETER_AND_TOKEN * self.model.params_active_b * 1e9 * tokens_t * 1e12

    @property
    def need_pflops(self) -> float:
        """Effective throughput that finishes a run in time."""
        return self.flop / (self.spec.max_days * SECONDS_PER_DAY) / FLOP_PER_PFLOP

    @property
    def busy_fraction(self) -> float:
        """Share of the year in which its cluster runs."""
        return self.spec.runs_per_year * self.spec.max_days / DAYS_PER_YEAR

    @property
    def work_pflops(self) -> float:
        """Effective throughput over the year."""
        return self.busy_fraction * self.need_pflops

    @property
    def memory_gb(self) -> float:
        """What weights, gradients and optimiser state take."""
        return self.spec.bytes_per_parameter * self.model.params_total_b


def tasks(case: AuditCase) -> tuple[AuditedRun, ...]:
    """The training runs whose model, number of tokens and first phase are known."""
    rows = []
    for name, work in case.instance.workloads.items():
        if isinstance(work, TrainingRun) and _complete(case, work):
            rows.append(AuditedRun(name, work, case.instance.models[work.model], case.first_phase(work.from_phase)))
    return tuple(rows)


def _complete(case: AuditCase, work: TrainingRun) -> bool:
    model = case.instance.models.get(work.model)
    if model is None or (work.tokens_t is None and model.tokens_t is None):
        return False
    return work.from_phase in (None, *case.periods.phases)


def clusters(case: AuditCase) -> dict[tuple[str, int], ClusterRow]:
    """The cluster of each run and phase; of several the first, and only in phases in which it is run."""
    first = {task.name: task.first for task in tasks(case)}
    largest: dict[tuple[str, int], ClusterRow] = {}
    for row in case.decisions.clusters:
        key = row.workload, case.periods.index(row.phase)
        if row.workload in first and first[row.workload] <= key[1] and row.pods > 0:
            largest.setdefault(key, row)
    return largest


def accelerators_of(case: AuditCase, row: ClusterRow) -> int:
    """Accelerators of a cluster."""
    return row.pods * case.pod(row.site, type_of(row)).accelerators


def sustained_pflops(case: AuditCase, task: AuditedRun, row: ClusterRow) -> float:
    """Effective throughput of a cluster while it runs; 0 if the run cannot be on it."""
    chip, count = case.instance.accelerators[row.accelerator], accelerators_of(case, row)
    if not count:
        return 0.0
    peak, utilisation = working_point(chip, task.spec)
    exponent = case.interconnect(row.site, type_of(row)).exponent
    kept = fabric_factor(chip, exponent, count) * availability(chip, count) * expert_exchange(chip, task.model)
    each = peak / 1000.0 * utilisation * kept
    return count * each * case.maturity(row.site, type_of(row), case.periods.index(row.phase))


def run_days(case: AuditCase, task: AuditedRun, p: int) -> float:
    """Days one run takes on its cluster of a phase; infinite without one."""
    row = clusters(case).get((task.name, p))
    sustained = sustained_pflops(case, task, row) if row else 0.0
    return task.flop / (sustained * FLOP_PER_PFLOP * SECONDS_PER_DAY) if sustained else math.inf


def check_training(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Every run has its cluster in every phase, and every cluster carries its run."""
    known = {task.name: task for task in tasks(case)}
    for name, work in case.instance.workloads.items():
        if isinstance(work, TrainingRun):
            what = f"unknown model, number of tokens or phase: {work.model}, {work.from_phase}"
            recorder.holds("training.model", name, name in known, what)
    for row in case.decisions.clusters:
        is_run = isinstance(case.instance.workloads[row.workload], TrainingRun)
        where = joined("clusters", row.workload, row.phase)
        recorder.holds("training.kind", where, is_run, "a cluster for what is no training run")
    for task in known.values():
        recorder.at_most("training.year", task.name, task.busy_fraction, 1.0, "of the year busy")
        for p in range(len(case.periods.phases)):
            _check_phase(case, fleet, task, p, recorder)
    if known or case.decisions.clusters:
        _check_side_by_side(case, fleet, recorder)


def _check_phase(case: AuditCase, fleet: Fleet, task: AuditedRun, p: int, recorder: Recorder) -> None:
    """One cluster from the first phase on, none before; work on the cluster alone."""
    phase = case.periods.phases[p]
    where = joined(task.name, phase)
    rows = [row for row in case.decisions.clusters if (row.workload, row.phase) == (task.name, phase) and row.pods]
    if p < task.first:
        recorder.holds("training.from_phase", where, not rows, "a cluster before the first phase of the run")
    else:
        recorder.holds("training.cluster", where, len(rows) == 1, f"{len(rows)} clusters, must be one")
    row = clusters(case).get((task.name, p))
    place = (row.site, type_of(row)) if row else None
    for (site, q, kind, name), pods in fleet.assigned.items():
        if (q, name) == (p, task.name) and (site, kind) != place:
            at = joined(where, site, *kind)
            recorder.at_most("training.elsewhere", at, pods, 0.0, "pods at work on a run that has no cluster here")
    if row is not None:
        _check_place(case, task, row, recorder)
        _check_cluster(case, fleet, task, row, recorder)


def _check_place(case: AuditCase, task: AuditedRun, row: ClusterRow, recorder: Recorder) -> None:
    """The run may be at this site and on this type."""
    chip, where = case.instance.accelerators[row.accelerator], joined(task.name, row.phase, row.site, row.accelerator)
    recorder.holds("training.supported", where, runs(chip, task.spec), "the run cannot be on it")
    home = resides(case.instance, row.site, task.spec)
    recorder.holds("training.residency", where, home, f"may run in {listed(task.spec.residency or ())} only")
    if task.spec.availability_min is not None:
        up = available_enough(case.instance, row.hall or NO_HALL, task.spec)
        recorder.holds("training.availability", where, up, f"asks for availability {task.spec.availability_min:g}")
    if not case.interconnect(row.site, type_of(row)).spans_servers:
        count = accelerators_of(case, row)
        recorder.at_most("training.fabric", where, count, chip.per_server, "accelerators without a fabric")


def _check_cluster(case: AuditCase, fleet: Fleet, task: AuditedRun, row: ClusterRow, recorder: Recorder) -> None:
    """Large enough for the days and for the memory, and busy for the runs of the year."""
    chip, where = case.instance.accelerators[row.accelerator], joined(task.name, row.phase, row.site, *type_of(row))
    sustained = sustained_pflops(case, task, row)
    recorder.at_least("training.compute", where, sustained, task.need_pflops, "PFLOPS sustained by the cluster")
    memory_gb = accelerators_of(case, row) * chip.memory_gb
    recorder.at_least("training.memory", where, memory_gb, task.memory_gb, "GB of the cluster")
    key = row.site, case.periods.index(row.phase), type_of(row), task.name
    at_work = fleet.assigned.get(key, 0.0)
    recorder.at_least("training.busy", where, at_work, task.busy_fraction * row.pods, "pods at work on the run")
    recorder.at_most("training.beyond", where, at_work, row.pods, "pods at work on the run")


def _check_side_by_side(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Clusters and serving fit beside each other, and no cluster is switched off between its runs."""
    standing: dict[tuple[str, int, Type], int] = {}
    for (_, p), row in clusters(case).items():
        key = row.site, p, type_of(row)
        standing[key] = standing.get(key, 0) + row.pods
    for key, pods in standing.items():
        site, p, kind = key
        serving, drawing = 0.0, 0.0
        for (other, name), at_work in fleet.assigned_at(site, p).items():
            work = case.instance.workloads[name]
            if other == kind and isinstance(work, Serving):
                serving += at_work
            elif other == kind and isinstance(work, TrainingRun | Workload):
                drawing += at_work
        where = joined(site, case.periods.phases[p], *kind)
        installed = fleet.able(key)
        recorder.at_most("training.at_once", where, pods + serving, installed, "pods of clusters and of serving")
        recorder.at_least("training.drawn", where, drawing, pods, "pods that draw power of the clusters")
