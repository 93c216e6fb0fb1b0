"""Standby generators in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.generators import Backup, Generator
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import Offer, asset_offer
from optimizer.setting.calendar import Calendar
from optimizer.setting.halls import backed_fraction, halls_there
from optimizer.setting.handover import plant_weeks


@dataclass(frozen=True, kw_only=True)
class SiteBackup:
    """Generators of one site and what they must carry."""

    backup: Backup
    kind: Generator
    offer: Offer
    required: tuple[str, ...]
    """Phases in which the critical load must be covered."""
    buyable: tuple[str, ...]
    critical_fraction: dict[str, float]
    """Share of the IT power that is carried, by hall (empty: of no class)."""

    @property
    def spares_by_load(self) -> bool:
        """Whether spare sets are kept only in phases with a critical load: where halls are chosen."""
        return self.backup.spare_units > 0 and "" not in self.critical_fraction

    @property
    def may_carry_nothing(self) -> bool:
        """Whether pods may be at work without a critical load."""
        return min(self.critical_fraction.values()) == 0

    @property
    def test_mwh_per_unit(self) -> float:
        """Energy of one set's test runs per year."""
        return self.kind.unit_mw * self.kind.test_load_fraction * self.kind.test_hours_per_year


@dataclass(frozen=True)
class GeneratorCoefficients:
    """Backup by site; sites without one are absent."""

    sites: dict[str, SiteBackup]
    carbon_price_usd_per_t: dict[str, float]


def derive(instance: Instance, calendar: Calendar) -> GeneratorCoefficients:
    """Backup needs of every site that has them."""
    sites = {}
    for s, site in instance.sites.items():
        if site.backup is None:
            continue
        kind = instance.generators[site.backup.generator]
        required = calendar.from_phase_on(site.backup.from_phase)
        offer = asset_offer(kind, site.backup.generator, kind.usd_per_unit, plant_weeks(instance, s))
        share = site.backup.critical_fraction
        critical = {h or "": share * backed_fraction(instance, h) for h in halls_there(instance, s)}
        sites[s] = SiteBackup(
            backup=site.backup,
            kind=kind,
            offer=offer,
            required=required,
            buyable=calendar.buyable(offer.weeks_ahead),
            critical_fraction=critical,
        )
    return GeneratorCoefficients(sites, {s: site.carbon_price_usd_per_t for s, site in instance.sites.items()})
