"""What an instance may say about floor space."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from optimizer.inputs.quantity import Fraction, NonNegative, Positive, Spec, SquareMetres, Usd, Years

_Pue = Annotated[float, Field(ge=1, le=5)]
MeasuredPue = _Pue | Annotated[tuple[_Pue, ...], Field(strict=False, min_length=12, max_length=12)]
"""Power into a hall over IT power: one number, or one for each month."""


class Building(Spec):
    """Space of a site and what it costs."""

    white_space_m2: SquareMetres
    """Floor for racks, aisles included."""
    plant_m2: SquareMetres
    """Floor for plant: cooling, transformers, UPS, battery, generators."""
    clear_height_m: Annotated[float, Field(gt=0, le=50)] = 3.5
    """Between floor and ceiling of the white space; with the racks' footprint, the volume that export law asks for."""
    floor_loading_kpa: Positive | None = None
    """Load the floor carries; none given: not limited."""
    support_fraction: Fraction = 0.0
    """White space for storage and network racks, as a share of that of the pods."""
    fitout_usd_per_m2: Usd
    """Fit-out of white space, at the start of the phase in which it is first used."""
    plant_fitout_usd_per_m2: Usd
    rent_usd_per_m2_year: NonNegative = 0.0
    """On fitted-out white and plant space."""
    fitout_life_years: Years = 15.0
    maintenance_fraction: Fraction = 0.0
    existing_white_m2: SquareMetres = 0.0
    """White space fitted out before the first phase; no price, no residual value."""
    existing_plant_m2: SquareMetres = 0.0
