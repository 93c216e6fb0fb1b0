"""What an instance may say about rules that bind the assets: quotas, shares and caps."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.export import Payment
from optimizer.inputs.quantity import (
    AcceleratorId,
    Count,
    Fraction,
    Id,
    Name,
    NonNegative,
    PhaseId,
    PositiveCount,
    PositiveFraction,
    RowOf,
    Rows,
    Spec,
)

KIND_WEIGHT = 1000.0
"""Lots that one kind more outweighs in the objective `simplicity`."""


class Match(Spec):
    """Which accelerators a rule is about: all the given properties must hold; none given means all."""

    tier: Literal[1, 2, 3] | None = None
    vendor: Name | None = None
    accelerator: AcceleratorId | None = None
    origin: Literal["US", "CN"] | None = None
    status: Literal["free", "licence"] | None = None
    """By the ruling at the site, in the phase of the delivery (for a share: in the phase it is taken in)."""


class Quota(Spec):
    """At most this many accelerators may be delivered."""

    match: Match = Field(default_factory=Match)
    max_accelerators: Count
    phases: Rows[PhaseId] | None = None
    """Phases over which the quota is summed. Default: the whole horizon."""


class Share(Spec):
    """Bounds on the share of the effective throughput in use, in every phase."""

    match: Match
    min_fraction: Fraction | None = None
    max_fraction: Fraction | None = None
    from_phase: PhaseId | None = None
    """First phase in which it holds. Default: the first."""


class Procurement(Spec):
    """Limits a planner sets on what is bought."""

    include: Rows[str] = ("*",)
    """Accelerators that may be bought, as ids or patterns with `*`."""
    exclude: Rows[str] = ()
    """Accelerators that may not; wins over include."""
    refresh: bool = False
    """Whether pods may be retired before the end of their life and kept beyond it, up to `life_max_years`."""
    roadmap: bool = False
    """Whether products that are announced or proposed, but not on sale, may be planned with."""
    max_kinds: PositiveCount | None = None
    """Most accelerators of which anything is bought, over all sites and the whole horizon. None given: any number."""
    min_lot: PositiveCount | None = None
    """Pods of a type bought in a phase: none, or at least so many."""
    one_cooling_per_accelerator: bool = False
    """Whether an accelerator is bought for one cooling only, at all sites and in all phases."""
    quotas: dict[Id, Quota] = Field(default_factory=dict)
    shares: dict[Id, Share] = Field(default_factory=dict)
    payment: Rows[Payment] = ()
    """When accelerators and their servers are paid; fractions add up to 1. Default: all on delivery."""


class Limits(Spec):
    """Caps on the whole plan."""

    capex_musd: NonNegative | None = None
    """Sum of all capital payments of the horizon, undiscounted."""
    total_cost_musd: NonNegative | None = None
    """Net present value of all costs less residual values."""
    energy_mwh_per_year: NonNegative | None = None
    """Grid import of all sites, in every phase."""
    carbon_t_per_year: NonNegative | None = None
    """Carbon of grid import and generator tests of all sites, in every phase."""
    water_m3_per_year: NonNegative | None = None
    floor_area_m2: NonNegative | None = None
    """White and plant space of all sites, in every phase."""
    lcoc_usd_per_eflop: NonNegative | None = None
    """Levelised cost of compute."""
    accelerators: NonNegative | None = None
    """Accelerators installed at all sites, at work or not, in every phase."""


class CloudPrice(Spec):
    """What an accelerator costs by the hour elsewhere."""

    accelerator: AcceleratorId
    workload: Annotated[Id, RowOf("workloads")]
    """Workload whose precision and class turn hours into effective EFLOP."""
    usd_per_hour: NonNegative


class Affordability(Spec):
    """From cost to the price users pay."""

    sold_fraction: PositiveFraction = 1.0
    """Share of the compute delivered that is sold; the list price recovers all costs from it."""
    subsidy_fraction: Fraction = 0.0
    """Share of the list price that is paid for the users."""
    subsidy_cap_musd: NonNegative | None = None
    """Most that subsidies may cost, as a present value."""
    list_price_max_usd_per_eflop: NonNegative | None = None
    """Highest list price."""
    cloud: CloudPrice | None = None
    """Price to compare with."""
    clouds: dict[Id, CloudPrice] = Field(default_factory=dict)
    """More of them, by name."""

    @property
    def offers(self) -> dict[str, CloudPrice]:
        """Every price to compare with, by name."""
        return ({"cloud": self.cloud} if self.cloud else {}) | self.clouds
