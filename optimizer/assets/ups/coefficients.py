"""UPS in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.schema import Instance
from optimizer.inputs.ups import Ups
from optimizer.setting.calendar import Calendar


@dataclass(frozen=True)
class SiteUps:
    """UPS of one site."""

    technology: Ups
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
        sites[s] = SiteUps(ups, need, site.existing_ups_mw, calendar.buyable(ups.lead_time_weeks))
    return UpsCoefficients(sites)
