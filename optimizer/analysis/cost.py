"""What the cost is made of: the ledger's money by account, in present value and per EFLOP."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.ledger.accounts import BY_ID
from optimizer.pipeline import Result


@dataclass(frozen=True)
class CostLine:
    """One account: net present MUSD, and USD per EFLOP. Over all lines the latter adds up to the levelised cost."""

    account: str
    npv_musd: float
    usd_per_eflop: float


def cost_lines(result: Result) -> tuple[CostLine, ...]:
    """The accounts of money in use, largest first."""
    calendar, reported = result.problem.calendar, result.reported
    sums: dict[str, float] = {}
    for entry in reported.ledger:
        account = BY_ID[entry.account]
        if account.is_money:
            sums[account.id] = sums.get(account.id, 0.0) + entry.amount * calendar.weight(account.timing, entry.phase)
    per_musd = 1e6 / reported.npv_eflop if reported.npv_eflop else 0.0
    ordered = sorted(sums.items(), key=lambda pair: -abs(pair[1]))
    return tuple(CostLine(name, musd, musd * per_musd) for name, musd in ordered if musd)
