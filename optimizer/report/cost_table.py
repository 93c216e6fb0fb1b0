"""The cost of a design as a table: its accounts with their shares."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.analysis.cost import CostLine, cost_lines
from optimizer.analysis.money import money_of
from optimizer.inputs.naming import account_name, in_sentence
from optimizer.number_format import like, share
from optimizer.pipeline import Result
from optimizer.report.document import Table
from optimizer.report.html.cells import Column, PageCell, exact, grid, listed

Named = tuple[str, CostLine]
SMALL_SHARE = 0.01
"""Accounts below this share of the cost are added up in one line."""


def cost_table(result: Result) -> Table:
    """The accounts with their shares; small ones in one line; the total last."""
    lines = cost_lines(result)
    total = sum(line.npv_musd for line in lines)
    large = [line for line in lines if abs(line.npv_musd) >= SMALL_SHARE * abs(total)]
    small = [line for line in lines if line not in large]
    shown = [(account_name(line.account), line) for line in large]
    if small:
        names = ", ".join(in_sentence(account_name(line.account)) for line in small)
        shown.append((f"smaller: {names}", _sum(small)))
    return listed("", cost_columns(result), [*shown, ("total", _sum(lines))]).part((1, 2, 3, 0))


def cost_grid(result: Result, lines: Sequence[CostLine]) -> Table:
    """Every account, and the total with the key figures that it must equal."""
    reported = result.reported
    whole = CostLine("", reported.npv_cost_musd, reported.lcoc_usd_per_eflop)
    columns = cost_columns(result)
    rows = [[column.cell((account_name(line.account), line)) for column in columns] for line in lines]
    total = [PageCell(column.cell(("total", whole))) for column in columns]
    total[1].value, total[1].figure = whole.usd_per_eflop, "lcoc_usd_per_eflop"
    total[2].value, total[2].figure = whole.npv_musd, "npv_cost_musd"
    return grid("Cost by account", [column.head for column in columns], [*rows, total], (1, 2, 3), total=True)


def cost_columns(result: Result) -> tuple[Column[Named], ...]:
    """Name, levelised cost, present value and share; the exact values behind them are in US dollars."""
    money, reported = money_of(result.problem.instance), result.reported
    lcoc, npv = reported.lcoc_usd_per_eflop, reported.npv_cost_musd

    def amount(usd: float, whole_usd: float) -> PageCell:
        return exact(usd, lambda value: like(money.of(value), money.of(whole_usd)))

    return (
        Column("Cost", lambda row: row[0]),
        Column(money.unit("USD/EFLOP"), lambda row: amount(row[1].usd_per_eflop, lcoc), right=True),
        Column(f"NPV, {money.unit('MUSD')}", lambda row: amount(row[1].npv_musd, npv), right=True),
        Column("Share", lambda row: share(row[1].npv_musd / npv) if npv else "", right=True),
    )


def _sum(lines: Sequence[CostLine]) -> CostLine:
    return CostLine("", sum(line.npv_musd for line in lines), sum(line.usd_per_eflop for line in lines))
