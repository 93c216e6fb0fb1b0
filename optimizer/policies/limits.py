"""Limits: caps on money, energy, carbon, water and space.

Given       the caps an instance states
Decides     area_m2 the largest white and plant space of all sites over the phases
Subject to  area[p]    white and plant space <= area_m2
            cap["capex"]       capital payments <= capex_musd
            cap["cost"]        net present value <= total_cost_musd
            cap["levelised"]   net present value <= lcoc_usd_per_eflop * EFLOP delivered
            cap["floor_area"]  area_m2 <= floor_area_m2
            cap["list_price"]  net present value <= list_price_max_usd_per_eflop * sold_fraction * EFLOP delivered
            cap["subsidy"]     subsidy_fraction * net present value <= subsidy_cap_musd
            yearly_cap[energy | carbon | water, p]   yearly quantity <= its cap
"""

from __future__ import annotations

from typing import Any

from pyomo.environ import Block, NonNegativeReals, Var

from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import Ledger, is_variable


def add(block: Block, instance: Instance, ledger: Ledger, eflop_millions: Any) -> None:
    """Add the caps; `eflop_millions` is the present value of the delivered compute in millions of EFLOP."""
    limits = instance.limits
    phases = list(instance.phases)
    block.area_m2 = Var(domain=NonNegativeReals)

    @block.Constraint(phases)
    def area(b: Block, p: str) -> Any:
        return (None, ledger.total("white_m2", p) + ledger.total("plant_m2", p) - b.area_m2, 0)

    whole = {
        "capex": (ledger.capital(), limits.capex_musd),
        "cost": (ledger.net_present_value(), limits.total_cost_musd),
        "floor_area": (block.area_m2, limits.floor_area_m2),
    }
    if limits.lcoc_usd_per_eflop is not None:
        whole["levelised"] = (ledger.net_present_value() - limits.lcoc_usd_per_eflop * eflop_millions, 0.0)

    whole |= _prices(instance, ledger, eflop_millions)

    @block.Constraint([name for name, (amount, cap) in whole.items() if cap is not None and is_variable(amount)])
    def cap(b: Block, name: str) -> Any:
        return (None, whole[name][0], whole[name][1])

    yearly = {
        "energy": ("import_mwh", limits.energy_mwh_per_year),
        "carbon": ("carbon_t", limits.carbon_t_per_year),
        "water": ("water_m3", limits.water_m3_per_year),
    }

    capped = [(name, p) for name, (_, most) in yearly.items() if most is not None for p in phases]

    @block.Constraint([(name, p) for name, p in capped if is_variable(ledger.total(yearly[name][0], p))])
    def yearly_cap(b: Block, name: str, p: str) -> Any:
        account, most = yearly[name]
        return (None, ledger.total(account, p), most)


def _prices(instance: Instance, ledger: Ledger, eflop_millions: Any) -> dict[str, tuple[Any, float]]:
    """Caps on what users and the public purse pay."""
    given = instance.affordability
    found: dict[str, tuple[Any, float]] = {}
    if given is None:
        return found
    if given.list_price_max_usd_per_eflop is not None:
        most = given.list_price_max_usd_per_eflop * given.sold_fraction
        found["list_price"] = (ledger.net_present_value() - most * eflop_millions, 0.0)
    if given.subsidy_cap_musd is not None and given.subsidy_fraction:
        found["subsidy"] = (given.subsidy_fraction * ledger.net_present_value(), given.subsidy_cap_musd)
    return found
