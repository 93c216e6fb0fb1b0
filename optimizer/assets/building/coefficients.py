"""Floor space in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.inputs.building import Building
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import Offer
from optimizer.setting.calendar import Calendar
from optimizer.setting.handover import plant_weeks


@dataclass(frozen=True)
class BuildingCoefficients:
    """Buildings by site."""

    sites: dict[str, Building]
    offers: dict[str, tuple[Offer, Offer]]
    """Fit-out of white space and of plant space."""
    buyable: dict[str, tuple[str, ...]]


def derive(instance: Instance, calendar: Calendar) -> BuildingCoefficients:
    """Space of every site; fit-out has no lead time beyond the weeks it takes."""
    buildings = {s: site.building for s, site in instance.sites.items()}
    offers = {s: _offers(building, plant_weeks(instance, s)) for s, building in buildings.items()}
    return BuildingCoefficients(
        sites=buildings,
        offers=offers,
        buyable={s: calendar.buyable(white.weeks_ahead) for s, (white, _) in offers.items()},
    )


def _offers(building: Building, on_site_weeks: float) -> tuple[Offer, Offer]:
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
        on_site_weeks=on_site_weeks,
        bought="white space fitted out",
        kind="white",
    )
    price_usd = building.plant_fitout_usd_per_m2
    plant = replace(white, what="plant space fit-out", unit_price_usd=price_usd)
    return white, replace(plant, bought="plant space fitted out", kind="plant")
