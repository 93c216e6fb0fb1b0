"""Batteries in numbers, and the ramp energy as straight lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.inputs.battery import Battery
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import LUMP_SUM, Offer
from optimizer.setting.calendar import Calendar

SMALLEST_STEP_MW = 0.02
STEP_RATIO = 1.05


@dataclass(frozen=True)
class SiteBattery:
    """Battery of one site and its duties."""

    kind: Battery
    offers: tuple[Offer, Offer, Offer]
    """Power, energy, and the works of the first purchase."""
    buyable: tuple[str, ...]
    reserve_max_mw: float | None
    """0 if the utility accepts no ramp at all: then no battery can take a step."""
    ramp_lines: tuple[tuple[float, float], ...]
    """(slope, intercept): ramp energy in MWh >= slope * reserve MW + intercept, for every line."""
    dispatches: bool = False
    """Whether what is not reserved may trade."""


@dataclass(frozen=True)
class BatteryCoefficients:
    """Batteries by site; sites without one are absent."""

    sites: dict[str, SiteBattery]
    ride_through_hours: dict[str, float]
    """Of every site, battery or not."""


def ramp_lines(ramp_mw_per_minute: float | None, largest_mw: float) -> tuple[tuple[float, float], ...]:
    """Lines whose maximum is never below P^2 / (120 ramp) for 0 <= P <= largest_mw, and at most 0.06 % above it.

    The parabola is convex, so its tangents lie below it. Tangents at points a factor of 1.05 apart miss it most
    where two of them meet, by ((1.05 - 1) / (1.05 + 1))^2 of its value; all are raised by that factor. Below the
    smallest point, 20 kW, the chord from zero is used instead, which lies above the parabola.
    """
    if not ramp_mw_per_minute:
        return ()
    scale = 1 / (120 * ramp_mw_per_minute)
    lift = 1 / (1 - ((STEP_RATIO - 1) / (STEP_RATIO + 1)) ** 2)
    lines = [(scale * SMALLEST_STEP_MW, 0.0)]
    point = SMALLEST_STEP_MW
    while point < largest_mw * STEP_RATIO:
        lines.append((lift * 2 * scale * point, -lift * scale * point * point))
        point *= STEP_RATIO
    return tuple(lines)


def derive(instance: Instance, calendar: Calendar) -> BatteryCoefficients:
    """Battery options and duties of every site."""
    sites = {}
    for s, site in instance.sites.items():
        if site.battery is None:
            continue
        kind = instance.batteries[site.battery]
        ramp = site.grid.ramp_mw_per_minute
        most = 0.0 if ramp == 0 else None
        buyable, lines = calendar.buyable(kind.lead_time_weeks), ramp_lines(ramp, kind.max_mw)
        sites[s] = SiteBattery(kind, _offers(site.battery, kind), buyable, most, lines, site.battery_dispatch)
    hours = {s: site.backup.ride_through_minutes / 60 if site.backup else 0.0 for s, site in instance.sites.items()}
    return BatteryCoefficients(sites, hours)


def _offers(item: str, kind: Battery) -> tuple[Offer, Offer, Offer]:
    power = Offer(
        what="battery power",
        table="batteries",
        item=item,
        name=kind.name,
        unit="MW",
        unit_price_usd=kind.usd_per_mw,
        account="capex_battery",
        life_years=kind.life_years,
        maintenance_fraction=kind.maintenance_fraction,
        lead_time_weeks=kind.lead_time_weeks,
        bought="battery power bought",
        kind="battery",
    )
    energy = replace(
        power, what="battery energy", unit="MWh", unit_price_usd=kind.usd_per_mwh, bought="battery energy bought"
    )
    works = replace(power, what="battery works", unit=LUMP_SUM, unit_price_usd=kind.usd_fixed, bought="")
    return power, energy, works
