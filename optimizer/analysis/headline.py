"""What a board asks first of a design: what is bought when, whether the targets are met, and what it costs. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from optimizer.analysis.effective_throughput import effective_by_place
from optimizer.analysis.tasks import installed_pods
from optimizer.inputs.design import Timing
from optimizer.inputs.quantity import MILLION
from optimizer.pipeline import Result

HOURS_OF_A_YEAR = 8760
MET = 1 - 1e-6
"""A target reached to this share is met: the rest is arithmetic's rounding."""


@dataclass(frozen=True, kw_only=True)
class PhaseMix:
    """A phase: accelerators that come and go, what each kind does, and what was asked."""

    phase: str
    start: date
    bought: dict[str, int]
    """Accelerators delivered by id."""
    retired: dict[str, int]
    pflops: dict[str, float]
    """Effective throughput in use by accelerator."""
    target_pflops: float

    @property
    def effective_pflops(self) -> float:
        return sum(self.pflops.values())

    @property
    def met(self) -> bool:
        """Whether the target of the phase is met; trivially if none is set."""
        return self.effective_pflops >= self.target_pflops * MET


def mix(result: Result) -> tuple[PhaseMix, ...]:
    """The design phase by phase."""
    problem, made = result.problem, result.decisions
    phases = []
    for phase in problem.calendar.phases:
        done: dict[str, float] = {}
        for (_, _, chip, _), pflops in effective_by_place(problem, made, phase).items():
            done[chip] = done.get(chip, 0.0) + pflops
        counts = []
        for rows in (made.deliveries, made.retirements):
            count: Counter[str] = Counter()
            for row in rows:
                pod = problem.compute.types.get(row.type_key)
                if row.phase == phase and pod is not None:
                    count[row.accelerator] += row.pods * pod.size.accelerators
            counts.append(dict(count))
        phases.append(
            PhaseMix(
                phase=phase,
                start=problem.calendar.starts[phase],
                bought=counts[0],
                retired=counts[1],
                pflops=done,
                target_pflops=problem.instance.phases[phase].target_pflops,
            )
        )
    return tuple(phases)


def top_target(phases: tuple[PhaseMix, ...]) -> PhaseMix | None:
    """The first phase with the highest target: the one a plan is measured by. None if no phase has a target."""
    top = max(phases, key=lambda phase: phase.target_pflops)
    return top if top.target_pflops > 0 else None


def usd_per_accelerator_hour(result: Result) -> float | None:
    """Whole-life cost over the discounted hours of the accelerators installed. None without one, or if pods stand there
    whose size is not known: those of a design that no site can hold."""
    problem, calendar = result.problem, result.problem.calendar
    hours = 0.0
    for phase in calendar.phases:
        pods = installed_pods(problem, result.decisions, phase)
        if not pods.keys() <= problem.compute.types.keys():
            return None
        installed = sum(count * problem.compute.types[key].size.accelerators for key, count in pods.items())
        hours += installed * HOURS_OF_A_YEAR * calendar.weight(Timing.YEARLY, phase)
    return result.reported.kpis["npv_cost_musd"] * MILLION / hours if hours else None
