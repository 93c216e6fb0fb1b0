"""What an instance may say about cooling technologies."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from optimizer.inputs.asset_text import AssetSpec, AssetText
from optimizer.inputs.quantity import (
    Celsius,
    CoolingId,
    Count,
    Fraction,
    Kelvin,
    NonNegative,
    Positive,
    PositiveFraction,
    Usd,
)


class Cooling(AssetSpec):
    """A way to take heat out of racks, with the plant that rejects it.

    One water loop per technology: `supply_c` to the racks (or to their air handlers), `return_c` back. What the
    loop does not capture goes to the technology named in `residual`, whose plant then carries it as well.
    """

    about: ClassVar[AssetText] = AssetText(
        table="coolings",
        order="cooling modules",
        unit="module",
        bought="cooling modules bought",
        noun="cooling",
        heading="Cooling",
        account="capex_cooling",
        account_label="Cooling plant",
        account_meaning="cooling plant",
        price_key="coolings.{label}.usd_per_module",
        columns={
            "rack_kw_max": "kW/rack",
            "supply_c": "Supply C",
            "capture_fraction": "Capture",
            "water_l_per_kwh": "l/kWh",
        },
    )
    rack_kw_max: Annotated[float, Field(gt=0)]
    """Power limit of one rack."""
    rack_units: Annotated[int, Field(ge=1, le=100)]
    """Usable height of one rack (or tank) in rack units."""
    capture_fraction: PositiveFraction
    """Share of the rack's heat that this technology's own loop takes."""
    residual: CoolingId | None = None
    """Technology that takes the rest. Needed if capture_fraction < 1; its own capture must be 1."""
    supply_c: Celsius
    return_c: Celsius
    approach_k: Kelvin
    """Supply temperature the economiser reaches above wet bulb (tower and heat exchanger)."""
    fan_pump_fraction: Fraction
    """Fan and pump power per unit of heat taken by the loop, at full load of the plant."""
    fan_pump_standing_fraction: Fraction = 0.0
    """Share of that power which runs whatever the load, with the modules at work. 0: all of it follows the heat."""
    carnot_fraction: PositiveFraction
    """Chiller efficiency as a fraction of Carnot."""
    evaporator_approach_k: Kelvin = 2.0
    condenser_approach_k: Kelvin = 7.0
    min_lift_k: Annotated[float, Field(gt=0)] = 10.0
    """Smallest temperature lift a chiller can run at."""
    water_l_per_kwh: NonNegative
    """Water evaporated and blown down per kWh of heat rejected outdoors, compressor heat included."""
    module_mw: Annotated[float, Field(gt=0)]
    """Heat one plant module rejects."""
    spare_modules: Count = 1
    """Modules kept idle when the technology is opened (1 = N+1)."""
    max_modules: Annotated[int, Field(ge=1, le=10_000)] = 100
    usd_open: Usd
    """Fixed cost to open the technology at a site."""
    usd_per_module: Usd
    usd_per_rack: Usd
    """The rack itself and its cooling parts (doors, manifolds, tanks), at delivery of the pod."""
    m2_per_module: NonNegative
    """Plant space of one module."""
    m2_per_rack: Annotated[float, Field(gt=0)]
    """White space of one rack, aisles and coolant distribution included."""
    rack_footprint_m2: Positive
    """Area a rack stands on, for floor loading."""
    rack_kg: NonNegative
    """Mass of an empty rack with its cooling parts and coolant."""
