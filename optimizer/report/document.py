"""A short document as blocks, and its two looks: aligned plain text and markdown.

Cells are data: nothing in them is read as markup. Text is folded to the width, and so are the cells of a table: nothing
is cut. Widths are those of a terminal: a Chinese character takes two columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from itertools import zip_longest

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

TOTAL = "total"
_GAP = "  "
_NARROWEST = 6
_READABLE = 22
"""Width at which a folded column still reads well."""
_BEFORE_PERCENT = re.compile(r"(?<=\d) (?=%)")
_JOINT = "\ue000"
"""Holds a number and its sign of per cent on one line while text is folded."""
_CONSOLE = Console(file=StringIO(), color_system=None, legacy_windows=False)
"""It only measures and folds text; nothing is printed through it."""
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
    """Rows of cells under a header; `right` are the columns (from 0) that hold numbers.

    A page shows its caption and note as well.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    caption: str = ""
    note: str = ""

    @property
    def total(self) -> bool:
        """Whether the last row adds up the others, in each column whose cells have values: its first cell says so."""
        return bool(self.rows) and getattr(self.rows[-1][0], "mark", "") == TOTAL

    def part(self, columns: Iterable[int]) -> Table:
        """The table with these columns alone."""
        kept = tuple(columns)
        rows = tuple(tuple(row[at] for at in kept) for row in self.rows)
        right = frozenset(place for place, at in enumerate(kept) if at in self.right)
        return replace(self, header=tuple(self.header[at] for at in kept), rows=rows, right=right)


Block = Heading | Paragraph | Bullets | Table


def mapped(block: Block, change: Callable[[str], str]) -> Block:
    """The block with every text of it changed."""
    if isinstance(block, Bullets):
        return Bullets(tuple(map(change, block.items)))
    if not isinstance(block, Table):
        return replace(block, text=change(block.text))
    rows = tuple(tuple(map(change, row)) for row in block.rows)
    return Table(tuple(map(change, block.header)), rows, block.right)


def told(table: Table) -> list[Block]:
    """A table of a page for a terminal: its caption as a heading, its note below it."""
    note = [Paragraph(table.note)] if table.note else []
    return [Heading(table.caption), table, *note]


@dataclass(frozen=True)
class Line:
    """One line of plain text; a strong one is a heading or the head of a table."""

    text: str
    strong: bool = False


NOTHING = "none"
"""What stands in place of a table that has no rows: a head alone looks as if something were missing."""


def to_text(blocks: Sequence[Block], width: int = 100) -> str:
    """Plain text, folded to `width` columns."""
    return "\n".join(line.text for line in to_lines(blocks, width))


def to_lines(blocks: Sequence[Block], width: int, ruled: bool = False) -> list[Line]:
    """Plain text line by line; `ruled` draws a line below the head of each table."""
    lines: list[Line] = []
    for block in blocks:
        if isinstance(block, Heading) and lines:
            lines.append(Line(""))
        lines += _lines(block, max(width, 20), ruled)
    return lines


def _lines(block: Block, width: int, ruled: bool) -> list[Line]:
    if isinstance(block, Table):
        return _table_lines(block, width, ruled) if block.rows else [Line(NOTHING)]
    if isinstance(block, Bullets):
        folded = [_wrapped(item, width - 2) for item in block.items]
        return [Line(("  " if at else "- ") + text) for item in folded for at, text in enumerate(item)]
    if isinstance(block, Paragraph):
        return [Line(text) for text in _wrapped(block.text, width)]
    if block.level != 1:
        return [Line(_one_line(block.text).upper(), strong=True)]
    title = _wrapped(block.text, width)
    return [Line(text, strong=True) for text in (*title, "=" * max(map(cell_len, title)))]


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most so many columns; a word that is longer is broken."""
    text = _one_line(text)
    if cell_len(text) <= width:
        return [text]
    folded = Text(_BEFORE_PERCENT.sub(_JOINT, text)).wrap(_CONSOLE, width)
    return [line.plain.replace(_JOINT, " ").rstrip() for line in folded]


def _table_lines(table: Table, width: int, ruled: bool) -> list[Line]:
    head, *rows = [tuple(map(_one_line, line)) for line in (table.header, *table.rows)]
    widths = _fitted([head, *rows], width - len(_GAP) * (len(head) - 1))
    drawn = [Line(text, strong=True) for text in _drawn(head, widths, table.right) if any(head)]
    if drawn and ruled:
        drawn.append(Line(_GAP.join("\u2500" * width for width in widths)))
    return drawn + [Line(text) for row in rows if any(row) for text in _drawn(row, widths, table.right)]


def _drawn(row: tuple[str, ...], widths: Sequence[int], right: frozenset[int]) -> list[str]:
    """A row as lines: below it what its cells have left."""
    parts = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
    return [_GAP.join(_cells(line, widths, right)).rstrip() for line in zip_longest(*parts, fillvalue="")]


def _fitted(lines: Sequence[tuple[str, ...]], room: int) -> list[int]:
    """Column widths that fill the line at most: words stay whole as long as there is room, and nothing is cut."""
    columns = list(zip(*lines, strict=True))
    natural = [max(map(cell_len, column)) for column in columns]
    if sum(natural) <= room:
        return natural
    widest = [
        max(max(map(cell_len, _BEFORE_PERCENT.sub(_JOINT, cell).split()), default=0) for cell in column)
        for column in columns
    ]
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


def _cells(line: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> list[str]:
    return [
        " " * (width - cell_len(cell)) + cell if at in right else set_cell_size(cell, width)
        for at, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]


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
    if not block.rows:
        return NOTHING
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
