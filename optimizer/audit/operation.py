"""A year at one site, hour by hour, with its dispatch: docs/model.md sections 7 and 8."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.cooling import Draw
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.hours import AuditedHours
from optimizer.audit.occupancy import mean_draw
from optimizer.audit.power import firm_mva, grid_limit_mw, load_profile, sells_surplus
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.schedule import MovingWork, Schedule
from optimizer.audit.site_load import load_loss_mw, overhead, standing_mw
from optimizer.audit.substation import Substation


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A year at one site in one phase. Arrays are by hour kept; energies and water are of the whole year."""

    kept: AuditedHours
    it_mw: Hours
    """IT power of the pods at work, what was moved included."""
    import_mw: Hours
    water_m3: float
    idle_it_mw: Hours
    """IT power of full work beyond the mean; nothing of it is moved."""
    idle_mw: Hours
    """What full work draws beyond the mean, overheads included."""
    discharged_mwh: float = 0.0
    generated_mwh: float = 0.0
    """Of generators beside the grid; tests not included."""
    moved_mwh: float = 0.0
    fed_mwh: dict[str, float] = field(default_factory=dict)
    """Of generation beside the grid, by source."""
    left_mw: Hours | float = 0.0
    """What generation could give beyond what it gives."""
    exported_mw: Hours
    """Surplus that goes into the grid."""
    moved_load_mw: Hours
    """What moved work draws, overheads included: below zero in the hours it leaves."""
    demand_response_mw: float = 0.0
    """What is enrolled as load that can be dropped."""
    load_loss_mw: float = 0.0
    """Loss of the transformers under load, in every hour of import."""

    @property
    def it_mwh(self) -> float:
        """Energy of the pods at work."""
        return self.kept.yearly(self.it_mw)

    @cached_property
    def import_mwh(self) -> float:
        """Grid import of the year."""
        return self.kept.yearly(self.import_mw)

    @cached_property
    def exported_mwh(self) -> float:
        """Surplus of the year."""
        return self.kept.yearly(self.exported_mw)

    @cached_property
    def drawn_mw(self) -> Hours:
        """Import in an hour of full work."""
        beyond = np.maximum(self.idle_mw - self.left_mw - self.exported_mw, 0.0)
        return np.asarray(self.import_mw + beyond, dtype=np.float64)

    @cached_property
    def monthly_peaks_mw(self) -> tuple[float, ...]:
        """Highest import at full work of each month of which an hour is kept."""
        drawn_mw, months = self.drawn_mw, self.kept.month
        return tuple(float(drawn_mw[months == month].max()) for month in self.kept.months)

    @cached_property
    def peak_mw(self) -> float:
        """Highest import at full work of the year."""
        return float(self.drawn_mw.max())


@dataclass(frozen=True)
class Beside:
    """What a year of operation takes beside the pods."""

    substation: Substation | None
    draws: dict[str, Draw]
    """By cooling technology, over the hours kept."""
    schedule: Schedule | None = None
    """None: nothing is dispatched."""
    sources: dict[str, Hours] = field(default_factory=dict)
    """What generation beside the grid can give, by source."""
    fans_mw: float = 0.0
    """What the cooling plant draws whatever its load."""


def rated_mw(case: AuditCase, fleet: Fleet, site: str, p: int) -> dict[MovingWork, float]:
    """Rated IT power of the pods at work, by cooling, workload and hall."""
    rated: dict[MovingWork, float] = defaultdict(float)
    for (kind, workload), pods in fleet.assigned_at(site, p).items():
        rated[MovingWork(kind.cooling, workload, kind.hall)] += pods * case.pod(site, kind).kw / 1000.0
    return rated


