"""The cells of a table's row as a page prints them.

Everything is escaped, as the templates do. A page has 20,000 cells, and a template's macro for each took half its time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from markupsafe import Markup, escape

from optimizer.report.html.cells import Link, PageCell, units
from optimizer.report.names import Renamer

_LETTERS = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
FROM_THE_RIGHT = re.compile(rf"{_LETTERS}(?:[{_LETTERS[1:-1]}\s.'’-]*{_LETTERS})?")
"""Words of Hebrew, Arabic and what is written like them."""
_COLOURS = ("good", "bad", "warn", "date")
_BADGES = {name: f' <span class="badge warn">{name.upper()}</span>' for name in ("binds", "default")}
T = TypeVar("T")


def isolated(value: T) -> T | str:
    """Text with what is written from right to left set apart, so that numbers beside a name stay where they are."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isascii():
        return value
    return FROM_THE_RIGHT.sub("\N{FIRST STRONG ISOLATE}\\g<0>\N{POP DIRECTIONAL ISOLATE}", value)


def row_cells(row: Sequence[PageCell], right: Collection[int], say: Renamer) -> Markup:
    """The cells of a row, the first of them its head; those at `right` stand right."""
    return Markup("".join(_data(cell, at in right, say) if at else _head(cell, say) for at, cell in enumerate(row)))


def _head(cell: PageCell, say: Renamer) -> str:
    date = ' class="date"' if cell.mark == "date" else ""
    return f'<th scope="row"{date}{_attribute("title", cell.tip)}>{_content(cell, say)}</th>'


def _data(cell: PageCell, right: bool, say: Renamer) -> str:
    colour = cell.mark if cell.mark in _COLOURS or cell.mark.startswith("heat") else ""
    kinds = _attribute("class", f"{'n ' if right else ''}{colour}".strip())
    number = "" if cell.value is None else f' data-value="{_printed(cell.value)}"'
    told = _attribute("data-figure", cell.figure) + _attribute("title", cell.tip)
    return f"<td{kinds}{number}{told}>{_content(cell, say)}</td>"


def _content(cell: PageCell, say: Renamer) -> str:
    dot = "● " if cell.mark == "heat0" else ""
    text = _printed(say(units(cell))) if cell else ""
    links = ", ".join(map(_link, cell.links)).strip()
    return f"{dot}{text}{links}{_BADGES.get(cell.mark, '')}".strip()


def _link(source: Link) -> str:
    text = _printed(source.text)
    if not source.href:
        return text
    return f'<a href="{_printed(source.href)}" rel="noopener noreferrer" target="_blank">{text}</a>'


def _attribute(name: str, text: str) -> str:
    return f' {name}="{_printed(text)}"' if text else ""


def _printed(value: str | float) -> str:
    return str(escape(isolated(value)))
