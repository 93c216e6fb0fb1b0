"""The hourly weather of a site, read from wherever the instance says."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import CsvWeather, EpwWeather, NormalsWeather
from optimizer.reading.series_csv import read_csv_weather
from optimizer.reading.series_epw import load_epw
from optimizer.setting.psychrometrics import wet_bulb_c
from optimizer.setting.weather import HourlyWeather, from_normals


def site_weather(instance: Instance, site: str, folder: Path) -> HourlyWeather:
    """Weather of a site; relative paths are read from `folder`. Raises InputError for a bad file."""
    given = instance.sites[site].weather
    match given:
        case NormalsWeather():
            year = from_normals(instance.climates[given.place])
        case EpwWeather():
            epw = load_epw(folder / given.path)
            wet = wet_bulb_c(epw.dry_c, epw.relative_humidity_fraction, epw.pressure_pa)
            year = HourlyWeather(epw.dry_c, np.minimum(wet, epw.dry_c), epw.ghi_w_per_m2)
        case CsvWeather():
            table = read_csv_weather(folder / given.path, utc_offset_hours=given.utc_offset_hours)
            year = HourlyWeather(table.dry_bulb_c, table.wet_bulb_c)
    return HourlyWeather(year.dry_c + given.warming_k, year.wet_c + given.warming_k, year.ghi_w_per_m2)
