"""Losses and profiles, what the connection carries, the UPS and the load step: docs/model.md section 7."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from optimizer.audit.case import AuditCase, Type, type_of
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.halls import room
from optimizer.audit.handover import plant_weeks
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.substation import Substation
from optimizer.audit.training import clusters
from optimizer.audit.weather import HOUR_OF_DAY
from optimizer.inputs.schema import Instance
from optimizer.inputs.substation import GridStage
from optimizer.inputs.work import TrainingRun


def load_profile(instance: Instance, workload: str) -> Hours:
    """IT power of a workload by hour, as a share of the rated power."""
    work = instance.workloads[workload]
    return np.asarray(work.load_fraction * np.asarray(work.daily_profile)[HOUR_OF_DAY], dtype=np.float64)


def firm_mva(case: AuditCase, site: str, substation: Substation | None) -> float:
    """Capacity that is left when the spare units have failed."""
    if substation is None:
        return 0.0
    units = max(0, substation.units - case.instance.sites[site].grid.spare_units)
    return units * case.instance.transformers[substation.transformer].unit_mva


def grid_limit_mw(case: AuditCase, site: str, p: int) -> float:
    """Import the utility makes available in a phase."""
    spec = case.instance.sites[site]
    return in_force_mw(case, spec.grid_mw, spec.grid_stages, p)


def in_force_mw(case: AuditCase, first_mw: float, stages: tuple[GridStage, ...], p: int) -> float:
    """A power that changes from phase to phase: that of the last stage that has begun."""
    mw = first_mw
    for stage in stages:
        if case.periods.index(stage.from_phase) <= p:
            mw = stage.mw
    return mw


def sells_surplus(instance: Instance, site: str) -> bool:
    """Whether what a site's generation makes beyond its load may go into the grid."""
    spec = instance.sites[site]
    return spec.export_price_per_kwh is not None and bool(spec.generation)


def installed_it_mw(case: AuditCase, fleet: Fleet, site: str, p: int) -> float:
    """Rated IT power of the installed pods."""
    return sum(pods * case.pod(site, kind).kw / 1000.0 for kind, pods in fleet.installed_at(site, p).items())


def it_mw_by_hall(case: AuditCase, fleet: Fleet, site: str, p: int) -> dict[str, float]:
    """Rated IT power of the installed pods in each hall; at a site without halls all of it has no hall's name."""
    mw: dict[str, float] = defaultdict(float)
    for kind, pods in fleet.installed_at(site, p).items():
        mw[kind.hall] += pods * case.pod(site, kind).kw / 1000.0
    return mw


def ups_needed_mw(case: AuditCase, fleet: Fleet, site: str, p: int) -> float:
    """Protected IT power with its redundancy, hall by hall."""
    needed = 0.0
    for hall, mw in it_mw_by_hall(case, fleet, site, p).items():
        here = room(case.instance, site, hall)
        needed += here.protected_fraction * (1.0 + here.ups_redundancy_fraction) * mw
    return needed


def distributed_mw(case: AuditCase, fleet: Fleet, site: str, p: int) -> float:
    """Low-voltage distribution that the halls ask for; without halls the installed IT power."""
    return sum(
        (1.0 + room(case.instance, site, hall).distribution_redundancy_fraction) * mw
        for hall, mw in it_mw_by_hall(case, fleet, site, p).items()
    )


def ups_mw(case: AuditCase, site: str, p: int) -> float:
    """UPS capacity in service."""
    site_spec = case.instance.sites[site]
    life = case.instance.upses[site_spec.ups].life_years
    bought = (
        row.mw
        for row in case.decisions.ups
        if row.site == site and case.periods.in_service(case.periods.index(row.phase), p, life)
    )
    return site_spec.existing_ups_mw + sum(bought)


def check_ups(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Protected IT power with its redundancy, for every site and phase; orders in time."""
    for site in case.instance.sites:
        for p, phase in enumerate(case.periods.phases):
            needed = ups_needed_mw(case, fleet, site, p)
            recorder.at_least("power.ups", joined(site, phase), ups_mw(case, site, p), needed, "MW of UPS")
    for row in case.decisions.ups:
        ups = case.instance.upses[case.instance.sites[row.site].ups]
        lead_weeks = ups.lead_time_weeks + plant_weeks(case, row.site)
        in_time = row.mw == 0 or case.periods.order_in_time(case.periods.index(row.phase), lead_weeks)
        recorder.holds(
            "availability.lead_time", joined("ups", row.site, row.phase), in_time, "ordered before the planning date"
        )


def _swing_mw(case: AuditCase, site: str, kind: Type, workload: str) -> float:
    """What the load of one pod swings by, before losses."""
    work, chip = case.instance.workloads[workload], case.instance.accelerators[kind.accelerator]
    swing = work.step_fraction * work.load_fraction * (1.0 - chip.power_smoothing_fraction)
    return swing * case.pod(site, kind).kw / 1000.0


def load_step_mw(case: AuditCase, fleet: Fleet, site: str, p: int) -> float:
    """Largest swing of the site's load within seconds; a run swings with its whole cluster."""
    step: dict[str, float] = defaultdict(float)
    for (kind, name), pods in fleet.assigned_at(site, p).items():
        if not isinstance(case.instance.workloads[name], TrainingRun):
            step[kind.hall] += _swing_mw(case, site, kind, name) * pods
    for (name, q), cluster in clusters(case).items():
        if (cluster.site, q) == (site, p):
            kind = type_of(cluster)
            step[kind.hall] += _swing_mw(case, site, kind, name) * cluster.pods
    return sum(mw * (1.0 + room(case.instance, site, hall).loss_fraction) for hall, mw in step.items())


def step_limit_mw(case: AuditCase, site: str, substation: Substation | None) -> float:
    """Swing the connection takes without help of a battery."""
    grid, firm = case.instance.sites[site].grid, firm_mva(case, site, substation)
    if substation is None or firm == 0.0:
        return 0.0
    reactance = case.instance.transformers[substation.transformer].reactance_pu
    short_circuit_mva = 1.0 / (1.0 / grid.short_circuit_mva + reactance / firm)
    return grid.power_factor * grid.voltage_step_max_fraction * short_circuit_mva
