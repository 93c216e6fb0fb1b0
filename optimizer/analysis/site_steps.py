"""What happens on a site between the deliveries and service: fit-out, commissioning, acceptance. Pure.

Acceptance takes no weeks of its own: its runs are the end of commissioning where that lasts long enough, and begin
with service where it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from optimizer.analysis.orders import OrderLine
from optimizer.model.derive import Problem
from optimizer.setting.calendar import order_date
from optimizer.setting.handover import plant_weeks, rack_weeks

ACCEPTANCE_RUNS = 3
ACCEPTANCE_HOURS = 72
"""Of each run: what the bidder edition of the annex asks for."""


@dataclass(frozen=True, kw_only=True)
class SiteStep:
    """One step; `ends` is the day on which the next begins."""

    site: str
    phase: str
    name: str
    begins: date
    ends: date


def site_steps(problem: Problem, lines: Sequence[OrderLine]) -> tuple[SiteStep, ...]:
    """Every step of every site and phase something is ordered for, in order of time."""
    at = dict.fromkeys((line.site, line.phase) for line in lines if line.site)
    pods = {(line.site, line.phase) for line in lines if line.what == "accelerator pods"}
    found = [step for site, phase in at for step in _steps(problem, site, phase, (site, phase) in pods)]
    return tuple(sorted(found, key=lambda step: (step.begins, step.ends, step.site)))


def _steps(problem: Problem, site: str, phase: str, accepted: bool) -> Iterator[SiteStep]:
    service = problem.calendar.starts[phase]
    plant = order_date(service, plant_weeks(problem.instance, site))
    racks = order_date(service, rack_weeks(problem.instance, site))
    if plant < racks:
        yield SiteStep(site=site, phase=phase, name="fit-out", begins=plant, ends=racks)
    if racks < service:
        yield SiteStep(site=site, phase=phase, name="commissioning", begins=racks, ends=service)
    if accepted:
        length = timedelta(hours=ACCEPTANCE_RUNS * ACCEPTANCE_HOURS)
        begins = service - length if service - length >= racks else service
        yield SiteStep(site=site, phase=phase, name="acceptance", begins=begins, ends=begins + length)
