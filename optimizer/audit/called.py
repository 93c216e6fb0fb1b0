"""Hours that somebody else calls: docs/model.md section 8b, `called`."""

from __future__ import annotations

import math

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.hours import Mask, covered_hours
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.tariffs import price_per_kwh
from optimizer.audit.weather import WeatherYear
from optimizer.inputs.connection import DemandResponse, FlexibleConnection
from optimizer.inputs.quantity import HOURS_PER_YEAR

Rule = FlexibleConnection | DemandResponse

DECIMALS = 6
"""Temperatures and prices that agree to as many are equal, and of equals the earlier hour is called."""


def asks_for_weather(rule: Rule | None) -> bool:
    """Whether the hours of a rule are chosen by the temperature."""
    return rule is not None and rule.hours_per_year is not None and rule.called != "dearest"


def called_hours(case: AuditCase, site: str, rule: Rule, weather: WeatherYear | None) -> Mask:
    """Which of the hours kept are called. Raises ValueError if they follow a weather that is not given."""
    index = case.kept.index
    holidays = case.instance.tariffs[case.instance.sites[site].tariff].holidays
    inside = np.zeros(HOURS_PER_YEAR, dtype=np.bool_)
    for window in rule.windows:
        inside |= covered_hours(window, holidays)
    candidates = np.flatnonzero(inside[index])
    if rule.hours_per_year is not None:
        share = rule.hours_per_year * case.kept.hours / HOURS_PER_YEAR
        first = np.round(_order(case, site, rule, weather)[index][candidates], DECIMALS)
        ranked = candidates[np.argsort(first, kind="stable")]
        candidates = ranked[: math.ceil(share - 1e-9)]
    called = np.zeros(case.kept.hours, dtype=np.bool_)
    called[candidates] = True
    return called


def _order(case: AuditCase, site: str, rule: Rule, weather: WeatherYear | None) -> Hours:
    """By hour of the year, the lower the sooner."""
    if rule.called == "dearest":
        return -price_per_kwh(case, site)
    if weather is None:
        raise ValueError(f"{site}: hours called by the temperature, without weather")
    return -weather.dry_c if rule.called == "hottest" else weather.dry_c
