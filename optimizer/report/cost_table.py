"""The cost of a design as a table: its accounts with their shares."""

from __future__ import annotations

from optimizer.analysis.cost import CostLine, cost_lines
from optimizer.analysis.money import money_of
from optimizer.inputs.naming import account_name, in_sentence
from optimizer.number_format import like, share
from optimizer.pipeline import Result
from optimizer.report.document import Table

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
    whole, money = _sum(list(lines)), money_of(result.problem.instance)
    shown.append(("total", whole))
    rows = tuple(
        (
            like(money.of(line.usd_per_eflop), money.of(whole.usd_per_eflop)),
            like(money.of(line.npv_musd), money.of(whole.npv_musd)),
            share(line.npv_musd / total) if total else "",
            label,
        )
        for label, line in shown
    )
    return Table((money.unit("USD/EFLOP"), f"NPV, {money.unit('MUSD')}", "Share", "Cost"), rows, frozenset({0, 1, 2}))


def _sum(lines: list[CostLine]) -> CostLine:
    return CostLine("", sum(line.npv_musd for line in lines), sum(line.usd_per_eflop for line in lines))
