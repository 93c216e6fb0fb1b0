"""A week of dispatch, hour by hour: load, import, what the battery and the generators do, and the energy held."""

from __future__ import annotations

from calendar import day_abbr

import numpy as np
from numpy.typing import NDArray

from optimizer.number_format import number
from optimizer.operations.replay import Dispatched, Hours
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import Chart, Figure, axis, curve, figure, standing
from optimizer.report.html.power_charts import NOISE_DIGITS
from optimizer.report.html.view import View

DAY, WEEK = 24, 168
SMALL_MW = 1e-9


def dispatch_week(view: View) -> Chart | None:
    """The week of the last phase in which most is moved, at the site that moves most. None if nothing is dispatched."""
    busiest = _busiest(view)
    if busiest is None:
        return None
    site, hours, first = busiest
    week = slice(first, first + WEEK)
    kept = view.problem.years[site].kept
    places = kept.hours[week]
    load, imported = (hours.load_mw + hours.idle_mw)[week], hours.drawn_mw[week]
    taken, given = float(hours.charge_mw[week].sum()), float(hours.discharge_mw[week].sum())
    peaks = f"the highest import is {number(float(imported.max()))} MW, of the load {number(float(load.max()))} MW"
    what = (
        f"the battery takes {number(taken)} MWh and gives {number(given)} MWh"
        if taken > SMALL_MW
        else f"generators give {number(float(hours.generator_mw[week].sum()))} MWh"
        if float(hours.generator_mw[week].sum()) > SMALL_MW
        else f"{number(float(np.abs(hours.load_mw - hours.rigid_mw)[week].sum()) / 2)} MWh of load move to other hours"
    )
    return Chart(
        id="dispatch",
        title=f"In the busiest week {what}; {peaks}",
        about="Above: load, import, charge (below zero), discharge and generators by hour. Below: free energy the "
        "battery holds at the start of each hour.",
        table=_day_grid(hours, week, places),
        figure=_week_figure(hours, week, places),
        notes=(
            f"{view.site(site)}, phase {view.last}, from hour {int(places[0]):,} of the year: the week in which most "
            "is moved. hourly.parquet has all hours.",
            *(() if kept.whole_year else ("A short year: each day shown stands for the days up to the next.",)),
        ),
        height=520,
    )


def _busiest(view: View) -> tuple[str, Dispatched, int] | None:
    """Site, its hours in the last phase, and the first hour (a midnight) of its busiest week."""
    best, week = SMALL_MW, None
    for site in view.figures.dispatching():
        hours = view.figures.hours(site, view.last)
        work = hours.charge_mw + hours.discharge_mw + hours.generator_mw + np.abs(hours.load_mw - hours.rigid_mw)
        for first in range(0, max(1, len(work) - WEEK + 1), DAY):
            moved = float(work[first : first + WEEK].sum())
            # A later week has to be busier by more than rounding, so that the same design shows the same week.
            if moved > best * (1 + 1e-9):
                best, week = moved, (site, hours, first)
    return week


def _week_figure(hours: Dispatched, week: slice, places: NDArray[np.int64]) -> Figure:
    count = len(hours.import_mw[week])
    x = list(range(count))
    labels = [f"{day_abbr[hour // DAY % 7]} {hour % DAY:02d}:00" for hour in places.tolist()]
    lines = (
        ("load", hours.load_mw + hours.idle_mw, "@7", "dot"),
        ("import", hours.drawn_mw, "@1", "solid"),
    )
    traces: list[Figure] = []
    for name, series, colour in (
        ("charge", -hours.charge_mw, "@2"),
        ("discharge", hours.discharge_mw, "@3"),
        ("generators", hours.generator_mw, "@6"),
    ):
        if float(np.abs(series[week]).max()) > SMALL_MW:
            said: Figure = {"name": name, "text": labels, "textposition": "none", "hovertemplate": _hover(f"MW {name}")}
            traces.append(standing(x, _short(series[week]), colour, **said))
    for name, series, colour, dash in lines:
        look = {"color": colour, "width": 2.2, "dash": dash, "shape": "hv"}
        said = {"name": name, "text": labels, "hovertemplate": _hover(f"MW {name}")}
        traces.append(curve(x, _short(series[week]), look, **said))
    has_battery = float(hours.soc_mwh[week].max()) > SMALL_MW
    if has_battery:
        said = {"name": "energy held", "text": labels, "hovertemplate": _hover("MWh held")}
        look = {"color": "@8", "width": 2, "dash": "dash"}
        traces.append(curve(x, _short(hours.soc_mwh[week]), look, fill="tozeroy", yaxis="y2", **said))
    days = list(range(0, count, DAY))
    ticks = {"tickvals": days, "ticktext": [labels[day] for day in days], "range": [0, count]}
    below = axis("held, MWh", {"domain": [0.0, 0.26], "rangemode": "tozero"})
    above = axis("MW", {"domain": [0.36, 1.0]} if has_battery else {})
    more = {"barmode": "relative", "bargap": 0} | ({"yaxis2": below} if has_battery else {})
    return figure(traces, axis("hour", ticks | ({"anchor": "y2"} if has_battery else {})), above, more)


def _hover(unit: str) -> str:
    return f"%{{text}}: %{{y:.4g}} {unit}<extra></extra>"


def _short(series: Hours) -> list[float]:
    return [round(float(value), 5) for value in series]


def _day_grid(hours: Dispatched, week: slice, places: NDArray[np.int64]) -> Table:
    """The days of the week, with what was moved and the peaks."""
    rows: list[tuple[PageCell | str, ...]] = []
    for day in range(week.start, week.start + len(places), DAY):
        part = slice(day, day + DAY)
        figures = (
            hours.charge_mw[part].sum(), hours.discharge_mw[part].sum(), hours.generator_mw[part].sum(),
            (hours.load_mw + hours.idle_mw)[part].max(), hours.drawn_mw[part].max(),
            hours.soc_mwh[part].min(), hours.soc_mwh[part].max(),
        )  # fmt: skip
        name = day_abbr[int(places[day - week.start]) // DAY % 7]
        exact = [round(float(value), NOISE_DIGITS) + 0.0 for value in figures]
        rows.append((name, *(PageCell(number(value, 3), value) for value in exact)))
    header = ("Day", "Charged, MWh", "Discharged, MWh", "Generators, MWh", "Peak load, MW", "Peak import, MW",
              "Least held, MWh", "Most held, MWh")  # fmt: skip
    return grid("The busiest week by day", header, rows, range(1, len(header)))
