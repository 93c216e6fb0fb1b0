"""Hourly dry and wet bulb, and how a year is made from the catalogue's climate normals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.inputs.setting import Climate, ClimateMonth
from optimizer.setting.hours import DAYS_OF_MONTH, Series

DAY_STRIDE = 11
"""Days of a month take the ranks 0, 11, 22, ... modulo its length: a fixed order without runs of like days."""


@dataclass(frozen=True)
class HourlyWeather:
    """Dry and wet bulb in deg C, each of shape (8760,)."""

    dry_c: Series
    wet_c: Series
    ghi_w_per_m2: Series | None = None
    """Global radiation on the horizontal plane; None: the weather tells none."""


def from_normals(climate: Climate) -> HourlyWeather:
    """A year of hours whose days spread as the normals' quantiles say."""
    months = [_month(month, days) for month, days in zip(climate.months, DAYS_OF_MONTH, strict=True)]
    return HourlyWeather(
        np.concatenate([m.dry_c for m in months]),
        np.concatenate([m.wet_c for m in months]),
        _radiation(climate),
    )


def _radiation(climate: Climate) -> Series | None:
    """Every day of a month has the radiation of the month's mean; None if a month tells none."""
    by_month = [month.ghi_w_per_m2 for month in climate.months]
    if any(month is None for month in by_month):
        return None
    days = zip(by_month, DAYS_OF_MONTH, strict=True)
    return np.concatenate([np.tile(np.asarray(month), count) for month, count in days])


def _month(month: ClimateMonth, days: int) -> HourlyWeather:
    share = (DAY_STRIDE * np.arange(days) % days + 0.5) / days
    by_day = month.day_quantiles_k
    wet = np.minimum(_spread(month.wet_bulb_c, by_day, share), max(month.wet_bulb_max_c))
    dry = np.maximum(_spread(month.dry_bulb_c, month.dry_quantiles_k or by_day, share), wet)
    return HourlyWeather(dry.ravel(), wet.ravel())


def _spread(mean_c: tuple[float, ...], deciles_k: tuple[float, ...], share: Series) -> Series:
    """Means by hour and the departure of each day's rank, shape (days, 24)."""
    return np.asarray(np.asarray(mean_c)[None, :] + np.interp(share, np.linspace(0, 1, 11), deciles_k)[:, None])
