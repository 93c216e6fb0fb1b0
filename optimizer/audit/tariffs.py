"""What imported energy costs: docs/model.md section 11, `energy`."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder
from optimizer.audit.hours import covered_hours
from optimizer.audit.operation import Operation
from optimizer.audit.power import sells_surplus
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.schedule import dispatches
from optimizer.inputs.quantity import HOURS_PER_YEAR, USD_PER_MUSD
from optimizer.inputs.setting import Tariff

KWH_PER_MWH = 1000.0
KVA_PER_MVA = 1000.0
ELIGIBLE_SLACK = 1e-6
"""Share of the energy asked for that may be missing where a rebate is earned: docs/model.md section 11."""


def price_per_kwh(case: AuditCase, site: str) -> Hours:
    """Energy price without the fuel clause, by hour of the year, in the currency of the site's tariff."""
    told = case.grid_year(site).price_per_kwh
    if told is not None:
        return told
    tariff = case.instance.tariffs[case.instance.sites[site].tariff]
    price = np.zeros(HOURS_PER_YEAR)
    for row in tariff.energy:
        price += np.where(covered_hours(row, tariff.holidays), row.price_per_kwh, 0.0)
    return price


def check_tariffs(case: AuditCase, recorder: Recorder) -> None:
    """Every hour is covered by exactly one row of every tariff in use; no price falls that must not."""
    for name in sorted({site.tariff for site in case.instance.sites.values()}):
        tariff = case.instance.tariffs[name]
        rows = np.zeros(HOURS_PER_YEAR, dtype=np.int64)
        for row in tariff.energy:
            rows += covered_hours(row, tariff.holidays)
        wrong = int((rows != 1).sum())
        recorder.at_most("tariff.coverage", name, wrong, 0, "hours not covered by exactly one price")
        _check_prices(name, tariff, recorder)
        users = [site for site, spec in case.instance.sites.items() if spec.tariff == name]
        dispatching = [site for site in users if dispatches(case.instance, site)]
        if tariff.load_factor_rebates:
            recorder.holds("tariff.rebates", name, not dispatching, f"rebates at sites that dispatch: {dispatching}")


def _check_prices(name: str, tariff: Tariff, recorder: Recorder) -> None:
    """Prices that must not fall from one row or block to the next."""
    above = tariff.demand_above_block_per_kva_month
    if tariff.demand_block_kva is not None and above is not None:
        recorder.at_least("tariff.block", name, above, tariff.demand_per_kva_month, "price beyond the block")
    contracted, uncontracted = tariff.contracted_per_kw_month, tariff.uncontracted_per_kw_month
    if contracted is not None and uncontracted is not None:
        recorder.at_least("tariff.contracted", name, uncontracted, contracted, "price beyond the contract")
    for before, after in pairwise(tariff.load_factor_rebates):
        rising = after.from_hours > before.from_hours and after.per_kwh >= before.per_kwh
        recorder.holds("tariff.rebates", name, rising, "rebates must rise with the hours")
    if tariff.load_factor_eligible_hours is not None:
        beside = bool(tariff.load_factor_rebates)
        recorder.holds("tariff.eligible", name, beside, "hours to be reached for rebates, and no rebates")
    for row in tariff.energy_blocks[:1]:
        recorder.at_least("tariff.energy_blocks", name, row.surcharge_per_kwh, 0.0, "surcharge of the first block")
    for first, second in pairwise(tariff.energy_blocks):
        rising = second.from_kwh > first.from_kwh and second.surcharge_per_kwh >= first.surcharge_per_kwh
        recorder.holds("tariff.energy_blocks", name, rising, "surcharges must not fall as the energy rises")


def usd_per_unit(case: AuditCase, tariff: Tariff, p: int) -> float:
    """US dollars of the price year for one unit of the tariff's currency, the real trend included."""
    rates = case.instance.exchange_rates
    per_usd = 1.0 if tariff.currency == "USD" else rates[tariff.currency].per_usd
    factor = case.instance.phases[case.periods.phases[p]].tariff_factor
    return factor * case.periods.trend(tariff.real_trend_fraction, p) / per_usd


def energy_musd(case: AuditCase, site: str, p: int, operation: Operation) -> float:
    """Energy bill of a year, rebates taken off and what lies in dearer blocks put on."""
    spec = case.instance.sites[site]
    tariff = case.instance.tariffs[spec.tariff]
    price = price_per_kwh(case, site)[operation.kept.index] + tariff.fuel_clause_per_kwh
    bill = operation.kept.yearly(operation.import_mw * price) * KWH_PER_MWH
    bill -= rebates(tariff, spec.grid.power_factor, operation)
    bill += surcharges(tariff, operation)
    return bill * usd_per_unit(case, tariff, p) / USD_PER_MUSD


def export_musd(case: AuditCase, site: str, p: int, operation: Operation) -> float:
    """What surplus earns in a year, negative; its price moves with that of import."""
    spec = case.instance.sites[site]
    if not sells_surplus(case.instance, site):
        return 0.0
    earned = operation.exported_mwh * KWH_PER_MWH * (spec.export_price_per_kwh or 0.0)
    return -earned * usd_per_unit(case, case.instance.tariffs[spec.tariff], p) / USD_PER_MUSD


def monthly_kwh(operation: Operation) -> list[float]:
    """Energy imported in each month of which an hour is kept.

    In a short year every hour kept stands for the same part of a month, whatever the month's own length.
    """
    kept = operation.kept
    per_hour = kept.year_factor / kept.month_factor * KWH_PER_MWH
    return [float(operation.import_mw[kept.month == month].sum()) * per_hour for month in kept.months]


def eligible(tariff: Tariff, power_factor: float, operation: Operation) -> bool:
    """Whether the mean month reaches the hours that rebates ask for; transformers lose nothing under load here."""
    if tariff.load_factor_eligible_hours is None:
        return True
    bare = replace(operation, import_mw=operation.import_mw - operation.load_loss_mw, load_loss_mw=0.0)
    kva = sum(peak_mw / power_factor * KVA_PER_MVA for peak_mw in bare.monthly_peaks_mw)
    return sum(monthly_kwh(bare)) >= tariff.load_factor_eligible_hours * kva * (1.0 - ELIGIBLE_SLACK)


def rebates(tariff: Tariff, power_factor: float, operation: Operation) -> float:
    """Rebates of a year for energy that is high for the demand of its month, in the tariff's currency."""
    if not tariff.load_factor_rebates or not eligible(tariff, power_factor, operation):
        return 0.0
    total = 0.0
    for kwh, peak_mw in zip(monthly_kwh(operation), operation.monthly_peaks_mw, strict=True):
        kva = peak_mw / power_factor * KVA_PER_MVA
        before = 0.0
        for row in tariff.load_factor_rebates:
            total += (row.per_kwh - before) * max(0.0, kwh - row.from_hours * kva)
            before = row.per_kwh
    return total * operation.kept.month_factor


def surcharges(tariff: Tariff, operation: Operation) -> float:
    """What the energy of each month costs more beyond the thresholds of its blocks, in the tariff's currency."""
    total = 0.0
    for kwh in monthly_kwh(operation) if tariff.energy_blocks else ():
        # Block by block: what lies between a threshold and the next one has the surcharge of its own block.
        tops = (*(row.from_kwh for row in tariff.energy_blocks[1:]), math.inf)
        for row, top in zip(tariff.energy_blocks, tops, strict=True):
            total += row.surcharge_per_kwh * max(0.0, min(kwh, top) - row.from_kwh)
    return total * operation.kept.month_factor
