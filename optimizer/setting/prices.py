"""Electricity prices by the hour, in US dollars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import DemandCharge, Tariff, Window
from optimizer.setting.calendar import Calendar, years_between
from optimizer.setting.hours import HOUR_OF_DAY, MONTH_OF_HOUR, WEEKDAY_OF_HOUR, Series, hours_of_days


@dataclass(frozen=True, eq=False, kw_only=True)
class DemandWindow:
    """A charge on the highest hourly import of each month, or of the year, within some hours."""

    label: str
    usd_per_mva_month: float
    mask: NDArray[np.bool_]
    """Hours of the reference year it looks at, shape (8760,)."""
    usd_per_mva_year: float = 0.0
    ratchet_fraction: float = 0.0
    """Share of the year's highest that every month is billed for at least."""
    minimum_fraction: float = 0.0
    """Share of what the utility holds available that every month is billed for at least."""

    @property
    def sees_year(self) -> bool:
        """Whether the highest of the year counts."""
        return self.ratchet_fraction > 0 or self.usd_per_mva_year > 0

    @property
    def bills_more(self) -> bool:
        """Whether a month may be billed for more than its own demand."""
        return self.ratchet_fraction > 0 or self.minimum_fraction > 0


@dataclass(frozen=True, kw_only=True)
class SitePrices:
    """Prices at the planning date and how they move."""

    energy_usd_per_mwh: Series
    """Energy and fuel clause by hour, shape (8760,)."""
    demand_usd_per_mva_month: float
    trend: dict[str, float]
    """Factor by phase, at its midpoint."""
    block_mva: float | None = None
    """Demand up to which the price above holds."""
    above_usd_per_mva_month: float = 0.0
    """What each MVA beyond the block costs more than one within it."""
    windows: tuple[DemandWindow, ...] = ()
    contracted_usd_per_mw_month: float = 0.0
    uncontracted_usd_per_mw_month: float | None = None
    """None: the tariff knows no contracted capacity."""
    rebates: tuple[tuple[float, float], ...] = ()
    """(hours, USD per MWh beyond the row before), by rising hours."""
    eligible_hours: float | None = None
    """MWh per MVA that the mean month of the year must reach for rebates. None: they always hold."""
    energy_blocks: tuple[tuple[float, float], ...] = ()
    """(MWh per month, USD per MWh beyond the row before), by rising energy."""
    export_usd_per_mwh: float | None = None
    """Paid for surplus; None: it is curtailed."""


def price_mask(row: Window, holidays: Iterable[str] = ()) -> NDArray[np.bool_]:
    """Hours of the reference year in which a row holds, boolean (8760,). Holidays are weekend days."""
    month = np.isin(MONTH_OF_HOUR + 1, row.months)
    hour = (row.from_hour <= HOUR_OF_DAY) & (row.to_hour > HOUR_OF_DAY)
    weekend = (WEEKDAY_OF_HOUR >= 5) | hours_of_days(holidays)
    day = {"all": np.ones_like(weekend), "weekday": ~weekend, "weekend": weekend}[row.days]
    return np.asarray(month & hour & day, dtype=np.bool_)


def hourly_price(tariff: Tariff, series: Series | None = None) -> Series:
    """Price per kWh in the tariff's currency by hour, fuel clause included, shape (8760,).

    `series` takes the place of the rows of energy.
    """
    price = np.full(HOUR_OF_DAY.shape, tariff.fuel_clause_per_kwh)
    if series is not None:
        return price + series
    for row in tariff.energy:
        price = price + np.where(price_mask(row, tariff.holidays), row.price_per_kwh, 0.0)
    return price


def site_prices(instance: Instance, calendar: Calendar, site: str, series: Series | None = None) -> SitePrices:
    """Prices of a site's tariff converted to US dollars; `series`: price per kWh by hour in place of its rows."""
    tariff = instance.tariffs[instance.sites[site].tariff]
    per_usd = 1.0 if tariff.currency == "USD" else instance.exchange_rates[tariff.currency].per_usd
    trend = {}
    for phase in calendar.phases:
        middle = years_between(calendar.planning, calendar.starts[phase]) + instance.phases[phase].years / 2
        trend[phase] = (1 + tariff.real_trend_fraction) ** middle * instance.phases[phase].tariff_factor
    usd = 1000 / per_usd
    flat = tariff.demand_per_kva_month
    above = tariff.demand_above_block_per_kva_month
    over = tariff.uncontracted_per_kw_month
    sold = instance.sites[site].export_price_per_kwh
    return SitePrices(
        energy_usd_per_mwh=hourly_price(tariff, series) * usd,
        demand_usd_per_mva_month=flat * usd,
        trend=trend,
        block_mva=None if tariff.demand_block_kva is None else tariff.demand_block_kva / 1000,
        above_usd_per_mva_month=0.0 if above is None else (above - flat) * usd,
        windows=tuple(_window(tariff, row, usd) for row in tariff.demand),
        contracted_usd_per_mw_month=(tariff.contracted_per_kw_month or 0.0) * usd,
        uncontracted_usd_per_mw_month=None if over is None else over * usd,
        rebates=tuple(_rises([(row.from_hours, row.per_kwh) for row in tariff.load_factor_rebates], usd)),
        eligible_hours=tariff.load_factor_eligible_hours,
        energy_blocks=tuple(
            _rises([(row.from_kwh / 1000, row.surcharge_per_kwh) for row in tariff.energy_blocks], usd)
        ),
        export_usd_per_mwh=None if sold is None else sold * usd,
    )


def _window(tariff: Tariff, row: DemandCharge, usd: float) -> DemandWindow:
    return DemandWindow(
        label=row.label,
        usd_per_mva_month=row.per_kva_month * usd,
        mask=price_mask(row, tariff.holidays),
        usd_per_mva_year=row.per_kva_year * usd,
        ratchet_fraction=row.ratchet_fraction,
        minimum_fraction=row.minimum_fraction,
    )


def _rises(rows: Iterable[tuple[float, float]], usd: float) -> Iterator[tuple[float, float]]:
    """Thresholds, each with what its row adds to the one before."""
    before = 0.0
    for threshold, per_kwh in rows:
        yield threshold, (per_kwh - before) * usd
        before = per_kwh
