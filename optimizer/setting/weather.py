"""Hourly dry and wet bulb of a site, from an EPW file, a CSV file or the catalogue's climate normals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.instance import series
from optimizer.instance.schema import Instance
from optimizer.setting.hours import DAYS_OF_MONTH, Series
from optimizer.setting.psychrometrics import wet_bulb_c
from optimizer.setting.spec import Climate, ClimateMonth, CsvWeather, EpwWeather, NormalsWeather

DAY_STRIDE = 11
"""Days of a month take the ranks 0, 11, 22, ... modulo its length: a fixed order without runs of like days."""


@dataclass(frozen=True)
class HourlyWeather:
    """Dry and wet bulb in deg C, each of shape (8760,)."""

    dry_c: Series
    wet_c: Series


def site_weather(instance: Instance, site: str, folder: Path) -> HourlyWeather:
    """Weather of a site; relative paths are read from `folder`. Raises InputError for a bad file."""
    given = instance.sites[site].weather
    match given:
        case NormalsWeather():
            year = from_normals(instance.climates[given.place])
        case EpwWeather():
            epw = series.load_epw(folder / given.path)
            wet = wet_bulb_c(epw.dry_c, epw.relative_humidity_fraction, epw.pressure_pa)
            year = HourlyWeather(epw.dry_c, np.minimum(wet, epw.dry_c))
        case CsvWeather():
            dry, wet = series.load_csv_weather(folder / given.path)
            year = HourlyWeather(dry, wet)
    return HourlyWeather(year.dry_c + given.warming_k, year.wet_c + given.warming_k)


def from_normals(climate: Climate) -> HourlyWeather:
    """A year of hours whose days spread as the normals' quantiles say."""
    months = [_month(month, days) for month, days in zip(climate.months, DAYS_OF_MONTH, strict=True)]
    return HourlyWeather(
        np.concatenate([m.dry_c for m in months]),
        np.concatenate([m.wet_c for m in months]),
    )


def _month(month: ClimateMonth, days: int) -> HourlyWeather:
    share = (DAY_STRIDE * np.arange(days) % days + 0.5) / days
    departure = np.interp(share, np.linspace(0, 1, 11), month.day_quantiles_k)[:, None]
    wet = np.minimum(np.asarray(month.wet_bulb_c)[None, :] + departure, max(month.wet_bulb_max_c))
    dry = np.maximum(np.asarray(month.dry_bulb_c)[None, :] + departure, wet)
    return HourlyWeather(dry.ravel(), wet.ravel())
