"""Charts of sensitivity studies: the tornado, and indices with their confidence."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.number_format import number
from optimizer.report.html.cells import units
from optimizer.report.html.figure import Chart, Figure, axis, categories, figure, lying, plain, short, upright
from optimizer.report.html.study_source import Row, StudySource
from optimizer.report.html.study_text import ending, figure_name
from optimizer.report.study_text import ABOUT_INDICES, end_shown, index_table, tornado_table
from optimizer.study.indices import CONFIDENCE

LCOC = "lcoc_usd_per_eflop"
ENDS = (("low", "@1", ""), ("high", "@2", "/"))
ROW_HEIGHT = 34


def tornado(source: StudySource) -> Chart | None:
    """Bars between the two ends of each axis, the longest on top."""
    rows = source.tornado
    base = rows[0]["base_lcoc"] if rows else None
    if base is None:
        return None
    first = rows[0]
    moved = f"{end_shown(first, 'low')} to {end_shown(first, 'high')}"
    return Chart(
        id="tornado",
        title=f"{first['axis']} moves the levelised cost most: by {number(first['swing'])} {source.lcoc_unit} from "
        f"{moved}"
        if first["swing"]
        else "No axis moves the levelised cost",
        about="Horizontal bars, one per axis, from the levelised cost at its low end to that at its high end; the "
        f"line is the instance as it is, {number(base)} {source.lcoc_unit}.",
        table=tornado_table(rows, source.lcoc_unit, ending),
        figure=_tornado_figure(rows, float(base), source.lcoc_unit),
        notes=(
            f"The line is the instance as it is: {number(base)} {source.lcoc_unit}. Every end is planned anew, so the "
            "accelerators may change from end to end.",
            *_missing_ends(rows),
        ),
        height=120 + ROW_HEIGHT * len(rows),
    )


def _missing_ends(rows: Sequence[Row]) -> tuple[str, ...]:
    lines = [
        f"{row['axis']} at {end_shown(row, end)}: {ending(row[f'{end}_status'])}"
        for row in rows
        for end in ("low", "high")
        if row[f"{end}_lcoc"] is None
    ]
    return (f"No bar where there is no design: {'; '.join(lines)}.",) if lines else ()


def _tornado_figure(rows: Sequence[Row], base: float, unit: str) -> Figure:
    names = _labels([str(row["axis"]) for row in rows])
    traces: list[Figure] = []
    for end, colour, shape in ENDS:
        drawn = [(name, row) for name, row in zip(names, rows, strict=True) if row[f"{end}_lcoc"] is not None]
        traces.append(
            lying(
                [name for name, _ in drawn],
                [row[f"{end}_lcoc"] - base for _, row in drawn],
                colour,
                shape,
                name=f"{end} end",
                base=[base] * len(drawn),
                text=[plain(f"{end_shown(row, end)}: {number(row[f'{end}_lcoc'])}") for _, row in drawn],
                textposition="none",
                hovertemplate=f"%{{y}}, %{{text}} {unit}<extra></extra>",
            )
        )
    more = {"barmode": "overlay", "shapes": [upright(base, "solid")]}
    ends = [row[f"{end}_lcoc"] for row in rows for end in ("low", "high") if row[f"{end}_lcoc"] is not None]
    low, high = min([*ends, base]), max([*ends, base])
    room = 0.06 * (high - low) or 0.01 * abs(base) or 1.0
    return figure(traces, axis(unit, {"range": [low - room, high + room]}), categories(names), more)


def _labels(names: Sequence[str]) -> list[str]:
    """Names for the axis of a chart: cut, but never alike."""
    cut = [short(name, 40) for name in names]
    return [plain(c if cut.count(c) == 1 else name) for c, name in zip(cut, names, strict=True)]


def indices(source: StudySource) -> Chart | None:
    """Morris' or Sobol's indices with the half-width of their intervals."""
    rows = source.indices
    if not rows:
        return None
    output = str(source.definition.get("output", LCOC))
    is_morris = "mu_star" in rows[0]
    unit = units(source.unit_of(output))
    series: tuple[tuple[str, str, str, str], ...] = (
        (("mu_star", "mu*: mean size of the effect", "@1", ""),)
        if is_morris
        else (("ST", "total", "@1", ""), ("S1", "alone (first order)", "@2", "/"))
    )
    first = rows[0]
    key = series[0][0]
    estimate = f"{number(first[key], 3)} ± {number(first[f'{key}_conf'], 2)}"
    title = (
        f"{first['axis']} moves {figure_name(output)} most: {estimate} {unit} over its whole range"
        if is_morris
        else f"{first['axis']} causes most of the variance of {figure_name(output)}: a total share of {estimate}"
    )
    return Chart(
        id="indices",
        title=title if first[key] else f"No axis moves {figure_name(output)}",
        about=f"Horizontal bars, one per axis, with the half-width of their {CONFIDENCE:.0%} intervals.",
        table=index_table(rows, output),
        figure=_index_figure(rows, series, unit if is_morris else "share of the variance"),
        notes=(_index_note(is_morris),),
        height=110 + (ROW_HEIGHT if is_morris else 2 * ROW_HEIGHT) * len(rows),
    )


def _index_note(is_morris: bool) -> str:
    return (
        f"Bars of error are {CONFIDENCE:.0%} intervals. {ABOUT_INDICES['morris']}"
        if is_morris
        else f"Bars of error are {CONFIDENCE:.0%} intervals; one that reaches zero or beyond one asks for more samples."
    )


def _index_figure(rows: Sequence[Row], series: Sequence[tuple[str, str, str, str]], unit: str) -> Figure:
    names = _labels([str(row["axis"]) for row in rows])
    error = {"type": "data", "color": "@ink", "thickness": 1.5}
    traces = [
        lying(
            names,
            [row[key] for row in rows],
            colour,
            shape,
            name=name,
            error_x={**error, "array": [row[f"{key}_conf"] for row in rows]},
            hovertemplate=f"%{{y}}: %{{x:.4g}} {plain(name)}<extra></extra>",
        )
        for key, name, colour, shape in series
    ]
    return figure(traces, axis(unit), categories(names), {"barmode": "group"})
