"""What a design says of a year of operation, read from its rows: docs/model.md section 8, dispatch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.halls import NO_HALL, hall_fault
from optimizer.audit.psychrometrics import Hours
from optimizer.inputs.design import DispatchRow
from optimizer.inputs.hourly import unpack_hours
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload


class MovingWork(NamedTuple):
    """Work of a site whose hours may move among each other."""

    cooling: str
    workload: str
    hall: str = NO_HALL


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Dispatch of a site in a phase, over the hours kept."""

    charge_mw: Hours
    discharge_mw: Hours
    generator_mw: Hours
    soc_start_mwh: float
    moved_mw: dict[MovingWork, Hours]
    fed_mw: dict[str, Hours] = field(default_factory=dict)
    """Generation beside the grid, by source."""
    demand_response_mw: float = 0.0
    """What is enrolled as load that can be dropped."""

    @property
    def beside_mw(self) -> Hours:
        """All that feeds the site beside the grid and the battery."""
        return self.generator_mw + sum(self.fed_mw.values(), np.zeros(len(self.generator_mw)))

    @property
    def arrived_mw(self) -> Hours:
        """Work that comes from another hour, over all jobs."""
        total = np.zeros(len(self.charge_mw))
        for moved in self.moved_mw.values():
            total += np.maximum(moved, 0.0)
        return total


def battery_trades(instance: Instance, site: str) -> bool:
    """Whether what is not reserved of the battery may charge and discharge."""
    spec = instance.sites[site]
    return spec.battery_dispatch and spec.battery is not None


def shaving_hours(instance: Instance, site: str) -> float:
    """Full-load hours per year the generators may run beside the grid."""
    backup = instance.sites[site].backup
    return backup.peak_shaving_hours_per_year if backup else 0.0


def deferrable_fraction(instance: Instance, workload: str) -> float:
    """Share of a workload's energy that may move within its day; runs and serving have none."""
    work = instance.workloads[workload]
    return work.deferrable_fraction if isinstance(work, Workload) else 0.0


def dispatches(instance: Instance, site: str) -> bool:
    """Whether a site may import something else than its load. Work of a flat profile has no room to move."""
    spec = instance.sites[site]
    return (
        any(_may_move(instance, workload) for workload in instance.workloads)
        or battery_trades(instance, site)
        or shaving_hours(instance, site) > 0.0
        or bool(spec.generation)
        or bool(spec.grid_series)
        or spec.flexible_connection is not None
        or spec.demand_response is not None
    )


def _may_move(instance: Instance, workload: str) -> bool:
    profile = instance.workloads[workload].daily_profile
    return deferrable_fraction(instance, workload) > 0.0 and min(profile) < max(profile)


def read_schedules(case: AuditCase, recorder: Recorder) -> dict[tuple[str, int], Schedule]:
    """The schedules that can be read, by site and phase. A row that cannot, or may not be there, is left out."""
    schedules: dict[tuple[str, int], Schedule] = {}
    for row in case.decisions.dispatch:
        where = joined("dispatch", row.site, row.phase)
        allowed = dispatches(case.instance, row.site)
        recorder.holds("dispatch.allowed", where, allowed, "the site does not dispatch")
        schedule = _read(case, row, where, recorder)
        if allowed and schedule is not None:
            schedules[row.site, case.periods.index(row.phase)] = schedule
    return schedules


def _read(case: AuditCase, row: DispatchRow, where: str, recorder: Recorder) -> Schedule | None:
    charge = _series(case, row.charge_mw, joined(where, "charge"), recorder)
    discharge = _series(case, row.discharge_mw, joined(where, "discharge"), recorder)
    generator = _series(case, row.generator_mw, joined(where, "generator"), recorder)
    moved: dict[MovingWork, Hours] = {}
    good = True
    for part in row.moved:
        job = MovingWork(part.cooling, part.workload, part.hall or NO_HALL)
        at = joined(where, *job)
        known = part.cooling in case.instance.coolings and part.workload in case.instance.workloads
        known &= part.hall is None or part.hall in case.instance.halls
        good &= recorder.holds("ids.unknown", at, known, "unknown cooling, workload or hall")
        fault = hall_fault(case.instance, row.site, part.hall)
        if fault is not None or part.hall is not None:
            good &= recorder.holds("hall.named", at, fault is None, fault or "")
        good &= recorder.holds("ids.duplicate", at, job not in moved, "the row is there twice")
        series = _series(case, part.moved_mw, joined(at, "moved"), recorder)
        if series is None:
            good = False
        else:
            moved[job] = series
    fed: dict[str, Hours] = {}
    for given in row.fed:
        at = joined(where, given.source)
        known = any(stated.source == given.source for stated in case.instance.sites[row.site].generation)
        good &= recorder.holds("ids.unknown", at, known, "the site has no such generation")
        good &= recorder.holds("ids.duplicate", at, given.source not in fed, "the row is there twice")
        series = _series(case, given.fed_mw, joined(at, "fed"), recorder)
        if series is None:
            good = False
        else:
            fed[given.source] = series
    if charge is None or discharge is None or generator is None or not good:
        return None
    return Schedule(
        charge_mw=charge,
        discharge_mw=discharge,
        generator_mw=generator,
        soc_start_mwh=row.soc_start_mwh,
        moved_mw=moved,
        fed_mw=fed,
        demand_response_mw=row.demand_response_mw,
    )


def _series(case: AuditCase, text: str, where: str, recorder: Recorder) -> Hours | None:
    try:
        series = unpack_hours(text, case.kept.hours)
    except (ValueError, TypeError) as error:
        recorder.holds("dispatch.series", where, False, str(error))
        return None
    recorder.holds("dispatch.series", where, True, "")
    return series
