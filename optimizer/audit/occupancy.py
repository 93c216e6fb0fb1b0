"""How much of the year capability is at work: docs/model.md section 4a."""

from __future__ import annotations

from optimizer.audit.case import AuditCase
from optimizer.inputs.setting import Workload


def occupancy(case: AuditCase, workload: str, p: int) -> float:
    """Share of the year in which the capability of a workload works in a phase; 1 unless a class states it."""
    work = case.instance.workloads[workload]
    if not isinstance(work, Workload):
        return 1.0
    if work.occupancy_by_phase:
        named = {case.periods.index(phase): share for phase, share in work.occupancy_by_phase.items()}
        before = [q for q in named if q <= p]
        return named[max(before) if before else min(named)]
    return 1.0 if work.occupancy is None else work.occupancy


def mean_draw(case: AuditCase, workload: str, p: int) -> float:
    """Mean draw as a share of that of full work: idle pods draw a part of it."""
    work, share = case.instance.workloads[workload], occupancy(case, workload, p)
    return share + (1.0 - share) * work.idle_fraction if isinstance(work, Workload) else 1.0


def idles(case: AuditCase) -> bool:
    """Whether any class is at work less than all year in some phase: only then is what is delivered reported apart."""
    phases = range(len(case.instance.phases))
    return any(occupancy(case, work, p) < 1.0 for work in case.instance.workloads for p in phases)
