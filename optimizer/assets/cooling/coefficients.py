"""Cooling plant in numbers: modules, their cost and space, and which heat each carries. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.assets.cooling.physics import heat_shares
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.schema import Instance, Site
from optimizer.ledger.purchases import LUMP_SUM, Offer, asset_offer
from optimizer.setting.calendar import Calendar
from optimizer.setting.handover import plant_weeks


@dataclass(frozen=True, kw_only=True)
class PlantCoefficients:
    """One technology at one site."""

    technology: Cooling
    offers: tuple[Offer, Offer]
    """Modules, and the works of opening it."""
    existing_modules: int
    buyable: tuple[str, ...]
    """Phases in which modules can enter service."""
    heat_from: dict[str, float]
    """Share of the heat of racks of each technology that this plant carries."""
    standing_mw_per_module: float
    """Fans and pumps of a module at work, whatever the load; 0 where a measured PUE holds all overheads."""


@dataclass(frozen=True)
class CoolingCoefficients:
    """Plants by (site, technology), and how many technologies a site may open."""

    plants: dict[tuple[str, str], PlantCoefficients]
    max_coolings: dict[str, int]


def derive(instance: Instance, calendar: Calendar) -> CoolingCoefficients:
    """Plants that may be built or are there at each site."""
    plants = {}
    for s, site in instance.sites.items():
        for name in _used(instance, site):
            technology = instance.coolings[name]
            heat_from = {
                c: share
                for c in instance.coolings
                for plant, share in heat_shares(instance.coolings, c).items()
                if plant == name
            }
            offers = _offers(name, technology, plant_weeks(instance, s))
            plants[s, name] = PlantCoefficients(
                technology=technology,
                offers=offers,
                existing_modules=site.existing_cooling_modules.get(name, 0),
                buyable=calendar.buyable(offers[0].weeks_ahead) if name in _offered(instance, site) else (),
                heat_from=heat_from,
                standing_mw_per_module=0.0 if site.measured_pue else standing_mw_per_module(technology),
            )
    limits = {s: site.max_coolings for s, site in instance.sites.items() if site.max_coolings is not None}
    return CoolingCoefficients(plants, limits)


def standing_mw_per_module(technology: Cooling) -> float:
    """MW of fans and pumps of a module at work that run whatever heat it rejects."""
    return technology.fan_pump_standing_fraction * technology.fan_pump_fraction * technology.module_mw


def _offered(instance: Instance, site: Site) -> set[str | None]:
    """What may be opened or grown: the site's coolings and what takes their residual heat."""
    return {*site.coolings, *(instance.coolings[name].residual for name in site.coolings)}


def _used(instance: Instance, site: Site) -> list[str]:
    """Technologies of a site: those offered, those there, and what takes their residual heat."""
    direct = set(site.coolings) | set(site.existing_cooling_modules) | {row.cooling for row in site.existing_pods}
    residual = {instance.coolings[name].residual for name in direct}
    return [name for name in instance.coolings if name in direct or name in residual]


def _offers(item: str, technology: Cooling, on_site_weeks: float) -> tuple[Offer, Offer]:
    modules = asset_offer(technology, item, technology.usd_per_module, on_site_weeks)
    modules = replace(modules, tally=f"cooling_modules.{item}")
    works = replace(
        modules, what="cooling works", unit=LUMP_SUM, unit_price_usd=technology.usd_open, resale=(), bought="", tally=""
    )
    return modules, works
