"""Measures the model can both bound and minimise: what a frontier may be drawn over.

A yearly measure is that of the largest phase, as the cap of the same name bounds it; it can differ from the key figure
of the last phase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.errors import UsageError
from optimizer.inputs.design import Design
from optimizer.inputs.schema import Instance, Objective
from optimizer.reading.schema_walk import nearest
from optimizer.study.changes import in_limits

if TYPE_CHECKING:
    from optimizer.model.build import Built

CAP_MARGIN = 1e-6
"""A value that was reached is held with this relative margin, the tolerance of the audit."""


@dataclass(frozen=True)
class Metric:
    """A measure: its cap in `limits`, and what minimises it: an objective, a form of the model, or a yearly account."""

    id: str
    unit: str
    cap: str
    objective: Objective | None = None
    account: str | None = None


METRICS = {
    metric.id: metric
    for metric in (
        Metric("lcoc_usd_per_eflop", "USD/EFLOP", "lcoc_usd_per_eflop", objective="lcoc"),
        Metric("npv_cost_musd", "MUSD", "total_cost_musd", objective="total_cost"),
        Metric("capex_musd", "MUSD", "capex_musd", objective="capex"),
        Metric("floor_area_m2", "m2", "floor_area_m2", objective="floor_area"),
        Metric("energy_mwh_per_year", "MWh/year", "energy_mwh_per_year", account="import_mwh"),
        Metric("carbon_t_per_year", "t/year", "carbon_t_per_year", account="carbon_t"),
        Metric("water_m3_per_year", "m3/year", "water_m3_per_year", account="water_m3"),
    )
}


def metric_of(name: str) -> Metric:
    """The measure of a name. Raises UsageError with those that can be bounded."""
    found = METRICS.get(name)
    if found is None:
        near = nearest(name, METRICS)
        hint = f"did you mean {near}? " if near else ""
        raise UsageError(
            f'"{name[:60]}" is not a measure the model can bound', f"{hint}those that can be: {', '.join(METRICS)}"
        )
    return found


def capped(instance: Instance, metric: Metric, value: float) -> Instance:
    """The instance with a measure held at a value, or at its own cap if that is tighter."""
    own = getattr(instance.limits, metric.cap)
    return in_limits(instance, {metric.cap: value if own is None else min(own, value)})


def held(value: float) -> float:
    """A cap that a design which reaches `value` keeps."""
    return value + CAP_MARGIN * max(1e-3, abs(value))


def measured(design: Design, phases: Sequence[str]) -> dict[str, float]:
    """All measures of a design."""
    assert design.reported is not None
    reported = design.reported
    sums: dict[tuple[str, str], float] = {}
    for entry in reported.ledger:
        sums[entry.account, entry.phase] = sums.get((entry.account, entry.phase), 0.0) + entry.amount
    values = {name: reported.kpis[name] for name in ("lcoc_usd_per_eflop", "npv_cost_musd", "capex_musd")}
    values["floor_area_m2"] = max(sums.get(("white_m2", p), 0.0) + sums.get(("plant_m2", p), 0.0) for p in phases)
    for metric in METRICS.values():
        if metric.account is not None:
            values[metric.id] = max(sums.get((metric.account, p), 0.0) for p in phases)
    return values


def add_level(built: Built, metric: Metric) -> Any:
    """A variable of the built model at or above the yearly account in every phase; its least value is the measure's."""
    from pyomo.environ import Constraint, NonNegativeReals, Var

    model = built.model
    phases = list(built.problem.calendar.phases)
    amounts = {p: built.ledger.total(str(metric.account), p) for p in phases}
    model.level = Var(domain=NonNegativeReals)
    model.at_most_level = Constraint(phases, rule=lambda m, p: (None, amounts[p] - m.level, 0))
    return 1.0 * model.level
