"""What demand costs, by the month: docs/model.md section 11, `demand`."""

from __future__ import annotations

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.hours import covered_hours
from optimizer.audit.operation import Operation
from optimizer.audit.power import grid_limit_mw
from optimizer.audit.tariffs import KVA_PER_MVA, usd_per_unit
from optimizer.inputs.quantity import USD_PER_MUSD
from optimizer.inputs.setting import DemandCharge, Tariff

KW_PER_MW = 1000.0


def demand_musd(case: AuditCase, site: str, p: int, operation: Operation) -> float:
    """All charges on the demand of a year."""
    spec = case.instance.sites[site]
    tariff, power_factor = case.instance.tariffs[spec.tariff], spec.grid.power_factor
    kva = [peak_mw / power_factor * KVA_PER_MVA for peak_mw in operation.monthly_peaks_mw]
    charges = sum(block_charge(tariff, demand) for demand in kva)
    yearly = 0.0
    connected = any((row.site, row.phase) == (site, case.periods.phases[p]) for row in case.decisions.substations)
    held_mw = grid_limit_mw(case, site, p) if connected else 0.0
    for row in tariff.demand:
        peaks_mw = window_peaks_mw(row, tariff.holidays, operation)
        per_mw = KVA_PER_MVA / power_factor
        charges += row.per_kva_month * sum(billed_mw(row, peaks_mw, held_mw)) * per_mw
        yearly += row.per_kva_year * max(peaks_mw, default=0.0) * per_mw
    charges += contract_charges(tariff, contracted_mw(case, site, p), operation)
    return (charges * operation.kept.month_factor + yearly) * usd_per_unit(case, tariff, p) / USD_PER_MUSD


def block_charge(tariff: Tariff, kva: float) -> float:
    """Charge on the highest demand of one month; what lies beyond the block has its own price."""
    price, above = tariff.demand_per_kva_month, tariff.demand_above_block_per_kva_month
    if tariff.demand_block_kva is None or above is None:
        return kva * price
    beyond = max(0.0, kva - tariff.demand_block_kva)
    return (kva - beyond) * price + beyond * above


def window_peaks_mw(row: DemandCharge, holidays: tuple[str, ...], operation: Operation) -> list[float]:
    """Highest import at full work within the hours of a row, of each month in which it has any."""
    kept = operation.kept
    within = covered_hours(row, holidays)[kept.index]
    by_month = [operation.drawn_mw[within & (kept.month == month)] for month in kept.months]
    return [float(drawn_mw.max()) for drawn_mw in by_month if drawn_mw.size]


def billed_mw(row: DemandCharge, peaks_mw: list[float], held_mw: float) -> list[float]:
    """What each month is billed for: its own demand, or a share of the year's highest or of what is held available."""
    least = max(row.ratchet_fraction * max(peaks_mw, default=0.0), row.minimum_fraction * held_mw)
    return [max(peak, least) for peak in peaks_mw]


def contracted_mw(case: AuditCase, site: str, p: int) -> float:
    """Contracted capacity of a site in a phase."""
    phase = case.periods.phases[p]
    return sum(row.mw for row in case.decisions.contracts if (row.site, row.phase) == (site, phase))


def contract_charges(tariff: Tariff, contract_mw: float, operation: Operation) -> float:
    """What is contracted, used or not, and what lies beyond it, summed over the months."""
    contracted, beyond = tariff.contracted_per_kw_month or 0.0, tariff.uncontracted_per_kw_month or 0.0
    return sum(
        (contracted * contract_mw + beyond * max(0.0, peak_mw - contract_mw)) * KW_PER_MW
        for peak_mw in operation.monthly_peaks_mw
    )


def check_contracts(case: AuditCase, recorder: Recorder) -> None:
    """Capacity is contracted only where the tariff has a price for it."""
    for row in case.decisions.contracts:
        tariff = case.instance.tariffs[case.instance.sites[row.site].tariff]
        priced = tariff.contracted_per_kw_month is not None
        where = joined("contracts", row.site, row.phase)
        recorder.holds("contracts.allowed", where, priced or row.mw == 0.0, "the tariff has no contracted capacity")
