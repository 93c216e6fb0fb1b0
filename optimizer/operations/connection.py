"""The grid connection of a site by the hour: what it carries, what is sold, what dropping load pays. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.diagnostics import Diagnostic
from optimizer.errors import InputError
from optimizer.inputs.schema import Instance
from optimizer.setting.calendar import Calendar
from optimizer.setting.grid_hours import GridHours, Ranked, called_hours, holidays_of, staged_mw
from optimizer.setting.hours import KeptHours, kept_hours
from optimizer.setting.prices import hourly_price
from optimizer.setting.weather import HourlyWeather

_ROUNDING = 1e-9
"""Of a price per kWh."""
NOTHING = 1e-8
"""Shares below it are none: no limit is kept so closely."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ResponseYear:
    """A programme that pays for load that can be dropped, over N hours."""

    usd_per_mw_year: float
    max_mw: float
    called: NDArray[np.bool_]
    """Shape (N,); at least one hour."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ConnectionYear:
    """The connection of a site; shares are of grid_mw in force."""

    share: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    """Most import by hour, shape (N,); of phases in which every hour is whole there is none."""
    export_share: dict[str, float] = field(default_factory=dict)
    """Most export by phase, where the site may sell; empty: it may not."""
    response: ResponseYear | None = None
    carbon_cap_t: float | None = None
    """Cap on the site's carbon of a year."""

    def response_share(self, grid_mw: float) -> float:
        """Most that may be enrolled, as a share of grid_mw; 0 where there is none."""
        share = self.response.max_mw / grid_mw if self.response is not None and grid_mw > 0 else 0.0
        return share if share > NOTHING else 0.0


def grid_by_phase(instance: Instance, calendar: Calendar, site: str) -> dict[str, float]:
    """Import the utility makes available in each phase."""
    spec = instance.sites[site]
    return staged_mw(spec.grid_mw, spec.grid_stages, calendar)


def connection_year(
    instance: Instance, calendar: Calendar, site: str, weather: HourlyWeather, grid: GridHours
) -> ConnectionYear:
    """The connection of a site. Raises InputError where surplus would be sold for more than import costs."""
    spec, kept = instance.sites[site], kept_hours(instance.solve.hours)
    tariff = instance.tariffs[spec.tariff]
    price = hourly_price(tariff, grid.price_per_kwh)
    ranked = Ranked(dry_c=weather.dry_c[kept.hours], price_per_kwh=(price - tariff.fuel_clause_per_kwh)[kept.hours])
    grid_mw = grid_by_phase(instance, calendar, site)
    response = None
    if spec.demand_response is not None:
        called = called_hours(spec.demand_response, holidays_of(instance, site), kept, ranked)
        if called.any():
            rule = spec.demand_response
            response = ResponseYear(usd_per_mw_year=rule.usd_per_mw_year, max_mw=rule.max_mw, called=called)
    export_share = {}
    if spec.export_price_per_kwh is not None:
        told = price_beyond_import(spec.export_price_per_kwh, float(price.min()), site)
        if told is not None:
            path = f"sites.{site}.export_price_per_kwh"
            raise InputError([Diagnostic(code="E0446", message=told[0], path=path, help=told[1])])
        most = spec.export_max_mw
        export_share = {p: 1.0 if most is None or mw <= most else most / mw for p, mw in grid_mw.items()}
    return ConnectionYear(
        share=_shares(instance, calendar, site, kept=kept, ranked=ranked, grid=grid),
        export_share=export_share,
        response=response,
        carbon_cap_t=spec.carbon_t_per_year,
    )


def _shares(
    instance: Instance, calendar: Calendar, site: str, *, kept: KeptHours, ranked: Ranked, grid: GridHours
) -> dict[str, NDArray[np.float64]]:
    rule, grid_mw = instance.sites[site].flexible_connection, grid_by_phase(instance, calendar, site)
    called = None if rule is None else called_hours(rule, holidays_of(instance, site), kept, ranked)
    firm = {} if rule is None else staged_mw(rule.firm_mw, rule.firm_stages, calendar)
    shares = {}
    for phase, most_mw in grid_mw.items():
        mw = np.full(len(kept.hours), most_mw)
        if grid.import_limit_mw is not None:
            mw = np.minimum(mw, grid.import_limit_mw[kept.hours])
        if called is not None:
            mw = np.where(called, np.minimum(mw, firm[phase]), mw)
        if most_mw > 0 and bool((mw < most_mw).any()):
            share = mw / most_mw
            shares[phase] = np.where(share > NOTHING, share, 0.0)
    return shares


def price_beyond_import(sold: float, least: float, site: str) -> tuple[str, str] | None:
    """Why surplus may not be sold at a price, and what to write instead; None if it may."""
    if sold <= least + _ROUNDING:
        return None
    message = (
        f"export_price_per_kwh of {site} is {sold:g}, and import costs as little as {least:g} in some hour: "
        "the site would buy to sell"
    )
    hint = "which of the two it does in an hour would be a whole number; state at most the lowest price of import"
    return message, hint
