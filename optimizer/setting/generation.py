"""What generation beside the grid yields and costs by the hour. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.diagnostics import Diagnostic
from optimizer.errors import InputError
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.setting.calendar import Calendar, years_between
from optimizer.setting.hours import Series
from optimizer.setting.weather import HourlyWeather

FULL_SUN_W_PER_M2 = 1000.0
"""Radiation at which photovoltaics give their nameplate."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SourceYear:
    """A kind of generation at a site through the reference year, per MW at work."""

    availability: Series
    """Most it gives by hour, as a share of its MW, shape (8760,)."""
    usd_per_mwh: dict[str, float]
    """Fuel and running cost by phase, without carbon."""
    carbon_t_per_mwh: float
    hours: float | None
    """Full-load hours per year; None: all."""


def source_years(instance: Instance, calendar: Calendar, site: str, weather: HourlyWeather) -> dict[str, SourceYear]:
    """The years of every kind of generation a site names. Raises InputError for photovoltaics without radiation."""
    found = {}
    for row in instance.sites[site].generation:
        kind = instance.generation[row.source]
        if not kind.takes_fuel:
            if weather.ghi_w_per_m2 is None:
                message, hint = no_radiation(site, row.source)
                raise InputError([Diagnostic(code="E0428", message=message, path=f"sites.{site}.weather", help=hint)])
            share = np.minimum(1.0, kind.performance_ratio * weather.ghi_w_per_m2 / FULL_SUN_W_PER_M2)
            usd, carbon = dict.fromkeys(calendar.phases, kind.running_usd_per_mwh), kind.carbon_kg_per_mwh / 1000
        else:
            share, usd, carbon = np.ones(HOURS_PER_YEAR), {}, kind.carbon_kg_per_mwh / 1000
            for phase in calendar.phases:
                middle = years_between(calendar.planning, calendar.starts[phase]) + instance.phases[phase].years / 2
                fuel = (row.fuel_usd_per_gj or 0.0) * (1 + row.fuel_trend_fraction) ** middle
                usd[phase] = (kind.heat_rate_gj_per_mwh or 0.0) * fuel + kind.running_usd_per_mwh
        found[row.source] = SourceYear(
            availability=share, usd_per_mwh=usd, carbon_t_per_mwh=carbon, hours=row.full_load_hours_per_year
        )
    return found


def no_radiation(site: str, source: str) -> tuple[str, str]:
    """Message and hint where photovoltaics find no radiation in a site's weather."""
    message = f"{source} at {site} follows the sun, and the weather of {site} has no radiation"
    return message, "use an EPW file with global horizontal radiation, or a climate with ghi_w_per_m2"
