"""Halls of a design: what stands in each class, what it needs of the plant, and what works in it."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.analysis.tasks import installed_pods
from optimizer.inputs.design import Decisions
from optimizer.model.derive import Problem
from optimizer.pipeline import Result
from optimizer.setting.halls import backed_fraction, distribution_per_it_mw, ups_per_it_mw


@dataclass(frozen=True, kw_only=True)
class HallUse:
    """One class of hall at a site in a phase; power in MW."""

    site: str
    hall: str
    pods: int
    it_mw: float
    ups_mw: float
    """Capacity it needs, redundancy included."""
    distribution_mw: float
    """Likewise."""
    backed_mw: float
    """What generators carry of it."""
    availability: float
    workloads: tuple[str, ...]
    """What works in it."""


def hall_uses(problem: Problem, decisions: Decisions, phase: str) -> tuple[HallUse, ...]:
    """Every hall in which pods stand in a phase, by site in the order of the classes; none where none are chosen."""
    instance, types = problem.instance, problem.compute.types
    standing: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for key, count in installed_pods(problem, decisions, phase).items():
        pod = types.get(key)  # none where a design is told of that no site can hold
        if count and pod is not None and pod.hall is not None:
            standing.setdefault((key[0], pod.hall), []).append((count, count * pod.size.kw / 1000))
    uses = []
    for (s, hall), pods in standing.items():
        it_mw = sum(mw for _, mw in pods)
        rows = (row for row in decisions.assignments if (row.site, row.hall, row.phase) == (s, hall, phase))
        uses.append(
            HallUse(
                site=s,
                hall=hall,
                pods=sum(count for count, _ in pods),
                it_mw=it_mw,
                ups_mw=ups_per_it_mw(instance, s, hall) * it_mw,
                distribution_mw=distribution_per_it_mw(instance, hall) * it_mw,
                backed_mw=_critical_fraction(problem, s, phase) * backed_fraction(instance, hall) * it_mw,
                availability=instance.halls[hall].availability,
                workloads=tuple(dict.fromkeys(row.workload for row in rows if row.pods > 0)),
            )
        )
    order = list(instance.halls)
    return tuple(sorted(uses, key=lambda use: (use.site, order.index(use.hall))))


def _critical_fraction(problem: Problem, site: str, phase: str) -> float:
    backup = problem.instance.sites[site].backup
    required = backup is not None and phase in problem.calendar.from_phase_on(backup.from_phase)
    return backup.critical_fraction if backup is not None and required else 0.0


def hall_shares(result: Result) -> dict[str, float]:
    """Share of the IT power of the last phase by name of hall, the largest first; none where halls are not chosen."""
    problem = result.problem
    uses = hall_uses(problem, result.decisions, problem.calendar.last)
    whole_mw, sums = sum(use.it_mw for use in uses), dict[str, float]()
    for use in uses:
        sums[use.hall] = sums.get(use.hall, 0.0) + use.it_mw / whole_mw
    ordered = sorted(sums.items(), key=lambda item: -item[1])
    return {problem.instance.halls[hall].name: share for hall, share in ordered}
