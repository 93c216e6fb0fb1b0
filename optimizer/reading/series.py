"""Hourly weather series: files to arrays of one year of 8,760 hours, or findings that name row and column."""

from __future__ import annotations

from optimizer.reading.series_csv import CsvWeatherSeries, load_csv_weather, read_csv_weather
from optimizer.reading.series_epw import EpwSeries, load_epw

__all__ = ["CsvWeatherSeries", "EpwSeries", "load_csv_weather", "load_epw", "read_csv_weather"]
