"""Limits: caps on money, energy, carbon, water, space and accelerators. Which there are: `ledger.limits`.

Given       the caps an instance states
Decides     area_m2 the largest white and plant space of all sites over the phases
Subject to  area[p]    white and plant space <= area_m2
            cap["capex"]       capital payments <= capex_musd
            cap["cost"]        net present value <= total_cost_musd
            cap["levelised"]   net present value <= lcoc_usd_per_eflop * EFLOP delivered
            cap["floor_area"]  area_m2 <= floor_area_m2
            cap["list_price"]  net present value <= list_price_max_usd_per_eflop * sold_fraction * EFLOP delivered
            cap["subsidy"]     subsidy_fraction * net present value <= subsidy_cap_musd
            phase_cap[name, p] amount of the phase (accounts of its row) <= its cap
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block, NonNegativeReals, Var

from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import Ledger, add_up, is_variable
from optimizer.ledger.limits import Scope, stated

IMPOSSIBLE = -1.0
"""area_m2 is never below it: a cap on an amount that nothing decides, and that lies beyond it, is a row like this."""


def add(block: Block, instance: Instance, ledger: Ledger, eflop_millions: Any) -> None:
    """Add the caps; `eflop_millions` is the present value of the delivered compute in millions of EFLOP."""
    phases = list(instance.phases)
    block.area_m2 = Var(domain=NonNegativeReals)

    @block.Constraint(phases)
    def area(b: Block, p: str) -> Any:
        return (None, ledger.total("white_m2", p) + ledger.total("plant_m2", p) - b.area_m2, 0)

    forms = {"capex": ledger.capital(), "cost": ledger.net_present_value(), "floor_area": block.area_m2}
    whole: dict[str, tuple[Any, float]] = {}
    by_phase: dict[tuple[str, str], tuple[Any, float]] = {}
    for row, most in stated(instance):
        amount_factor, most_factor = row.factors(instance)
        if row.scope is Scope.PHASE:
            by_phase |= {(row.name, p): (add_up(ledger.total(a, p) for a in row.accounts), most) for p in phases}
        elif row.per_eflop:
            whole[row.name] = (forms[row.form] - most * most_factor * eflop_millions, 0.0)
        elif amount_factor:
            whole[row.name] = (forms[row.form] if amount_factor == 1 else amount_factor * forms[row.form], most)

    @block.Constraint([name for name, pair in whole.items() if _matters(*pair)])
    def cap(b: Block, name: str) -> Any:
        return _at_most(b, *whole[name])

    @block.Constraint([key for key, pair in by_phase.items() if _matters(*pair)])
    def phase_cap(b: Block, name: str, p: str) -> Any:
        return _at_most(b, *by_phase[name, p])


def _matters(amount: Any, most: float) -> bool:
    return is_variable(amount) or float(amount) > most


def _at_most(block: Block, amount: Any, most: float) -> Any:
    return (None, amount, most) if is_variable(amount) else (None, block.area_m2, IMPOSSIBLE)
