"""Throughput of everything at work: docs/model.md sections 1 and 4."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from optimizer.audit.case import AuditCase, Type
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.occupancy import occupancy
from optimizer.audit.pods import availability, fabric_factor, peak_tflops, working_point
from optimizer.audit.serving import services, serving_pflops
from optimizer.audit.training import clusters, tasks
from optimizer.inputs.setting import Workload


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """PFLOPS of the pods at work of one type on one workload at one site in one phase."""

    site: str
    p: int
    accelerator: str
    workload: str
    effective_pflops: float
    peak_pflops: float


def effective_pflops(case: AuditCase, site: str, kind: Type, workload: str, p: int) -> float:
    """Effective PFLOPS of one accelerator of a type in a phase; 0 if the workload cannot run on it.

    0 for training runs: their throughput is that of the whole run, whatever is assigned.
    """
    chip, work = case.instance.accelerators[kind.accelerator], case.instance.workloads[workload]
    if isinstance(work, Workload):
        peak, utilisation = working_point(chip, work)
        job, exponent = work.job_accelerators, case.interconnect(site, kind).exponent
        share = utilisation * fabric_factor(chip, exponent, job) * availability(chip, job)
        return peak / 1000.0 * share * case.maturity(site, kind, p)
    for service in services(case):
        if service.name == workload and p >= service.first:
            return serving_pflops(case, service, site, kind, p)
    return 0.0


def read_throughput(case: AuditCase, fleet: Fleet) -> tuple[Throughput, ...]:
    """One row for each assignment, and one for each run that has its cluster."""
    rows = []
    for (site, p, kind, workload), pods in fleet.assigned.items():
        name, count = kind.accelerator, case.pod(site, kind).accelerators * pods
        each = effective_pflops(case, site, kind, workload, p)
        peak = peak_tflops(case.instance.accelerators[name], case.instance.workloads[workload]) / 1000.0
        rows.append(
            Throughput(
                site=site,
                p=p,
                accelerator=name,
                workload=workload,
                effective_pflops=each * count,
                peak_pflops=peak * count,
            )
        )
    work = {task.name: task.work_pflops for task in tasks(case)}
    for (name, p), cluster in clusters(case).items():
        rows.append(
            Throughput(
                site=cluster.site,
                p=p,
                accelerator=cluster.accelerator,
                workload=name,
                effective_pflops=work[name],
                peak_pflops=0.0,
            )
        )
    return tuple(rows)


def check_throughput(case: AuditCase, throughput: tuple[Throughput, ...], recorder: Recorder) -> None:
    """The floors of each phase, in all and by throughput class; no accelerator gives more than its peak."""
    for row in throughput:
        if isinstance(case.instance.workloads[row.workload], Workload):
            where = joined(case.periods.phases[row.p], row.site, row.accelerator, row.workload)
            recorder.at_most(
                "throughput.peak", where, row.effective_pflops, row.peak_pflops, "effective PFLOPS over peak"
            )
    for p, (phase_id, phase) in enumerate(case.instance.phases.items()):
        total = sum(row.effective_pflops for row in throughput if row.p == p)
        recorder.at_least("throughput.floor", phase_id, total, phase.target_pflops, "effective PFLOPS")
        for name, workload in case.instance.workloads.items():
            if isinstance(workload, Workload):
                of_class = sum(row.effective_pflops for row in throughput if row.p == p and row.workload == name)
                floor = workload.floor_pflops.get(phase_id, 0.0)
                recorder.at_least("throughput.class", joined(phase_id, name), of_class, floor, "effective PFLOPS")


def demanded_pflops(case: AuditCase, p: int) -> float:
    """Work that runs and serving ask for in a phase."""
    runs = sum(task.work_pflops for task in tasks(case) if task.first <= p)
    return runs + sum(service.work_pflops for service in services(case) if service.first <= p)


def delivered_pflops(case: AuditCase, throughput: tuple[Throughput, ...], p: int) -> float:
    """Throughput that is really done: what is wanted is filled from the workloads that work most of the year down."""
    phase = case.instance.phases[case.periods.phases[p]]
    demand = phase.demand_pflops
    if demand is None:
        demand = max(phase.target_pflops, demanded_pflops(case, p))
    in_use: dict[str, float] = defaultdict(float)
    for row in throughput:
        if row.p == p:
            in_use[row.workload] += row.effective_pflops
    left, delivered = demand, 0.0
    for share, pflops in sorted(((occupancy(case, name, p), pflops) for name, pflops in in_use.items()), reverse=True):
        taken = min(left, pflops)
        left, delivered = left - taken, delivered + share * taken
    return delivered
