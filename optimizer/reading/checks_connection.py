"""Whether what is said of the grid by the hour fits together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from optimizer.inputs.connection import DemandResponse, FlexibleConnection
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.inputs.schema import Instance, Site
from optimizer.inputs.setting import Tariff
from optimizer.operations.connection import price_beyond_import
from optimizer.reading.messages import InputFinding
from optimizer.setting.calendar import calendar_of
from optimizer.setting.grid_hours import staged_mw
from optimizer.setting.hours import kept_hours
from optimizer.setting.prices import hourly_price, price_mask

Rule = FlexibleConnection | DemandResponse


def _rules(site: Site) -> Iterator[tuple[str, Rule]]:
    if site.flexible_connection is not None:
        yield "flexible_connection", site.flexible_connection
    if site.demand_response is not None:
        yield "demand_response", site.demand_response


def windows_hold_hours(instance: Instance) -> Iterator[InputFinding]:
    """Every window has an hour, and together they have as many as are called."""
    for s, site in instance.sites.items():
        tariff = instance.tariffs.get(site.tariff)
        for key, rule in _rules(site):
            path, inside = ("sites", s, key), np.zeros(HOURS_PER_YEAR, dtype=np.bool_)
            for number, window in enumerate(rule.windows):
                mask = price_mask(window, tariff.holidays if tariff else ())
                inside |= mask
                if not mask.any():
                    message = f"window {window.label} of {key} of {s} holds no hour of the year"
                    hint = "from_hour comes before to_hour; split a window over midnight into two"
                    yield InputFinding("E0447", (*path, "windows", number), message, hint)
            count = int(inside.sum())
            if count and rule.hours_per_year is not None and rule.hours_per_year > count:
                message = f"{key} of {s} calls {rule.hours_per_year:g} hours a year, and its windows hold {count:,}"
                yield InputFinding("E0447", (*path, "hours_per_year"), message, "widen the windows, or call fewer")
            if count and not inside[kept_hours(instance.solve.hours).hours].any():
                message = f"no hour of the windows of {key} of {s} is among the {instance.solve.hours} looked at"
                yield InputFinding("W0657", (*path, "windows"), message, "leave solve.hours out", (("solve", "hours"),))


def firm_part_is_a_part(instance: Instance) -> Iterator[InputFinding]:
    """Somewhere the firm part is below what the utility makes available; its stages follow the phases."""
    calendar = calendar_of(instance)
    for s, site in instance.sites.items():
        rule = site.flexible_connection
        if rule is None:
            continue
        path = ("sites", s, "flexible_connection")
        grid = staged_mw(site.grid_mw, site.grid_stages, calendar)
        firm = staged_mw(rule.firm_mw, rule.firm_stages, calendar)
        if all(firm[p] >= grid[p] for p in calendar.phases):
            message = f"firm_mw of {s} is all of grid_mw in every phase: nothing is ever called back"
            yield InputFinding("W0658", (*path, "firm_mw"), message, "lower firm_mw, or leave the connection out")


def surplus_can_be_sold(instance: Instance) -> Iterator[InputFinding]:
    """Something makes surplus, and it is sold for no more than import costs in any hour."""
    for s, site in instance.sites.items():
        path = ("sites", s, "export_price_per_kwh")
        if site.export_max_mw is not None and site.export_price_per_kwh is None:
            message = f"export_max_mw of {s} limits what nobody pays for"
            yield InputFinding("E0447", ("sites", s, "export_max_mw"), message, "state export_price_per_kwh too")
        if site.export_price_per_kwh is None:
            continue
        if not site.generation:
            message = f"{s} has a price for surplus, and no generation that makes any"
            yield InputFinding("E0447", path, message, "state generation, or leave the price out")
        tariff = instance.tariffs.get(site.tariff)
        if tariff is not None and not any(row.path for row in site.grid_series):
            yield from _sold_too_dear(site.export_price_per_kwh, tariff, s)


def _sold_too_dear(sold: float, tariff: Tariff, site: str) -> Iterator[InputFinding]:
    """Where a file tells prices, it is looked at when it is read."""
    told = price_beyond_import(sold, float(hourly_price(tariff).min()), site)
    if told is not None:
        yield InputFinding("E0446", ("sites", site, "export_price_per_kwh"), *told)


CONNECTION_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    windows_hold_hours,
    firm_part_is_a_part,
    surplus_can_be_sold,
)
"""Checks of this page."""
