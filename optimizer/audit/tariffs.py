"""What imported electricity costs: docs/model.md section 11, `energy` and `demand`."""

from __future__ import annotations

import numpy as np

from optimizer.audit.case import Case
from optimizer.audit.findings import Recorder
from optimizer.audit.power import Operation
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.weather import DAY_OF_WEEK, HOUR_OF_DAY, MONTH_OF_YEAR
from optimizer.quantity import HOURS_PER_YEAR
from optimizer.setting.spec import EnergyPrice, Tariff

USD_PER_MUSD = 1e6
KWH_PER_MWH = 1000.0
SATURDAY = 5


def covered_hours(row: EnergyPrice) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The hours of the year in which a price holds."""
    month = np.isin(MONTH_OF_YEAR + 1, row.months)
    hour = (row.from_hour <= HOUR_OF_DAY) & (row.to_hour > HOUR_OF_DAY)
    if row.days == "weekday":
        return month & hour & (DAY_OF_WEEK < SATURDAY)
    if row.days == "weekend":
        return month & hour & (DAY_OF_WEEK >= SATURDAY)
    return month & hour


def price_per_kwh(tariff: Tariff) -> Hours:
    """Energy price with the fuel clause, by hour, in the tariff's currency."""
    price = np.full(HOURS_PER_YEAR, tariff.fuel_clause_per_kwh)
    for row in tariff.energy:
        price += np.where(covered_hours(row), row.price_per_kwh, 0.0)
    return price


def check_tariffs(case: Case, recorder: Recorder) -> None:
    """Every hour is covered by exactly one row of every tariff in use."""
    for name in sorted({site.tariff for site in case.instance.sites.values()}):
        rows = np.zeros(HOURS_PER_YEAR, dtype=np.int64)
        for row in case.instance.tariffs[name].energy:
            rows += covered_hours(row)
        wrong = int((rows != 1).sum())
        recorder.at_most("tariff.coverage", name, wrong, 0, "hours not covered by exactly one price")


def usd_per_unit(case: Case, tariff: Tariff, p: int) -> float:
    """US dollars of the price year for one unit of the tariff's currency, the real trend included."""
    rates = case.instance.exchange_rates
    per_usd = 1.0 if tariff.currency == case.instance.currency else rates[tariff.currency].per_usd
    factor = case.instance.phases[case.periods.phases[p]].tariff_factor
    return factor * case.periods.trend(tariff.real_trend_fraction, p) / per_usd


def energy_musd(case: Case, site: str, p: int, operation: Operation) -> float:
    """Energy bill of a year."""
    tariff = case.instance.tariffs[case.instance.sites[site].tariff]
    bill = float((operation.import_mw * price_per_kwh(tariff)).sum()) * KWH_PER_MWH
    return bill * usd_per_unit(case, tariff, p) / USD_PER_MUSD


def demand_musd(case: Case, site: str, p: int, operation: Operation) -> float:
    """Charge on the maximum demand of the twelve months."""
    spec = case.instance.sites[site]
    tariff = case.instance.tariffs[spec.tariff]
    kva = sum(operation.monthly_peaks_mw) / spec.grid.power_factor * 1000.0
    return kva * tariff.demand_per_kva_month * usd_per_unit(case, tariff, p) / USD_PER_MUSD
