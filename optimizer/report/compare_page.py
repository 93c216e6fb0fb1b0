"""A comparison as blocks, for the terminal, Markdown or HTML; and in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimizer.analysis.comparison import Amount, Comparison, Row, compare
from optimizer.analysis.sides import Side
from optimizer.number_format import like, number, percent, whole
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table

Formatter = Callable[[float], str]


WIDEST_HEAD = 14
"""Characters of a name that still fit over a column of numbers."""


@dataclass(frozen=True)
class RowLimits:
    """How many rows are shown of what can be long."""

    lines: int = 12
    assumptions: int = 20


def comparison_blocks(comparison: Comparison, limits: RowLimits | None = None) -> list[Block]:
    """The page: what is compared, figures, cost, decisions, excluded chips, assumptions."""
    limits = limits or RowLimits()
    names = _heads(comparison)
    sides = zip(names, comparison.sides, strict=True)
    verdicts = (f"{_legend(head, side.name)} ({side.instance.name}): {side.verdict}" for head, side in sides)
    return [
        Heading(" against ".join(side.name for side in comparison.sides), 1),
        Bullets((*verdicts, *(f"{side.name}: {doubt}" for side in comparison.sides for doubt in side.doubts))),
        Paragraph(explanation(comparison)),
        Heading("Key figures"),
        _table(comparison.figures, names, "Figure"),
        Heading("Levelised cost by account, USD/EFLOP"),
        _costs(comparison, names),
        *_lines(comparison, names, limits.lines),
        Heading("Decisions"),
        _table(comparison.decisions, names, "Over the whole horizon"),
        *_chips(comparison, names),
        *_assumptions(comparison, names, limits.assumptions),
    ]


def _heads(comparison: Comparison) -> list[str]:
    """Heads of the columns: the names of the sides, or letters where those are too long for a column."""
    names = [side.name for side in comparison.sides]
    return names if max(map(len, names)) <= WIDEST_HEAD else [chr(ord("A") + at) for at in range(len(names))]


def _legend(head: str, name: str) -> str:
    return name if head == name else f"{head} = {name}"


def explanation(comparison: Comparison) -> str:
    """Where each levelised cost differs from the first, in a sentence per side."""
    first, parts = comparison.sides[0], []
    lcoc = first.reported.lcoc_usd_per_eflop
    for at, side in enumerate(comparison.sides[1:], 1):
        total = side.reported.lcoc_usd_per_eflop - lcoc
        share = f" ({signed(100 * total / lcoc, _short)} %)" if lcoc else ""
        ranked = sorted(comparison.costs, key=lambda row: -abs(row.difference(at) or 0.0))
        leading = [row for row in ranked[:4] if row.difference(at)]
        because = ", ".join(f"{signed(row.difference(at) or 0.0, _short)} {row.what}" for row in leading)
        rest = total - sum(row.difference(at) or 0.0 for row in leading)
        others = f", {signed(rest, _short)} the rest" if because and len(comparison.costs) > len(leading) else ""
        why = f": {because}{others}" if because else ""
        text = f"{side.name} costs {signed(total, _short)} USD/EFLOP{share} against {first.name}{why}."
        parts.append(text)
    return " ".join(parts)


def _short(value: float) -> str:
    return number(value, 3)


def signed(value: float, formatter: Formatter = number) -> str:
    """A difference with its sign."""
    return f"+{formatter(value)}" if value > 0 else formatter(value) if value else "0"


def _header(names: Sequence[str], first: str) -> tuple[str, ...]:
    """The first side, then every other side with its difference."""
    return (first, "Unit", names[0], *(cell for name in names[1:] for cell in (name, "Difference", "%")))


def _right(sides: int) -> frozenset[int]:
    return frozenset(range(2, 3 * sides))


def _table(rows: Sequence[Row], names: Sequence[str], first: str) -> Table:
    cells = tuple((row.what, row.unit, *_cells(row)) for row in rows)
    return Table(_header(names, first), cells, _right(len(names)))


def _cells(row: Row, formatter: Formatter = number) -> tuple[str, ...]:
    cells = [_shown(row.values[0], formatter)]
    for at in range(1, len(row.values)):
        difference, share = row.difference(at), row.relative(at)
        cells.append(_shown(row.values[at], formatter))
        cells.append("" if difference is None else signed(difference, formatter))
        cells.append("" if share is None else signed(share, percent))
    return tuple(cells)


def _shown(value: Amount, formatter: Formatter = number) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else formatter(value)


def _costs(comparison: Comparison, names: Sequence[str]) -> Table:
    """Accounts with decimals that line up, and the sum: the levelised costs themselves."""
    totals = tuple(side.reported.lcoc_usd_per_eflop for side in comparison.sides)
    largest = max(map(abs, totals))

    def formatter(value: float) -> str:
        text = like(value, largest)
        # What rounds to nothing has no sign.
        return text.removeprefix("-") if not text.strip("-0.,") else text

    rows = (*comparison.costs, Row("levelised cost", "USD/EFLOP", totals))
    cells = tuple((row.what, row.unit, *_cells(row, formatter)) for row in rows)
    return Table(_header(names, "Account"), cells, _right(len(names)))


def _lines(comparison: Comparison, names: Sequence[str], most: int) -> list[Block]:
    rows = [row for row in comparison.lines if row.differs]
    if not rows or not most:
        return []
    left = f" The other {len(rows) - most} lines that differ are in --json." if len(rows) > most else ""
    return [
        Heading("Ledger lines that differ most, USD/EFLOP"),
        _table(rows[:most], names, "Account / phase / site / label"),
        Paragraph(f"Lines of the same account, phase and label are set side by side.{left}"),
    ]


def _chips(comparison: Comparison, names: Sequence[str]) -> list[Block]:
    if not comparison.chips:
        return []
    rows = tuple((row.what, *(_shown(value) for value in row.values)) for row in comparison.chips)
    return [Heading("Accelerators that a side cannot buy"), Table(("Accelerator", *names), rows)]


def _assumptions(comparison: Comparison, names: Sequence[str], most: int) -> list[Block]:
    title = Heading(f"Assumptions that differ ({len(comparison.assumptions):,})")
    if not comparison.assumptions:
        return [title, Paragraph("None: both answer the same question.")]
    shown = comparison.assumptions[:most]
    rows = tuple((row.what, *(_shown(value) for value in row.values)) for row in shown)
    blocks: list[Block] = [title, Table(("Value", *names), rows)]
    if len(comparison.assumptions) > most:
        blocks.append(Paragraph(f"and {len(comparison.assumptions) - most:,} more (all of them with --json)"))
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
    return f"other chips: {', '.join(only_mine) or 'none'} instead of {', '.join(only_theirs) or 'none'}"
