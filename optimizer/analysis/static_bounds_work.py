"""Why a training run or a service cannot be done at all: which of compute, memory or days lacks, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.assets.compute.duties import PodHolder, can_run, clusterable, task_of
from optimizer.assets.compute.pods import PodType
from optimizer.assets.compute.training import Shortfall, shortfall
from optimizer.model.derive import Problem
from optimizer.number_format import number
from optimizer.setting.demand import is_active, runs, servings

SHOWN = 3


@dataclass(frozen=True)
class _Miss:
    pod: PodType
    lack: Shortfall

    @property
    def share(self) -> float:
        """How much of what is needed the largest cluster brings: the scarcer of compute and memory."""
        lack = self.lack
        return min(lack.pflops / lack.need_pflops, lack.memory_gb / lack.need_gb)


def impossible_runs(problem: Problem) -> Iterator[tuple[str, str]]:
    """(key of the instance, reason) for every run that no cluster can host, in the first phase in which none can."""
    for r, run in runs(problem.instance).items():
        for p in problem.calendar.phases:
            if is_active(problem.instance, run, p) and not _hosts(problem, r, p):
                yield f"workloads.{r}", _reason(problem, r, p)
                break


def impossible_services(problem: Problem) -> Iterator[tuple[str, str]]:
    """(key of the instance, reason) for every service that no accelerator can do."""
    for v, load in servings(problem.instance).items():
        phases = [p for p in problem.calendar.phases if is_active(problem.instance, load, p)]
        types = problem.compute.types.values()
        if phases and not any((v, p) in pod.duties.possible for pod in types for p in phases):
            users = f" with {number(load.user_tokens_per_s)} tokens/s for each user" if load.user_tokens_per_s else ""
            reason = f"no accelerator that can be bought or is there serves {v}{users}"
            yield f"workloads.{v}", f"{reason} (precision, residency, memory, speed, or room for a replica)"


def _hosts(problem: Problem, run: str, phase: str) -> bool:
    return any((run, phase) in pod.duties.possible for pod in problem.compute.types.values())


def _reason(problem: Problem, run: str, phase: str) -> str:
    instance = problem.instance
    task = task_of(instance, runs(instance)[run])
    misses = []
    for pod in problem.compute.types.values():
        if can_run(instance, pod.site, pod.chip, task.run, pod.wiring.spans_servers):
            spans = pod.wiring.spans_servers
            holder = PodHolder(
                site=pod.site,
                name=pod.accelerator,
                chip=pod.chip,
                accelerators=pod.size.accelerators,
                standing_max=pod.standing_max,
                spans_servers=spans,
                hall=pod.hall,
            )
            misses.append(_Miss(pod, shortfall(task, clusterable(instance, problem.calendar, holder, phase))))
    days = f"within {number(task.run.max_days)} days"
    need = f"{run} needs {number(task.need_pflops)} effective PFLOPS {days} and {number(task.memory_gb / 1000)} TB"
    if not misses:
        return f"{need} on one cluster, and no accelerator that can be bought or is there trains it in {phase}"
    best = sorted(misses, key=lambda miss: -miss.share)[:SHOWN]
    return f"{need} on one cluster of one site and one accelerator; none in {phase} is large enough: " + "; ".join(
        _sentence(miss) for miss in best
    )


def _sentence(miss: _Miss) -> str:
    pod, lack = miss.pod, miss.lack
    name = f"{pod.accelerator} in {pod.rack_name} at {pod.site}"
    if not lack.pods:
        return f"{name}: not one pod fits"
    parts = []
    if "compute" in lack.lacking:
        short = 100 * (1 - lack.pflops / lack.need_pflops)
        parts.append(
            f"compute: {number(lack.pflops)} PFLOPS on {lack.accelerators:,} accelerators, {number(short)} % too "
            f"little (it would take {number(lack.days)} days)"
        )
    if "memory" in lack.lacking:
        short = 100 * (1 - lack.memory_gb / lack.need_gb)
        parts.append(f"memory: {number(lack.memory_gb / 1000)} TB, {number(short)} % too little")
    return f"{name}: " + " and ".join(parts)
