"""The hourly dry and wet bulb of a site: docs/model.md section 5."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from optimizer.audit.hourly_csv import check_year, read_columns
from optimizer.audit.psychrometrics import Hours, wet_bulb_c
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Climate, CsvWeather, EpwWeather, NormalsWeather

MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
EPW_HEADER_LINES = 8
WEATHER_COLUMNS = ("dry_bulb_c", "wet_bulb_c")
DECILES = np.linspace(0.0, 1.0, 11)

HOUR_OF_DAY = np.tile(np.arange(24), 365)
"""Hour of the day, 0..23, of each of the 8,760 hours."""
MONTH_OF_YEAR = np.repeat(np.arange(12), np.asarray(MONTH_DAYS) * 24)
"""Month, 0..11, of each of the 8,760 hours."""
DAY_OF_WEEK = (np.arange(HOURS_PER_YEAR) // 24) % 7
"""0 = Monday .. 6 = Sunday; the reference year starts on a Monday."""


@dataclass(frozen=True)
class WeatherYear:
    """One year of weather, 8,760 hours each, deg C."""

    dry_c: Hours
    wet_c: Hours
    ghi_w_per_m2: Hours | None = None
    """Global horizontal radiation; None where there is none for every hour."""


@lru_cache(maxsize=16)
def from_normals(climate: Climate) -> WeatherYear:
    """A year drawn from month-by-hour normals, the days of a month in a fixed shuffle. Not to be written to."""
    dry: list[Hours] = []
    wet: list[Hours] = []
    for days, month in zip(MONTH_DAYS, climate.months, strict=True):
        dry_by_hour, wet_by_hour = np.asarray(month.dry_bulb_c), np.asarray(month.wet_bulb_c)
        wettest = max(month.wet_bulb_max_c)
        wet_deciles = np.asarray(month.day_quantiles_k)
        dry_deciles = wet_deciles if month.dry_quantiles_k is None else np.asarray(month.dry_quantiles_k)
        for day in range(days):
            rank = ((11 * day) % days + 0.5) / days
            wet_today = np.minimum(wet_by_hour + float(np.interp(rank, DECILES, wet_deciles)), wettest)
            wet.append(wet_today)
            dry.append(np.maximum(dry_by_hour + float(np.interp(rank, DECILES, dry_deciles)), wet_today))
    sun = [
        month.ghi_w_per_m2 * days
        for days, month in zip(MONTH_DAYS, climate.months, strict=True)
        if month.ghi_w_per_m2 is not None
    ]
    radiation = np.array([value for month in sun for value in month]) if len(sun) == len(MONTH_DAYS) else None
    year = WeatherYear(np.concatenate(dry), np.concatenate(wet), radiation)
    for series in (year.dry_c, year.wet_c, year.ghi_w_per_m2):
        if series is not None:
            series.flags.writeable = False
    return year


def from_epw(path: Path) -> WeatherYear:
    """A year from an EnergyPlus weather file. Raises ValueError if it has not 8,760 usable hours."""
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()[EPW_HEADER_LINES:]
    rows = [line.split(",") for line in lines if line.strip()]
    # Some programmes write months and days as 01 or 1.0.
    rows = [row for row in rows if (float(row[1]), float(row[2])) != (2.0, 29.0)]
    dry = np.array([float(row[6]) for row in rows])
    humidity = np.array([float(row[8]) for row in rows]) / 100.0
    pressure = np.array([float(row[9]) for row in rows])
    check_year(dry, path)
    if np.any(dry >= 99.9) or np.any(humidity >= 9.99) or np.any(pressure >= 999_999.0):
        raise ValueError(f"{path}: hours without dry bulb, humidity or pressure")
    return WeatherYear(dry, wet_bulb_c(dry, humidity, pressure), _sun(rows))


def _sun(rows: list[list[str]]) -> Hours | None:
    """Global horizontal radiation, the fourteenth column; None if an hour has no value that can be."""
    try:
        radiation = np.array([float(row[13]) for row in rows])
    except (IndexError, ValueError):
        return None
    shines = radiation.min() >= 0.0 and radiation.max() <= 1500.0 and radiation.any()
    return radiation if shines else None


def from_csv(path: Path, utc_offset_hours: int | None = None) -> WeatherYear:
    """A year from a table with the columns dry_bulb_c and wet_bulb_c. Raises ValueError if it is not 8,760 rows."""
    columns = read_columns(path, WEATHER_COLUMNS, utc_offset_hours)
    missing = [name for name in WEATHER_COLUMNS if name not in columns]
    if missing:
        raise ValueError(f"{path}: has no column {missing[0]}")
    return WeatherYear(columns["dry_bulb_c"], columns["wet_bulb_c"])


def site_year(instance: Instance, site: str, base_folder: Path | None) -> WeatherYear:
    """The weather of a site, warming included. Relative paths are resolved from `base_folder`."""
    weather = instance.sites[site].weather
    folder = base_folder or Path()
    match weather:
        case NormalsWeather():
            year = from_normals(instance.climates[weather.place])
        case EpwWeather():
            year = from_epw(folder / weather.path)
        case CsvWeather():
            year = from_csv(folder / weather.path, weather.utc_offset_hours)
    return WeatherYear(year.dry_c + weather.warming_k, year.wet_c + weather.warming_k, year.ghi_w_per_m2)
