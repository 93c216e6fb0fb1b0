"""Purchases: what can be bought, at which price, on which terms. Stated once, by the asset.

The model posts an offer times a decision; orders, comparisons and the tables of decisions read the same offer times the
quantity that was decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from optimizer.inputs.asset_text import AssetSpec
from optimizer.inputs.design import PodRow
from optimizer.inputs.quantity import MUSD, Resale
from optimizer.ledger.ledger import Amount, Ledger, Place, Terms, add_up, post_purchase, post_retirement

LUMP_SUM = "lump sum"
"""Unit of what is paid once; of no price, it is no order."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Something that can be bought."""

    what: str
    """Kind of line in the calendar of orders."""
    table: str
    """Table of the instance whose row it is; empty for what is part of the site."""
    item: str
    name: str
    unit: str
    unit_price_usd: float
    account: str
    life_years: float | None
    """None: an expense, with neither residual value nor insurance."""
    maintenance_fraction: float = 0.0
    resale: Resale = ()
    """Value by age; none given: a straight line over the life."""
    warranty_years: float = 0.0
    service_years: float | None = None
    """Most years in service; none given: its life."""
    ageing_fraction_per_year: float = 0.0
    """By which maintenance rises with every year beyond the life, as a share of the price."""
    lead_time_weeks: float | None = None
    """None: it is ordered on the day it enters service."""
    on_site_weeks: float = 0.0
    """From its delivery to the first day of service: fit-out and commissioning."""
    bought: str = ""
    """What it is called among the quantities bought; empty for a lump sum that goes with another offer."""
    kind: str = ""
    """Its item in the table of decisions."""
    tally: str = ""
    """What studies count it as; empty: they do not."""

    @property
    def weeks_ahead(self) -> float:
        """From the latest order to the first day of service."""
        return (self.lead_time_weeks or 0.0) + self.on_site_weeks

    @cached_property
    def terms(self) -> Terms | None:
        """What follows from buying it; None: nothing."""
        if self.life_years is None:
            return None
        return Terms(
            life_years=self.life_years,
            maintenance_fraction=self.maintenance_fraction,
            resale=self.resale,
            warranty_years=self.warranty_years,
            service_years=self.service_years,
            ageing_fraction_per_year=self.ageing_fraction_per_year,
        )


def asset_offer(row: AssetSpec, item: str, unit_price_usd: float, on_site_weeks: float) -> Offer:
    """The offer of a row of a table of assets, on the terms that the row states."""
    about = row.about
    return Offer(
        what=about.order,
        table=about.table,
        item=item,
        name=row.name,
        unit=about.unit,
        unit_price_usd=unit_price_usd,
        account=about.account,
        life_years=row.life_years,
        resale=row.resale,
        maintenance_fraction=row.maintenance_fraction,
        lead_time_weeks=row.lead_time_weeks,
        on_site_weeks=on_site_weeks,
        bought=about.bought,
        kind=about.kind,
        tally=about.tally,
    )


@dataclass(frozen=True, kw_only=True)
class Part:
    """So much of an offer goes into one of what is decided: racks into a pod."""

    offer: Offer
    quantity: float


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """So much of an offer, in service from the first day of a phase."""

    offer: Offer
    site: str
    """Empty for what belongs to no single site."""
    phase: str
    quantity: float
    delivery: PodRow | None = None
    """The pods it comes with."""


def buy(ledger: Ledger, place: Place, *parts: tuple[Offer, Amount]) -> None:
    """Post quantities of offers that share an account, those of the same terms as one purchase."""
    for terms in dict.fromkeys(offer.terms for offer, _ in parts):
        usd = add_up(offer.unit_price_usd * quantity for offer, quantity in parts if offer.terms == terms)
        if terms is None:
            ledger.post(parts[0][0].account, place, MUSD * usd)
        else:
            post_purchase(ledger, parts[0][0].account, place, MUSD * usd, terms)


def retire(ledger: Ledger, place: Place, bought: str, offer: Offer, quantity: Amount) -> None:
    """Post that so much of what was bought for a phase leaves service early; of an expense nothing comes back."""
    if offer.terms is not None:
        post_retirement(ledger, place, bought, MUSD * offer.unit_price_usd * quantity, offer.terms)
