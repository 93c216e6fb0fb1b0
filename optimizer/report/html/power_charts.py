"""Charts of the year: how long which load lasts, and when it is high."""

from __future__ import annotations

from calendar import month_abbr

import numpy as np

from optimizer.number_format import number, percent
from optimizer.report.document import Table
from optimizer.report.html.cells import grid
from optimizer.report.html.figure import DASHES, SERIES, Chart, Figure, axis, curve, figure
from optimizer.report.html.view import View
from optimizer.setting.hours import HOUR_OF_DAY, MONTH_OF_HOUR, Series

CURVES = 6
DAYS = 365
NOISE_DIGITS = 7
"""Decimals of a MW that are not the solver's noise around zero."""


def duration(view: View) -> Chart:
    """Hours per year at or above each import, with firm capacity and the grid limit of the last phase."""
    phases = _some(view.phases)
    meter, _ = view.hours(view.last)
    firm, limit = view.total("firm_mw", view.last), view.grid_mw(view.last)
    peak = float(meter.max())
    sites = " (all sites added hour by hour)" if len(view.problem.years) > 1 else ""
    notes = ["Each curve shows every 40th of the 8,760 hours, sorted by load, and both ends; the peaks are exact."]
    if len(phases) < len(view.phases):
        notes.append(f"{len(phases)} of {len(view.phases)} phases are drawn; the table has them all.")
    return Chart(
        id="duration",
        title=f"The highest import of {number(peak)} MW stays within the firm capacity of {number(firm)} MW in every "
        f"hour of {view.last}{sites}",
        about="Load duration curves: hours of the year on the horizontal axis, import in MW on the vertical one, with "
        "lines for firm substation capacity and the grid limit.",
        table=grid(
            "Import by phase, MW",
            ("Phase", "Peak", "At 10 % of hours", "Median", "Lowest", "Firm capacity", "Grid limit", "Peak/firm"),
            [_duration_row(view, p) for p in view.phases],
            range(1, 8),
        ),
        figure=_duration_figure(view, phases, (firm, limit)),
        notes=tuple(notes),
    )


def _some(phases: tuple[str, ...]) -> tuple[str, ...]:
    """At most CURVES phases, the first and the last among them."""
    if len(phases) <= CURVES:
        return phases
    chosen = {round(at) for at in np.linspace(0, len(phases) - 1, CURVES)}
    return tuple(phase for at, phase in enumerate(phases) if at in chosen)


def _duration_row(view: View, phase: str) -> tuple[str, ...]:
    meter, _ = view.hours(phase)
    firm = view.total("firm_mw", phase)
    high, tenth, middle, low = (round(float(np.quantile(meter, q)), NOISE_DIGITS) + 0.0 for q in (1.0, 0.9, 0.5, 0.0))
    used = percent(high / firm) if firm else "n/a"
    return (phase, *map(number, (high, tenth, middle, low, firm, view.grid_mw(phase))), used)


def _duration_figure(view: View, phases: tuple[str, ...], limits: tuple[float, float]) -> Figure:
    at = [*range(0, 8760, 40), 8759]
    traces = []
    for number_, phase in enumerate(phases):
        ordered = np.sort(view.hours(phase)[0])[::-1]
        look = {"color": SERIES[number_], "width": 2.5, "dash": DASHES[number_ % len(DASHES)]}
        levels = [round(float(ordered[hour]), 5) for hour in at]
        hover = "%{x:,} h at or above %{y:.2f} MW<extra></extra>"
        traces.append(curve(at, levels, look, name=phase, hovertemplate=hover))
    for name, level, colour, dash in (
        (f"firm capacity, {view.last}", limits[0], "@6", "dash"),
        (f"grid limit, {view.last}", limits[1], "@7", "dot"),
    ):
        if level and np.isfinite(level):
            look = {"color": colour, "width": 2, "dash": dash}
            hover = f"%{{y:.2f}} MW {name}<extra></extra>"
            traces.append(curve([0, 8760], [level, level], look, name=name, hovertemplate=hover))
    x = axis("hours per year at or above this import", {"range": [0, 8760]})
    return figure(traces, x, axis("import, MW", {"rangemode": "tozero"}))


def heat(view: View) -> Chart | None:
    """Hour by day of the last phase: PUE, or import if no load runs at some hour or a site dispatches (then import is
    not what the load draws, and their ratio tells nothing). None if it never changes.
    """
    meter, power = view.hours(view.last)
    is_pue = float(power.min()) > 0 and not view.figures.dispatching()
    series = meter / power if is_pue else meter
    unit, name = ("", "PUE") if is_pue else (" MW", "Import")
    spread = float(series.max() - series.min())
    if spread < 1e-6 * max(1.0, float(series.max())):
        return None
    hour = int(series.argmax())
    month = month_abbr[int(MONTH_OF_HOUR[hour]) + 1]
    return Chart(
        id="heat",
        title=f"{name} is worst in {month} at {hour % 24:02d}:00: {number(float(series.max()))}{unit}, against "
        f"{number(float(series.min()))}{unit} in the best hour",
        about=f"Heat map of {name} by hour of the day (vertical) and day of the year (horizontal), phase {view.last}.",
        table=_month_grid(series, f"{name} by month, {view.last}", unit),
        figure=_heat_figure(series, name + unit.replace(" MW", ", MW")),
        notes=(
            f"All 8,760 hours of {view.last}, to four decimals. The reference year starts on a Monday, 1 January.",
            "PUE here is import over IT power hour by hour, over all sites." if is_pue else "Import of all sites.",
        ),
    )


def _heat_figure(series: Series, title: str) -> Figure:
    trace = {
        "type": "heatmap",
        "z": [[round(value, 4) for value in row] for row in series.reshape(DAYS, 24).T.tolist()],
        "colorscale": "Cividis",
        "colorbar": {"title": {"text": title, "side": "right"}, "thickness": 14, "outlinewidth": 0},
        "hovertemplate": f"day %{{x}}, %{{y}}:00: %{{z:.4f}} {title}<extra></extra>",
        "x0": 1,
        "dx": 1,
    }
    first = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30]) + 1
    ticks = {"tickvals": first.tolist(), "ticktext": [month_abbr[m] for m in range(1, 13)], "showgrid": False}
    x = axis("day of the year", ticks)
    y = axis("hour of the day", {"tickvals": [0, 6, 12, 18, 23], "showgrid": False})
    return figure([trace], x, y, {"showlegend": False})


def _month_grid(series: Series, caption: str, unit: str) -> Table:
    rows = []
    for month in range(12):
        here = series[month == MONTH_OF_HOUR]
        worst = HOUR_OF_DAY[month == MONTH_OF_HOUR][int(here.argmax())]
        means = (float(here.mean()), float(here.min()), float(here.max()))
        rows.append((month_abbr[month + 1], *map(number, means), f"{int(worst):02d}:00"))
    suffix = f",{unit}" if unit else ""
    header = ("Month", f"Mean{suffix}", f"Lowest{suffix}", f"Highest{suffix}", "Worst hour")
    return grid(caption, header, rows, (1, 2, 3, 4))
