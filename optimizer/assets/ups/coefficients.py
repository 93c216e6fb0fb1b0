"""UPS in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.schema import Instance
from optimizer.inputs.ups import Ups
from optimizer.ledger.purchases import Offer
from optimizer.setting.calendar import Calendar


@dataclass(frozen=True)
class SiteUps:
    """UPS of one site."""

    technology: Ups
    offer: Offer
    per_it_mw: float
    """Capacity needed per MW of installed IT power, redundancy included."""
    existing_mw: float
    buyable: tuple[str, ...]


@dataclass(frozen=True)
class UpsCoefficients:
    """UPS by site."""

    sites: dict[str, SiteUps]


def derive(instance: Instance, calendar: Calendar) -> UpsCoefficients:
    """UPS needs of every site."""
    sites = {}
    for s, site in instance.sites.items():
        ups = instance.upses[site.ups]
        need = ups.protected_fraction * (1 + ups.redundancy_fraction)
        buyable = calendar.buyable(ups.lead_time_weeks)
        sites[s] = SiteUps(ups, _offer(site.ups, ups), need, site.existing_ups_mw, buyable)
    return UpsCoefficients(sites)


def _offer(item: str, ups: Ups) -> Offer:
    return Offer(
        what="UPS",
        table="upses",
        item=item,
        name=ups.name,
        unit="MW",
        unit_price_usd=ups.usd_per_mw,
        account="capex_ups",
        life_years=ups.life_years,
        maintenance_fraction=ups.maintenance_fraction,
        lead_time_weeks=ups.lead_time_weeks,
        bought="UPS bought",
        kind="ups",
        tally="bought.ups_mw",
    )
