"""The grid by the hour: series in place of constants, and the hours that somebody else calls. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.inputs.connection import DemandResponse, FlexibleConnection
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.inputs.substation import GridStage
from optimizer.setting.calendar import Calendar
from optimizer.setting.hours import KeptHours, Series
from optimizer.setting.prices import price_mask

DECIMALS = 6
"""Temperatures and prices are ranked to so many decimals: below that, two computations may differ."""


@dataclass(frozen=True, eq=False, kw_only=True)
class GridHours:
    """What files say of the grid by hour, each of shape (8760,); None: nothing."""

    price_per_kwh: Series | None = None
    """In the tariff's currency, in place of the rows of energy."""
    carbon_kg_per_kwh: Series | None = None
    import_limit_mw: Series | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranked:
    """What hours are ranked by, over the hours kept."""

    dry_c: Series
    price_per_kwh: Series
    """Without fuel clause."""


def called_hours(
    rule: FlexibleConnection | DemandResponse, holidays: tuple[str, ...], kept: KeptHours, ranked: Ranked
) -> NDArray[np.bool_]:
    """The kept hours that somebody calls, boolean (N,)."""
    inside = np.zeros(HOURS_PER_YEAR, dtype=np.bool_)
    for window in rule.windows:
        inside |= price_mask(window, holidays)
    within = inside[kept.hours]
    if rule.hours_per_year is None:
        return within
    places = np.flatnonzero(within)
    count = min(len(places), math.ceil(rule.hours_per_year * len(kept.hours) / HOURS_PER_YEAR - 1e-9))
    by = {"hottest": -ranked.dry_c, "coldest": ranked.dry_c, "dearest": -ranked.price_per_kwh}[rule.called]
    first = places[np.argsort(np.round(by[places], DECIMALS), kind="stable")][:count]
    called = np.zeros(len(kept.hours), dtype=np.bool_)
    called[first] = True
    return called


def staged_mw(first_mw: float, stages: Sequence[GridStage], calendar: Calendar) -> dict[str, float]:
    """Power in force by phase: the first until a stage begins, then that of the last one."""
    begins, levels, current = {stage.from_phase: stage.mw for stage in stages}, {}, first_mw
    for phase in calendar.phases:
        current = begins.get(phase, current)
        levels[phase] = current
    return levels


def holidays_of(instance: Instance, site: str) -> tuple[str, ...]:
    """Days that the tariff of a site counts as weekend days."""
    return instance.tariffs[instance.sites[site].tariff].holidays
