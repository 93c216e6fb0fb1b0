"""Thresholds of rising energy blocks, and what a month has beyond them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.operations.coefficients import SiteYear
from optimizer.setting.hours import Series

_PREFIX = "energy_block/"


def block_name(number: int) -> str:
    """Coordinate of the threshold of a block, in MWh per month."""
    return f"{_PREFIX}{number}"


def block_label(from_mwh: float, month: int) -> str:
    """Label of its line of the bill."""
    return f"beyond {1000 * from_mwh:,.0f} kWh, month {month + 1:02d}"


def reachable(year: SiteYear) -> tuple[tuple[float, float], ...]:
    """(MWh per month, USD per MWh more) of the rows that some month at the largest connection goes beyond."""
    scale = year.kept.weight / year.kept.month_weight
    longest = max(int((year.kept.month == m).sum()) for m in year.kept.months)
    most_mwh = scale * longest * max(year.grid_mw.values())
    return tuple((from_mwh, rise) for from_mwh, rise in year.prices.energy_blocks if rise and from_mwh < most_mwh)


def thresholds(year: SiteYear) -> dict[str, float]:
    """The thresholds of these rows, by coordinate."""
    return {block_name(k): from_mwh for k, (from_mwh, _) in enumerate(reachable(year))}


def surcharges(year: SiteYear, import_mw: Series) -> Iterator[tuple[str, float]]:
    """Label and USD per year before trend, by block and month, of a year's import."""
    scale = year.kept.weight / year.kept.month_weight
    for m in year.kept.months if year.prices.energy_blocks else ():
        used_mwh = scale * float(np.sum(import_mw[year.kept.month == m]))
        for from_mwh, rise in year.prices.energy_blocks:
            yield block_label(from_mwh, m), year.kept.month_weight * rise * max(0.0, used_mwh - from_mwh)
