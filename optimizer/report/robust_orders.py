"""Orders of a plan for several futures: what is ordered now whatever comes, and what each scenario orders later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from optimizer.analysis.orders import OrderLine, procurement
from optimizer.inputs.naming import site_name
from optimizer.inputs.schema import Instance
from optimizer.number_format import counted, number
from optimizer.report.document import Block, Heading, Paragraph, Table
from optimizer.study.robust_plan import Robust


def orders_by_stage(robust: Robust) -> tuple[tuple[OrderLine, ...], dict[str, tuple[OrderLine, ...]]]:
    """Lines for the phases before the reveal, which are the same in every scenario, and the others by scenario."""
    later: dict[str, tuple[OrderLine, ...]] = {}
    now: tuple[OrderLine, ...] = ()
    for scenario, design in robust.designs.items():
        lines = procurement(robust.problems[scenario], design.decisions)
        first = tuple(line for line in lines if line.phase in robust.phases)
        now = now or first
        later[scenario] = tuple(line for line in lines if line.phase not in robust.phases)
    return now, later


def order_blocks(robust: Robust) -> list[Block]:
    """What is ordered now, by day; where to find what each scenario orders later, which is many times as long."""
    now, later = orders_by_stage(robust)
    several = len(robust.instance.sites) > 1
    header = ("Order by", "What", "Name", *(("Site",) if several else ()), "Quantity")
    rows = tuple(_rows(now, robust.instance, several))
    lines = sum(map(len, later.values()))
    rest = f'What each scenario orders later, {counted(lines, "line")} in all, stands in robust.json under "orders".'
    return [
        Heading("Orders now: the same in every scenario"),
        Table(header, rows, frozenset({len(header) - 1})),
        *([Paragraph(rest)] if lines else []),
    ]


def _rows(lines: tuple[OrderLine, ...], instance: Instance, several: bool) -> Iterator[tuple[str, ...]]:
    """Of one thing to be ordered for one day and site there is one row; of one site its name is not repeated."""
    many: dict[tuple[str, ...], float] = {}
    for line in lines:
        site = (site_name(instance, line.site),) if several else ()
        key = (line.order_by.isoformat(), line.what, line.name, *site, line.unit)
        many[key] = many.get(key, 0.0) + line.quantity
    for (*row, unit), quantity in many.items():
        yield *row, _counted(quantity, unit)


def _counted(quantity: float, unit: str) -> str:
    """A quantity with its unit; what is counted in pieces has a plural."""
    pieces = unit.isalpha() and unit.islower() and float(quantity).is_integer()
    return counted(round(quantity), unit) if pieces else f"{amount(quantity)} {unit}"


def amount(value: float) -> str:
    """Whole if it is whole."""
    return f"{round(value):,}" if abs(value - round(value)) < 1e-6 else number(value, 4)


def orders_json(robust: Robust) -> list[dict[str, Any]]:
    """The same for robust.json; `scenario` is null for what is ordered now."""
    now, later = orders_by_stage(robust)
    stages: list[tuple[str | None, tuple[OrderLine, ...]]] = [(None, now), *later.items()]
    return [
        {
            "scenario": scenario,
            "order_by": line.order_by.isoformat(),
            "delivery": line.delivery.isoformat(),
            "what": line.what,
            "item": line.item,
            "site": line.site,
            "phase": line.phase,
            "quantity": line.quantity,
            "unit": line.unit,
            "total_usd": line.total_usd,
        }
        for scenario, lines in stages
        for line in lines
    ]
