"""Charts over time: orders and deliveries with throughput against target, and the chips at work."""

from __future__ import annotations

from datetime import date, timedelta

from optimizer.analysis.effective_throughput import effective_by_place
from optimizer.analysis.money import Currency
from optimizer.analysis.orders import OrderLine
from optimizer.number_format import number, whole
from optimizer.report.calendar import WITH_PODS
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import (
    PATTERNS,
    SERIES,
    Chart,
    Figure,
    axis,
    curve,
    figure,
    lying,
    plain,
    short,
    standing,
)
from optimizer.report.html.view import View
from optimizer.setting.demand import demand_pflops

BARS_SHOWN = 36
CHIPS_SHOWN = 7


def days(day: date) -> str:
    """A date as a reader says it."""
    return f"{day.day} {day:%B %Y}"


def timeline(view: View) -> Chart:
    """Order and delivery of everything with a lead time, above throughput against target."""
    bars = _bars(view)
    steps = _step_bars(view)
    shown = [*bars[:BARS_SHOWN], *steps]
    first = view.orders[0] if view.orders else None
    title = (
        f"The first order, {first.what}, must be placed by {days(first.order_by)}; throughput meets its target in "
        f"every phase"
        if first
        else "Nothing is ordered: what is there meets the target in every phase"
    )
    notes = ["A bar runs from the last day to order to the day of entry into service."]
    if len(bars) > BARS_SHOWN:
        notes.append(f"{len(bars) - BARS_SHOWN} smaller orders are left out of the chart; the order table has them.")
    return Chart(
        id="timeline",
        title=title,
        about="Above: one bar per order from the last day to order to entry into service, and what "
        "happens on site. Below: effective throughput by phase as steps, with the target and the demand that pays.",
        table=throughput_grid(view),
        figure=_timeline_figure(view, sorted(shown, key=lambda bar: (bar[1], bar[2]))),
        notes=tuple(notes),
        height=300 + 22 * len(shown),
    )


Bar = tuple[str, date, date, float, str]
"""Label, last day to order, delivery, USD, colour; of a step on site its first and last day, and nothing paid."""
HATCHES = {"@1": "", "@2": "/", "@3": "."}
BAR_KINDS = (
    ("order to service: accelerators", "@1"),
    ("order to service: plant", "@2"),
    ("on site: fit-out, commissioning, acceptance", "@3"),
)


def _bars(view: View) -> list[Bar]:
    """Orders of the same thing for the same phase together, most expensive first."""
    sums: dict[tuple[str, str, date, date], float] = {}
    for line in view.orders:
        if line.what not in WITH_PODS:
            key = (_item(view, line), line.phase, line.order_by, line.delivery)
            sums[key] = sums.get(key, 0.0) + line.total_usd
    made = [
        (f"{phase} {item}", order, delivery, usd, "@1" if item.startswith("pods: ") else "@2")
        for (item, phase, order, delivery), usd in sums.items()
        if delivery > order
    ]
    return sorted(made, key=lambda bar: -bar[3])


def _step_bars(view: View) -> list[Bar]:
    """Fit-out, commissioning and acceptance of every site and phase."""
    several = len({step.site for step in view.steps}) > 1
    return [
        (f"{step.phase} {step.name}{f' at {step.site}' if several else ''}", step.begins, step.ends, 0.0, "@3")
        for step in view.steps
    ]


def _item(view: View, line: OrderLine) -> str:
    if line.what == "accelerator pods":
        return f"pods: {line.name}"
    family = line.what.split()[0]
    return {"transformers": "substation", "cooling": f"cooling: {line.name}"}.get(family, family)


