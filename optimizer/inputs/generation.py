"""What an instance may say about generation beside the grid: engines, turbines, fuel cells, photovoltaics."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from optimizer.inputs.asset_text import AssetSpec, AssetText
from optimizer.inputs.quantity import (
    Count,
    Id,
    NonNegative,
    Positive,
    PositiveCount,
    PositiveFraction,
    Rate,
    RowOf,
    Spec,
    Usd,
)


class Generation(AssetSpec):
    """A kind of generation beside the grid: what it is, gives and costs."""

    about: ClassVar[AssetText] = AssetText(
        table="generation",
        order="generation",
        unit="unit",
        bought="generation units bought",
        kind="generation",
        tally="bought.generation_units",
        noun="generation",
        heading="Generation beside the grid",
        account="capex_generation",
        account_label="Generation beside the grid",
        account_meaning="generation beside the grid",
        price_key="generation.{label}.usd_per_unit",
        columns={"unit_mw": "MW", "usd_per_unit": "USD/unit", "lead_time_weeks": "Weeks"},
        cpv=("31121000", "Generating sets"),
        in_facility=False,
    )
    kind: Literal["engine", "turbine", "fuel_cell", "pv"]
    """Engines, turbines and fuel cells take fuel; photovoltaics follow the radiation of the site's weather."""
    unit_mw: Annotated[float, Field(gt=0)]
    """Electric power of one unit; of photovoltaics the power at 1,000 W/m2."""
    usd_per_unit: Usd
    m2_per_unit: NonNegative
    """Land or roof under one unit."""
    max_units: PositiveCount = 60
    heat_rate_gj_per_mwh: Positive | None = None
    """Fuel per MWh of electricity, on the heating value in which the fuel is priced (3.6 would be no loss); asked for
    by every kind that takes fuel."""
    running_usd_per_mwh: NonNegative = 0.0
    """Wear, oil and service by use, without fuel."""
    carbon_kg_per_mwh: NonNegative = 0.0
    """Carbon dioxide per MWh of electricity."""
    performance_ratio: PositiveFraction = 0.8
    """Photovoltaics, on the horizontal plane: electricity per unit of radiation, as a share of the nameplate's."""

    @property
    def takes_fuel(self) -> bool:
        """Whether it burns or converts a fuel."""
        return self.kind != "pv"


class SiteGeneration(Spec):
    """A kind of generation that may be built at a site."""

    source: Annotated[Id, RowOf("generation")]
    fuel_usd_per_gj: NonNegative | None = None
    """Price of the fuel delivered to the site; asked for by every kind that takes fuel."""
    fuel_trend_fraction: Rate = 0.0
    """Real change of that price per year, from the planning date to the phase's midpoint."""
    spare_units: Count = 0
    """Units kept in reserve where there are any (1 = N+1)."""
    full_load_hours_per_year: Annotated[float, Field(gt=0, le=8760)] | None = None
    """Full-load hours a year that the units at work may run (permit). None given: all."""
