"""Floor space in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.inputs.building import Building
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import Offer
from optimizer.setting.calendar import Calendar


@dataclass(frozen=True)
class BuildingCoefficients:
    """Buildings by site."""

    sites: dict[str, Building]
    offers: dict[str, tuple[Offer, Offer]]
    """Fit-out of white space and of plant space."""


def derive(instance: Instance, calendar: Calendar) -> BuildingCoefficients:
    """Space of every site; fit-out has no lead time."""
    buildings = {s: site.building for s, site in instance.sites.items()}
    return BuildingCoefficients(buildings, {s: _offers(building) for s, building in buildings.items()})


def _offers(building: Building) -> tuple[Offer, Offer]:
    white = Offer(
        what="white space fit-out",
        table="",
        item="building",
        name="Fit-out",
        unit="m2",
        unit_price_usd=building.fitout_usd_per_m2,
        account="capex_fitout",
        life_years=building.fitout_life_years,
        maintenance_fraction=building.maintenance_fraction,
        bought="white space fitted out",
        kind="white",
    )
    price_usd = building.plant_fitout_usd_per_m2
    plant = replace(white, what="plant space fit-out", unit_price_usd=price_usd)
    return white, replace(plant, bought="plant space fitted out", kind="plant")