def _timeline_figure(view: View, bars: list[Bar]) -> Figure:
    calendar = view.problem.calendar
    labels = _distinct([plain(short(label, 44)) for label, *_ in bars])
    low = 1 - 22 * len(bars) / (22 * len(bars) + 230) if bars else 1.0
    x = axis("date", {"type": "date", "range": [calendar.planning.isoformat(), _end(view).isoformat()], "anchor": "y2"})
    rows = {"type": "category", "autorange": "reversed", "domain": [min(low + 0.06, 0.99), 1.0], "showgrid": False}
    rows |= {"categoryorder": "array", "categoryarray": labels, "dtick": 1, "tickfont": {"size": 11}}
    bottom = axis("effective PFLOPS", {"domain": [0.0, low - 0.02 if bars else 1.0], "rangemode": "tozero"})
    groups = {c: [(at, bar) for at, bar in zip(labels, bars, strict=True) if bar[4] == c] for _, c in BAR_KINDS}
    traces = [trace for name, colour in BAR_KINDS if (trace := _gantt(name, colour, groups[colour], view.money))]
    return figure([*traces, *_steps(view)], x, axis("", rows), {"yaxis2": bottom, "barmode": "overlay"})


ORDER_HOVER = "%{y}<br>order by %{customdata[0]}<br>in service %{customdata[1]}<br>%{customdata[2]}<extra></extra>"
STEP_HOVER = "%{y}<br>from %{customdata[0]}<br>to %{customdata[1]}<extra></extra>"


def _gantt(name: str, colour: str, bars: list[tuple[str, Bar]], money: Currency) -> Figure:
    """Bars of one colour; empty if there are none."""
    if not bars:
        return {}
    spans = [(order, delivery) for _, (_, order, delivery, _, _) in bars]
    paid = [money.figure(usd / 1e6, "MUSD", 3) for _, (_, _, _, usd, _) in bars]
    return lying(
        [label for label, _ in bars],
        [(delivery - order).days * 86_400_000 for order, delivery in spans],
        colour,
        HATCHES[colour],
        name=name,
        base=[order.isoformat() for order, _ in spans],
        customdata=[[days(order), days(delivery), usd] for (order, delivery), usd in zip(spans, paid, strict=True)],
        hovertemplate=STEP_HOVER if colour == "@3" else ORDER_HOVER,
    )


def _distinct(labels: list[str]) -> list[str]:
    """Labels that a category axis keeps apart: cut names may be equal."""
    seen: dict[str, int] = {}
    made = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        made.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return made


def _end(view: View) -> date:
    calendar = view.problem.calendar
    years = calendar.t1[view.last] - calendar.t0[view.last]
    return calendar.starts[view.last] + timedelta(days=round(365.25 * years))


def _steps(view: View) -> list[Figure]:
    calendar, instance = view.problem.calendar, view.problem.instance
    dates = [*(calendar.starts[p].isoformat() for p in view.phases), _end(view).isoformat()]
    series: tuple[tuple[str, list[float], Figure], ...] = (
        ("effective throughput", [view.total("effective_pflops", p) for p in view.phases], {"color": "@1", "width": 3}),
        (
            "target",
            [instance.phases[p].target_pflops for p in view.phases],
            {"color": "@6", "width": 2, "dash": "dash"},
        ),
        ("demand that pays", [_demand(view, p) for p in view.phases], {"color": "@7", "width": 2, "dash": "dot"}),
    )
    if series[1][1] == series[2][1]:
        series = series[:2]
    hover = "%{x|%d %b %Y}: %{y:,.0f} PFLOPS, "
    return [
        curve(
            dates,
            [*values, values[-1]],
            {**look, "shape": "hv"},
            name=name,
            yaxis="y2",
            hovertemplate=f"{hover}{name}<extra></extra>",
        )
        for name, values, look in series
    ]


def _demand(view: View, phase: str) -> float:
    return demand_pflops(view.problem.instance, phase)


def throughput_grid(view: View) -> Table:
    """Throughput by phase against target and demand."""
    rows = []
    for p in view.phases:
        have, want = view.total("effective_pflops", p), view.problem.instance.phases[p].target_pflops
        rows.append(
            (
                p,
                view.problem.calendar.starts[p].isoformat(),
                number(have),
                number(want),
                number(_demand(view, p)),
                number(view.total("peak_pflops", p)),
                number(have - want, 3) if abs(have - want) > 1e-6 * max(1.0, want) else "0",
            )
        )
    header = ("Phase", "Starts", "Effective", "Target", "Demand", "Peak", "Margin")
    return grid("Throughput by phase, PFLOPS", header, rows, (2, 3, 4, 5, 6))


