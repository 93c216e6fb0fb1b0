"""The rows of the linear program that completes a design, from docs/model.md sections 3 to 10. All read `... <= 0`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from optimizer.audit.case import Type
from optimizer.audit.rules import matches
from optimizer.inputs.battery import Battery
from tests.crosscheck.facility import MONTHS, Column, Facility, Whole
from tests.crosscheck.pricing import Numbers

Terms = list[tuple[Column, float]]
Constant = Callable[[Whole], float]


@dataclass
class Rows:
    """Rows sum of coefficient * column + constant <= 0; the constants depend on the whole numbers."""

    columns: dict[Column, int]
    coefficients: list[Numbers] = field(default_factory=list)
    given: list[Constant] = field(default_factory=list)

    def at_most(self, terms: Iterable[tuple[Column, float]], constant: Constant) -> None:
        """Add a row."""
        row = np.zeros(len(self.columns))
        for column, coefficient in terms:
            row[self.columns[column]] += coefficient
        self.coefficients.append(row)
        self.given.append(constant)

    def matrix(self) -> Numbers:
        """Coefficients, one row each."""
        return np.array(self.coefficients)

    def constants(self, whole: Whole) -> Numbers:
        """Constants for a design."""
        return np.array([constant(whole) for constant in self.given])


def all_rows(facility: Facility) -> Rows:
    """All rows but the caps on the whole plan."""
    rows = Rows(facility.columns)
    for p in facility.phases:
        _throughput(rows, facility, p)
        _shares(rows, facility, p)
        _power(rows, facility, p)
        _ups(rows, facility, p)
        _battery(rows, facility, p)
        _ramp(rows, facility, p)
        _space(rows, facility, p)
    return rows


def _minus(terms: Terms) -> Terms:
    return [(column, -coefficient) for column, coefficient in terms]


def _number(constant: float) -> Constant:
    return lambda _: constant


def _throughput(rows: Rows, f: Facility, p: int) -> None:
    phase = f.instance.phases[f.periods.phases[p]]
    here = [key for key in f.work if key[2] == p]
    total: Terms = [(("work", *key), f.pflops[key]) for key in here]
    for k in f.types:
        rows.at_most([(("work", *key), 1.0) for key in here if key[0] == k], _pods(k, p))
    rows.at_most(_minus(total), _number(phase.target_pflops))
    rows.at_most([(("delivered", p), 1.0)], _number(-f.demand[p]))
    rows.at_most([(("delivered", p), -1.0)], _number(min(phase.target_pflops, f.demand[p])))
    rows.at_most([(("delivered", p), 1.0), *_minus(total)], _number(0.0))
    for w, load in f.instance.workloads.items():
        mine: Terms = [(("work", *key), f.pflops[key]) for key in here if key[1] == w]
        rows.at_most(_minus(mine), _number(load.floor_pflops.get(f.periods.phases[p], 0.0)))


def _pods(k: Type, p: int) -> Constant:
    return lambda whole: -float(whole.installed.get((k, p), 0))


def _shares(rows: Rows, f: Facility, p: int) -> None:
    here = [key for key in f.work if key[2] == p]
    for share in f.instance.procurement.shares.values():
        if share.from_phase is not None and p < f.periods.index(share.from_phase):
            continue
        about = {k: float(matches(f.pricing.case, share.match, (f.name, k[0], p))) for k in f.types}
        low, high = share.min_fraction, share.max_fraction
        if low is not None:
            rows.at_most([(("work", *key), (low - about[key[0]]) * f.pflops[key]) for key in here], _number(0.0))
        if high is not None:
            rows.at_most([(("work", *key), (about[key[0]] - high) * f.pflops[key]) for key in here], _number(0.0))


def _power(rows: Rows, f: Facility, p: int) -> None:
    stages = [stage.mw for stage in f.site.grid_stages if f.periods.index(stage.from_phase) <= p]
    grid_mw = stages[-1] if stages else f.site.grid_mw
    here = [key for key in f.work if key[2] == p]

    def standing(whole: Whole) -> float:
        return whole.substation[p].standing_mw

    def limit(whole: Whole) -> float:
        return -min(grid_mw, whole.substation[p].firm_mw)

    def step(whole: Whole) -> float:
        return -whole.substation[p].step_mw

    for month, per_mw in f.hours:
        load = [(("work", *key), f.pods[key[0]].kw / 1000 * per_mw[key[0][1], key[1]]) for key in here]
        rows.at_most([*load, (("peak", p, month), -1.0)], standing)
    for m in MONTHS:
        rows.at_most([(("peak", p, m), -1.0)], standing)
        rows.at_most([(("peak", p, m), 1.0)], limit)
    swing = [(("work", *key), f.swing_mw(key)) for key in here]
    rows.at_most([*swing, (("reserve", p), -1.0)], step)


def _ups(rows: Rows, f: Facility, p: int) -> None:
    ups = f.instance.upses[f.site.ups]
    per_mw = ups.protected_fraction * (1 + ups.redundancy_fraction)
    bought = f.in_service("ups", p, ups.life_years)
    rows.at_most(_minus(bought), lambda whole: per_mw * whole.it_mw[p] - f.site.existing_ups_mw)


def battery_of(f: Facility) -> Battery | None:
    """The battery type of the site."""
    return f.instance.batteries[f.site.battery] if f.site.battery else None


def _battery(rows: Rows, f: Facility, p: int) -> None:
    kind, backup = battery_of(f), f.site.backup
    required = backup is not None and p >= f.periods.index(backup.from_phase)
    fraction = backup.critical_fraction if backup and required else 0.0
    hours = backup.ride_through_minutes / 60 if backup else 0.0
    mw = f.in_service("mw", p, kind.life_years) if kind else []
    mwh = f.in_service("mwh", p, kind.life_years) if kind else []
    stored = [(column, -kind.usable_fraction) for column, _ in mwh] if kind else []
    rows.at_most([(("reserve", p), 1.0), *_minus(mw)], _number(0.0))
    rows.at_most(_minus(mw), lambda whole: fraction * whole.it_mw[p] if hours else 0.0)
    rows.at_most([(("ramp", p), 2.0), *stored], _number(0.0))
    rows.at_most([(("ramp", p), 1.0), *stored], lambda whole: fraction * whole.it_mw[p] * hours)
    if kind:
        rows.at_most([*mw, *((column, -kind.c_rate_max_per_hour) for column, _ in mwh)], _number(0.0))
        rows.at_most(mw, _number(-kind.max_mw))
        rows.at_most(mwh, _number(-kind.max_mwh))


def _ramp(rows: Rows, f: Facility, p: int) -> None:
    """Without any ramp nothing can be reserved; the energy of one is held by tangents, as they are asked for."""
    if f.site.grid.ramp_mw_per_minute == 0.0 and battery_of(f) is not None:
        # The ramp would take for ever.
        rows.at_most([(("reserve", p), 1.0)], _number(0.0))


def ramp_mwh_per_mw2(f: Facility) -> float | None:
    """Energy of a ramp over the square of its power, 1 / (120 ramp); None if no energy is kept for ramps."""
    ramp = f.site.grid.ramp_mw_per_minute
    return 1 / (120 * ramp) if ramp and battery_of(f) is not None else None


def tangent(rows: Rows, f: Facility, p: int, reserve_mw: float) -> None:
    """Ramp energy is not below the tangent of its parabola at a reserve: true of every design."""
    scale = ramp_mwh_per_mw2(f)
    assert scale is not None
    slope, lift = 2 * scale * reserve_mw, scale * reserve_mw**2
    rows.at_most([(("reserve", p), slope), (("ramp", p), -1.0)], _number(-lift))


def _space(rows: Rows, f: Facility, p: int) -> None:
    building, ups, kind = f.site.building, f.instance.upses[f.site.ups], battery_of(f)
    white = f.in_service("white", p, building.fitout_life_years)
    plant = f.in_service("plant", p, building.fitout_life_years)
    store = f.in_service("mwh", p, kind.life_years, kind.m2_per_mwh) if kind else []
    bought = f.in_service("ups", p, ups.life_years, ups.m2_per_mw)

    def pods_m2(whole: Whole) -> float:
        pods = sum(n * f.pods[k].white_m2 for (k, q), n in whole.installed.items() if q == p)
        return (1 + building.support_fraction) * pods - building.existing_white_m2

    def plant_m2(whole: Whole) -> float:
        used = whole.plant_m2[p] + f.site.existing_ups_mw * ups.m2_per_mw
        return used - building.existing_plant_m2

    rows.at_most(_minus(white), pods_m2)
    rows.at_most(white, _number(building.existing_white_m2 - building.white_space_m2))
    rows.at_most([*store, *bought, *_minus(plant)], plant_m2)
    rows.at_most(plant, _number(building.existing_plant_m2 - building.plant_m2))
