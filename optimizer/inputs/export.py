"""What an instance may say about export rules: whom they are applied to, which, when, and a planner's own regime."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.quantity import (
    Count,
    Day,
    Fraction,
    Name,
    PlaceId,
    RegimeId,
    Rows,
    Spec,
    Weeks,
)

Fact = Literal[
    "tpp",
    "performance_density",
    "memory_bandwidth_gbs",
    "io_bandwidth_gbs",
    "tier",
    "origin",
    "vendor",
    "accelerator",
    "entity_listed",
    "data_centre",
    "destination",
    "destination_group",
    "parent",
    "parent_group",
]
NUMBERS = ("tpp", "performance_density", "memory_bandwidth_gbs", "io_bandwidth_gbs", "tier")
"""Facts compared as numbers: all six operators."""
FLAGS = ("entity_listed", "data_centre")
"""Facts that are true or false: == and != only."""


class Condition(Spec):
    """One comparison of a fact with a value."""

    fact: Fact
    """`tpp`, `performance_density`, `destination_group` (such as "D:5") ...; docs/export_rules.md, section 11."""
    op: Literal[">=", ">", "<=", "<", "==", "!="] = "=="
    value: float | bool | str
    """A number, true or false, or text, as the fact asks."""


class RulingTest(Spec):
    """One test of a planner's regime. All conditions must hold; the first test that applies decides."""

    when: Rows[Condition] = ()
    """None: applies always."""
    ruling: Literal["free", "licence", "denied"]
    clause: Name
    """The paragraph or sentence it stands for; shown wherever the ruling is."""
    source: Name | None = None
    """Default: the regime's."""
    fee_fraction: Fraction = 0.0
    """Of the accelerators' price, on delivery; only for a licence."""
    quota_accelerators: Count | None = None
    """Most accelerators of one kind under this clause; only for a licence."""
    extra_lead_weeks: Weeks = 0.0
    probability: Fraction | None = None
    """Chance that a licence is granted. Default: 1 for a licence."""


class UserRegime(Spec):
    """A planner's own export rules: ordered tests, then the regime they are based on."""

    name: Name
    effective: Day
    """When it takes effect; a delivery before it is flagged as a counterfactual."""
    source: Name
    based_on: RegimeId | None = None
    """Regime that decides where no test applies. None given: free."""
    tests: Rows[RulingTest] = ()


class RegimeChange(Spec):
    """From when on a regime decides on deliveries."""

    from_date: Day
    regime: RegimeId


class Export(Spec):
    """The export-rule regime and whom it is applied to."""

    regime: RegimeId | None = None
    """Id of a regime for the whole horizon; see `optimizer catalogue list regimes`. Either this or a timeline (which
    may begin with this one, so that it can be laid over an instance that has a regime)."""
    timeline: Rows[RegimeChange] = ()
    """Regimes by date of delivery, in order of time; the first one in force on the planning date."""
    parent: PlaceId
    """Place where the buyer's ultimate parent has its headquarters: hong_kong, singapore, ..."""
    licences: Literal["use", "avoid"] = "use"
    """Whether chips that need a licence are planned with (within its quota) or left out."""
    prc_3a090: Literal["use", "avoid"] = "use"
    """Whether chips of Chinese design that meet 3A090, or of which that cannot be excluded, are planned with or left
    out: General Prohibition 10."""
    buyer: Literal["government", "listed", "other"] = "other"
    """A government body of the destination, a company that a rule names as exempt, or anybody else."""
    shipped_from_us: bool = True
    """Whether sellers export from the United States, as the case-by-case review of January 2026 asks."""
    volume_cap_accelerators: Count | None = None
    """Most accelerators of one kind under that review: half of the seller's American sales. Default: the regime's."""
    supercomputer: Literal["warn", "bind"] = "warn"
    """Whether a site in a restricted place that is a supercomputer by law is pointed out or ruled out."""


class Payment(Spec):
    """One part of the price of accelerators and their servers."""

    at: Literal["order", "delivery"]
    """Order: the delivery date less the lead time, the licence's extra weeks included."""
    fraction: Annotated[float, Field(gt=0, le=1)]
    after_weeks: Weeks = 0.0
    """Weeks after that day, such as acceptance 6 weeks after delivery."""


class Milestone(Spec):
    """Effective throughput that must be there on a day."""

    date: Day
    target_pflops: Annotated[float, Field(gt=0)]
