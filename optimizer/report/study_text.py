"""Studies in the terminal: the rows of a sweep, the points of a frontier, the bars of a tornado."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.inputs.naming import readable
from optimizer.number_format import counted, gap_percent, number, plain_value
from optimizer.report.document import Block, Heading, Paragraph, Table
from optimizer.report.html.cells import Column, PageCell, exact, grid, listed
from optimizer.runs.study_tables import StudyRow
from optimizer.study.axes import CHANGE
from optimizer.study.indices import CONFIDENCE

if TYPE_CHECKING:
    from optimizer.study.frontier_points import FrontierQuestion

Row = Mapping[str, Any]
"""A row of a study's table."""


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
    amounts = ("low_lcoc", "high_lcoc", "swing")
    told = [
        {key: money.of(value) if key in amounts and value is not None else value for key, value in row.items()}
        for row in rows[:most]
    ]
    return [
        Heading("Sensitivity, one axis at a time", 1),
        Paragraph(f"The instance as it is: {number(money.of(base))} {unit}. The largest swing stands first."),
        tornado_table(told, unit),
    ]


def tornado_table(rows: Sequence[Row], unit: str, ending: Callable[[Any], str] = str) -> Table:
    """Every axis at its ends. `ending` says how a search without a design ended."""
    columns: tuple[Column[Row], ...] = (
        Column("Axis", lambda row: str(row["axis"])),
        Column("Low end", lambda row: end_shown(row, "low")),
        Column("LCOC, low", lambda row: _cost_at(row, "low", ending), right=True),
        Column("High end", lambda row: end_shown(row, "high")),
        Column("LCOC, high", lambda row: _cost_at(row, "high", ending), right=True),
        Column("Swing", lambda row: exact(row["swing"]), right=True),
    )
    return listed(f"Levelised cost at the ends of each axis, {unit}", columns, rows)


def end_shown(row: Row, end: str) -> str:
    """The value of an axis at an end."""
    return input_shown(CHANGE if row["relative"] else "", row[f"{end}_value"])


def _cost_at(row: Row, end: str, ending: Callable[[Any], str]) -> str:
    cost = row[f"{end}_lcoc"]
    return exact(cost) if cost is not None else PageCell(ending(row[f"{end}_status"]), mark="bad")


SYMBOLS = {"mu_star": "mu*", "mu_star_conf": "± (mu*)", "S1_conf": "± (S1)", "ST_conf": "± (ST)"}
ABOUT_INDICES = {
    "morris": "mu* is the mean size of the effect of crossing an axis' whole range; sigma tells interaction or "
    "curvature.",
    "sobol": "S1 is the share of the variance an axis causes alone, ST that together with others.",
}


def index_blocks(rows: Sequence[dict[str, Any]], method: str, output: str) -> list[Block]:
    """Indices with their confidence intervals, the largest first."""
    about = f"{ABOUT_INDICES[method]} Intervals are of {CONFIDENCE:.0%} confidence."
    return [Heading(f"Sensitivity of {output}, {method}", 1), Paragraph(about), index_table(rows, output)]


def index_table(rows: Sequence[Row], output: str) -> Table:
    """Every axis with its indices."""
    names = [name for name in (rows[0] if rows else ()) if name != "axis"]
    lines = [(str(row["axis"]), *(exact(row[name]) for name in names)) for row in rows]
    header = ("Axis", *(SYMBOLS.get(name, name) for name in names))
    return grid(f"Indices of {output}", header, lines, range(1, len(header)))
