"""Battery: takes load steps the grid may not see, and carries the critical load until generators run.

Given       c_rate_max, usable fraction; ramp_scale[s], ramp_points_mw[s, i] of tangents; ride_through_hours[s]
Decides     buy_mw[s, p], buy_mwh[s, p] bought;  opening[s, p] 1 in the phase of the first purchase
            reserve_mw[s, p] power reserved for steps;  reserve_mwh[s, p] energy of one ramp
            free_mw[s, p], free_mwh[s, p] what dispatch may use, at sites whose battery dispatches
Subject to  step[s, p]        reserve_mw >= step - limit of the substation
            ramp[s, p, i]     reserve_mwh >= ramp_scale * (2 * point[i] * reserve_mw - point[i]^2)    (tangents of
                              ramp_scale * reserve_mw^2; the search adds those that are missing)
            hold[s, p]        reserve_mw <= power in service;  ride_mw[s, p] critical load <= power in service
            store_ramp[s, p]  usable energy >= 2 * reserve_mwh                  (a step up, and room for a step down)
            store_ride[s, p]  usable energy >= critical load * ride_through_hours + reserve_mwh
            c_rate[s, p]      power <= c_rate_max * energy
            free_power[s, p]  free_mw <= power in service - reserve_mw
            free_ramp[s, p]   free_mwh <= usable energy - 2 * reserve_mwh
            free_ride[s, p]   free_mwh <= usable energy - critical load * ride_through_hours - reserve_mwh
            space_mw[s, p], space_mwh[s, p]  in service <= what the site may hold, once opened;  once[s]
Posts       capex_battery (with maintenance, insurance, residual), battery_mw, battery_mwh, plant_use_m2;
            free_mw, free_mwh
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Binary, Block, NonNegativeReals, Var, value

from optimizer.assets.battery.coefficients import BatteryCoefficients
from optimizer.ledger.ledger import Ledger, Place, add_up, is_variable
from optimizer.ledger.parabola import Parabola
from optimizer.ledger.purchases import buy


def add(block: Block, given: BatteryCoefficients, ledger: Ledger) -> None:
    """Add the battery slice."""
    calendar = ledger.calendar
    bought = [(s, p) for s, site in given.sites.items() for p in site.buyable]
    block.buy_mw = Var(bought, domain=NonNegativeReals, bounds=lambda _, s, p: (0, given.sites[s].kind.max_mw))
    block.buy_mwh = Var(bought, domain=NonNegativeReals, bounds=lambda _, s, p: (0, given.sites[s].kind.max_mwh))
    block.opening = Var(bought, domain=Binary)
    here = [(s, p) for s in given.sites for p in calendar.phases]
    block.reserve_mw = Var(here, bounds=lambda _, s, p: (0, given.sites[s].reserve_max_mw))
    block.reserve_mwh = Var(here, domain=NonNegativeReals)
    life = {s: site.kind.life_years for s, site in given.sites.items()}
    block.mw = {(s, p): ledger.in_service(block.buy_mw, (s,), p, life[s]) for s, p in here}
    block.mwh = {(s, p): ledger.in_service(block.buy_mwh, (s,), p, life[s]) for s, p in here}
    _smooth(block, given, ledger)
    _store(block, given, ledger, here)
    _free(block, given, ledger)
    _fit(block, given, ledger)
    _post(block, given, ledger)


def _smooth(block: Block, given: BatteryCoefficients, ledger: Ledger) -> None:
    def excess(s: str, p: str) -> Any:
        return ledger.total("step_mw", p, s) - ledger.total("step_limit_mw", p, s)

    block.excess_mw = {key: excess(*key) for key in block.reserve_mw}
    everywhere = [(s, p) for s in given.ride_through_hours for p in ledger.calendar.phases]

    @block.Constraint([key for key in everywhere if is_variable(ledger.total("step_mw", key[1], key[0]))])
    def step(b: Block, s: str, p: str) -> Any:
        reserve = b.reserve_mw[s, p] if s in given.sites else 0
        return (None, excess(s, p) - reserve, 0)

    tangents = [(s, p, i) for s, p in block.reserve_mw for i in range(len(given.sites[s].ramp_points_mw))]

    @block.Constraint(tangents)
    def ramp(b: Block, s: str, p: str, i: int) -> Any:
        scale, point = given.sites[s].ramp_scale, given.sites[s].ramp_points_mw[i]
        return b.reserve_mwh[s, p] >= 2 * scale * point * b.reserve_mw[s, p] - scale * point**2

    block.parabolas = tuple(
        Parabola(
            argument=block.reserve_mw[s, p],
            value=block.reserve_mwh[s, p],
            scale=given.sites[s].ramp_scale,
            rows=block.ramp,
        )
        for s, p in block.reserve_mw
        if given.sites[s].ramp_scale
    )


def _store(block: Block, given: BatteryCoefficients, ledger: Ledger, here: list[tuple[str, str]]) -> None:
    @block.Constraint(here)
    def hold(b: Block, s: str, p: str) -> Any:
        return (None, b.reserve_mw[s, p] - b.mw[s, p], 0)

    @block.Constraint(here)
    def store_ramp(b: Block, s: str, p: str) -> Any:
        return (None, 2 * b.reserve_mwh[s, p] - given.sites[s].kind.usable_fraction * b.mwh[s, p], 0)

    hours = given.ride_through_hours
    riding = [
        (s, p)
        for s in hours
        for p in ledger.calendar.phases
        if hours[s] and is_variable(ledger.total("critical_mw", p, s))
    ]

    @block.Constraint(riding)
    def ride_mw(b: Block, s: str, p: str) -> Any:
        return (None, ledger.total("critical_mw", p, s) - (b.mw[s, p] if s in given.sites else 0), 0)

    @block.Constraint([key for key in riding if key in here])
    def store_ride(b: Block, s: str, p: str) -> Any:
        site = given.sites[s]
        ride_mwh = hours[s] * ledger.total("critical_mw", p, s)
        return (None, ride_mwh + b.reserve_mwh[s, p] - site.kind.usable_fraction * b.mwh[s, p], 0)


def _free(block: Block, given: BatteryCoefficients, ledger: Ledger) -> None:
    """What is not reserved for steps and ride-through is free for dispatch."""
    here = [(s, p) for s, site in given.sites.items() if site.dispatches for p in ledger.calendar.phases]
    block.free_mw = Var(here, domain=NonNegativeReals)
    block.free_mwh = Var(here, domain=NonNegativeReals)

    def usable(s: str, p: str) -> Any:
        return given.sites[s].kind.usable_fraction * block.mwh[s, p]

    def ride_mwh(s: str, p: str) -> Any:
        return given.ride_through_hours[s] * ledger.total("critical_mw", p, s)

    @block.Constraint(here)
    def free_power(b: Block, s: str, p: str) -> Any:
        return (None, b.free_mw[s, p] + b.reserve_mw[s, p] - b.mw[s, p], 0)

    @block.Constraint(here)
    def free_ramp(b: Block, s: str, p: str) -> Any:
        return (None, b.free_mwh[s, p] + 2 * b.reserve_mwh[s, p] - usable(s, p), 0)

    riding = [key for key in here if given.ride_through_hours[key[0]] and is_variable(ride_mwh(*key))]

    @block.Constraint(riding)
    def free_ride(b: Block, s: str, p: str) -> Any:
        return (None, b.free_mwh[s, p] + b.reserve_mwh[s, p] + ride_mwh(s, p) - usable(s, p), 0)

    block.ride_mwh = {key: ride_mwh(*key) for key in here}
    for s, p in here:
        ledger.post("free_mw", Place(p, s, "battery"), 1.0 * block.free_mw[s, p])
        ledger.post("free_mwh", Place(p, s, "battery"), 1.0 * block.free_mwh[s, p])


def _fit(block: Block, given: BatteryCoefficients, ledger: Ledger) -> None:
    built = [key for key in block.mwh if is_variable(block.mwh[key])]

    def opened(s: str, p: str) -> Any:
        return add_up(block.opening[s, q] for q in ledger.calendar.up_to(p) if (s, q) in block.opening)

    @block.Constraint(built)
    def c_rate(b: Block, s: str, p: str) -> Any:
        return (None, b.mw[s, p] - given.sites[s].kind.c_rate_max_per_hour * b.mwh[s, p], 0)

    @block.Constraint(built)
    def space_mw(b: Block, s: str, p: str) -> Any:
        return (None, b.mw[s, p] - given.sites[s].kind.max_mw * opened(s, p), 0)

    @block.Constraint(built)
    def space_mwh(b: Block, s: str, p: str) -> Any:
        return (None, b.mwh[s, p] - given.sites[s].kind.max_mwh * opened(s, p), 0)

    @block.Constraint(sorted({s for s, _ in block.opening}))
    def once(b: Block, s: str) -> Any:
        return opened(s, ledger.calendar.last) <= 1


def _post(block: Block, given: BatteryCoefficients, ledger: Ledger) -> None:
    for (s, p), mw in block.buy_mw.items():
        power, energy, works = given.sites[s].offers
        parts = (power, mw), (energy, block.buy_mwh[s, p]), (works, block.opening[s, p])
        buy(ledger, Place(p, s, "battery"), *parts)
    for (s, p), mwh in block.mwh.items():
        here = Place(p, s, "battery")
        ledger.post("battery_mw", here, block.mw[s, p])
        ledger.post("battery_mwh", here, mwh)
        ledger.post("plant_use_m2", here, given.sites[s].kind.m2_per_mwh * mwh)


def settle(block: Block, given: BatteryCoefficients) -> None:
    """Reserve no more for steps than they need; what the battery costs is settled by its size alone.

    A battery without power and energy is none: it is not opened.
    """
    for s, p in block.opening:
        bought = (sizes[key].value for sizes in (block.buy_mw, block.buy_mwh) for key in sizes if key[0] == s)
        if not any(bought):
            block.opening[s, p].set_value(0.0)
    for key, reserve in block.reserve_mw.items():
        reserve.set_value(max(0.0, value(block.excess_mw[key])), skip_validation=True)
    for (s, p), free in block.free_mw.items():
        site, held = given.sites[s], block.reserve_mw[s, p].value
        ramp_mwh = site.ramp_scale * held**2
        left = (
            site.kind.usable_fraction * value(block.mwh[s, p]) - max(ramp_mwh, value(block.ride_mwh[s, p])) - ramp_mwh
        )
        free.set_value(max(0.0, value(block.mw[s, p]) - held), skip_validation=True)
        block.free_mwh[s, p].set_value(max(0.0, left), skip_validation=True)
