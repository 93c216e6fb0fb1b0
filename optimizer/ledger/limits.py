"""The limits on the whole plan: one row each, which the model, the objectives, the use of limits and `explain` read.

A row says which field of the instance states the limit, and of what it is the most. The audit keeps a table of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from optimizer.inputs.schema import Instance, Objective


class Scope(Enum):
    """When a limit holds."""

    PLAN = "once, for the whole plan"
    LARGEST = "for the largest phase, by one variable that objectives seek as well"
    PHASE = "in each phase"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """amount * amount_factor <= most * most_factor (per EFLOP delivered, if so); factors are fields of its table."""

    field: str
    label: str
    """What is limited, for a reader."""
    unit: str
    name: str
    """Index of its constraint."""
    scope: Scope
    table: str = "limits"
    accounts: tuple[str, ...] = ()
    """Of one phase: the accounts whose totals add up to the amount."""
    form: str = ""
    """Of the plan: the linear form that is the amount."""
    per_eflop: bool = False
    figure: str = ""
    """Of the plan: the key figure that shows what is used."""
    objective: Objective | None = None
    """Of the plan: the objective whose value it limits."""
    amount_factor: str = ""
    most_factor: str = ""

    @property
    def path(self) -> str:
        """Key of the instance."""
        return f"{self.table}.{self.field}"

    def most(self, instance: Instance) -> float | None:
        """The limit an instance states; None if it states none."""
        table = getattr(instance, self.table)
        value: float | None = None if table is None else getattr(table, self.field)
        return value

    def factors(self, instance: Instance) -> tuple[float, float]:
        """(of the amount, of the limit); 1 if there is none."""
        table = getattr(instance, self.table)
        amount, most = (getattr(table, key) if key else 1.0 for key in (self.amount_factor, self.most_factor))
        return amount, most


LIMITS = (
    Limit(
        field="capex_musd",
        label="capital",
        unit="MUSD",
        name="capex",
        scope=Scope.PLAN,
        form="capex",
        figure="capex_musd",
        objective="capex",
    ),
    Limit(
        field="total_cost_musd",
        label="net present cost",
        unit="MUSD",
        name="cost",
        scope=Scope.PLAN,
        form="cost",
        figure="npv_cost_musd",
        objective="total_cost",
    ),
    Limit(
        field="floor_area_m2",
        label="space",
        unit="m2",
        name="floor_area",
        scope=Scope.LARGEST,
        accounts=("white_m2", "plant_m2"),
        form="floor_area",
        objective="floor_area",
    ),
    Limit(
        field="lcoc_usd_per_eflop",
        label="cost",
        unit="USD/EFLOP",
        name="levelised",
        scope=Scope.PLAN,
        form="cost",
        per_eflop=True,
        figure="lcoc_usd_per_eflop",
        objective="lcoc",
    ),
    Limit(
        table="affordability",
        field="list_price_max_usd_per_eflop",
        label="list price",
        unit="USD/EFLOP",
        name="list_price",
        scope=Scope.PLAN,
        form="cost",
        per_eflop=True,
        most_factor="sold_fraction",
        figure="list_price_usd_per_eflop",
    ),
    Limit(
        table="affordability",
        field="subsidy_cap_musd",
        label="subsidies",
        unit="MUSD",
        name="subsidy",
        scope=Scope.PLAN,
        form="cost",
        amount_factor="subsidy_fraction",
        figure="subsidy_musd",
    ),
    Limit(
        field="energy_mwh_per_year",
        label="energy",
        unit="MWh/year",
        name="energy",
        scope=Scope.PHASE,
        accounts=("import_mwh",),
    ),
    Limit(
        field="carbon_t_per_year",
        label="carbon",
        unit="t/year",
        name="carbon",
        scope=Scope.PHASE,
        accounts=("carbon_t",),
    ),
    Limit(
        field="water_m3_per_year",
        label="water",
        unit="m3/year",
        name="water",
        scope=Scope.PHASE,
        accounts=("water_m3",),
    ),
    Limit(
        field="accelerators",
        label="accelerators installed",
        unit="accelerators",
        name="accelerators",
        scope=Scope.PHASE,
        accounts=("installed_accelerators",),
    ),
)


def stated(instance: Instance) -> tuple[tuple[Limit, float], ...]:
    """The limits an instance states, each with its value."""
    pairs = ((row, row.most(instance)) for row in LIMITS)
    return tuple((row, most) for row, most in pairs if most is not None)
