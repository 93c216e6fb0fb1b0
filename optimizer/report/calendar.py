"""The procurement calendar as a text Gantt: from the latest order to the delivery, and in service from then on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil

from optimizer.analysis.money import money_of
from optimizer.analysis.orders import OrderLine, procurement
from optimizer.inputs.design import Decisions
from optimizer.inputs.facility import ITEMS
from optimizer.inputs.naming import account_name
from optimizer.model.derive import Problem
from optimizer.number_format import number
from optimizer.report.document import Table

BAR = 30
ORDERED, SERVING, BEFORE = "-", "=", "."
WITH_PODS = ("racks", "fabric", "storage", "export licence")
"""Ordered and delivered with the pods: part of their bar, and of their price."""
NO_BAR = ("white space fit-out", "plant space fit-out", "software porting")
"""No lead time is given for these."""


def bars(problem: Problem, decisions: Decisions) -> list[tuple[OrderLine, float]]:
    """One line for each thing ordered, phase and site, with the price of everything ordered beside it, in USD."""
    groups: dict[tuple[str, ...], list[OrderLine]] = defaultdict(list)
    at: dict[tuple[str, str, str, str, str, date], tuple[str, ...]] = {}
    lines = procurement(problem, decisions)
    for line in lines:
        if line.what == "accelerator pods":
            at[_with(line)] = (line.item, line.site, line.phase)
    for line in lines:
        if line.what in NO_BAR:
            continue
        own = (line.item, line.site, line.phase)
        key = at.get(_with(line), own) if line.what in WITH_PODS else own
        groups[key].append(line)
    groups_usd = [(max(group, key=_leads), sum(line.total_usd for line in group)) for group in groups.values()]
    return sorted(groups_usd, key=lambda pair: (pair[0].order_by, pair[0].delivery))


def _thing(line: OrderLine) -> str:
    """What is ordered, as a reader is told it; ids that have a name are replaced by it at the border to the reader."""
    if line.item in ITEMS:
        return account_name(line.account)
    return f"{line.item} cooling" if line.what.startswith("cooling") else line.item


def _with(line: OrderLine) -> tuple[str, str, str, str, str, date]:
    """What an order shares with the pods it goes with."""
    return line.site, line.phase, line.cooling, line.fabric, line.hall, line.order_by


def _leads(line: OrderLine) -> tuple[bool, float]:
    return line.what == "accelerator pods", line.total_usd


def gantt(problem: Problem, decisions: Decisions, width: int = BAR) -> Table:
    """A row for each order; the bar runs from the planning date to the end of the horizon."""
    first, last = problem.calendar.planning, _end(problem)
    money = money_of(problem.instance)
    scale = f"{first.year} {BEFORE * max(0, width - 10)} {last.year}"
    several = len(problem.instance.sites) > 1
    rows = tuple(
        (
            f"{_thing(line)} ({line.site})" if several and line.site else _thing(line),
            line.phase,
            line.order_by.isoformat(),
            line.delivery.isoformat(),
            number(money.of(usd) / 1e6, 3),
            bar(line, (first, last), width),
        )
        for line, usd in bars(problem, decisions)
    )
    return Table(("Order", "Phase", "By", "Delivery", money.unit("MUSD"), scale), rows, frozenset({4}))


def _end(problem: Problem) -> date:
    calendar = problem.calendar
    return calendar.starts[calendar.last] + timedelta(days=ceil(365.25 * problem.instance.phases[calendar.last].years))


def bar(line: OrderLine, span: tuple[date, date], width: int) -> str:
    """Points before the order, dashes until the delivery, equals signs in service."""
    days = max(1, (span[1] - span[0]).days)

    def place(day: date) -> int:
        return min(width, max(0, round(width * (day - span[0]).days / days)))

    ordered, delivered = place(line.order_by), place(line.delivery)
    return BEFORE * ordered + ORDERED * (delivered - ordered) + SERVING * (width - delivered)


def cash_flow(lines: Sequence[OrderLine]) -> dict[int, float]:
    """Payments of the orders by calendar year, in USD."""
    years: dict[int, float] = defaultdict(float)
    for line in lines:
        for day, usd in line.paid:
            years[day.year] += usd
    return dict(sorted(years.items()))
