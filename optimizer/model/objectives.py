"""Objectives: linear forms over the ledger, and which of them is sought.

The forms are in units that keep coefficients near 1: million US dollars and millions of EFLOP, so that their ratio is
US dollars per EFLOP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.inputs.quantity import EFLOP_PER_PFLOPS_YEAR, MILLION
from optimizer.inputs.schema import Instance, Objective
from optimizer.ledger.ledger import Ledger, add_up
from optimizer.ledger.limits import stated
from optimizer.operations.shapes import YEARLY_ACCOUNTS

if TYPE_CHECKING:
    from pyomo.core import ConcreteModel


@dataclass(frozen=True)
class Goal:
    """What an objective means to a reader."""

    id: Objective
    unit: str
    form: str
    """Name of the linear form minimised (for lcoc, the numerator)."""
    sign: int = 1
    """-1 if the form is the negative of the value reported."""
    scale: float = 1.0
    """Value reported = sign * scale * form."""


GOALS: dict[str, Goal] = {
    goal.id: goal
    for goal in (
        Goal("lcoc", "USD/EFLOP", "cost"),
        Goal("total_cost", "MUSD", "cost"),
        Goal("capex", "MUSD", "capex"),
        Goal("energy", "MWh", "energy"),
        Goal("carbon", "t", "carbon"),
        Goal("floor_area", "m2", "floor_area"),
        Goal("simplicity", "kinds and lots", "simplicity"),
        Goal("max_throughput", "EFLOP", "throughput", sign=-1, scale=MILLION),
    )
}


def eflop_millions(model: ConcreteModel, ledger: Ledger) -> Any:
    """Present value of the compute delivered, in millions of EFLOP."""
    per_pflops = EFLOP_PER_PFLOPS_YEAR / MILLION
    delivered = model.throughput.delivered
    return add_up(per_pflops * ledger.calendar.annuity(p) * delivered[p] for p in ledger.calendar.phases)


def yearly(instance: Instance, objective: Objective) -> tuple[str, ...]:
    """Yearly amounts that a limit caps or the objective seeks: a year that dispatches has to know them."""
    capped = {account for limit, _ in stated(instance) for account in limit.accounts}
    return tuple(name for name, account in YEARLY_ACCOUNTS.items() if account in capped or name == objective)


def forms(model: ConcreteModel, instance: Instance, ledger: Ledger) -> dict[str, Any]:
    """Every linear form an objective or a report may need."""
    from optimizer.policies.simple_purchase import simplicity

    years = {p: instance.phases[p].years for p in ledger.calendar.phases}
    per_pflops = EFLOP_PER_PFLOPS_YEAR / MILLION
    delivered = model.throughput.delivered
    return {
        "cost": ledger.net_present_value(),
        "eflop": eflop_millions(model, ledger),
        "capex": ledger.capital(),
        "energy": add_up(years[p] * ledger.total("import_mwh", p) for p in years),
        "carbon": add_up(years[p] * ledger.total("carbon_t", p) for p in years),
        "simplicity": 1.0 * simplicity(model.simple_purchase),
        "floor_area": 1.0 * model.limits.area_m2,
        "throughput": add_up(-per_pflops * years[p] * delivered[p] for p in years),
    }
