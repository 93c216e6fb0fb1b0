"""The facility around the plant in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.facility import Facility, FacilityItem
from optimizer.inputs.quantity import USD_PER_MUSD
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import LUMP_SUM, Offer
from optimizer.setting.calendar import Calendar
from optimizer.setting.halls import distribution_per_it_mw, halls_there
from optimizer.setting.handover import facility_of, plant_weeks, rack_weeks

PLANT_ACCOUNTS = (
    *(about.account.removeprefix("capex_") for about in ASSET_TABLES.values() if about.in_facility),
    "fitout",
)
"""Of what the assets of the plant post, `capex_` left out; the items of a facility come on top."""
SHARES = ("design", "contingency")
"""What is a share of the rest."""
DOUBLED = ("lv_distribution",)
"""Items of which a hall may have more than its IT power needs."""


@dataclass(frozen=True, kw_only=True)
class ItemCoefficients:
    """An item of a site."""

    item: FacilityItem
    offers: tuple[Offer, Offer]
    """By the MW of IT power, and once."""
    buyable: tuple[str, ...]
    per_it_mw: dict[str, float]
    """MW needed per MW of installed IT power, by hall; none given: 1."""


@dataclass(frozen=True, kw_only=True)
class SiteFacility:
    """The facility of one site."""

    facility: Facility
    items: dict[str, ItemCoefficients]
    shares: dict[str, Offer]
    """Design and contingency, in million US dollars."""
    existing_mw: float
    opened: bool
    """Whether the site has a substation already: then nothing is paid once."""
    house_load_fraction: float
    """0 where a measured PUE holds all overheads."""


@dataclass(frozen=True)
class FacilityCoefficients:
    """Facilities by site; sites without one are absent."""

    sites: dict[str, SiteFacility]


def derive(instance: Instance, calendar: Calendar) -> FacilityCoefficients:
    """Facilities of every site that states one."""
    sites = {}
    for s, site in instance.sites.items():
        facility = facility_of(instance, s)
        if facility is None:
            continue
        ahead = {name: plant_weeks(instance, s) for name in facility.items()} | {
            "commissioning": rack_weeks(instance, s)
        }
        per_it_mw = {h: distribution_per_it_mw(instance, h) for h in halls_there(instance, s) if h is not None}
        sites[s] = SiteFacility(
            facility=facility,
            items={
                name: _item(name, item, ahead[name], calendar, per_it_mw if name in DOUBLED else {})
                for name, item in facility.items().items()
            },
            shares={
                "design": _share("design", facility, plant_weeks(instance, s)),
                "contingency": _share("contingency", facility, 0.0),
            },
            existing_mw=site.existing_facility_mw,
            opened=site.grid.existing is not None,
            house_load_fraction=0.0 if site.measured_pue else facility.house_load_fraction,
        )
    return FacilityCoefficients(sites)


def _item(
    name: str, item: FacilityItem, on_site_weeks: float, calendar: Calendar, per_it_mw: dict[str, float]
) -> ItemCoefficients:
    label = name.replace("_", " ").replace("mv ", "MV ").replace("lv ", "LV ")
    by_power = Offer(
        what=label,
        table="",
        item=name,
        name=label,
        unit="MW",
        unit_price_usd=item.usd_per_mw,
        account=f"capex_{name}",
        life_years=item.life_years,
        maintenance_fraction=item.maintenance_fraction,
        lead_time_weeks=item.lead_time_weeks,
        on_site_weeks=on_site_weeks,
        bought=f"{label} bought",
        kind=name,
    )
    once = replace(by_power, unit=LUMP_SUM, unit_price_usd=item.usd_fixed, bought="", kind="")
    buyable = calendar.buyable(by_power.weeks_ahead)
    return ItemCoefficients(item=item, offers=(by_power, once), buyable=buyable, per_it_mw=per_it_mw)


def _share(name: str, facility: Facility, on_site_weeks: float) -> Offer:
    return Offer(
        what=name,
        table="",
        item=name,
        name=name,
        unit="MUSD",
        unit_price_usd=USD_PER_MUSD,
        account=f"capex_{name}",
        life_years=facility.life_years,
        on_site_weeks=on_site_weeks,
    )
