"""The latest safe order: how long each order can wait, proven by solving again with it a phase later.

Deliveries are made on the first days of phases, so an order that misses its day arrives a phase later. An order is
moved by forbidding its delivery in the phase it was planned for (and those already tried); everything else may adapt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from optimizer.inputs.design import Decisions, Status
from optimizer.inputs.policies import Match, Quota
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Result, run
from optimizer.setting.calendar import Calendar, order_date
from optimizer.setting.handover import plant_weeks
from optimizer.study.changes import in_procurement
from optimizer.study.search_settings import SearchSettings

LATER = 1e-6
"""Beyond twice the gap and this share, a value is worse and not only another end of the search."""


@dataclass(frozen=True)
class OrderClass:
    """What is ordered for a phase: an accelerator for all sites, or a kind of plant."""

    table: str
    """Table of the instance: accelerators, transformers, coolings, batteries, generators, upses."""
    item: str
    phase: str


@dataclass(frozen=True, kw_only=True)
class LatestOrder:
    """The last day on which an order can be placed, and what happens if it is missed by a phase."""

    order: OrderClass
    order_by: date
    """Day the plan gives."""
    latest_safe: date
    """Last day at which nothing is lost."""
    outcome: str
    """If it comes a phase later: infeasible: no design is left; worse: one at `change_fraction` more; undecided: the
    search was stopped; harmless: to the end."""
    tried: str | None
    """Phase of the delivery that was tried last; None if there is no later one."""
    change_fraction: float | None = None
    """Rise of the objective (fall, where it is maximised) as a share of it."""


def order_classes(problem: Problem, decisions: Decisions) -> tuple[OrderClass, ...]:
    """Every accelerator by phase of delivery, and every kind of plant in the first phase it is bought for."""
    calendar = problem.calendar
    classes = dict.fromkeys(OrderClass("accelerators", row.accelerator, row.phase) for row in decisions.deliveries)
    first: dict[tuple[str, str], str] = {}
    for table, item, phase in bought_plant(problem, decisions):
        before = first.get((table, item), phase)
        first[table, item] = min(before, phase, key=calendar.phases.index)
    plant = (OrderClass(table, item, phase) for (table, item), phase in first.items())
    return tuple(sorted((*classes, *plant), key=lambda order: (calendar.phases.index(order.phase), order.table)))


def bought_plant(problem: Problem, decisions: Decisions) -> Iterator[tuple[str, str, str]]:
    """Plant a design buys: table, item and phase (of transformers, every phase in which they are in place)."""
    for station in decisions.substations:
        there = problem.instance.sites[station.site].grid.existing
        if there is None or (there.transformer, there.units) != (station.transformer, station.units):
            yield "transformers", station.transformer, station.phase
    for bought in problem.purchases(decisions):
        if (
            bought.delivery is None
            and bought.offer.table
            and bought.offer.lead_time_weeks is not None
            and bought.offer.table != "transformers"
        ):
            yield bought.offer.table, bought.offer.item, bought.phase


def moved(instance: Instance, calendar: Calendar, order: OrderClass, barred: tuple[str, ...]) -> Instance:
    """The instance with the order not deliverable in some phases."""
    if order.table == "accelerators":
        none = Quota(match=Match(accelerator=order.item), max_accelerators=0, phases=barred)
        quotas = {**instance.procurement.quotas, f"late_{order.item[:58]}": none}
        return in_procurement(instance, {"quotas": quotas})
    # A lead time one day too long for the last barred phase; nothing of this kind was bought before.
    ahead = min(plant_weeks(instance, site) for site in instance.sites)
    weeks = max(0.0, ((calendar.starts[barred[-1]] - calendar.planning).days + 1) / 7 - ahead)
    rows = getattr(instance, order.table)
    changed = rows[order.item].model_copy(update={"lead_time_weeks": weeks})
    return instance.model_copy(update={order.table: {**rows, order.item: changed}})


def latest(base: Result, order: OrderClass, search: SearchSettings) -> LatestOrder:
    """Move one order phase by phase until something is lost. `base` holds the design found under the same options."""
    if base.design is None or base.design.solve is None:
        raise ValueError("a latest safe order needs a design to start from")
    problem, facts = base.problem, base.design.solve
    calendar = problem.calendar
    lead = lead_weeks_of(base, order)
    planned = order_date(calendar.starts[order.phase], lead)
    safe, tried = planned, None
    barred: tuple[str, ...] = (order.phase,)
    for later in calendar.from_phase_on(order.phase)[1:]:
        tried = later
        result = _without(base, order, barred, search)
        if result.status is Status.INFEASIBLE:
            return LatestOrder(order=order, order_by=planned, latest_safe=safe, outcome="infeasible", tried=later)
        if result.design is None or result.design.solve is None or not result.verified:
            return LatestOrder(order=order, order_by=planned, latest_safe=safe, outcome="undecided", tried=later)
        sign = GOALS[facts.objective].sign
        change = sign * (result.design.solve.value - facts.value) / max(abs(facts.value), 1e-9)
        if change > 2 * facts.gap_asked + LATER:
            return LatestOrder(
                order=order, order_by=planned, latest_safe=safe, outcome="worse", tried=later, change_fraction=change
            )
        safe, barred = order_date(calendar.starts[later], lead), (*barred, later)
    reached = LatestOrder(order=order, order_by=planned, latest_safe=safe, outcome="undecided", tried=tried)
    return _never(base, reached, search)


def _without(base: Result, order: OrderClass, barred: tuple[str, ...], search: SearchSettings) -> Result:
    """The best design that takes nothing of an order in some phases."""
    problem = base.problem
    instance = moved(problem.instance, problem.calendar, order, barred)
    return run(instance, problem.folder, replace(search.options, start=base.solution), search.hooks)


def _never(base: Result, reached: LatestOrder, search: SearchSettings) -> LatestOrder:
    """The order left out altogether: there is no later phase it could arrive in."""
    problem = base.problem
    barred = problem.calendar.from_phase_on(reached.order.phase)
    result = _without(base, reached.order, barred, search)
    if result.status is Status.INFEASIBLE:
        return replace(reached, outcome="infeasible")
    if result.design is None or result.design.solve is None or not result.verified:
        return reached
    facts = base.solve_facts
    change = GOALS[facts.objective].sign * (result.design.solve.value - facts.value) / max(abs(facts.value), 1e-9)
    worse = change > 2 * facts.gap_asked + LATER
    return replace(reached, outcome="worse" if worse else "harmless", change_fraction=change if worse else None)


def lead_weeks_of(base: Result, order: OrderClass) -> float:
    """Weeks from order to delivery; of an accelerator with the longest licence among the sites it goes to.

    Of plant they are the weeks to service, at the site where that takes longest.
    """
    problem = base.problem
    if order.table != "accelerators":
        ahead = max(plant_weeks(problem.instance, site) for site in problem.instance.sites)
        return float(getattr(problem.instance, order.table)[order.item].lead_time_weeks) + ahead
    sites = {row.site for row in base.decisions.deliveries if row.accelerator == order.item}
    extra = [
        ruling.extra_lead_weeks
        for (s, a, p), ruling in problem.rulings.items()
        if s in sites and (a, p) == (order.item, order.phase)
    ]
    return problem.instance.accelerators[order.item].lead_time_weeks + max(extra, default=0.0)


def all_latest(
    base: Result, search: SearchSettings, only: tuple[str, ...] = (), say: Callable[[str], None] | None = None
) -> tuple[LatestOrder, ...]:
    """The latest safe order of every class of a design, or of some items."""
    return tuple(latest(base, order, search) for order in chosen_orders(base, only, say, "a phase later"))


def chosen_orders(
    base: Result, only: tuple[str, ...], say: Callable[[str], None] | None, refusal: str
) -> Iterator[OrderClass]:
    """The classes of orders of a design, or those of some items; `say` hears of each what is asked of it."""
    for order in order_classes(base.problem, base.decisions):
        if only and order.item not in only:
            continue
        if say:
            say(f"{order.item} for {order.phase}, {refusal}")
        yield order
