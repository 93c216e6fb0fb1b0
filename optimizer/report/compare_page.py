"""A comparison as blocks, for the terminal and Markdown; and in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimizer.analysis.comparison import Amount, Row, compare
from optimizer.analysis.sides import Side
from optimizer.inputs.naming import short_chip_name
from optimizer.number_format import like, number, percent, whole
from optimizer.report.compared import NamedComparison
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table

Formatter = Callable[[float], str]


@dataclass(frozen=True)
class RowLimits:
    """How many rows are shown of what can be long."""

    lines: int = 12
    assumptions: int = 20


def comparison_blocks(shown: NamedComparison, limits: RowLimits | None = None) -> list[Block]:
    """The page: what is compared, the questions of a board, figures, cost, decisions, excluded chips, assumptions."""
    limits = limits or RowLimits()
    rows, heads = shown.rows, shown.heads
    named = zip(heads, shown.titles, shown.sides, strict=True)
    verdicts = (
        f"{head} = {title}{'' if title.endswith(side.name) else f' ({side.name})'}: {side.verdict}"
        for head, title, side in named
    )
    answers = tuple((name, *(value for value, _ in cells)) for name, cells in shown.answers)
    return [
        Heading(" against ".join(shown.titles), 1),
        Bullets((*verdicts, *(f"{side.name}: {doubt}" for side in shown.sides for doubt in side.doubts))),
        Paragraph(explanation(shown)),
        Bullets(tuple(f"{head}: {screen.buy}" for head, screen in zip(heads, shown.screens, strict=True))),
        Heading("The questions of a board"),
        Table(("", *heads), answers, frozenset(range(1, len(heads) + 1))),
        Heading(f"Levelised cost by account, {shown.money.unit('USD/EFLOP')}"),
        table(cost_rows(shown), heads, "Account"),
        Heading("Key figures"),
        table(cells(rows.figures), heads, "Figure"),
        *_lines(shown, limits.lines),
        Heading("Decisions"),
        table(cells(rows.decisions), heads, "Over the whole horizon"),
        *_texts("Accelerators that a side cannot buy", "Accelerator", rows.chips, heads),
        *_assumptions(shown, limits.assumptions),
    ]


def explanation(shown: NamedComparison) -> str:
    """Where each levelised cost differs from the first, in a sentence per side."""
    (first, *others), costs, unit = shown.totals, shown.rows.costs, shown.money.unit("USD/EFLOP")
    names, parts = [side.name for side in shown.sides], []
    for at, lcoc in enumerate(others, 1):
        total = lcoc - first
        share = f" ({signed(100 * total / first, _short)} %)" if first else ""
        ranked = sorted(costs, key=lambda row: -abs(row.difference(at) or 0.0))
        leading = [row for row in ranked[:4] if _short(row.difference(at) or 0.0) != "0"]
        because = ", ".join(f"{signed(row.difference(at) or 0.0, _short)} {row.what}" for row in leading)
        rest = total - sum(row.difference(at) or 0.0 for row in leading)
        left = (
            f", {signed(rest, _short)} the rest"
            if because and _short(rest) != "0" and len(costs) > len(leading)
            else ""
        )
        why = f": {because}{left}" if because else ""
        parts.append(f"{names[at]} costs {signed(total, _short)} {unit}{share} against {names[0]}{why}.")
    return " ".join(parts)


def _short(value: float) -> str:
    return number(value, 3)


def signed(value: float, formatter: Formatter = number) -> str:
    """A difference with its sign."""
    return f"+{formatter(value)}" if value > 0 else formatter(value) if value else "0"


def header(heads: Sequence[str], first: str, differences: bool) -> tuple[str, ...]:
    """The sides; with `differences` every side after the first has its own beside it."""
    if not differences:
        return (first, *heads)
    return (first, heads[0], *(cell for name in heads[1:] for cell in (name, "Difference", "%")))


def table(rows: Sequence[tuple[str, ...]], heads: Sequence[str], first: str) -> Table:
    """Rows with differences of two sides; of more the values alone, or 80 columns would not hold a number whole."""
    both = len(heads) == 2
    kept = [row if both else (row[0], row[1], *row[2::3]) for row in rows]
    return Table(header(heads, first, both), tuple(kept), frozenset(range(1, 5 if both else len(heads) + 1)))


def told(value: float) -> str:
    """A number of the tables; a whole one, such as 16 racks, as a whole number."""
    return whole(value) if value.is_integer() else number(value)


def cells(rows: Sequence[Row], formatter: Formatter = told) -> list[tuple[str, ...]]:
    """Name with unit, the first side, then every other side with its difference and that as a share."""
    made = []
    for row in rows:
        line = [f"{row.what}, {row.unit}" if row.unit else row.what, amount(row.values[0], formatter)]
        for at in range(1, len(row.values)):
            difference, share = row.difference(at), row.relative(at)
            line.append(amount(row.values[at], formatter))
            line.append("" if difference is None else signed(difference, formatter))
            line.append("" if share is None else signed(share, percent))
        made.append(tuple(line))
    return made


def amount(value: Amount, formatter: Formatter = told) -> str:
    """A value of a side; a dash if it has none."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else formatter(value)


