"""Generation beside the grid in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.inputs.generation import Generation, SiteGeneration
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import Offer, asset_offer
from optimizer.setting.calendar import Calendar
from optimizer.setting.handover import plant_weeks

Key = tuple[str, str]
"""(site, source)"""


@dataclass(frozen=True, kw_only=True)
class SiteSource:
    """A kind of generation at a site."""

    stated: SiteGeneration
    kind: Generation
    offer: Offer
    buyable: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GenerationCoefficients:
    """Sources by site and name."""

    sources: dict[Key, SiteSource]
    room_m2: dict[str, float]
    """Of sites that state one."""


def derive(instance: Instance, calendar: Calendar) -> GenerationCoefficients:
    """Every kind of generation that a site names."""
    sources = {}
    for s, site in instance.sites.items():
        for stated in site.generation:
            kind = instance.generation[stated.source]
            offer = _offer(stated.source, kind, plant_weeks(instance, s))
            buyable = calendar.buyable(offer.weeks_ahead)
            sources[s, stated.source] = SiteSource(stated=stated, kind=kind, offer=offer, buyable=buyable)
    rooms = {s: site.generation_m2 for s, site in instance.sites.items() if site.generation_m2 is not None}
    return GenerationCoefficients(sources=sources, room_m2=rooms)


def _offer(item: str, kind: Generation, on_site_weeks: float) -> Offer:
    """Kinds are told apart in the calendar of orders and in the tables of decisions."""
    name = f"generation {item}"
    return replace(asset_offer(kind, item, kind.usd_per_unit, on_site_weeks), what=name, kind=name)
