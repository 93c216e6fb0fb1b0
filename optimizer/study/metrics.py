"""Measures the model can both bound and minimise: what a frontier may be drawn over.

A yearly measure is that of the largest phase, as the cap of the same name bounds it; it can differ from the key figure
of the last phase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.errors import UsageError
from optimizer.inputs.design import Design
from optimizer.inputs.schema import Instance, Objective
from optimizer.ledger.limits import LIMITS
from optimizer.reading.schema_walk import nearest
from optimizer.study.changes import in_limits

if TYPE_CHECKING:
    from optimizer.model.build import Built
    from optimizer.setting.calendar import Calendar

CAP_MARGIN = 1e-6
"""A value that was reached is held with this relative margin, the tolerance of the audit."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A measure: its cap in `limits`, and what minimises it: an objective, or the accounts of a phase."""

    id: str
    unit: str
    cap: str
    objective: Objective | None
    accounts: tuple[str, ...]

    def in_phase(self, sums: Mapping[tuple[str, str], float], phase: str) -> float:
        """Its amount in a phase, of the totals by account and phase."""
        return sum(sums.get((account, phase), 0.0) for account in self.accounts)


METRICS = {
    metric.id: metric
    for metric in (
        Metric(
            id=limit.figure or limit.field,
            unit=limit.unit,
            cap=limit.field,
            objective=limit.objective,
            accounts=limit.accounts,
        )
        for limit in LIMITS
        if limit.table == "limits"
    )
}


def metric_of(name: str) -> Metric:
    """The measure of a name. Raises UsageError with those that can be bounded."""
    metric = METRICS.get(name)
    if metric is None:
        near = nearest(name, METRICS)
        hint = f"did you mean {near}? " if near else ""
        raise UsageError(
            f'"{name[:60]}" is not a measure the model can bound', f"{hint}those that can be: {', '.join(METRICS)}"
        )
    return metric


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
    reported, sums = design.reported, _sums(design)
    values = {}
    for metric in METRICS.values():
        if metric.accounts:
            values[metric.id] = max(metric.in_phase(sums, p) for p in phases)
        else:
            values[metric.id] = reported.kpis[metric.id]
    return values


def per_eflop(design: Design, calendar: Calendar) -> dict[str, float]:
    """Yearly measures over the whole plan per EFLOP delivered, both in present value, as the levelised cost is."""
    assert design.reported is not None
    sums, eflop = _sums(design), design.reported.npv_eflop
    yearly = [metric for metric in METRICS.values() if metric.unit.endswith("/year")]
    return {
        metric.id: sum(calendar.annuity(p) * metric.in_phase(sums, p) for p in calendar.phases) / eflop
        for metric in yearly
        if eflop > 0
    }


def in_use(design: Design, phases: Sequence[str]) -> dict[str, float]:
    """Effective PFLOPS at work in each phase."""
    sums = _sums(design)
    return {p: sums.get(("effective_pflops", p), 0.0) for p in phases}


def _sums(design: Design) -> dict[tuple[str, str], float]:
    """Totals of the ledger by account and phase."""
    assert design.reported is not None
    sums: dict[tuple[str, str], float] = {}
    for entry in design.reported.ledger:
        sums[entry.account, entry.phase] = sums.get((entry.account, entry.phase), 0.0) + entry.amount
    return sums


def add_level(built: Built, metric: Metric) -> Any:
    """A variable of the built model at or above a phase's amount in every phase; its least value is the measure's."""
    from pyomo.core import Constraint, NonNegativeReals, Var

    from optimizer.ledger.ledger import add_up

    model = built.model
    phases = list(built.problem.calendar.phases)
    amounts = {p: add_up(built.ledger.total(account, p) for account in metric.accounts) for p in phases}
    model.level = Var(domain=NonNegativeReals)
    model.at_most_level = Constraint(phases, rule=lambda m, p: (None, amounts[p] - m.level, 0))
    return 1.0 * model.level
