"""Batteries and generators: docs/model.md section 8."""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.halls import room
from optimizer.audit.handover import plant_weeks
from optimizer.audit.power import it_mw_by_hall, load_step_mw, step_limit_mw
from optimizer.audit.substation import Substation
from optimizer.inputs.battery import Battery

MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True)
class InstalledBattery:
    """Battery in service at a site in a phase."""

    mw: float = 0.0
    mwh: float = 0.0


def battery_of(case: AuditCase, site: str) -> Battery | None:
    """The battery type of a site."""
    name = case.instance.sites[site].battery
    return case.instance.batteries[name] if name else None


def store_in_service(case: AuditCase, site: str, p: int) -> InstalledBattery:
    """Power and energy bought and still in their life."""
    battery = battery_of(case, site)
    if battery is None:
        return InstalledBattery()
    rows = [
        row
        for row in case.decisions.batteries
        if row.site == site and case.periods.in_service(case.periods.index(row.phase), p, battery.life_years)
    ]
    return InstalledBattery(sum(row.mw for row in rows), sum(row.mwh for row in rows))


def reserve_mw(case: AuditCase, site: str, p: int) -> float:
    """Battery power kept for load steps."""
    phase = case.periods.phases[p]
    return sum(row.mw for row in case.decisions.step_reserves if (row.site, row.phase) == (site, phase))


def critical_mw(case: AuditCase, fleet: Fleet, site: str, p: int) -> float:
    """Load that must survive a grid outage."""
    backup = case.instance.sites[site].backup
    if backup is None or p < case.periods.index(backup.from_phase):
        return 0.0
    carried_mw = 0.0
    for hall, mw in it_mw_by_hall(case, fleet, site, p).items():
        carried_mw += room(case.instance, site, hall).generator_fraction * mw
    return backup.critical_fraction * carried_mw


def kept_sets(case: AuditCase, fleet: Fleet, site: str, p: int) -> int:
    """Generator sets kept in reserve: where there are halls, only if something in them is carried."""
    backup = case.instance.sites[site].backup
    if backup is None:
        return 0
    idle = case.instance.sites[site].halls is not None and not critical_mw(case, fleet, site, p) > 0.0
    return 0 if idle else backup.spare_units


def check_batteries(
    case: AuditCase, fleet: Fleet, substations: dict[tuple[str, int], Substation | None], recorder: Recorder
) -> None:
    """Step reserve, power, energy and limits of the battery, for every site and phase."""
    check_battery_rows(case, recorder)
    for site in case.instance.sites:
        for p in range(len(case.periods.phases)):
            step = load_step_mw(case, fleet, site, p)
            limit = step_limit_mw(case, site, substations[site, p])
            where = joined(site, case.periods.phases[p])
            recorder.at_least(
                "battery.reserve", where, reserve_mw(case, site, p), step - limit, "MW reserved for steps"
            )
            _check_store(case, site, p, critical_mw(case, fleet, site, p), recorder)


def _check_store(case: AuditCase, site: str, p: int, critical: float, recorder: Recorder) -> None:
    store, reserve, where = (
        store_in_service(case, site, p),
        reserve_mw(case, site, p),
        joined(site, case.periods.phases[p]),
    )
    backup, battery = case.instance.sites[site].backup, battery_of(case, site)
    minutes = backup.ride_through_minutes if backup else 0.0
    power_mw = max(reserve, critical if minutes > 0 else 0.0)
    usable_mwh = store.mwh * battery.usable_fraction if battery else 0.0
    recorder.at_least("battery.power", where, store.mw, power_mw, "MW of battery")
    recorder.at_least(
        "battery.energy", where, usable_mwh, reserved_mwh(case, site, reserve, critical), "usable MWh of battery"
    )
    if battery:
        by_energy = battery.c_rate_max_per_hour * store.mwh
        recorder.at_most("battery.c_rate", where, store.mw, by_energy, "MW of battery for its MWh")
        recorder.at_most("battery.max_mwh", where, store.mwh, battery.max_mwh, "MWh of battery")
        recorder.at_most("battery.max_mw", where, store.mw, battery.max_mw, "MW of battery")


