"""What an instance may say about batteries."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from optimizer.inputs.asset_text import AssetSpec, AssetText
from optimizer.inputs.quantity import (
    Mwh,
    NonNegative,
    Positive,
    PositiveFraction,
    Usd,
)


class Battery(AssetSpec):
    """A battery, bought by power and by energy."""

    about: ClassVar[AssetText] = AssetText(
        table="batteries",
        order="battery power",
        unit="MW",
        bought="battery power bought",
        kind="battery",
        tally="bought.battery_mw",
        noun="battery",
        heading="Batteries",
        account="capex_battery",
        account_label="Battery",
        account_meaning="battery",
        price_key="batteries.{battery}",
        maintenance_label="battery",
        columns={"usd_per_mw": "USD/MW", "usd_per_mwh": "USD/MWh"},
        purchase="Battery storage",
        cpv=("31440000", "Batteries"),
    )
    usd_fixed: Usd = 0.0
    """Cost of the first purchase at a site (fire protection, connection)."""
    usd_per_mw: Usd
    usd_per_mwh: Usd
    c_rate_max_per_hour: Annotated[float, Field(gt=0, le=20)]
    """Power per unit of energy at most."""
    usable_fraction: PositiveFraction
    """Share of the nameplate energy that may be used."""
    round_trip_fraction: PositiveFraction
    """Energy out over energy in; its square root is lost each way."""
    degradation_usd_per_mwh: Usd = 0.0
    """Wear per MWh discharged in dispatch."""
    m2_per_mwh: NonNegative
    max_mwh: Mwh
    """Largest energy at one site (fire code, space)."""
    max_mw: Positive