def operate(case: AuditCase, fleet: Fleet, site: str, p: int, facility: Beside) -> Operation:
    """One year of a site. Work that is moved draws cooling and water in the hour it goes to."""
    kept, schedule = case.kept, facility.schedule
    rated, moved = rated_mw(case, fleet, site, p), schedule.moved_mw if schedule else {}
    it_mw, import_mw, unmoved_mw = np.zeros(kept.hours), np.zeros(kept.hours), np.zeros(kept.hours)
    idle_it_mw, idle_mw, moved_load_mw = np.zeros(kept.hours), np.zeros(kept.hours), np.zeros(kept.hours)
    water_m3 = 0.0
    for job in dict.fromkeys((*rated, *moved)):
        draw, workload = facility.draws[job.cooling], job.workload
        over = overhead(case, site, job.hall, draw)
        full_mw = rated.get(job, 0.0) * load_profile(case.instance, workload)[kept.index]
        power_mw = mean_draw(case, workload, p) * full_mw
        unmoved_mw += power_mw * over
        idle_it_mw += full_mw - power_mw
        idle_mw += (full_mw - power_mw) * over
        if job in moved:
            power_mw = power_mw + moved[job]
            moved_load_mw += moved[job] * over
        it_mw += power_mw
        import_mw += power_mw * over
        water_m3 += kept.yearly(power_mw * draw.litres_per_kwh)
    standing = standing_mw(case, (site, p), facility.substation, sum(rated.values()), facility.fans_mw)
    mean_mw = float(unmoved_mw.mean()) + standing
    lost_mw = load_loss_mw(case, site, facility.substation, mean_mw)
    import_mw += standing + lost_mw
    undispatched = Operation(
        left_mw=sum(facility.sources.values(), np.zeros(kept.hours)),
        kept=kept,
        it_mw=it_mw,
        import_mw=import_mw,
        water_m3=water_m3,
        idle_it_mw=idle_it_mw,
        idle_mw=idle_mw,
        exported_mw=np.zeros(kept.hours),
        moved_load_mw=moved_load_mw,
        load_loss_mw=lost_mw,
    )
    return _dispatched(undispatched, schedule, sells_surplus(case.instance, site)) if schedule else undispatched


def _dispatched(undispatched: Operation, schedule: Schedule, sells: bool) -> Operation:
    """The same year with its battery, generators and what is fed beside the grid at work."""
    kept, nothing_mw = undispatched.kept, np.zeros(undispatched.kept.hours)
    net_mw = undispatched.import_mw + schedule.charge_mw - schedule.discharge_mw - schedule.beside_mw
    return replace(
        undispatched,
        # Where nobody buys surplus there must be none: what lies below zero stays, for the check of import to see.
        import_mw=np.maximum(net_mw, 0.0) if sells else net_mw,
        exported_mw=np.maximum(-net_mw, 0.0) if sells else nothing_mw,
        demand_response_mw=schedule.demand_response_mw,
        fed_mwh={source: kept.yearly(series) for source, series in schedule.fed_mw.items()},
        left_mw=undispatched.left_mw - sum(schedule.fed_mw.values(), nothing_mw),
        discharged_mwh=kept.yearly(schedule.discharge_mw),
        generated_mwh=kept.yearly(schedule.generator_mw),
        moved_mwh=kept.yearly(schedule.arrived_mw),
    )


def check_power(
    case: AuditCase,
    fleet: Fleet,
    substations: dict[tuple[str, int], Substation | None],
    operations: dict[tuple[str, int], Operation],
    recorder: Recorder,
) -> None:
    """Grid and firm capacity in every hour, for every site and phase; the highest hour decides, NaN fails."""
    for (site, p), operation in operations.items():
        where, substation = joined(site, case.periods.phases[p]), substations[site, p]
        grid_mw = grid_limit_mw(case, site, p)
        firm_mw = case.instance.sites[site].grid.power_factor * firm_mva(case, site, substation)
        recorder.at_most("power.grid", where, operation.peak_mw, grid_mw, "MW imported in the highest hour")
        recorder.at_most("power.firm", where, operation.peak_mw, firm_mw, "MW imported in the highest hour")
        if substation is None:
            working = sum(fleet.assigned_at(site, p).values())
            recorder.at_most("power.no_substation", where, working, 0.0, "pods at work without a substation")