def cost_rows(shown: NamedComparison) -> list[tuple[str, ...]]:
    """Accounts with the decimals that suit the cheapest side, and the sum: the levelised costs themselves."""
    smallest = min((abs(total) for total in shown.totals if total), default=0.0)

    def formatter(value: float) -> str:
        text = like(value, smallest)
        # What rounds to nothing has no sign.
        return text.removeprefix("-") if not text.strip("-0.,") else text

    accounts = (Row(row.what, "", row.values) for row in shown.rows.costs)
    return cells((*accounts, Row("Levelised cost", "", shown.totals)), formatter)


def _lines(shown: NamedComparison, most: int) -> list[Block]:
    rows = [row for row in shown.rows.lines if row.differs]
    if not rows or not most:
        return []
    left = f" The other {len(rows) - most} lines that differ are in --json." if len(rows) > most else ""
    return [
        Heading(f"Ledger lines that differ most, {shown.money.unit('USD/EFLOP')}"),
        table(cells([Row(row.what, "", row.values) for row in rows[:most]]), shown.heads, "Account / phase / site"),
        Paragraph(f"Lines of the same account, phase and item are set side by side.{left}"),
    ]


def _texts(title: str, first: str, rows: Sequence[Row], heads: Sequence[str]) -> list[Block]:
    """A table of words, one column a side; nothing without rows."""
    if not rows:
        return []
    return [Heading(title), Table((first, *heads), tuple((row.what, *map(amount, row.values)) for row in rows))]


def _assumptions(shown: NamedComparison, most: int) -> list[Block]:
    rows = shown.rows.assumptions
    title = f"Assumptions that differ ({len(rows):,})"
    if not rows:
        return [Heading(title), Paragraph("None: both answer the same question.")]
    blocks = _texts(title, "Value", rows[:most], shown.heads)
    if len(rows) > most:
        blocks.append(Paragraph(f"and {len(rows) - most:,} more (all of them with --html, --xlsx or --json)"))
    return blocks


def against_sentence(ours: Side, other: Side) -> str:
    """What our rules cost compared with those of `other`: levelised cost, racks, space, chips. Ours less the other."""
    comparison = compare((other, ours))
    figures = {row.what: row for row in comparison.figures}
    lcoc = figures["lcoc_usd_per_eflop"]
    share = lcoc.relative(1)
    racks = figures["racks"].difference(1) or 0.0
    space = figures["white_space_m2"].difference(1) or 0.0
    denser = figures["white_m2_per_effective_pflops"].relative(1)
    per_pflops = f" ({signed(denser, percent)} per effective PFLOPS)" if denser is not None else ""
    per_cent = f" ({signed(share, percent)})" if share is not None else ""
    unproven = "" if other.result.status.value == "optimal" else ", not proven best"
    return (
        f"Against {other.name}: LCOC {signed(lcoc.difference(1) or 0.0)} USD/EFLOP{per_cent}, racks "
        f"{signed(racks, whole)}, white space {signed(space)} m2{per_pflops}, {_other_chips(ours, other)} "
        f"({other.name} itself: {number(other.reported.lcoc_usd_per_eflop)} USD/EFLOP{unproven})"
    )


def _other_chips(ours: Side, other: Side) -> str:
    """The chips only one of the two buys."""
    mine, theirs = ({row.accelerator: None for row in side.decisions.deliveries} for side in (ours, other))
    only_mine, only_theirs = [c for c in mine if c not in theirs], [c for c in theirs if c not in mine]
    if not only_mine and not only_theirs:
        return "same chips"
    bought = ", ".join(short_chip_name(ours.instance, chip) for chip in only_mine) or "none"
    others = ", ".join(short_chip_name(other.instance, chip) for chip in only_theirs) or "none"
    return f"other chips: {bought} instead of {others}"
