"""The continuous decisions of a small design whose whole numbers are given: a linear program for the least ratio.

Charnes and Cooper's substitution y = t x, D(y) = 1 turns the least N(x) / D(x) over a polyhedron into a linear program.
The rows are written here from docs/model.md, apart from the optimisation model; what they allow is audited afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
from scipy.optimize import linprog

from optimizer.audit.cooling import rack_draw
from optimizer.audit.pods import Pod, effective_pflops, make_pod, runs
from optimizer.audit.power import load_profile, loss_fraction
from optimizer.audit.rules import matches
from optimizer.audit.weather import MONTH_OF_YEAR, site_year
from optimizer.design import AssignmentRow, BatteryRow, FitoutRow, SubstationRow, UpsRow
from optimizer.quantity import EFLOP_PER_PFLOPS_YEAR
from tests.crosscheck.pricing import YEARLY_CAPS, Effect, Numbers, Pricing

Type = tuple[str, str]
Column = tuple[Any, ...]
EFLOP_MILLIONS = EFLOP_PER_PFLOPS_YEAR * 1e-6
FINE_STEPS = (1e-4, 1.03)
"""Ramp energy is followed from 0.1 kW on by tangents 3 % apart, raised so that they lie above the parabola."""
DOCUMENTED_STEPS = (0.02, 1.05)
"""The straight lines the optimisation model says it uses: from 20 kW on, 5 % apart."""


@dataclass(frozen=True)
class Whole:
    """The whole-number decisions as the linear program sees them; lists have one entry per phase."""

    installed: dict[tuple[Type, int], int]
    substation: tuple[tuple[str, int] | None, ...]
    plant_m2: tuple[float, ...]
    """Plant space of modules and generators."""
    effect: Effect
    battery_from: int | None
    """Phase in which the battery is opened."""


@dataclass(frozen=True)
class Completed:
    """The least ratio, in US dollars per EFLOP, and the continuous decisions that have it."""

    ratio: float
    values: dict[Column, float]


@dataclass
class Rows:
    """Rows sum of coefficient * column + constant <= 0."""

    columns: dict[Column, int]
    matrix: list[Numbers] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)

    def at_most(self, terms: Iterable[tuple[Column, float]], constant: float) -> None:
        """Add a row; terms of columns that do not exist must be zero anyway."""
        row = np.zeros(len(self.columns))
        for column, coefficient in terms:
            row[self.columns[column]] += coefficient
        self.matrix.append(row)
        self.constants.append(constant)


class Completion:
    """Completes designs of one instance with one site."""

    def __init__(self, pricing: Pricing, site: str, types: Iterable[Type]) -> None:
        self.pricing, self.instance, self.periods = pricing, pricing.instance, pricing.periods
        self.name, self.site = site, pricing.instance.sites[site]
        self.phases = range(len(self.periods.phases))
        self.types = tuple(types)
        self.pods: dict[Type, Pod] = {
            k: make_pod(self.instance, self.instance.accelerators[k[0]], self.instance.coolings[k[1]])
            for k in self.types
        }
        self.eflop = [EFLOP_MILLIONS * self.periods.weight("yearly", p) for p in self.phases]
        self.demand = [
            row.target_pflops if row.demand_pflops is None else row.demand_pflops
            for row in self.instance.phases.values()
        ]
        self.work = [
            (k, w, p)
            for k in self.types
            for w, load in self.instance.workloads.items()
            for p in self.phases
            if runs(self.instance.accelerators[k[0]], load)
        ]
        self.pflops = {
            (k, w, p): self.pods[k].accelerators * effective_pflops(self.instance, k[0], w, p, self.periods)
            for k, w, p in self.work
        }
        self.hours = self._hours()
        self.work_effect = {key: pricing.effect(assignments=(self._assignment(key, 1.0),)) for key in self.work}
        self.demand_musd = [self._demand_musd(p) for p in self.phases]
        self._price_columns()

    def _assignment(self, key: tuple[Type, str, int], pods: float) -> AssignmentRow:
        (a, c), w, p = key
        return AssignmentRow(
            site=self.name, accelerator=a, cooling=c, workload=w, phase=self.periods.phases[p], pods=pods
        )

    def _hours(self) -> list[tuple[int, dict[tuple[str, str], float]]]:
        """Month, and import per MW at work by (cooling, workload), of every hour that differs from the others."""
        loads = sorted({(k[1], w) for k, w, _ in self.work})
        if not loads:
            return []
        year = site_year(self.instance, self.name, None)
        series = []
        for c, w in loads:
            per_kw = 1 + loss_fraction(self.instance, self.name) + rack_draw(self.instance, c, year).kw_per_kw
            series.append(load_profile(self.instance, w) * per_kw)
        unique = np.unique(np.vstack([MONTH_OF_YEAR, *series]).T, axis=0)
        kept = [row for row in unique if not _dominated(row, unique)]
        return [(int(row[0]), dict(zip(loads, row[1:].tolist(), strict=True))) for row in kept]

    def _demand_musd(self, p: int) -> float:
        """Price of a MW of monthly peak, read off the audit of one pod at work."""
        for key in self.work:
            if key[2] == p:
                report = self.pricing.audit_rows(assignments=(self._assignment(key, 1.0),))
                return self.pricing.demand_musd_per_mw(report, self.periods.phases[p])
        return 0.0

    def _price_columns(self) -> None:
        """All continuous columns with their effects."""
        here = {p: {"site": self.name, "phase": phase} for p, phase in enumerate(self.periods.phases)}
        effect, nothing = self.pricing.effect, Effect(0.0, 0.0 * self.pricing.base.uses)
        found: dict[Column, Effect] = {("work", *key): e for key, e in self.work_effect.items()}
        for p in self.phases:
            found["delivered", p] = found["reserve", p] = found["ramp", p] = nothing
            found |= {("peak", p, m): nothing for m in range(12)}
            found["ups", p] = effect(ups=(UpsRow(**here[p], mw=1.0),))
            found["white", p] = effect(fitout=(FitoutRow(**here[p], white_m2=1.0, plant_m2=0.0),))
            found["plant", p] = effect(fitout=(FitoutRow(**here[p], white_m2=0.0, plant_m2=1.0),))
            found["mw", p] = effect(batteries=(BatteryRow(**here[p], mw=1.0, mwh=0.0, opened=False),))
            found["mwh", p] = effect(batteries=(BatteryRow(**here[p], mw=0.0, mwh=1.0, opened=False),))
        self.effects = found
        self.columns = {column: at for at, column in enumerate(found)}

    def complete(self, whole: Whole, steps: tuple[float, float] = FINE_STEPS) -> Completed | None:
        """The least ratio with these whole numbers; None if there is no design."""
        rows = Rows(self.columns)
        self._throughput(rows, whole)
        self._power(rows, whole)
        self._battery(rows, whole, steps)
        self._space(rows, whole)
        cost = np.array([effect.cost for effect in self.effects.values()])
        for p in self.phases:
            for m in range(12):
                cost[self.columns["peak", p, m]] = self.demand_musd[p]
        d = np.zeros(len(self.columns))
        d[[self.columns["delivered", p] for p in self.phases]] = self.eflop
        self._caps(rows, whole, (cost, d))
        return self._solve(rows, np.append(cost, whole.effect.cost), np.append(d, 0.0), whole)

    def _solve(self, rows: Rows, cost: Numbers, d: Numbers, whole: Whole) -> Completed | None:
        bounds = [(0.0, self._upper(column, whole)) for column in self.columns] + [(0.0, None)]
        matrix = np.column_stack([np.array(rows.matrix), np.array(rows.constants)])
        answer = linprog(cost, matrix, np.zeros(len(matrix)), d[None, :], [1.0], bounds, method="highs")
        if answer.status != 0:
            assert answer.status == 2, answer.message
            return None
        t = answer.x[-1]
        values = {column: float(answer.x[at] / t) for column, at in self.columns.items() if answer.x[at] > 1e-11}
        return Completed(float(answer.fun), values)

    def _upper(self, column: Column, whole: Whole) -> float | None:
        """0 for what may not be bought then, else none."""
        kind, p = column[0], column[1]
        if kind in ("mw", "mwh"):
            opened = whole.battery_from is not None and p >= whole.battery_from
            return None if opened and self.effects[column].allowed else 0.0
        if kind == "ups":
            return None if self.effects[column].allowed else 0.0
        return None

    def _throughput(self, rows: Rows, whole: Whole) -> None:
        for p, phase in enumerate(self.instance.phases):
            here = [key for key in self.work if key[2] == p]
            total = [(("work", *key), self.pflops[key]) for key in here]
            for k in self.types:
                mine = [(("work", *key), 1.0) for key in here if key[0] == k]
                rows.at_most(mine, -whole.installed.get((k, p), 0))
            rows.at_most(_negative(total), self.instance.phases[phase].target_pflops)
            rows.at_most([(("delivered", p), 1.0)], -self.demand[p])
            rows.at_most([(("delivered", p), 1.0), *_negative(total)], 0.0)
            for w, load in self.instance.workloads.items():
                mine = [(("work", *key), self.pflops[key]) for key in here if key[1] == w]
                rows.at_most(_negative(mine), load.floor_pflops.get(phase, 0.0))
            self._shares(rows, p, total)

    def _shares(self, rows: Rows, p: int, total: list[tuple[Column, float]]) -> None:
        for share in self.instance.procurement.shares.values():
            if share.from_phase is not None and p < self.periods.index(share.from_phase):
                continue
            case = self.pricing.case
            about = {k: float(matches(case, share.match, self.name, k[0])) for k in self.types}
            if share.min_fraction is not None:
                rows.at_most([(col, (share.min_fraction - about[col[1]]) * e) for col, e in total], 0.0)
            if share.max_fraction is not None:
                rows.at_most([(col, (about[col[1]] - share.max_fraction) * e) for col, e in total], 0.0)

    def _power(self, rows: Rows, whole: Whole) -> None:
        for p in self.phases:
            standing, firm_mw, step_mw = self._substation(whole.substation[p])
            limit = min(self._grid_mw(p), firm_mw)
            work = [key for key in self.work if key[2] == p]
            for month, per_mw in self.hours:
                load = [(("work", *key), self.pods[key[0]].kw / 1000 * per_mw[key[0][1], key[1]]) for key in work]
                rows.at_most([*load, (("peak", p, month), -1.0)], standing)
            for m in range(12):
                rows.at_most([(("peak", p, m), -1.0)], standing)
                rows.at_most([(("peak", p, m), 1.0)], -limit)
            swing = [(("work", *key), self._swing_mw(key)) for key in work]
            rows.at_most([*swing, (("reserve", p), -1.0)], -step_mw)
            ups = self.instance.upses[self.site.ups]
            need = ups.protected_fraction * (1 + ups.redundancy_fraction) * self._it_mw(whole, p)
            rows.at_most(_negative(self._in_service("ups", p, ups.life_years)), need - self.site.existing_ups_mw)

    def _grid_mw(self, p: int) -> float:
        stages = [stage.mw for stage in self.site.grid_stages if self.periods.index(stage.from_phase) <= p]
        return stages[-1] if stages else self.site.grid_mw

    def _substation(self, there: tuple[str, int] | None) -> tuple[float, float, float]:
        """Standing load, firm capacity and tolerated step, in MW."""
        if there is None:
            return 0.0, 0.0, 0.0
        grid, kind = self.site.grid, self.instance.transformers[there[0]]
        firm_mva = max(0, there[1] - grid.spare_units) * kind.unit_mva
        strength = 1 / (1 / grid.short_circuit_mva + kind.reactance_pu / firm_mva) if firm_mva else 0.0
        standing = self.site.auxiliary_mw + there[1] * kind.no_load_loss_kw / 1000
        return standing, grid.power_factor * firm_mva, grid.power_factor * grid.voltage_step_max_fraction * strength

    def _swing_mw(self, key: tuple[Type, str, int]) -> float:
        load, chip = self.instance.workloads[key[1]], self.instance.accelerators[key[0][0]]
        swing = load.step_fraction * load.load_fraction * (1 - chip.power_smoothing_fraction)
        return swing * self.pods[key[0]].kw / 1000 * (1 + loss_fraction(self.instance, self.name))

    def _it_mw(self, whole: Whole, p: int) -> float:
        return sum(n * self.pods[k].kw / 1000 for (k, q), n in whole.installed.items() if q == p)

    def _in_service(self, kind: str, p: int, life_years: float, each: float = 1.0) -> list[tuple[Column, float]]:
        return [((kind, q), each) for q in self.phases if self.periods.in_service(q, p, life_years)]

    def _battery(self, rows: Rows, whole: Whole, steps: tuple[float, float]) -> None:
        kind = self.instance.batteries[self.site.battery] if self.site.battery else None
        backup, ramp = self.site.backup, self.site.grid.ramp_mw_per_minute
        for p in self.phases:
            required = backup is not None and p >= self.periods.index(backup.from_phase)
            critical = backup.critical_fraction * self._it_mw(whole, p) if backup and required else 0.0
            minutes = backup.ride_through_minutes if backup else 0.0
            life, usable = (kind.life_years, kind.usable_fraction) if kind else (1.0, 1.0)
            mw, mwh = (self._in_service(name, p, life) if kind else [] for name in ("mw", "mwh"))
            rows.at_most([(("reserve", p), 1.0), *_negative(mw)], 0.0)
            rows.at_most(_negative(mw), critical if minutes else 0.0)
            stored = [(column, -usable) for column, _ in mwh]
            rows.at_most([(("ramp", p), 2.0), *stored], 0.0)
            rows.at_most([(("ramp", p), 1.0), *stored], critical * minutes / 60)
            for slope, intercept in ramp_lines(ramp, steps, kind.max_mw if kind else 0.0):
                rows.at_most([(("reserve", p), slope), (("ramp", p), -1.0)], intercept)
            if kind:
                rows.at_most([*mw, *((column, -kind.c_rate_max_per_hour) for column, _ in mwh)], 0.0)
                rows.at_most(mw, -kind.max_mw)
                rows.at_most(mwh, -kind.max_mwh)

    def _space(self, rows: Rows, whole: Whole) -> None:
        building, ups = self.site.building, self.instance.upses[self.site.ups]
        kind = self.instance.batteries[self.site.battery] if self.site.battery else None
        for p in self.phases:
            white = self._in_service("white", p, building.fitout_life_years)
            plant = self._in_service("plant", p, building.fitout_life_years)
            pods = sum(n * self.pods[k].white_m2 for (k, q), n in whole.installed.items() if q == p)
            rows.at_most(_negative(white), (1 + building.support_fraction) * pods - building.existing_white_m2)
            rows.at_most(white, building.existing_white_m2 - building.white_space_m2)
            there = whole.substation[p]
            used = whole.plant_m2[p] + self.site.existing_ups_mw * ups.m2_per_mw
            if there:
                transformer = self.instance.transformers[there[0]]
                used += transformer.m2_fixed + there[1] * transformer.m2_per_unit
            store = self._in_service("mwh", p, kind.life_years, kind.m2_per_mwh) if kind else []
            bought = self._in_service("ups", p, ups.life_years, ups.m2_per_mw)
            rows.at_most([*store, *bought, *_negative(plant)], used - building.existing_plant_m2)
            rows.at_most(plant, building.existing_plant_m2 - building.plant_m2)

    def _caps(self, rows: Rows, whole: Whole, forms: tuple[Numbers, Numbers]) -> None:
        """The limits an instance states; `forms` are cost and compute delivered over the columns."""
        limits, (cost, d) = self.instance.limits, forms
        uses = np.array([effect.uses for effect in self.effects.values()])
        fixed = whole.effect.uses
        caps = [limits.capex_musd, *(getattr(limits, name) for _ in self.phases for name in YEARLY_CAPS)]
        for at, cap in enumerate(caps):
            if cap is not None:
                rows.at_most(zip(self.columns, uses[:, at], strict=True), fixed[at] - cap)
        if limits.total_cost_musd is not None:
            rows.at_most(zip(self.columns, cost, strict=True), whole.effect.cost - limits.total_cost_musd)
        if limits.lcoc_usd_per_eflop is not None:
            over = cost - limits.lcoc_usd_per_eflop * d
            rows.at_most(zip(self.columns, over, strict=True), whole.effect.cost)


def ramp_lines(ramp: float | None, steps: tuple[float, float], largest_mw: float) -> list[tuple[float, float]]:
    """(slope, intercept) of lines above P^2 / (120 ramp): a chord up to the first step, then raised tangents."""
    if ramp is None:
        return []
    if ramp == 0.0:
        return [(inf, 0.0)]
    scale, (first, ratio) = 1 / (120 * ramp), steps
    lift = 1 / (1 - ((ratio - 1) / (ratio + 1)) ** 2)
    points = first * ratio ** np.arange(max(0, int(np.ceil(np.log(largest_mw * ratio / first) / np.log(ratio)))))
    tangents = [(lift * 2 * scale * point, -lift * scale * point**2) for point in points.tolist()]
    return [(scale * first, 0.0), *tangents]


def _negative(terms: Iterable[tuple[Column, float]]) -> list[tuple[Column, float]]:
    return [(column, -coefficient) for column, coefficient in terms]


def _dominated(row: Numbers, rows: Numbers) -> bool:
    """Whether another hour of the same month draws at least as much of every load, and more of one."""
    same = rows[rows[:, 0] == row[0]]
    return bool(((same >= row).all(axis=1) & (same > row).any(axis=1)).any())
