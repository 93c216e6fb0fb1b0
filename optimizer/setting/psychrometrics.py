"""Moist air: wet bulb from dry bulb, relative humidity and pressure.

Source: ASHRAE Handbook of Fundamentals (2017), chapter 1: saturation pressure after Hyland and Wexler, equations 5
and 6; psychrometer balance, equations 33 and 35.
"""

from __future__ import annotations

import numpy as np

from optimizer.setting.hours import Series

MOLAR_RATIO = 0.621945
_ICE = (-5.6745359e3, 6.3925247, -9.677843e-3, 6.2215701e-7, 2.0747825e-9, -9.484024e-13, 4.1635019)
_WATER = (-5.8002206e3, 1.3914993, -4.8640239e-2, 4.1764768e-5, -1.4452093e-8, 0.0, 6.5459673)


def saturation_pressure_pa(temperature_c: Series) -> Series:
    """Saturation vapour pressure in Pa over ice (below 0 deg C) or water, shape as the input."""
    kelvin = np.asarray(temperature_c, dtype=float) + 273.15

    def exponent(c: tuple[float, ...]) -> Series:
        power = c[0] / kelvin + c[1] + kelvin * (c[2] + kelvin * (c[3] + kelvin * (c[4] + kelvin * c[5])))
        return np.asarray(power + c[6] * np.log(kelvin))

    return np.asarray(np.exp(np.where(kelvin < 273.15, exponent(_ICE), exponent(_WATER))))


def humidity_ratio(vapour_pa: Series, pressure_pa: Series) -> Series:
    """Mass of water per mass of dry air."""
    return np.asarray(MOLAR_RATIO * vapour_pa / (pressure_pa - vapour_pa))


def _ratio_at_wet_bulb(wet_c: Series, dry_c: Series, pressure_pa: Series) -> Series:
    saturated = humidity_ratio(saturation_pressure_pa(wet_c), pressure_pa)
    water = ((2501 - 2.326 * wet_c) * saturated - 1.006 * (dry_c - wet_c)) / (2501 + 1.86 * dry_c - 4.186 * wet_c)
    ice = ((2830 - 0.24 * wet_c) * saturated - 1.006 * (dry_c - wet_c)) / (2830 + 1.86 * dry_c - 2.1 * wet_c)
    return np.asarray(np.where(wet_c >= 0, water, ice))


def wet_bulb_c(dry_c: Series, relative_humidity_fraction: Series, pressure_pa: Series) -> Series:
    """Thermodynamic wet bulb in deg C by bisection, never above dry bulb. Shapes (n,)."""
    dry = np.asarray(dry_c, dtype=float)
    ratio = humidity_ratio(relative_humidity_fraction * saturation_pressure_pa(dry), pressure_pa)
    low, high = dry - 60.0, dry.copy()
    for _ in range(50):
        middle = (low + high) / 2
        too_wet = _ratio_at_wet_bulb(middle, dry, pressure_pa) > ratio
        high = np.where(too_wet, middle, high)
        low = np.where(too_wet, low, middle)
    return np.asarray((low + high) / 2)
