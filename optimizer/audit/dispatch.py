"""Every hour of dispatch against its limits: docs/model.md section 8."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.generation import at_work_mw, stated
from optimizer.audit.hourly import ceiling, floor
from optimizer.audit.occupancy import mean_draw
from optimizer.audit.operation import rated_mw
from optimizer.audit.power import load_profile
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.schedule import MovingWork, Schedule, battery_trades, deferrable_fraction, shaving_hours
from optimizer.audit.state import State
from optimizer.audit.storage import (
    battery_of,
    critical_mw,
    generator_units,
    kept_sets,
    reserve_mw,
    reserved_mwh,
    store_in_service,
)
from optimizer.audit.substation import Substation


@dataclass(frozen=True)
class Free:
    """What of the battery is not reserved; nothing where it does not trade."""

    mw: float = 0.0
    mwh: float = 0.0
    one_way_fraction: float = 1.0
    """Share of the energy that is left after one way, in or out."""


def free_battery(case: AuditCase, fleet: Fleet, site: str, p: int) -> Free:
    """Power and energy of the battery for dispatch."""
    battery = battery_of(case, site)
    if battery is None or not battery_trades(case.instance, site):
        return Free()
    store, reserve = store_in_service(case, site, p), reserve_mw(case, site, p)
    kept_mwh = reserved_mwh(case, site, reserve, critical_mw(case, fleet, site, p))
    return Free(
        store.mw - reserve,
        store.mwh * battery.usable_fraction - kept_mwh,
        math.sqrt(battery.round_trip_fraction),
    )


def shaving_mw(case: AuditCase, fleet: Fleet, site: str, p: int, substation: Substation | None) -> float:
    """Power of the generators at work beside the grid, where they may run at all."""
    backup = case.instance.sites[site].backup
    if backup is None or substation is None or p < case.periods.index(backup.from_phase):
        return 0.0
    if not shaving_hours(case.instance, site) > 0.0:
        return 0.0
    at_work = max(0, generator_units(case, site, p) - kept_sets(case, fleet, site, p))
    return case.instance.generators[backup.generator].unit_mw * at_work


def stored_mwh(schedule: Schedule, one_way_fraction: float) -> Hours:
    """Free energy held at the start of every hour, and at the end of the last one."""
    gained = one_way_fraction * schedule.charge_mw - schedule.discharge_mw / one_way_fraction
    return schedule.soc_start_mwh + np.concatenate(([0.0], np.cumsum(gained)))


def check_dispatch(case: AuditCase, state: State, recorder: Recorder) -> None:
    """Battery, generators, moved work and import of every schedule; the permit of the generators."""
    _check_permits(case, recorder)
    for (site, p), schedule in state.schedules.items():
        where = joined(site, case.periods.phases[p])
        _check_battery(schedule, free_battery(case, state.fleet, site, p), where, recorder)
        largest = shaving_mw(case, state.fleet, site, p, state.substations[site, p])
        _check_generators(case, schedule, (site, p), largest, recorder)
        there = 1.0 if state.substations[site, p] is not None else 0.0
        most = {source: mw * there for source, mw in state.most_mw[site, p].items()}
        _check_fed(case, schedule, most, (site, p), recorder)
        rated = rated_mw(case, state.fleet, site, p)
        for job, moved in schedule.moved_mw.items():
            mean = rated.get(job, 0.0) * mean_draw(case, job.workload, p)
            _check_moved(case, job, (mean, moved), where, recorder)
        import_mw = state.operations[site, p].import_mw
        floor(recorder, "dispatch.import", where, (import_mw, 0.0), "MW imported in kept hour")


def _check_permits(case: AuditCase, recorder: Recorder) -> None:
    for site, spec in case.instance.sites.items():
        hours = shaving_hours(case.instance, site)
        if spec.backup is not None and hours > 0.0:
            generator = case.instance.generators[spec.backup.generator]
            permitted = generator.run_hours_max - generator.test_hours_per_year
            recorder.at_most("dispatch.permit", site, hours, permitted, "hours per year beside the grid")


def _check_battery(schedule: Schedule, free: Free, where: str, recorder: Recorder) -> None:
    for name, series in (("charge", schedule.charge_mw), ("discharge", schedule.discharge_mw)):
        floor(recorder, f"dispatch.{name}", where, (series, 0.0), f"MW of {name} in kept hour")
    both = schedule.charge_mw + schedule.discharge_mw
    ceiling(recorder, "dispatch.trading", where, (both, free.mw), "MW of charge and discharge in kept hour")
    stored = stored_mwh(schedule, free.one_way_fraction)
    floor(recorder, "dispatch.empty", where, (stored, 0.0), "MWh held in kept hour")
    ceiling(recorder, "dispatch.full", where, (stored, free.mwh), "MWh held in kept hour")
    end, start = float(stored[-1]), schedule.soc_start_mwh
    recorder.same("dispatch.closes", where, end, start, "MWh held at the end, not what was there at the start")


def _check_generators(
    case: AuditCase, schedule: Schedule, at: tuple[str, int], largest: float, recorder: Recorder
) -> None:
    site, p = at
    where, series = joined(site, case.periods.phases[p]), schedule.generator_mw
    floor(recorder, "dispatch.generator", where, (series, 0.0), "MW of generators in kept hour")
    ceiling(recorder, "dispatch.generator", where, (series, largest), "MW of generators in kept hour")
    allowed = shaving_hours(case.instance, site) * largest
    mwh = case.kept.yearly(series)
    recorder.at_most("dispatch.generator_hours", where, mwh, allowed, "MWh of generators beside the grid")


def _check_fed(
    case: AuditCase, schedule: Schedule, most: dict[str, Hours], at: tuple[str, int], recorder: Recorder
) -> None:
    """Generation gives no less than nothing, no more than it can, and no longer than it may."""
    site, p = at
    for source, series in schedule.fed_mw.items():
        where = joined(site, case.periods.phases[p], source)
        floor(recorder, "dispatch.fed", where, (series, 0.0), "MW of generation in kept hour")
        ceiling(recorder, "dispatch.fed", where, (series, most[source]), "MW of generation in kept hour")
        row = stated(case, site, source)
        if row is not None and row.full_load_hours_per_year is not None:
            allowed = row.full_load_hours_per_year * at_work_mw(case, site, row, p)
            recorder.at_most("dispatch.fed_hours", where, case.kept.yearly(series), allowed, "MWh of generation")


def _check_moved(case: AuditCase, job: MovingWork, power: tuple[float, Hours], where: str, recorder: Recorder) -> None:
    (mean, moved), workload = power, case.instance.workloads[job.workload]
    at = joined(where, *job)
    day = case.kept.by_day(moved)
    ceiling(recorder, "dispatch.moved_day", at, (day, 0.0), "MWh moved into kept day")
    floor(recorder, "dispatch.moved_day", at, (day, 0.0), "MWh moved into kept day")
    unmoved = mean * load_profile(case.instance, job.workload)[case.kept.index]
    stays = (1.0 - deferrable_fraction(case.instance, job.workload)) * unmoved
    top = mean * workload.load_fraction * max(workload.daily_profile)
    floor(recorder, "dispatch.moved_share", at, (unmoved + moved, stays), "MW of IT power in kept hour")
    ceiling(recorder, "dispatch.moved_top", at, (unmoved + moved, top), "MW of IT power in kept hour")
