"""The power chain over 8,760 hours, the substation, the UPS and the load step: docs/model.md section 7."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from optimizer.audit.case import Case
from optimizer.audit.cooling import Draw
from optimizer.audit.findings import Recorder, words
from optimizer.audit.fleet import Fleet
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.substation import Substation
from optimizer.audit.weather import HOUR_OF_DAY, MONTH_OF_YEAR
from optimizer.instance.schema import Instance
from optimizer.quantity import HOURS_PER_YEAR


@dataclass(frozen=True)
class Operation:
    """A year at one site in one phase. Arrays are by hour."""

    it_mw: Hours
    """IT power of the pods at work."""
    import_mw: Hours
    water_m3: float
    """Water of the year."""

    @property
    def import_mwh(self) -> float:
        """Grid import of the year."""
        return float(self.import_mw.sum())

    @property
    def monthly_peaks_mw(self) -> tuple[float, ...]:
        """Highest hourly import of each month."""
        return tuple(float(self.import_mw[month == MONTH_OF_YEAR].max()) for month in range(12))

    @property
    def peak_mw(self) -> float:
        """Highest hourly import of the year."""
        return float(self.import_mw.max())


def loss_fraction(instance: Instance, site_id: str) -> float:
    """Losses of distribution and UPS as a share of IT power."""
    site = instance.sites[site_id]
    ups = instance.upses[site.ups]
    return site.distribution_loss_fraction + ups.loss_fraction * ups.protected_fraction


def operate(case: Case, fleet: Fleet, site: str, p: int, parts: tuple[Substation | None, dict[str, Draw]]) -> Operation:
    """One year of a site with its substation, and what its cooling technologies draw."""
    substation, draws = parts
    rated_mw: dict[tuple[str, str], float] = defaultdict(float)
    for (kind, workload), pods in fleet.assigned_at(site, p).items():
        rated_mw[kind[1], workload] += pods * case.pod(kind).kw / 1000.0
    it_mw, import_mw = np.zeros(HOURS_PER_YEAR), np.zeros(HOURS_PER_YEAR)
    water_m3 = 0.0
    for (cooling, workload), rated in rated_mw.items():
        power_mw = rated * load_profile(case.instance, workload)
        it_mw += power_mw
        import_mw += power_mw * (1.0 + loss_fraction(case.instance, site) + draws[cooling].kw_per_kw)
        water_m3 += float((power_mw * draws[cooling].litres_per_kwh).sum())
    if substation:
        no_load_kw = substation.units * case.instance.transformers[substation.transformer].no_load_loss_kw
        import_mw += case.instance.sites[site].auxiliary_mw + no_load_kw / 1000.0
    return Operation(it_mw, import_mw, water_m3)


def load_profile(instance: Instance, workload: str) -> Hours:
    """IT power of a workload by hour, as a share of the rated power."""
    work = instance.workloads[workload]
    return np.asarray(work.load_fraction * np.asarray(work.daily_profile)[HOUR_OF_DAY], dtype=np.float64)


def firm_mva(case: Case, site: str, substation: Substation | None) -> float:
    """Capacity that is left when the spare units have failed."""
    if substation is None:
        return 0.0
    units = max(0, substation.units - case.instance.sites[site].grid.spare_units)
    return units * case.instance.transformers[substation.transformer].unit_mva


def grid_limit_mw(case: Case, site: str, p: int) -> float:
    """Import the utility makes available in a phase."""
    limit = case.instance.sites[site].grid_mw
    for stage in case.instance.sites[site].grid_stages:
        if case.periods.index(stage.from_phase) <= p:
            limit = stage.mw
    return limit


def check_power(
    case: Case,
    fleet: Fleet,
    substations: dict[tuple[str, int], Substation | None],
    operations: dict[tuple[str, int], Operation],
    recorder: Recorder,
) -> None:
    """Grid and firm capacity in every hour, for every site and phase; the highest hour decides, NaN fails."""
    for (site, p), operation in operations.items():
        where, substation = words(site, case.periods.phases[p]), substations[site, p]
        grid_mw = grid_limit_mw(case, site, p)
        firm_mw = case.instance.sites[site].grid.power_factor * firm_mva(case, site, substation)
        recorder.at_most("power.grid", where, operation.peak_mw, grid_mw, "MW imported in the highest hour")
        recorder.at_most("power.firm", where, operation.peak_mw, firm_mw, "MW imported in the highest hour")
        if substation is None:
            working = sum(fleet.assigned_at(site, p).values())
            recorder.at_most("power.no_substation", where, working, 0.0, "pods at work without a substation")


def installed_it_mw(case: Case, fleet: Fleet, site: str, p: int) -> float:
    """Rated IT power of the installed pods."""
    return sum(pods * case.pod(kind).kw / 1000.0 for kind, pods in fleet.installed_at(site, p).items())


def ups_mw(case: Case, site: str, p: int) -> float:
    """UPS capacity in service."""
    site_spec = case.instance.sites[site]
    life = case.instance.upses[site_spec.ups].life_years
    bought = (
        row.mw
        for row in case.decisions.ups
        if row.site == site and case.periods.in_service(case.periods.index(row.phase), p, life)
    )
    return site_spec.existing_ups_mw + sum(bought)


def check_ups(case: Case, fleet: Fleet, recorder: Recorder) -> None:
    """Protected IT power with its redundancy, for every site and phase; orders in time."""
    for site, spec in case.instance.sites.items():
        ups = case.instance.upses[spec.ups]
        for p, phase in enumerate(case.periods.phases):
            needed = ups.protected_fraction * (1.0 + ups.redundancy_fraction) * installed_it_mw(case, fleet, site, p)
            recorder.at_least("power.ups", words(site, phase), ups_mw(case, site, p), needed, "MW of UPS")
    for row in case.decisions.ups:
        ups = case.instance.upses[case.instance.sites[row.site].ups]
        in_time = row.mw == 0 or case.periods.order_in_time(case.periods.index(row.phase), ups.lead_time_weeks)
        recorder.holds(
            "availability.lead_time", words("ups", row.site, row.phase), in_time, "ordered before the planning date"
        )


def load_step_mw(case: Case, fleet: Fleet, site: str, p: int) -> float:
    """Largest swing of the site's load within seconds."""
    step = 0.0
    for (kind, name), pods in fleet.assigned_at(site, p).items():
        work, chip = case.instance.workloads[name], case.instance.accelerators[kind[0]]
        swing = work.step_fraction * work.load_fraction * (1.0 - chip.power_smoothing_fraction)
        step += swing * pods * case.pod(kind).kw / 1000.0
    return step * (1.0 + loss_fraction(case.instance, site))


def step_limit_mw(case: Case, site: str, substation: Substation | None) -> float:
    """Swing the connection takes without help of a battery."""
    grid, firm = case.instance.sites[site].grid, firm_mva(case, site, substation)
    if substation is None or firm == 0.0:
        return 0.0
    reactance = case.instance.transformers[substation.transformer].reactance_pu
    short_circuit_mva = 1.0 / (1.0 / grid.short_circuit_mva + reactance / firm)
    return grid.power_factor * grid.voltage_step_max_fraction * short_circuit_mva
