"""The tables of a run as CSV and Parquet: the ledger and the procurement calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from optimizer.analysis.orders import OrderLine
from optimizer.inputs.design import Entry, Timing
from optimizer.ledger.accounts import BY_ID
from optimizer.runs.safe_csv import Cell
from optimizer.setting.calendar import Calendar

Rows = list[tuple[Cell, ...]]

LEDGER_COLUMNS = ("account", "unit", "timing", "phase", "site", "label", "amount", "weight", "npv_musd")
"""`weight` turns an amount of money into present value; quantities have neither weight nor present value."""


def ledger_rows(entries: Iterable[Entry], calendar: Calendar) -> Rows:
    """One row per line of the ledger, in its own order."""
    return [_ledger_row(entry, calendar) for entry in entries]


def _ledger_row(entry: Entry, calendar: Calendar) -> tuple[Cell, ...]:
    money = BY_ID[entry.account].is_money
    weight = calendar.weight(Timing(entry.timing), entry.phase) if money else None
    worth = None if weight is None else weight * entry.amount
    line = (entry.account, entry.unit, entry.timing, entry.phase, entry.site, entry.label)
    return (*line, entry.amount, weight, worth)


_PROCUREMENT: dict[str, Callable[[OrderLine], Cell]] = {
    "what": lambda line: line.what,
    "item": lambda line: line.item,
    "name": lambda line: line.name,
    "vendor": lambda line: line.vendor or None,
    "tier": lambda line: line.tier,
    "cooling": lambda line: line.cooling or None,
    "site": lambda line: line.site or None,
    "phase": lambda line: line.phase,
    "order_by": lambda line: line.order_by.isoformat(),
    "delivery": lambda line: line.delivery.isoformat(),
    "quantity": lambda line: line.quantity,
    "unit": lambda line: line.unit,
    "unit_price_usd": lambda line: round(line.unit_price_usd, 4),
    "total_usd": lambda line: round(line.total_usd, 2),
    "account": lambda line: line.account,
    "licence_status": lambda line: line.licence.status if line.licence else None,
    "licence_clause": lambda line: line.licence.clause if line.licence else None,
    "licence_fee_fraction": lambda line: line.licence.fee_fraction if line.licence else None,
    "licence_probability": lambda line: line.licence.probability if line.licence else None,
    "licence_fallback": lambda line: line.fallback or None,
    "lead_time_weeks": lambda line: round(line.lead_time_weeks, 2),
    "payments": lambda line: "; ".join(f"{usd:.2f} USD on {day.isoformat()}" for day, usd in line.paid),
    "fabric": lambda line: line.fabric or None,
    "flags": lambda line: "; ".join(flag.label for flag in line.flags) or None,
    "hall": lambda line: line.hall or None,
}
PROCUREMENT_COLUMNS = tuple(_PROCUREMENT)


def procurement_rows(lines: Iterable[OrderLine]) -> Rows:
    """One row per order, under PROCUREMENT_COLUMNS; dates in ISO form."""
    return [tuple(cell(line) for cell in _PROCUREMENT.values()) for line in lines]
