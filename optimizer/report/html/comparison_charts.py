"""Charts of a comparison: costs by account side by side, the bridge between levelised costs, and power."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.analysis.comparison import Row
from optimizer.number_format import like, number, percent
from optimizer.report.compare_page import cells, cost_rows, header, signed
from optimizer.report.compared import NamedComparison
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import PATTERNS, SERIES, Chart, Figure, axis, figure, hatch, plain, short
from optimizer.report.html.money_charts import WaterfallBar, stepped, steps_figure

ACCOUNTS_DRAWN = 7
"""Accounts with a colour, or a step of the bridge, of their own; the rest are one."""
POWER = ("it_mw", "peak_import_mw", "generation_mw")
POWER_ROWS = (
    *POWER, "pue_annual", "pue_peak", "energy_mwh_per_year", "carbon_t_per_year", "water_m3_per_year",
    "effective_pflops_per_mw", "racks", "white_space_m2", "plant_m2", "firm_capacity_utilisation",
)  # fmt: skip


def compared_grid(caption: str, first: str, rows: Sequence[Row], shown: NamedComparison) -> Table:
    """Rows with every difference to the first side; what a row stands for is its tooltip."""
    count = len(shown.heads)
    lines: list[tuple[PageCell | str, ...]] = [
        (PageCell(line[0], tip=row.detail), *line[1:]) for row, line in zip(rows, cells(rows), strict=True)
    ]
    return grid(caption, header(shown.heads, first, differences=True), lines, range(1, 3 * count - 1))


def cost_bars(shown: NamedComparison) -> Chart:
    """A bar a side, made of its accounts; what is left at the end stands below nothing."""
    ranked = sorted(shown.rows.costs, key=lambda row: -max(abs(_of(value)) for value in row.values))
    names = [_unlike(head, at) for at, head in enumerate(shown.heads)]
    parts = [(row.what, [_of(value) for value in row.values]) for row in ranked[:ACCOUNTS_DRAWN]]
    rest = ranked[ACCOUNTS_DRAWN:]
    if rest:
        parts.append((f"{len(rest)} smaller accounts", _sums(rest, len(names))))
    traces = [_stack(part, at, names) for at, part in enumerate(parts)]
    unit, totals = shown.money.unit("USD/EFLOP"), shown.totals
    order = sorted(range(len(totals)), key=lambda at: totals[at])
    said = ", ".join(f"{shown.heads[at]} {number(totals[at])}" for at in order)
    x = axis(f"{shown.money.code} per effective EFLOP, present value")
    y = axis("", {"type": "category", "autorange": "reversed", "showgrid": False})
    lines = [tuple(line) for line in cost_rows(shown)]
    table = grid(
        f"Levelised cost by account, {unit}",
        header(shown.heads, "Account", differences=True),
        lines,
        range(1, 3 * len(names) - 1),
        total=True,
    )
    return Chart(
        id="costs",
        title=f"Levelised cost, {unit}: {said}",
        about="One bar a side, stacked by account. Credits stand left of nothing.",
        table=table,
        figure=figure(traces, x, y, {"barmode": "relative"}),
        height=170 + 60 * len(names),
    )


def _stack(part: tuple[str, list[float]], at: int, names: list[str]) -> Figure:
    name, values = part
    return {
        "type": "bar",
        "orientation": "h",
        "name": plain(short(name)),
        "y": names,
        "x": values,
        "marker": {"color": SERIES[at], "pattern": hatch(PATTERNS[at])},
        "hovertemplate": f"%{{y}}: %{{x:,.4g}} {plain(name)}<extra></extra>",
    }


def bridges(shown: NamedComparison) -> list[Chart]:
    """From the levelised cost of the first side to that of every other one, account by account."""
    return [_bridge(shown, at) for at in range(1, len(shown.sides))]


def _bridge(shown: NamedComparison, at: int) -> Chart:
    first, last, unit = shown.totals[0], shown.totals[at], shown.money.unit("USD/EFLOP")
    ranked = sorted(
        ((row.what, row.difference(at) or 0.0) for row in shown.rows.costs if number(row.difference(at) or 0.0) != "0"),
        key=lambda pair: -abs(pair[1]),
    )
    steps = ranked[:ACCOUNTS_DRAWN]
    rest = ranked[ACCOUNTS_DRAWN:]
    if rest:
        steps = [*steps, (f"{len(rest)} smaller differences", sum(value for _, value in rest))]
    middle = stepped(first, [(name, value, "@6" if value > 0 else "@3") for name, value in steps])
    here, there = (_unlike(shown.heads[side], side) for side in (0, at))
    ends = [WaterfallBar(plain(name), value, 0.0, "@total") for name, value in ((here, first), (there, last))]
    low = _axis_start([row.start for row in middle], first, last)
    # A bar that begins left of the axis would be drawn from its edge all the same; its text is that of the whole.
    top = max(row.start + abs(row.value) for row in (*ends, *middle))
    leading = f": {steps[0][0]} {signed(steps[0][1], _three)}" if steps else ""
    share = f" ({signed((last - first) / abs(first), percent)})" if first else ""
    title = f"{shown.heads[at]} less {shown.heads[0]}: {signed(last - first, _three)} {unit}{share}{leading}"
    smaller = min((abs(total) for total in (first, last) if total), default=0.0)
    lines = [
        (shown.heads[0], PageCell(like(first, smaller), first)),
        *((name, PageCell(signed(value, lambda v: like(v, smaller)), value)) for name, value in ranked),
        (shown.heads[at], PageCell(like(last, smaller), last)),
    ]
    notes = ("The axis does not begin at nothing, so that the steps can be seen.",) if low > 0 else ()
    return Chart(
        id=f"bridge-{at}",
        title=title,
        about="Waterfall from one levelised cost to the other: each account adds what the other side pays more, or "
        "takes away what it pays less.",
        table=grid(f"From {shown.heads[0]} to {shown.heads[at]}, {unit}", ("Step", unit), lines, (1,), total=True),
        figure=steps_figure([ends[0], *middle, ends[1]], (low, top), f"{shown.money.code} per effective EFLOP"),
        notes=notes,
        height=110 + 30 * (len(middle) + 2),
    )


def _axis_start(starts: Sequence[float], first: float, last: float) -> float:
    """Nothing, unless the steps would then be too small to be seen."""
    low, high = min((*starts, first, last)), max((*starts, first, last))
    return low - 0.35 * (high - low) if 0 < high - low < 0.3 * low else min(0.0, low)


def power(shown: NamedComparison) -> Chart:
    """Rated IT power and peak import of every side, with what goes with them."""
    by_id = {row.detail: row for row in shown.rows.figures}
    drawn = [by_id[name] for name in POWER if name in by_id and any(by_id[name].values)]
    names = [_unlike(head, at) for at, head in enumerate(shown.heads)]
    traces = [
        {
            "type": "bar",
            "name": row.what,
            "x": names,
            "y": [_of(value) for value in row.values],
            "marker": {"color": SERIES[at], "pattern": hatch(PATTERNS[at])},
            "hovertemplate": f"%{{x}}: %{{y:,.4g}} MW {row.what}<extra></extra>",
        }
        for at, row in enumerate(drawn)
    ]
    peaks = by_id["peak_import_mw"].values if "peak_import_mw" in by_id else ()
    said = ", ".join(f"{head} {number(_of(value))} MW" for head, value in zip(shown.heads, peaks, strict=False))
    rows = [by_id[name] for name in POWER_ROWS if name in by_id and any(by_id[name].values)]
    return Chart(
        id="power",
        title=f"Peak import: {said}",
        about="Grouped bars: rated IT power, peak import and generation beside the grid of every side.",
        table=compared_grid("Power and space", "Figure", rows, shown),
        figure=figure(traces, axis("", {"type": "category"}), axis("MW"), {"barmode": "group"}),
        height=340,
    )


def _unlike(head: str, at: int) -> str:
    """A head as a category of a chart: the zero-width mark keeps equal heads, and numbers, apart."""
    return plain(head) + "\u200b" * (at + 1)


def _of(value: float | str | None) -> float:
    return value if isinstance(value, float) else 0.0


def _sums(rows: Sequence[Row], sides: int) -> list[float]:
    return [sum(_of(row.values[side]) for row in rows) for side in range(sides)]


def _three(value: float) -> str:
    return number(value, 3)
