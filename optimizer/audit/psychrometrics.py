"""Moist air: the ASHRAE Handbook of Fundamentals (SI), chapter 1, for the wet bulb of a weather file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hours = NDArray[np.float64]

MOLE_RATIO = 0.621945
"""Ratio of the molar masses of water and dry air."""
BISECTIONS = 60
"""Halvings of the bracket; 200 K / 2^60 is far below any thermometer."""
COLDEST_C = -100.0


def saturation_pressure_pa(celsius: Hours) -> Hours:
    """Hyland-Wexler saturation pressure, over ice below 0 deg C and over water from there. Same shape, Pa."""
    kelvin = celsius + 273.15
    ice = (
        -5.6745359e3 / kelvin
        + 6.3925247
        - 9.677843e-3 * kelvin
        + 6.2215701e-7 * kelvin**2
        + 2.0747825e-9 * kelvin**3
        - 9.484024e-13 * kelvin**4
        + 4.1635019 * np.log(kelvin)
    )
    water = (
        -5.8002206e3 / kelvin
        + 1.3914993
        - 4.8640239e-2 * kelvin
        + 4.1764768e-5 * kelvin**2
        - 1.4452093e-8 * kelvin**3
        + 6.5459673 * np.log(kelvin)
    )
    return np.asarray(np.exp(np.where(celsius < 0.0, ice, water)), dtype=np.float64)


def humidity_ratio(vapour_pa: Hours, pressure_pa: Hours) -> Hours:
    """kg of water per kg of dry air."""
    return np.asarray(MOLE_RATIO * vapour_pa / (pressure_pa - vapour_pa), dtype=np.float64)


def _ratio_at_wet_bulb(dry_c: Hours, wet_c: Hours, pressure_pa: Hours) -> Hours:
    """Humidity ratio of air whose psychrometer reads these two temperatures."""
    saturated = humidity_ratio(saturation_pressure_pa(wet_c), pressure_pa)
    water = ((2501.0 - 2.326 * wet_c) * saturated - 1.006 * (dry_c - wet_c)) / (2501.0 + 1.86 * dry_c - 4.186 * wet_c)
    ice = ((2830.0 - 0.24 * wet_c) * saturated - 1.006 * (dry_c - wet_c)) / (2830.0 + 1.86 * dry_c - 2.1 * wet_c)
    return np.where(wet_c < 0.0, ice, water)


def wet_bulb_c(dry_c: Hours, relative_humidity_fraction: Hours, pressure_pa: Hours) -> Hours:
    """Thermodynamic wet bulb, never above the dry bulb. All arrays of one shape; deg C, 0..1, Pa."""
    actual = humidity_ratio(relative_humidity_fraction * saturation_pressure_pa(dry_c), pressure_pa)
    low, high = np.full_like(dry_c, COLDEST_C), dry_c.copy()
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        too_wet = _ratio_at_wet_bulb(dry_c, middle, pressure_pa) > actual
        high = np.where(too_wet, middle, high)
        low = np.where(too_wet, low, middle)
    return np.minimum(0.5 * (low + high), dry_c)
