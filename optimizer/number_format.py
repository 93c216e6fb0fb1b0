"""Numbers as a reader meets them: four significant digits, thousands apart, units beside them. ASCII only."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from math import floor, isfinite, log10
from typing import Any

DECIMALS = 9
"""Most decimals that are written."""
NOTHING = 0.5 * 10.0**-DECIMALS
"""What is smaller has no digit among them, such as the trace of an import that a solver leaves: it is written as 0."""


def number(value: float, digits: int = 4) -> str:
    """About `digits` significant digits, and the whole part in full: 12,345.6 -> 12,346, 0.012345 -> 0.01235."""
    if not isfinite(value):
        return "n/a"
    if abs(value) < NOTHING:
        return "0"
    places = max(0, digits - 1 - floor(log10(abs(value))))
    return f"{value:,.{min(places, DECIMALS)}f}"


def whole(value: float) -> str:
    """A count."""
    return f"{round(value):,}" if isfinite(value) else "n/a"


def percent(fraction: float, digits: int = 3) -> str:
    """A fraction as per cent."""
    return f"{number(100 * fraction, digits)} %" if isfinite(fraction) else "n/a"


def gap_percent(fraction: float) -> str:
    """A gap, rounded up to something a reader can say: 0.0001 % at least."""
    return f"{max(100 * fraction, 1e-4):.2g} %" if isfinite(fraction) else "n/a"


def target_percent(fraction: float) -> str:
    """A gap as it was asked for."""
    return f"{100 * fraction:g} %"


def share(fraction: float) -> str:
    """A share with one decimal, so that shares line up."""
    return f"{100 * fraction:.1f} %" if isfinite(fraction) else "n/a"


def like(value: float, whole_value: float) -> str:
    """A part of a whole with the decimals that suit the whole, so that parts line up and add up."""
    size = floor(log10(abs(whole_value))) if whole_value and isfinite(whole_value) else 0
    return f"{value:,.{min(9, max(0, 3 - size))}f}"


def counted(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def plain_value(value: object) -> bool | int | float | str | None:
    """A value of an input for JSON and tables: dates and arrays as text."""
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, list | tuple):
        return "[" + ", ".join(str(plain_value(item)) for item in value) + "]"
    return str(value)


def finite(value: Any) -> Any:
    """Plain data for JSON: dataclasses become objects, tuples lists, and numbers that are not finite null."""
    if is_dataclass(value):
        return {field.name: finite(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
