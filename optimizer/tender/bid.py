"""A bid: what one supplier offers, at which prices, when and on which terms. A file of its own, in TOML or XLSX."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from optimizer.inputs.export import Payment
from optimizer.inputs.quantity import (
    Count,
    Day,
    Fraction,
    Id,
    Name,
    NonNegative,
    PositiveCount,
    Rows,
    Spec,
    Text,
    Weeks,
)

BID_VERSION = 1
CURRENCY = "^[A-Z]{3}$"
Price = Annotated[float, Field(gt=0)]


class PriceBreak(Spec):
    """From this quantity on, every accelerator of the item costs this much."""

    from_accelerators: PositiveCount
    unit_price: Price


class BidDelivery(Spec):
    """So many accelerators of an item, delivered on a day."""

    delivery: Day
    accelerators: Count


class BidItem(Spec):
    """One thing offered. Prices are in the currency of the bid."""

    id: Id
    accelerator: Id
    """Row of the instance or of the catalogue; with `chip`, a name for what is described there."""
    unit_price: Price
    """Of one accelerator; of a quantity below the first price break."""
    server_price: NonNegative | None = None
    """Of one server without its accelerators. Default: as the instance says."""
    min_accelerators: PositiveCount = 1
    max_accelerators: PositiveCount | None = None
    earliest_delivery: Day | None = None
    lead_time_weeks: Weeks | None = None
    """From the order to the delivery. Default: as the instance says."""
    warranty_years: NonNegative | None = None
    """Years in which maintenance costs nothing. Default: as the instance says."""
    maintenance_fraction: Fraction | None = None
    """Per year after the warranty, as a share of the price. Default: as the instance says."""
    price_breaks: Rows[PriceBreak] = ()
    deliveries: Rows[BidDelivery] = ()
    """What the bid is for; none: any quantity within its bounds, in any phase."""
    payments: Rows[Payment] = ()
    """Parts of the price and their days. Default: as the instance says."""
    chip: dict[str, Any] = Field(default_factory=dict)
    """Facts of the accelerator that differ from the row named, or all of them; keys of an instance's accelerator."""


class BidOption(Spec):
    """Something a buyer may take beside the items; shown, and in no price."""

    name: Name
    price: Price
    unit: Name = "each"
    description: Text = ""


class Bid(Spec):
    """What a supplier sends."""

    bid_version: Literal[1]
    bidder: Name
    instance: Id
    """Name of the instance it answers."""
    reference: Name = "tender"
    """The buyer's number of the procedure."""
    currency: Annotated[str, StringConstraints(pattern=CURRENCY)]
    valid_until: Day
    items: Annotated[tuple[BidItem, ...], Field(strict=False, min_length=1)]
    options: Rows[BidOption] = ()

    @property
    def key(self) -> str:
        """The bidder as a part of ids."""
        return identifier(self.bidder)


def identifier(name: str) -> str:
    """A name as an id: small letters, digits and underscores."""
    letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower())
    return "_".join(part for part in letters.split("_") if part)[:24] or "bidder"
