"""Charts of money: what the levelised cost is made of, and when money flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.analysis.cost import CostLine, cost_lines
from optimizer.analysis.money import Currency
from optimizer.inputs.naming import account_name
from optimizer.ledger.accounts import BY_ID
from optimizer.number_format import like, number, percent
from optimizer.report.cost_table import SMALL_SHARE, cost_grid
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import Chart, Figure, axis, categories, figure, lying, plain, standing
from optimizer.report.html.view import View

HATCHED = ("@2", "@3")
"""Colours of what is taken away, told apart in print too."""


@dataclass(frozen=True)
class WaterfallBar:
    """One bar of the waterfall: its value, where it starts, its colour."""

    name: str
    value: float
    start: float
    colour: str


def waterfall(view: View) -> Chart:
    """Costs by account up to the levelised cost."""
    lines, money = cost_lines(view.result), view.money
    whole = view.reported.lcoc_usd_per_eflop
    npv = view.reported.npv_cost_musd
    costs = sorted((line for line in lines if line.npv_musd > 0), key=lambda line: -line.npv_musd)
    credits_ = [line for line in lines if line.npv_musd < 0]
    small = [line for line in costs if line.npv_musd < SMALL_SHARE * abs(npv)]
    large = [line for line in costs if line not in small]
    bars = [(account_name(line.account), line.usd_per_eflop, "@1") for line in large]
    if small:
        bars.append((f"{len(small)} smaller costs", sum(line.usd_per_eflop for line in small), "@1"))
    bars += [(account_name(line.account), line.usd_per_eflop, "@3") for line in credits_]
    top = costs[0] if costs else CostLine("energy", 0.0, 0.0)
    second = (
        f", then {account_name(costs[1].account)} ({percent(costs[1].npv_musd / npv, 2)})" if len(costs) > 1 else ""
    )
    title = (
        f"{account_name(top.account)} make the largest cost: {money.figure(top.usd_per_eflop, 'USD/EFLOP', 3)}, "
        f"{percent(top.npv_musd / npv, 2)} of the {number(money.of(whole))}{second}"
        if npv
        else "The design costs nothing"
    )
    return Chart(
        id="cost",
        title=title,
        about="Horizontal waterfall: each cost adds to the one above it, credits take away, and the last bar is the "
        "levelised cost.",
        table=cost_grid(view.result, [*costs, *credits_]),
        figure=_waterfall_figure([(name, money.of(usd), colour) for name, usd, colour in bars], view),
        notes=("Present values. Shares are of the net cost; credits are negative, so that costs alone exceed 100 %.",),
        height=110 + 30 * (len(bars) + 1),
    )


def _waterfall_figure(bars: list[tuple[str, float, str]], view: View) -> Figure:
    money = view.money
    whole = money.of(view.reported.lcoc_usd_per_eflop)
    rows = stepped(0.0, bars)
    rows.append(WaterfallBar("levelised cost (LCOC)", whole, 0.0, "@total"))
    top = max(row.start + abs(row.value) for row in rows)
    return steps_figure(rows, (0.0, top), f"{money.code} per effective EFLOP, present value")


def stepped(level: float, bars: Sequence[tuple[str, float, str]]) -> list[WaterfallBar]:
    """Bars of (name, value, colour) that each begin where the one before ends; the first at `level`."""
    rows = []
    for name, value, colour in bars:
        rows.append(WaterfallBar(plain(name), value, min(level, level + value), colour))
        level += value
    return rows


def steps_figure(rows: Sequence[WaterfallBar], span: tuple[float, float], title: str, unit: str = "") -> Figure:
    """A waterfall over `span`, one bar a row, amounts told in `unit`. Names must differ."""
    low, top = span
    largest = max((abs(row.value) for row in rows), default=0.0)
    colours = dict.fromkeys(row.colour for row in rows)
    traces = [_bars([row for row in rows if row.colour == colour], largest, unit) for colour in colours]
    x = axis(title, {"range": [low, top + 0.16 * (top - low)]})
    return figure(traces, x, categories([row.name for row in rows]), {"showlegend": False, "barmode": "overlay"})


def _bars(rows: list[WaterfallBar], whole: float, unit: str) -> Figure:
    """Bars of one colour (the chart library takes no lists of colours with a pattern)."""
    colour = rows[0].colour
    return lying(
        [row.name for row in rows],
        [abs(row.value) for row in rows],
        colour,
        "/" if colour in HATCHED else "",
        base=[row.start for row in rows],
        text=[like(row.value, whole) for row in rows],
        textposition="outside",
        cliponaxis=False,
        hovertemplate=f"%{{y}}: %{{text}}{unit and f' {unit}'}<extra></extra>",
    )


def _like(usd: float, whole_usd: float, money: Currency) -> str:
    """An amount with the decimals of the whole; the cell behind it stays in US dollars."""
    return like(money.of(usd), money.of(whole_usd))


def cash_flow(view: View) -> Chart:
    """Money by phase: paid at its start, through it, and worth at the end, undiscounted; present value in the table."""
    rows = _cash_rows(view)
    names = [f"{phase} ({view.problem.calendar.starts[phase]:%Y})" for phase in view.phases]
    kinds = (
        ("capital and fees", 0, "@1", ""),
        ("running costs", 1, "@2", "/"),
        (account_name("residual_value"), 2, "@3", "x"),
    )
    traces = [
        standing(
            names,
            [view.money.of(row[at]) for row in rows],
            colour,
            shape,
            name=name,
            hovertemplate=f"%{{x}}: %{{y:,.2f}} {view.money.unit('MUSD')} {name}<extra></extra>",
        )
        for name, at, colour, shape in kinds
        if any(row[at] for row in rows)
    ]
    paid = [row[0] + row[1] for row in rows]
    first = paid[0] / sum(paid) if sum(paid) else 0.0
    days = (view.problem.calendar.starts[view.phases[0]] - view.problem.calendar.planning).days
    return Chart(
        id="cash",
        title=f"{percent(first, 2)} of all payments fall into the first phase: {number(view.money.of(paid[0]))} of "
        f"{view.money.figure(sum(paid), 'MUSD')}, from {days:,} days after the planning date",
        about="Stacked bars of payments by phase: capital at the start, running costs through the phase, and what the "
        "equipment is worth at the end, which counts against the cost.",
        table=_cash_grid(view, rows),
        figure=figure(
            traces,
            axis("phase (year it starts)", {"type": "category", "showgrid": False}),
            axis(f"million {view.money.code}, undiscounted"),
            {"barmode": "relative"},
        ),
        notes=("Real prices. Capital is due on the first day of its phase, running costs evenly through it.",),
    )


def _cash_rows(view: View) -> list[tuple[float, float, float, float]]:
    """By phase: capital, running costs, residual value (undiscounted), and the present value of all of them."""
    calendar = view.problem.calendar
    sums = {phase: [0.0, 0.0, 0.0, 0.0] for phase in view.phases}
    for entry in view.reported.ledger:
        account = BY_ID[entry.account]
        if not account.is_money:
            continue
        at = {"start": 0, "yearly": 1, "end": 2}[entry.timing]
        years = calendar.t1[entry.phase] - calendar.t0[entry.phase] if at == 1 else 1.0
        sums[entry.phase][at] += entry.amount * years
        sums[entry.phase][3] += entry.amount * calendar.weight(account.timing, entry.phase)
    return [(row[0], row[1], row[2], row[3]) for row in sums.values()]


def _cash_grid(view: View, rows: list[tuple[float, float, float, float]]) -> Table:
    calendar = view.problem.calendar
    largest = max((abs(value) for row in rows for value in row), default=1.0)
    shown: list[tuple[PageCell | str, ...]] = [
        (
            phase,
            f"{calendar.starts[phase].isoformat()}",
            *(PageCell(_like(value, largest, view.money), value) for value in row),
        )
        for phase, row in zip(view.phases, rows, strict=True)
    ]
    sums = [sum(row[at] for row in rows) for at in range(4)]
    figures = ("", "", "", "npv_cost_musd")
    last: tuple[PageCell | str, ...] = (
        "total",
        "",
        *(PageCell(_like(v, largest, view.money), v, f) for v, f in zip(sums, figures, strict=True)),
    )
    header = ("Phase", "Starts", "Capital and fees", "Running costs", "Worth at end", "Present value")
    return grid(f"Payments by phase, {view.money.unit('MUSD')}", header, [*shown, last], (2, 3, 4, 5), total=True)
