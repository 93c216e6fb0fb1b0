"""What the cost is made of: the ledger's money by account, in present value and per EFLOP."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.ledger.accounts import BY_ID
from optimizer.pipeline import Result
from optimizer.report.document import Table
from optimizer.report.figures import like, share

SMALL_SHARE = 0.01
"""Accounts below this share of the cost are added up in one line."""


@dataclass(frozen=True)
class CostLine:
    """One account: net present MUSD, and USD per EFLOP. Over all lines the latter adds up to the levelised cost."""

    account: str
    npv_musd: float
    usd_per_eflop: float


def cost_lines(result: Result) -> tuple[CostLine, ...]:
    """The accounts of money in use, largest first."""
    assert result.design is not None
    assert result.design.reported is not None
    calendar, reported = result.problem.calendar, result.design.reported
    sums: dict[str, float] = {}
    for entry in reported.ledger:
        account = BY_ID[entry.account]
        if account.is_money:
            sums[account.id] = sums.get(account.id, 0.0) + entry.amount * calendar.weight(account.timing, entry.phase)
    per_musd = 1e6 / reported.npv_eflop if reported.npv_eflop else 0.0
    ordered = sorted(sums.items(), key=lambda pair: -abs(pair[1]))
    return tuple(CostLine(name, musd, musd * per_musd) for name, musd in ordered if musd)


def cost_table(result: Result) -> Table:
    """The accounts with their shares; small ones in one line; the total last."""
    lines = cost_lines(result)
    total = sum(line.npv_musd for line in lines)
    large = [line for line in lines if abs(line.npv_musd) >= SMALL_SHARE * abs(total)]
    small = [line for line in lines if line not in large]
    shown = [(BY_ID[line.account].meaning, line) for line in large]
    if small:
        names = ", ".join(line.account.removeprefix("capex_") for line in small)
        shown.append((f"smaller: {names}", _sum(small)))
    whole = _sum(list(lines))
    shown.append(("total", whole))
    rows = tuple(
        (
            like(line.usd_per_eflop, whole.usd_per_eflop),
            like(line.npv_musd, whole.npv_musd),
            share(line.npv_musd / total) if total else "",
            label,
        )
        for label, line in shown
    )
    return Table(("USD/EFLOP", "NPV, MUSD", "Share", "Cost"), rows, frozenset({0, 1, 2}))


def _sum(lines: list[CostLine]) -> CostLine:
    return CostLine("", sum(line.npv_musd for line in lines), sum(line.usd_per_eflop for line in lines))
