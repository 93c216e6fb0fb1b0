"""UPS in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.schema import Instance
from optimizer.inputs.ups import Ups
from optimizer.ledger.purchases import Offer, asset_offer
from optimizer.setting.calendar import Calendar
from optimizer.setting.halls import halls_there, ups_per_it_mw
from optimizer.setting.handover import plant_weeks


@dataclass(frozen=True, kw_only=True)
class SiteUps:
    """UPS of one site."""

    technology: Ups
    offer: Offer
    per_it_mw: dict[str, float]
    """Capacity needed per MW of installed IT power by hall (empty: of no class), redundancy included."""
    existing_mw: float
    buyable: tuple[str, ...]
    idle_fraction: float
    """Loss of 1 MW of capacity that carries nothing; 0 where a measured PUE holds all overheads."""


@dataclass(frozen=True)
class UpsCoefficients:
    """UPS by site."""

    sites: dict[str, SiteUps]


def derive(instance: Instance, calendar: Calendar) -> UpsCoefficients:
    """UPS needs of every site."""
    sites = {}
    for s, site in instance.sites.items():
        ups = instance.upses[site.ups]
        need = {h or "": ups_per_it_mw(instance, s, h) for h in halls_there(instance, s)}
        offer = asset_offer(ups, site.ups, ups.usd_per_mw, plant_weeks(instance, s))
        buyable = calendar.buyable(offer.weeks_ahead)
        idle = 0.0 if site.measured_pue else ups.no_load_loss_fraction
        sites[s] = SiteUps(
            technology=ups,
            offer=offer,
            per_it_mw=need,
            existing_mw=site.existing_ups_mw,
            buyable=buyable,
            idle_fraction=idle,
        )
    return UpsCoefficients(sites)
