"""Electricity prices by the hour, in US dollars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.instance.schema import Instance
from optimizer.setting.calendar import Calendar, years_between
from optimizer.setting.hours import HOUR_OF_DAY, MONTH_OF_HOUR, WEEKDAY_OF_HOUR, Series
from optimizer.setting.spec import EnergyPrice, Tariff


@dataclass(frozen=True)
class SitePrices:
    """Prices at the planning date and how they move."""

    energy_usd_per_mwh: Series
    """Energy and fuel clause by hour, shape (8760,)."""
    demand_usd_per_mva_month: float
    trend: dict[str, float]
    """Factor by phase, at its midpoint."""


def price_mask(row: EnergyPrice) -> np.ndarray:
    """Hours of the reference year in which a price holds, boolean (8760,)."""
    month = np.isin(MONTH_OF_HOUR + 1, row.months)
    hour = (row.from_hour <= HOUR_OF_DAY) & (row.to_hour > HOUR_OF_DAY)
    weekend = WEEKDAY_OF_HOUR >= 5
    day = {"all": np.ones_like(weekend), "weekday": ~weekend, "weekend": weekend}[row.days]
    return np.asarray(month & hour & day)


def hourly_price(tariff: Tariff) -> Series:
    """Price per kWh in the tariff's currency by hour, fuel clause included, shape (8760,)."""
    price = np.full(HOUR_OF_DAY.shape, tariff.fuel_clause_per_kwh)
    for row in tariff.energy:
        price = price + np.where(price_mask(row), row.price_per_kwh, 0.0)
    return price


def site_prices(instance: Instance, calendar: Calendar, site: str) -> SitePrices:
    """Prices of a site's tariff converted to US dollars."""
    tariff = instance.tariffs[instance.sites[site].tariff]
    per_usd = 1.0 if tariff.currency == instance.currency else instance.exchange_rates[tariff.currency].per_usd
    trend = {}
    for phase in calendar.phases:
        middle = years_between(calendar.planning, calendar.starts[phase]) + instance.phases[phase].years / 2
        trend[phase] = (1 + tariff.real_trend_fraction) ** middle * instance.phases[phase].tariff_factor
    return SitePrices(
        hourly_price(tariff) * 1000 / per_usd,
        tariff.demand_per_kva_month * 1000 / per_usd,
        trend,
    )
