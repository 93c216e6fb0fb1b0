"""What an instance may say about transformers, the grid connection and power quality."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from optimizer.inputs.asset_text import AssetSpec, AssetText
from optimizer.inputs.quantity import (
    Mw,
    NonNegative,
    PhaseId,
    Positive,
    PositiveCount,
    PositiveFraction,
    Rows,
    Spec,
    TransformerId,
    Usd,
)


class Transformer(AssetSpec):
    """A transformer type; the substation options of a site are (type, 2 .. max_units)."""

    about: ClassVar[AssetText] = AssetText(
        table="transformers",
        order="transformers",
        unit="transformer",
        noun="transformer",
        heading="Transformers",
        account="capex_substation",
        account_label="Transformers and switchgear",
        account_meaning="transformers and switchgear",
        price_key="transformers.{label}.usd_per_unit",
        columns={"unit_mva": "MVA", "usd_per_unit": "USD/unit", "lead_time_weeks": "Weeks"},
        purchase="Transformers",
        cpv=("31170000", "Transformers"),
        ages=False,
    )
    primary_kv: Positive
    unit_mva: Annotated[float, Field(gt=0)]
    reactance_pu: PositiveFraction
    """Leakage reactance on the unit's own rating."""
    no_load_loss_kw: NonNegative
    """Loss of one energised unit, all year."""
    load_loss_kw: NonNegative = 0.0
    """Further loss of one unit at its rating; it goes with the square of the load."""
    usd_per_unit: Usd
    """One unit installed, with its bay."""
    usd_fixed: Usd
    """Cost of the first stage of this type: incoming switchgear, protection, civil works."""
    m2_per_unit: NonNegative
    m2_fixed: NonNegative
    max_units: PositiveCount


class ExistingSubstation(Spec):
    """The substation that is there before the first phase. It has no price and no residual value."""

    transformer: TransformerId
    units: PositiveCount


class Grid(Spec):
    """The connection of a site."""

    transformers: Annotated[tuple[TransformerId, ...], Field(strict=False, min_length=1)]
    """Types that may be built here."""
    short_circuit_mva: Annotated[float, Field(gt=0)]
    """Fault level of the grid at the point of connection."""
    voltage_step_max_fraction: PositiveFraction = 0.03
    """Largest voltage step the utility accepts."""
    ramp_mw_per_minute: Mw | None = None
    """Ramp limit of the utility; none given: not limited."""
    power_factor: PositiveFraction = 0.95
    spare_units: Annotated[int, Field(ge=0, le=10)] = 1
    """Transformers that may fail without loss of firm capacity (1 = N+1)."""
    spare_bays: PositiveCount | None = None
    """Largest number of units there is room for; none given: the type's own limit."""
    existing: ExistingSubstation | None = None


class GridStage(Spec):
    """Import the utility makes available from a phase on."""

    from_phase: PhaseId
    mw: Mw


GridStages = Rows[GridStage]
