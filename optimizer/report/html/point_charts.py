"""Charts of points: the frontier nothing beats, and the spread of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from optimizer.number_format import counted, gap_percent, number
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid, units
from optimizer.report.html.figure import Chart, Figure, axis, figure, plain, standing, upright
from optimizer.report.html.study_source import Row, StudySource
from optimizer.report.html.study_text import chips_text, figure_name, unit_of
from optimizer.study.designs import SAMPLED
from optimizer.study.frontier_points import TARGET as TARGET_METRIC

LCOC = "lcoc_usd_per_eflop"
BINS = 20
TARGET = TARGET_METRIC.id


def frontier(source: StudySource) -> Chart | None:
    """The points no other point beats, as a staircase below which nothing better lies than the gap."""
    rows = source.points
    if len(rows) < 2:
        return None
    x, y = list(rows[0])[3:5]
    worst = max(row["gap"] for row in rows)
    ends = rows[0], rows[-1]
    saved = f"from {number(ends[0][y])} to {number(ends[1][y])} {units(source.unit_of(y))}"
    counts = counted(len(rows), "point") + ("" if x == TARGET else ", none beaten in both")
    note = (
        "Every point is planned anew for that share of all targets; a stated demand grows with them."
        if x == TARGET
        else "Points that another one beats are left out here and stand in the list of cells."
    )
    return Chart(
        id="frontier",
        title=f"{counts}: {figure_name(y)} goes {saved}, while {figure_name(x)} goes from {number(ends[0][x])} to "
        f"{number(ends[1][x])} {units(source.unit_of(x))}",
        about=f"Points of {y} (vertical) over {x} (horizontal); each is a verified design.",
        table=_points(source, x, y),
        figure=_frontier_figure(source, x, y),
        notes=(
            f"Each point is proven: the measure minimised there cannot be better by more than its gap, at most "
            f"{gap_percent(worst)}. {note}",
        ),
        height=440,
    )


def only_point(source: StudySource) -> list[Table]:
    """The frontier as a table that says so where it is one point: there is nothing to draw."""
    if len(source.points) != 1:
        return []
    x, y = list(source.points[0])[3:5]
    made = _points(source, x, y)
    note = f"One design is best in both {figure_name(x)} and {figure_name(y)}: there is nothing to trade off."
    return [replace(made, caption="The frontier is one point", note=note)]


def _points(source: StudySource, x: str, y: str) -> Table:
    """Points by rising x; the price is what one unit less of x costs, from the next point to this one."""
    rows = source.points
    columns: dict[str, Sequence[str]] = {
        "Point": [str(row["point"]) for row in rows],
        _head(x, source.unit_of(x)): [_figure(row[x]) for row in rows],
        _head(y, source.unit_of(y)): [_figure(row[y]) for row in rows],
        f"One less costs, {_price_unit(source, x, y)}": [] if x == TARGET else _prices(rows, x, y),
        f"{unit_of(x).removesuffix('/year')} per 1,000 EFLOP": [_figure(row.get("x_per_eflop"), 1000) for row in rows],
        "PFLOPS in use": [_figure(row.get("effective_pflops")) for row in rows],
        "PUE": [_figure(row.get("pue_annual")) for row in rows],
        "Gap": [PageCell(gap_percent(row["gap"]), row["gap"]) for row in rows],
        "Verified": [
            PageCell("✓ verified", mark="good") if row["verified"] else PageCell("no", mark="bad") for row in rows
        ],
        "Accelerators": [chips_text(row["chip_set"]) for row in rows],
    }
    columns = {name: cells for name, cells in columns.items() if any(cells)}
    right = [at for at, name in enumerate(columns) if name not in ("Point", "Verified", "Accelerators")]
    return grid("Points of the frontier", tuple(columns), list(zip(*columns.values(), strict=True)), right)


def _head(name: str, unit: str) -> str:
    return f"{'Target' if name == TARGET else name}, {units(unit)}"


def _figure(value: float | None, scale: float = 1.0) -> str:
    return "" if value is None else PageCell(number(scale * value), scale * value)


def _price_unit(source: StudySource, x: str, y: str) -> str:
    """USD per tonne saved, and so on."""
    if _has_prices(source.points):
        return f"{source.money.code} per {unit_of(x).removesuffix('/year')}"
    unit = source.unit_of(y)
    return f"{source.money.code if unit_of(y) == 'MUSD' else unit or figure_name(y)} per {source.unit_of(x) or 'unit'}"


def _has_prices(rows: Sequence[Row]) -> bool:
    return any(row.get("usd_per_unit") is not None for row in rows)


def _prices(rows: Sequence[Row], x: str, y: str) -> list[str]:
    """What one unit less costs, levelised where the study tells; else in the unit of y."""
    if _has_prices(rows):
        return [_figure(row.get("usd_per_unit")) for row in rows]
    scale = 1e6 if unit_of(y) == "MUSD" else 1.0
    steps = pairwise(rows)
    return [*(_figure((row[y] - after[y]) / (after[x] - row[x]), scale) for row, after in steps), ""]


def _frontier_figure(source: StudySource, x: str, y: str) -> Figure:
    rows = source.points
    hover = [
        plain(f"gap {gap_percent(row['gap'])}, {'verified' if row['verified'] else 'not verified'}: ")
        + plain(chips_text(row["chip_set"]))
        for row in rows
    ]
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [row[x] for row in rows],
        "y": [row[y] for row in rows],
        "text": hover,
        "line": {"color": "@1", "width": 2, "shape": "linear" if x == TARGET else "hv"},
        "marker": {
            "size": 11,
            "color": "@2",
            "symbol": ["circle" if row["verified"] else "x" for row in rows],
            "line": {"color": "@ink", "width": 1},
        },
        "hovertemplate": "%{x:.6g}, %{y:.6g}<br>%{text}<extra></extra>",
    }
    return figure([trace], axis(_head(x, source.unit_of(x))), axis(_head(y, source.unit_of(y))))


def spread(source: StudySource) -> Chart | None:
    """How often which levelised cost came out of a sample, with its tenth, half and nine tenths."""
    costs = sorted(row[LCOC] for row in source.cells if row.get(LCOC) is not None)
    if len(costs) < 2 or source.design_kind not in SAMPLED:
        return None
    marks = [(name, float(np.quantile(costs, u))) for name, u in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))]
    width = (costs[-1] - costs[0]) / BINS or 1.0
    counts = [0] * BINS
    for cost in costs:
        counts[min(BINS - 1, int((cost - costs[0]) / width))] += 1
    middles = [costs[0] + width * (place + 0.5) for place in range(BINS)]
    marker = {"color": "@1", "line": {"color": "@paper", "width": 1}}
    hover = f"%{{y}} samples near %{{x:.4g}} {source.lcoc_unit}<extra></extra>"
    bars = standing(middles, counts, marker=marker, width=[width] * BINS, hovertemplate=hover)
    shapes = [upright(value) for _, value in marks]
    labels = [
        {"x": value, "y": 1, "yref": "paper", "yanchor": "bottom", "text": name, "showarrow": False}
        for name, value in marks
    ]
    rows = [("lowest", costs[0]), *marks, ("highest", costs[-1])]
    return Chart(
        id="spread",
        title=f"Half of {len(costs)} samples lie below {number(marks[1][1])} {source.lcoc_unit}, nine tenths below "
        f"{number(marks[2][1])}",
        about="Histogram of the levelised cost over the sampled cells, with lines at its tenth, half and nine tenths.",
        table=grid(
            f"Levelised cost of the sample, {source.lcoc_unit}",
            ("", "LCOC"),
            [(n, PageCell(number(v), v)) for n, v in rows],
            (1,),
        ),
        figure=figure(
            [bars], axis(source.lcoc_unit), axis("samples"), {"shapes": shapes, "annotations": labels, "bargap": 0}
        ),
        notes=(f"Cells without a design ({len(source.cells) - len(costs)}) are left out.",),
    )
