"""What an instance may say about standby generators and the critical load they carry."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from optimizer.inputs.asset_text import AssetSpec, AssetText
from optimizer.inputs.quantity import (
    Count,
    Fraction,
    Id,
    NonNegative,
    PhaseId,
    PositiveCount,
    PositiveFraction,
    RowOf,
    Spec,
    Usd,
)


class Generator(AssetSpec):
    """A standby generator set."""

    about: ClassVar[AssetText] = AssetText(
        table="generators",
        order="generators",
        unit="set",
        bought="generators bought",
        kind="generator",
        tally="bought.generator_sets",
        noun="generator",
        heading="Generators",
        account="capex_generators",
        account_label="Standby generators",
        account_meaning="standby generators",
        price_key="generators.{generator}",
        maintenance_label="generators",
        columns={"unit_mw": "MW", "usd_per_unit": "USD/unit"},
        cpv=("31120000", "Generators"),
    )
    unit_mw: Annotated[float, Field(gt=0)]
    usd_per_unit: Usd
    m2_per_unit: NonNegative
    fuel_usd_per_mwh: NonNegative
    """Fuel per MWh of electricity."""
    carbon_kg_per_mwh: NonNegative
    test_hours_per_year: NonNegative
    """Hours each set runs for tests."""
    test_load_fraction: Fraction = 0.3
    """Load of a set during tests."""
    run_hours_max: NonNegative
    """Run hours per year that the permit allows."""
    max_units: PositiveCount = 60


class Backup(Spec):
    """The load that must survive a grid outage at a site."""

    generator: Annotated[Id, RowOf("generators")]
    critical_fraction: PositiveFraction
    """Critical share of the site's installed IT power."""
    from_phase: PhaseId
    """First phase in which it must be covered."""
    spare_units: Count = 1
    """Sets kept in reserve (1 = N+1)."""
    ride_through_minutes: NonNegative = 0.0
    """Minutes the battery carries the critical load until generators do."""
    peak_shaving_hours_per_year: NonNegative = 0.0
    """Full-load hours per year the sets at work may run beside the grid, tests not included; 0: never."""
    existing_units: Count = 0
    """Sets that are there already; no price, no residual value."""
