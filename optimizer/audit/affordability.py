"""From cost to the price that users pay: docs/model.md section 10."""

from __future__ import annotations

import math

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder
from optimizer.audit.pods import working_point
from optimizer.inputs.policies import CloudPrice
from optimizer.inputs.quantity import EFLOP_PER_PFLOPS_HOUR, USD_PER_MUSD


def price_figures(case: AuditCase, cost_musd: float, lcoc: float) -> dict[str, float]:
    """List price, user price, subsidy and price to compare with; nothing if affordability is not asked about."""
    terms = case.instance.affordability
    if terms is None:
        return {}
    list_price = lcoc / terms.sold_fraction
    prices = {
        "list_price_usd_per_eflop": list_price,
        "user_price_usd_per_eflop": (1.0 - terms.subsidy_fraction) * list_price,
        "subsidy_musd": terms.subsidy_fraction * cost_musd,
    }
    named = [*terms.clouds.values(), *([terms.cloud] if terms.cloud is not None else [])]
    if named:
        prices["cloud_price_usd_per_eflop"] = min(cloud_price(case, each) for each in named)
    return prices


def cloud_price(case: AuditCase, cloud: CloudPrice) -> float:
    """USD per effective EFLOP of an accelerator by the hour; infinite if it does not do that work at all."""
    chip = case.instance.accelerators.get(cloud.accelerator)
    work = case.instance.workloads.get(cloud.workload)
    if chip is None or work is None:
        return math.inf
    peak, utilisation = working_point(chip, work)
    eflop_per_hour = EFLOP_PER_PFLOPS_HOUR * peak / 1000.0 * utilisation
    return cloud.usd_per_hour / eflop_per_hour if eflop_per_hour else math.inf


def check_affordability(case: AuditCase, cost_musd: float, eflop: float, recorder: Recorder) -> None:
    """What subsidies cost, the list price, and that there is something to compare with."""
    terms = case.instance.affordability
    if terms is None:
        return
    if terms.subsidy_cap_musd is not None:
        subsidy = terms.subsidy_fraction * cost_musd
        recorder.at_most("affordability.subsidy", "plan", subsidy, terms.subsidy_cap_musd, "MUSD of subsidies")
    if terms.list_price_max_usd_per_eflop is not None:
        income = terms.list_price_max_usd_per_eflop * terms.sold_fraction * eflop
        cost = cost_musd * USD_PER_MUSD
        recorder.at_most("affordability.list_price", "plan", cost, income, "USD to recover at the highest list price")
    for name, cloud in {**terms.clouds, **({"plan": terms.cloud} if terms.cloud is not None else {})}.items():
        priced = math.isfinite(cloud_price(case, cloud))
        recorder.holds("affordability.cloud", name, priced, "the accelerator cannot do this workload")
