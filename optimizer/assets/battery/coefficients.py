"""Batteries in numbers, and tangents of the ramp energy. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.inputs.battery import Battery
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import LUMP_SUM, Offer, asset_offer
from optimizer.setting.calendar import Calendar
from optimizer.setting.handover import plant_weeks

TANGENT_RATIO = 1.2
SMALLEST_SHARE = 1e-3
SMALLEST_SLOPE = 1e-7


@dataclass(frozen=True, kw_only=True)
class SiteBattery:
    """Battery of one site and its duties."""

    kind: Battery
    offers: tuple[Offer, Offer, Offer]
    """Power, energy, and the works of the first purchase."""
    buyable: tuple[str, ...]
    reserve_max_mw: float | None
    """0 if the utility accepts no ramp at all: then no battery can take a step."""
    ramp_scale: float
    """Ramp energy in MWh per squared MW of reserve: 1 / (120 ramp); 0 where the ramp is not limited."""
    ramp_points_mw: tuple[float, ...]
    """Reserves at which the model knows the tangent of the ramp energy from the start."""
    dispatches: bool = False
    """Whether what is not reserved may trade."""


@dataclass(frozen=True)
class BatteryCoefficients:
    """Batteries by site; sites without one are absent."""

    sites: dict[str, SiteBattery]
    ride_through_hours: dict[str, float]
    """Of every site, battery or not."""


def ramp_scale(ramp_mw_per_minute: float | None) -> float:
    """MWh per squared MW: a step of P takes P / ramp minutes, at P / 2 on the mean; 0 without a limit."""
    return 1 / (120 * ramp_mw_per_minute) if ramp_mw_per_minute else 0.0


def tangent_points(scale: float, largest_mw: float) -> tuple[float, ...]:
    """Points from a thousandth of the largest power on, each 1.2 times the last.

    Tangents lie below the parabola, most where two of them meet: by ((1.2 - 1) / (1.2 + 1))^2, 0.8 %. The search
    adds what is missing at the designs it looks at. Slopes that a solver takes for nothing are left out.
    """
    points, point = [], SMALLEST_SHARE * largest_mw
    while point < largest_mw * TANGENT_RATIO:
        if 2 * scale * point > SMALLEST_SLOPE:
            points.append(point)
        point *= TANGENT_RATIO
    return tuple(points)


def derive(instance: Instance, calendar: Calendar) -> BatteryCoefficients:
    """Battery options and duties of every site."""
    sites = {}
    for s, site in instance.sites.items():
        if site.battery is None:
            continue
        kind = instance.batteries[site.battery]
        ramp = site.grid.ramp_mw_per_minute
        most = 0.0 if ramp == 0 else None
        offers = _offers(site.battery, kind, plant_weeks(instance, s))
        sites[s] = SiteBattery(
            kind=kind,
            offers=offers,
            buyable=calendar.buyable(offers[0].weeks_ahead),
            reserve_max_mw=most,
            ramp_scale=ramp_scale(ramp),
            ramp_points_mw=tangent_points(ramp_scale(ramp), kind.max_mw) if ramp else (),
            dispatches=site.battery_dispatch,
        )
    hours = {s: site.backup.ride_through_minutes / 60 if site.backup else 0.0 for s, site in instance.sites.items()}
    return BatteryCoefficients(sites, hours)


def _offers(item: str, kind: Battery, on_site_weeks: float) -> tuple[Offer, Offer, Offer]:
    power = asset_offer(kind, item, kind.usd_per_mw, on_site_weeks)
    energy = replace(
        power,
        what="battery energy",
        unit="MWh",
        unit_price_usd=kind.usd_per_mwh,
        bought="battery energy bought",
        tally="bought.battery_mwh",
    )
    works = replace(power, what="battery works", unit=LUMP_SUM, unit_price_usd=kind.usd_fixed, bought="", tally="")
    return power, energy, works
