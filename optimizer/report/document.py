"""A short document as blocks, and its two looks: aligned plain text and markdown.

Cells are data: nothing in them is read as markup. Text is folded to the width, and so are the cells of a table: nothing
is cut.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

_GAP = "  "
_NARROWEST = 6
_READABLE = 22
"""Width at which a folded column still reads well."""
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
    widths = _fitted(lines, width - len(_GAP) * (len(table.header) - 1))
    shown = (row for line in lines if any(line) for row in _folded(line, widths))
    return "\n".join(_GAP.join(_cells(row, widths, table.right)).rstrip() for row in shown)


def _fitted(lines: Sequence[tuple[str, ...]], room: int) -> list[int]:
    """Column widths that fill the line at most: words stay whole as long as there is room, and nothing is cut."""
    columns = list(zip(*lines, strict=True))
    natural = [max(map(len, column)) for column in columns]
    if sum(natural) <= room:
        return natural
    widest = [max(max(map(len, cell.split()), default=0) for cell in column) for column in columns]
    widths = list(widest)
    for at in sorted(range(len(widths)), key=lambda i: natural[i]):
        # Short columns first: each is kept on one line if that leaves the others enough to be read.
        others = sum(max(widths[i], min(natural[i], _READABLE)) for i in range(len(widths)) if i != at)
        if natural[at] + others <= room:
            widths[at] = natural[at]
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[max(range(len(widths)), key=lambda i: widths[i])] -= 1
    for _ in range(room - sum(widths)):
        # The column that needs most lines gets the next place.
        widths[max(range(len(widths)), key=lambda i: natural[i] / max(widths[i], 1))] += 1
    return [min(pair) for pair in zip(widths, natural, strict=True)]


def _folded(line: tuple[str, ...], widths: Sequence[int]) -> list[tuple[str, ...]]:
    """The line, and below it what its cells have left."""
    parts = [
        textwrap.wrap(cell, width, break_on_hyphens=False) if len(cell) > width else [cell]
        for cell, width in zip(line, widths, strict=True)
    ]
    return list(zip_longest(*parts, fillvalue=""))


def _cells(line: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> list[str]:
    pairs = enumerate(zip(line, widths, strict=True))
    return [cell.rjust(width) if at in right else cell.ljust(width) for at, (cell, width) in pairs]


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
