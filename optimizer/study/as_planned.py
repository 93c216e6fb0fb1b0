"""The latest day for one contract with everything else as planned: how people schedule, one contract at a time.

Deliveries of accelerators are those of the plan, but for the order in question, which comes a phase later, and another,
until a requirement fails. Of plant in question the order is barred as in latest_order. Other plant is free, and needs
none beyond the plan's for fewer pods. Each answer is a solve: a design that the audit accepts, or the proof of none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from optimizer.inputs.design import Status
from optimizer.model.build import Built
from optimizer.pipeline import Result, run
from optimizer.setting.calendar import order_date
from optimizer.study.holding_orders import ANY_GAP
from optimizer.study.latest_order import OrderClass, chosen_orders, lead_weeks_of, moved
from optimizer.study.search_settings import SearchSettings

Key = tuple[str, str, str, str]
"""Site, accelerator, racks and phase of a delivery."""


@dataclass(frozen=True, kw_only=True)
class ContractFloat:
    """How late one contract may be if nothing else changes."""

    order: OrderClass
    order_by: date
    """Day the plan gives."""
    latest: date | None
    """Last day on which every requirement is still met; None: the contract is not needed at all."""
    decided: bool = True
    """False if a limit ended a search."""

    @property
    def float_days(self) -> int | None:
        """Days between the two; None if the contract is not needed."""
        return None if self.latest is None else (self.latest - self.order_by).days


def contract_floats(
    base: Result, search: SearchSettings, only: tuple[str, ...] = (), say: Callable[[str], None] | None = None
) -> tuple[ContractFloat, ...]:
    """The latest day of every contract of a design, or of some items, with everything else as planned."""
    orders = chosen_orders(base, only, say, "everything else as planned")
    return tuple(contract_float(base, order, search) for order in orders)


def contract_float(base: Result, order: OrderClass, search: SearchSettings) -> ContractFloat:
    """Move one order from phase to phase until a requirement fails. `base` holds the verified plan."""
    calendar, weeks = base.problem.calendar, lead_weeks_of(base, order)
    first = order_date(calendar.starts[order.phase], weeks)
    phases = calendar.from_phase_on(order.phase)
    latest = first
    for number in range(1, len(phases) + 1):
        later = phases[number] if number < len(phases) else None
        held = _holds(base, order, (phases[:number], later), search)
        if held is None:
            return ContractFloat(order=order, order_by=first, latest=latest, decided=False)
        if not held:
            return ContractFloat(order=order, order_by=first, latest=latest)
        if later is not None:
            latest = order_date(calendar.starts[later], weeks)
    return ContractFloat(order=order, order_by=first, latest=None)


def _holds(
    base: Result, order: OrderClass, when: tuple[tuple[str, ...], str | None], search: SearchSettings
) -> bool | None:
    """Whether the plan holds with the order out of some phases, and in another; None if the search was stopped."""
    problem = base.problem
    barred, later = when
    instance = problem.instance
    if order.table != "accelerators":
        instance = moved(instance, problem.calendar, order, barred)
    hold = partial(_as_planned, planned=_deliveries(base, order, later))
    options = replace(search.options, objective="total_cost", gap=ANY_GAP, restrict=hold, start=None)
    result = run(instance, problem.folder, options, search.hooks)
    if result.verified:
        return True
    return False if result.status is Status.INFEASIBLE else None


def _deliveries(base: Result, order: OrderClass, later: str | None) -> dict[Key, int]:
    """The plan's deliveries, those of the order in a later phase, or in none."""
    deliveries: dict[Key, int] = {}
    for row in base.decisions.deliveries:
        is_it = (order.table, order.item, order.phase) == ("accelerators", row.accelerator, row.phase)
        phase = later if is_it else row.phase
        if phase is not None:
            key = (*row.type_key, phase)
            deliveries[key] = deliveries.get(key, 0) + row.pods
    return deliveries


def _as_planned(built: Built, planned: dict[Key, int]) -> None:
    """Hold the deliveries of the model to those planned; one that the model does not offer is none it can have."""
    from pyomo.core import Block, Constraint, Var

    deliver: Any = built.model.compute.deliver
    keys = list(deliver)
    block = built.model.as_planned = Block()
    block.held = Constraint(range(len(keys)), rule=lambda b, i: deliver[keys[i]] == planned.get(keys[i], 0))
    missing = [key for key in planned if key not in deliver]
    if missing:
        block.nothing = Var(bounds=(0, 0))
        block.offered = Constraint(expr=(1, block.nothing, None))
