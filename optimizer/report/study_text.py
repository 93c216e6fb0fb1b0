"""Studies in the terminal: the rows of a sweep, the points of a frontier, the bars of a tornado."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.inputs.naming import readable
from optimizer.number_format import counted, gap_percent, number, plain_value
from optimizer.report.document import Block, Heading, Paragraph, Table
from optimizer.runs.study_tables import StudyRow
from optimizer.study.axes import CHANGE

if TYPE_CHECKING:
    from optimizer.study.frontier_points import FrontierQuestion


def shown(value: Any) -> str:
    """A value as a reader expects it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(plain_value(value))


def input_shown(name: str, value: Any) -> str:
    """The value of a factor: relative ones as a percentage."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{100 * value:+g} %" if name.endswith(CHANGE) else f"{value:.6g}"
    return shown(value)


def sweep_blocks(lines: Sequence[StudyRow], names: Sequence[str], most: int, money: Currency = DOLLARS) -> list[Block]:
    """The first rows: inputs, levelised cost in `money`, gap and chips."""
    rows = []
    for line in lines[:most]:
        record = line.record
        lcoc = record.get("kpis", {}).get("lcoc_usd_per_eflop")
        gap = record.get("gap")
        rows.append(
            (
                str(line.number),
                *(input_shown(name, line.inputs.get(name)) for name in names),
                readable(str(record.get("status"))),
                shown(None if lcoc is None else money.of(lcoc)),
                "" if gap is None else gap_percent(gap),
                str(record.get("chip_set") or ""),
            )
        )
    heads = ("Cell", *names, "Status", money.unit("USD/EFLOP"), "Gap", "Accelerators")
    more = [Paragraph(f"{len(lines) - most} more rows are in table.csv.")] if len(lines) > most else []
    return [Heading("Sweep", 1), Table(heads, tuple(rows)), *more]


def frontier_blocks(
    rows: Sequence[dict[str, Any]], question: FrontierQuestion, money: Currency = DOLLARS
) -> list[Block]:
    """The points by rising x, with what one unit less of it costs; measures of money in `money`."""
    over_target = question.x.id == "target_pflops"
    body = []
    for row in rows:
        kpis, price = row["record"]["kpis"], row.get("usd_per_unit")
        body.append(
            (
                shown(money.value(row["x"], question.x.unit)),
                shown(money.value(row["y"], question.y.unit)),
                *(() if over_target else (shown(None if price is None else money.of(price)),)),
                shown(kpis.get("effective_pflops")),
                shown(kpis.get("pue_annual")),
                gap_percent(row["gap"]),
                str(row["record"]["chip_set"]),
            )
        )
    price_head = f"One less costs, {money.code}/{question.x.unit.removesuffix('/year')}"
    heads = (
        "Target, PFLOPS" if over_target else f"{question.x.id}, {money.unit(question.x.unit)}",
        f"{question.y.id}, {money.unit(question.y.unit)}",
        *(() if over_target else (price_head,)),
        "PFLOPS",
        "PUE",
        "Gap",
        "Accelerators",
    )
    title = f"Frontier: {counted(len(rows), 'point')} none of which is beaten in both"
    if len(rows) == 1:
        title = "The frontier is one point: a design that is best in both, so there is nothing to trade off"
    return [
        Heading("Cost over the target" if over_target else title, 1),
        Table(heads, tuple(body), frozenset(range(len(heads) - 1))),
    ]


def tornado_blocks(
    rows: Sequence[dict[str, Any]], base: float, money: Currency = DOLLARS, most: int = 20
) -> list[Block]:
    """The axes by their effect on the levelised cost, told in `money`."""
    unit = money.unit("USD/EFLOP")
    body = []
    for row in rows[:most]:
        ends = []
        for end in ("low", "high"):
            cost = row[f"{end}_lcoc"]
            ends += [_end(row, end), shown(money.of(cost)) if cost is not None else readable(str(row[f"{end}_status"]))]
        body.append((str(row["axis"]), *ends, shown(money.of(row["swing"]))))
    heads = ("Axis", "Low", unit, "High", unit, "Swing")
    return [
        Heading("Sensitivity, one axis at a time", 1),
        Paragraph(f"The instance as it is: {number(money.of(base))} {unit}. The largest swing stands first."),
        Table(heads, tuple(body), frozenset({2, 4, 5})),
    ]


def _end(row: dict[str, Any], end: str) -> str:
    value = row[f"{end}_value"]
    return input_shown(CHANGE if row["relative"] else "", value)


def index_blocks(rows: Sequence[dict[str, Any]], method: str, output: str) -> list[Block]:
    """Indices with their confidence intervals, the largest first."""
    if method == "morris":
        heads: tuple[str, ...] = ("Axis", "mu*", "+-", "mu", "sigma")
        body = [
            (row["axis"], shown(row["mu_star"]), shown(row["mu_star_conf"]), shown(row["mu"]), shown(row["sigma"]))
            for row in rows
        ]
        about = (
            "mu* is the mean size of the effect of crossing an axis' whole range; sigma tells interaction or curvature."
        )
    else:
        heads = ("Axis", "First order", "+-", "Total", "+-")
        body = [
            (row["axis"], shown(row["S1"]), shown(row["S1_conf"]), shown(row["ST"]), shown(row["ST_conf"]))
            for row in rows
        ]
        about = (
            "Share of the variance an axis causes alone, and together with others. Intervals are of 95 % confidence."
        )
    return [Heading(f"Sensitivity of {output}, {method}", 1), Paragraph(about), Table(heads, tuple(body))]
