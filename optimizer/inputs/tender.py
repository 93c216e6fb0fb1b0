"""What an instance may say about a tender: how bids are judged, and what suppliers offer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optimizer.inputs.quantity import (
    AcceleratorId,
    Count,
    Day,
    Fraction,
    Id,
    Name,
    PhaseId,
    PositiveCount,
    PositiveFraction,
    Spec,
)

Marks = Annotated[float, Field(ge=0, le=100)]


class OfferTier(Spec):
    """One price of an offer, and the quantities at which it holds for every accelerator of it."""

    accelerator: AcceleratorId
    """Row of the instance that has this price."""
    from_accelerators: PositiveCount
    to_accelerators: PositiveCount


class SupplierOffer(Spec):
    """What one supplier offers of one product: at most one of its prices is taken, by the whole quantity."""

    supplier: Name
    tiers: Annotated[tuple[OfferTier, ...], Field(strict=False, min_length=1)]
    available: dict[PhaseId, Count] | None = None
    """Accelerators that can have been delivered up to each phase; none given: not limited by time."""
    deliveries: dict[PhaseId, Count] | None = None
    """Accelerators taken for each phase, all sites together, and none in others; none given: free."""


class QualityCriterion(Spec):
    """One criterion of quality and its weight."""

    name: Name
    weight_fraction: PositiveFraction
    """Share of the quality mark; the weights of all criteria add up to 1."""
    minimum_marks: Marks = 0.0
    """A bid below it is not opened."""


class Tender(Spec):
    """How bids are judged."""

    reference: Name = "tender"
    """The buyer's number of the procedure."""
    ocid_prefix: Annotated[str, StringConstraints(pattern="^ocds-[a-z0-9]{6}$")] = "ocds-000000"
    """The buyer's registered prefix of open-contracting identifiers; the default marks a draft."""
    buyer: Name = "the buyer"
    closing: Day | None = None
    """Day on which bids close; their validity must last beyond it. Default: the planning date."""
    quality_weight_fraction: Fraction = 0.0
    """Share of the final mark that quality has; price has the rest."""
    quality: dict[Id, QualityCriterion] = Field(default_factory=dict)
    """Criteria marked from 0 to 100 by the buyer."""
    minimum_quality_marks: Marks = 0.0
    """Least quality mark of a bid whose price is opened."""
    price_formula: Literal["lowest_over_price", "linear"] = "lowest_over_price"
    """Price mark: 100 * lowest / price, or 100 * max(0, 2 - price / lowest)."""
    price_figure: Literal["lcoc_usd_per_eflop", "npv_cost_musd", "capex_musd"] = "lcoc_usd_per_eflop"
    """What counts as the price of a bid: a figure of the facility that is best built around it."""
    two_envelopes: bool = False
    """Whether quality is marked before any price is opened."""
