"""The tables of a run as CSV and Parquet: the ledger and the procurement calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from optimizer.analysis.orders import OrderLine
from optimizer.inputs.design import Entry, Timing
from optimizer.ledger.accounts import BY_ID
from optimizer.parquet import numbers, parquet_file, texts
from optimizer.runs.safe_csv import Cell
from optimizer.setting.calendar import Calendar

Rows = list[tuple[Cell, ...]]

LEDGER_COLUMNS = ("account", "unit", "timing", "phase", "site", "label", "amount", "weight", "npv_musd")
"""`weight` turns an amount of money into present value; quantities have neither weight nor present value."""

PROCUREMENT_COLUMNS = (
    "what",
    "item",
    "name",
    "vendor",
    "tier",
    "cooling",
    "site",
    "phase",
    "order_by",
    "delivery",
    "quantity",
    "unit",
    "unit_price_usd",
    "total_usd",
    "account",
    "licence_status",
    "licence_clause",
    "licence_fee_fraction",
    "licence_probability",
    "licence_fallback",
    "lead_time_weeks",
    "payments",
    "fabric",
    "flags",
    "hall",
)


def ledger_rows(entries: Iterable[Entry], calendar: Calendar) -> Rows:
    """One row per line of the ledger, in its own order."""
    return [_ledger_row(entry, calendar) for entry in entries]


def _ledger_row(entry: Entry, calendar: Calendar) -> tuple[Cell, ...]:
    money = BY_ID[entry.account].is_money
    weight = calendar.weight(Timing(entry.timing), entry.phase) if money else None
    worth = None if weight is None else weight * entry.amount
    line = (entry.account, entry.unit, entry.timing, entry.phase, entry.site, entry.label)
    return (*line, entry.amount, weight, worth)


def procurement_rows(lines: Iterable[OrderLine]) -> Rows:
    """One row per order; dates in ISO form."""
    return [_order_row(line) for line in lines]


def _order_row(line: OrderLine) -> tuple[Cell, ...]:
    licence = line.licence
    return (
        line.what,
        line.item,
        line.name,
        line.vendor or None,
        line.tier,
        line.cooling or None,
        line.site or None,
        line.phase,
        line.order_by.isoformat(),
        line.delivery.isoformat(),
        line.quantity,
        line.unit,
        round(line.unit_price_usd, 4),
        round(line.total_usd, 2),
        line.account,
        licence.status if licence else None,
        licence.clause if licence else None,
        licence.fee_fraction if licence else None,
        licence.probability if licence else None,
        line.fallback or None,
        round(line.lead_time_weeks, 2),
        "; ".join(f"{usd:.2f} USD on {day.isoformat()}" for day, usd in line.paid),
        line.fabric or None,
        "; ".join(flag.label for flag in line.flags) or None,
        line.hall or None,
    )


def parquet(columns: Sequence[str], rows: Rows) -> bytes:
    """The table as a Parquet file, texts raw and absent cells null."""
    arrays: dict[str, Any] = {}
    for place, name in enumerate(columns):
        values = [row[place] for row in rows]
        if name in ("amount", "weight", "npv_musd"):
            amounts = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
            arrays[name] = numbers(amounts, np.array([value is None for value in values], dtype=np.bool_))
        else:
            arrays[name] = texts([None if value is None else str(value) for value in values])
    return parquet_file(arrays)