def step_energy_mwh(case: AuditCase, site: str, reserve: float) -> float:
    """Energy that goes through the battery while the grid ramps behind a load step."""
    ramp = case.instance.sites[site].grid.ramp_mw_per_minute
    if ramp is None or reserve == 0.0:
        return 0.0
    return reserve * reserve / (2.0 * MINUTES_PER_HOUR * ramp) if ramp > 0.0 else math.inf


def reserved_mwh(case: AuditCase, site: str, reserve: float, critical: float) -> float:
    """Energy that is kept: store for a step up or the ride-through, and room for a step down."""
    backup = case.instance.sites[site].backup
    ride_mwh = critical * (backup.ride_through_minutes if backup else 0.0) / MINUTES_PER_HOUR
    step_mwh = step_energy_mwh(case, site, reserve)
    return max(step_mwh, ride_mwh) + step_mwh


def check_battery_rows(case: AuditCase, recorder: Recorder) -> None:
    """A battery is opened once, nothing is bought before, and only where a type is given."""
    periods = case.periods
    for site in case.instance.sites:
        battery = battery_of(case, site)
        rows = [row for row in case.decisions.batteries if row.site == site]
        opened = [periods.index(row.phase) for row in rows if row.opened]
        recorder.at_most("battery.opened_once", site, len(opened), 1, "times the battery is opened")
        for row in rows:
            where, q = joined(site, row.phase, "battery"), periods.index(row.phase)
            if row.mw == 0 and row.mwh == 0 and not row.opened:
                continue
            recorder.holds("battery.allowed", where, battery is not None, "no battery may be built here")
            recorder.holds("battery.opened", where, bool(opened) and min(opened) <= q, "bought before it is opened")
            lead_weeks = (battery.lead_time_weeks if battery else 0.0) + plant_weeks(case, row.site)
            in_time = periods.order_in_time(q, lead_weeks)
            recorder.holds("availability.lead_time", where, in_time, "ordered before the planning date")


def generator_units(case: AuditCase, site: str, p: int) -> int:
    """Generator sets in service, existing ones included."""
    backup = case.instance.sites[site].backup
    if backup is None:
        return 0
    life = case.instance.generators[backup.generator].life_years
    bought = (
        row.units
        for row in case.decisions.generators
        if row.site == site and case.periods.in_service(case.periods.index(row.phase), p, life)
    )
    return backup.existing_units + sum(bought)


def check_generators(
    case: AuditCase, fleet: Fleet, substations: dict[tuple[str, int], Substation | None], recorder: Recorder
) -> None:
    """Critical load with spare sets, number of sets, orders in time."""
    for site, spec in case.instance.sites.items():
        if spec.backup is None:
            continue
        generator = case.instance.generators[spec.backup.generator]
        for p, phase in enumerate(case.periods.phases):
            units, where = generator_units(case, site, p), joined(site, phase)
            recorder.at_most("generators.max_units", where, units, generator.max_units, "generator sets")
            if p >= case.periods.index(spec.backup.from_phase):
                counted = spec.halls is not None or substations[site, p] is not None
                spare = kept_sets(case, fleet, site, p) if counted else 0
                backed_mw = generator.unit_mw * (units - spare)
                critical = critical_mw(case, fleet, site, p)
                recorder.at_least(
                    "generators.critical", where, backed_mw, critical, "MW of generators beside the spare ones"
                )
    for row in case.decisions.generators:
        where, backup = joined("generators", row.site, row.phase), case.instance.sites[row.site].backup
        recorder.holds("generators.allowed", where, backup is not None, "the site has no backup to serve")
        if backup:
            lead_weeks = case.instance.generators[backup.generator].lead_time_weeks + plant_weeks(case, row.site)
            in_time = case.periods.order_in_time(case.periods.index(row.phase), lead_weeks)
            recorder.holds("availability.lead_time", where, in_time, "ordered before the planning date")
