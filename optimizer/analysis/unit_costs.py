"""The whole-life cost by the measures a finance officer compares: docs/model.md section 12."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.analysis.headline import usd_per_accelerator_hour
from optimizer.inputs.quantity import EFLOP_PER_PFLOPS_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR, MILLION
from optimizer.model.figures import Figures, ratio
from optimizer.pipeline import Result
from optimizer.setting.demand import is_active, servings
from optimizer.setting.occupancy import delivered_pflops

BILL = ("energy", "demand")
"""Accounts of the electricity bill: energy with fuel clause and rebates, charges on demand and contracts."""
KWH_PER_MWH = 1000
MILLIONS_PER_BILLION = 1000


@dataclass(frozen=True, kw_only=True)
class UnitCosts:
    """Present value of the cost over that of a quantity, in US dollars. None where there is nothing of it."""

    usd_per_accelerator_hour: float | None
    """Over the hours of all accelerators installed."""
    usd_per_pflops_year: float | None
    """Over the effective PFLOPS delivered, year by year: the levelised cost in another unit."""
    usd_per_million_tokens: float | None
    """What services cost, by their share of what is delivered, over tokens read and written."""
    usd_per_kwh: float | None
    """The electricity bill over the energy imported: the average price paid."""


def unit_costs(result: Result) -> UnitCosts:
    """Unit costs of a design that there is."""
    figures = Figures(result.problem, result.decisions, result.reported.ledger)
    eflop = figures.npv_eflop()
    return UnitCosts(
        usd_per_accelerator_hour=usd_per_accelerator_hour(result),
        usd_per_pflops_year=figures.npv_cost_musd() * MILLION * EFLOP_PER_PFLOPS_YEAR / eflop if eflop else None,
        usd_per_million_tokens=_per_million_tokens(figures),
        usd_per_kwh=_per_kwh(figures),
    )


def _per_kwh(f: Figures) -> float | None:
    calendar = f.problem.calendar
    paid = sum(f.total(account, p) * calendar.annuity(p) for account in BILL for p in calendar.phases)
    imported_mwh = sum(f.total("import_mwh", p) * calendar.annuity(p) for p in calendar.phases)
    return ratio(paid * MILLION, imported_mwh * KWH_PER_MWH) or None


def _per_million_tokens(f: Figures) -> float | None:
    """Shared between services and other work by what is delivered to each."""
    instance, calendar = f.problem.instance, f.problem.calendar
    services = servings(instance)
    if not services:
        return None
    served_eflop = tokens_m = 0.0
    for p in calendar.phases:
        lines = [e for e in f.entries if e.account == "effective_pflops" and e.phase == p]
        in_use = {v: sum(e.amount for e in lines if e.label.rpartition("/")[2] == v) for v in services}
        served_eflop += delivered_pflops(instance, p, in_use) * EFLOP_PER_PFLOPS_YEAR * calendar.annuity(p)
        active = [load for load in services.values() if is_active(instance, load, p)]
        a_day_b = sum(load.input_tokens_b_per_day + load.output_tokens_b_per_day for load in active)
        tokens_m += a_day_b * MILLIONS_PER_BILLION * HOURS_PER_YEAR / HOURS_PER_DAY * calendar.annuity(p)
    share = ratio(served_eflop, f.npv_eflop())
    return share * f.npv_cost_musd() * MILLION / tokens_m if share and tokens_m else None
