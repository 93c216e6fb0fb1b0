"""What an instance may say about the future it does not know: scenarios, and when it will be known which one holds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.quantity import (
    Day,
    Id,
    NonNegative,
    PhaseId,
    Positive,
    PositiveFraction,
    RegimeId,
    Rows,
    Spec,
    Text,
)


class Future(Spec):
    """One scenario. What it changes holds from the reveal on, or from `from_phase` if it follows another until then."""

    probability: PositiveFraction
    description: Text = ""
    follows: Id | None = None
    """Scenario it cannot be told from until `from_phase`: a later branch of the tree."""
    from_phase: PhaseId | None = None
    """First phase in which it differs from the one it follows; later than the reveal, and than that one's own."""
    regime: RegimeId | None = None
    """Export regime of deliveries from the reveal on. Default: as in the instance."""
    refused: Rows[str] = ()
    """Accelerators, as ids or patterns with `*`, whose licences are refused."""
    accelerator_price_factors: dict[str, Positive] = Field(default_factory=dict)
    """By id or pattern."""
    accelerator_supply_factors: dict[str, NonNegative] = Field(default_factory=dict)
    """By id or pattern, on the days from the reveal on."""
    tariff_factor: Positive = 1.0
    utilisation_factor: Positive = 1.0
    demand_factor: Positive = 1.0
    """On targets, demands, floors of workloads and milestones."""


class Uncertainty(Spec):
    """A scenario tree: decisions before the reveal are the same in all scenarios, before a later branch in two."""

    scenarios: Annotated[dict[Id, Future], Field(min_length=2)]
    reveal_phase: PhaseId | None = None
    """First phase whose decisions may depend on the scenario; or `reveal_date`."""
    reveal_date: Day | None = None
    """The first phase that starts on or after this day."""
    mode: Literal["expected", "min_max_regret"] = "expected"
    cvar_weight: NonNegative = 0.0
    """Weight of the conditional value at risk of the cost beside its expectation."""
    cvar_level: Annotated[float, Field(ge=0, lt=1)] = 0.9