def chip_mix(view: View) -> Chart | None:
    """Effective throughput by accelerator and phase. None if no accelerator is at work: there is nothing to draw."""
    sums = _work(view)
    if not sums:
        return None
    order = sorted(sums, key=lambda chip: -sum(sums[chip].values()))
    top = max(sums, key=lambda chip: sums[chip].get(view.last, 0.0))
    last = view.total("effective_pflops", view.last)
    part = sums[top].get(view.last, 0.0) / last if last else 0.0
    kinds = f"{whole(len(sums))} kinds of accelerator" if len(sums) != 1 else "one kind of accelerator"
    return Chart(
        id="mix",
        title=f"{view.chip(top)} carries {100 * part:.0f} % of the work in the last phase; {kinds} in all",
        about="Stacked bars by phase: effective throughput of each accelerator.",
        table=_mix_grid(view, order, sums),
        figure=_mix_figure(view, order, sums),
        notes=_mix_notes(order),
    )


def _work(view: View) -> dict[str, dict[str, float]]:
    """Effective PFLOPS by accelerator and phase, from the pods put to work (a bid's ledger names no accelerators)."""
    sums: dict[str, dict[str, float]] = {}
    for phase in view.problem.calendar.phases:
        for (_, _, chip, _), done in effective_by_place(view.problem, view.decisions, phase).items():
            by_phase = sums.setdefault(chip, {})
            by_phase[phase] = by_phase.get(phase, 0.0) + done
    return sums


def _mix_notes(order: list[str]) -> tuple[str, ...]:
    cut = len(order) - CHIPS_SHOWN
    return (f"The {cut} smallest are one colour in the chart; the table has them all.",) if cut > 0 else ()


def _mix_figure(view: View, order: list[str], sums: dict[str, dict[str, float]]) -> Figure:
    groups: list[tuple[str, list[str]]] = [(view.chip(chip), [chip]) for chip in order[:CHIPS_SHOWN]]
    if order[CHIPS_SHOWN:]:
        groups.append(("others", order[CHIPS_SHOWN:]))
    traces = [
        standing(
            view.phases,
            [sum(sums[chip].get(p, 0.0) for chip in chips) for p in view.phases],
            SERIES[at],
            PATTERNS[at],
            name=plain(short(name)),
            hovertemplate="%{x}: %{y:,.0f} PFLOPS<extra></extra>",
        )
        for at, (name, chips) in enumerate(groups)
    ]
    x = axis("phase", {"type": "category", "showgrid": False})
    return figure(traces, x, axis("effective PFLOPS"), {"barmode": "stack", "showlegend": True})


def _mix_grid(view: View, order: list[str], sums: dict[str, dict[str, float]]) -> Table:
    shown = view.phases if len(view.phases) <= 6 else (view.phases[0], *view.phases[-5:])
    totals = [sum(sums[chip].get(p, 0.0) for chip in order) for p in shown]
    rows: list[tuple[PageCell | str, ...]] = [
        (
            view.chip(chip),
            *(PageCell(whole_or(sums[chip].get(p, 0.0)), sums[chip].get(p, 0.0)) for p in shown),
        )
        for chip in order
    ]
    ends = [
        PageCell(whole_or(v), v, "effective_pflops" if p == view.last else "")
        for v, p in zip(totals, shown, strict=True)
    ]
    last: tuple[PageCell | str, ...] = ("total", *ends)
    note = (
        f"{len(view.phases) - len(shown)} phases between are left out of the table."
        if len(shown) < len(view.phases)
        else ""
    )
    return grid(
        "Effective PFLOPS by accelerator",
        ("Accelerator", *shown),
        [*rows, last],
        range(1, 1 + len(shown)),
        total=True,
        note=note,
    )


def whole_or(value: float) -> str:
    """PFLOPS with one decimal below ten, so that columns line up."""
    return f"{value:,.1f}" if abs(value) < 10 and value != round(value) else f"{value:,.0f}"
