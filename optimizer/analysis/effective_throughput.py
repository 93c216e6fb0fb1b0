"""What the pods at work deliver, from the decisions alone: a bid's ledger names no accelerators."""

from __future__ import annotations

from collections import defaultdict

from optimizer.inputs.design import Decisions
from optimizer.model.derive import Problem
from optimizer.setting.demand import runs, work_pflops


def effective_by_place(problem: Problem, decisions: Decisions, phase: str) -> dict[tuple[str, str, str, str], float]:
    """Effective PFLOPS of a phase by (site, cooling, accelerator, workload); a run's are those of its cluster."""
    done: dict[tuple[str, str, str, str], float] = defaultdict(float)
    tasks = runs(problem.instance)
    for row in decisions.assignments:
        if row.phase == phase and row.workload not in tasks:
            each = problem.compute.types[row.type_key].working_pflops(row.workload, phase, decisions.programmes)
            done[row.site, row.cooling, row.accelerator, row.workload] += row.pods * each
    for cluster in decisions.clusters:
        if cluster.phase == phase:
            key = (cluster.site, cluster.cooling, cluster.accelerator, cluster.workload)
            done[key] += work_pflops(problem.instance, tasks[cluster.workload])
    return done
