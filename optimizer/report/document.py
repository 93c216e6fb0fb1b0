"""A short document as blocks, and its two looks: aligned plain text and markdown.

Cells are data: nothing in them is read as markup. Text is folded to the width, and so is the last column of a table;
other cells lose their tails if there is no room.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

CUT = ".."
_GAP = "  "
_NARROWEST = 6
_FOLDED = 16
"""Narrowest a folded column gets before other columns are cut."""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!$&])")


@dataclass(frozen=True)
class Heading:
    """A line that names what follows. Level 1 is the title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list of short points."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header; `right` are the columns (from 0) that hold numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


Block = Heading | Paragraph | Bullets | Table


def to_text(blocks: Sequence[Block], width: int = 100) -> str:
    """Plain text, folded to `width` columns."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Heading) and parts:
            parts.append("")
        parts.append(_text(block, max(width, 20)))
    return "\n".join(parts)


def _text(block: Block, width: int) -> str:
    if isinstance(block, Heading):
        text = textwrap.fill(_one_line(block.text), width)
        return f"{text}\n{'=' * min(width, max(map(len, text.split(chr(10)))))}" if block.level == 1 else text.upper()
    if isinstance(block, Paragraph):
        return textwrap.fill(_one_line(block.text), width)
    if isinstance(block, Bullets):
        return "\n".join(
            textwrap.fill(_one_line(item), width, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
            for item in block.items
        )
    return _text_table(block, width)


def _text_table(table: Table, width: int) -> str:
    lines = [tuple(map(_one_line, line)) for line in (table.header, *table.rows)]
    natural = [max(len(line[i]) for line in lines) for i in range(len(table.header))]
    folds = len(natural) - 1 not in table.right
    widths = _fitted(natural, width, folds)
    shown = (row for line in lines if any(line) for row in _folded(line, widths[-1] if folds else 0))
    return "\n".join(_GAP.join(_cells(row, widths, table.right)).rstrip() for row in shown)


def _fitted(natural: list[int], width: int, folds: bool) -> list[int]:
    """Column widths that fit the line: the last column is folded if it holds text, then the widest ones are cut."""
    room = width - len(_GAP) * (len(natural) - 1)
    widths = list(natural)
    if folds:
        widths[-1] = min(widths[-1], max(_FOLDED, room - sum(widths[:-1])))
    # The first column names the row: it is cut last.
    for columns in (range(1, len(widths)), range(len(widths))):
        while sum(widths) > room and max((widths[i] for i in columns), default=0) > _NARROWEST:
            widths[max(columns, key=lambda i: widths[i])] -= 1
    return widths


def _folded(line: tuple[str, ...], width: int) -> list[tuple[str, ...]]:
    """The line, and below it what its last cell has left."""
    parts = textwrap.wrap(line[-1], width, break_on_hyphens=False) if width and len(line[-1]) > width else [line[-1]]
    return [((*line[:-1], part) if at == 0 else (*[""] * (len(line) - 1), part)) for at, part in enumerate(parts)]


def _cells(line: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> list[str]:
    cut = [cell if len(cell) <= w else cell[: w - len(CUT)] + CUT for cell, w in zip(line, widths, strict=True)]
    return [cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(cut, widths, strict=True))]


def to_markdown(blocks: Sequence[Block]) -> str:
    """GitHub-flavoured markdown; every special character of a cell is escaped."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def _markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {escaped(block.text)}"
    if isinstance(block, Paragraph):
        return escaped(block.text)
    if isinstance(block, Bullets):
        return "\n".join(f"- {escaped(item)}" for item in block.items)
    rule = ["---:" if i in block.right else "---" for i in range(len(block.header))]
    lines = [block.header, tuple(rule), *block.rows]
    return "\n".join(
        "| " + " | ".join(cell if line == tuple(rule) else escaped(cell) for cell in line) + " |" for line in lines
    )


def escaped(text: str) -> str:
    """Text that markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())
