"""Tables as the page shows them: cells that keep the number behind their text, so that totals can be checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from optimizer.number_format import number
from optimizer.report.document import TOTAL, Table

Row = TypeVar("Row")

_METRES = re.compile(r"^([-\d.,]+ )?(m2|m3|m3/year|PFLOPS/m2|m2/PFLOPS)$")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Link:
    """A source: its words, and its address if it is one a reader may follow."""

    text: str
    href: str = ""


class PageCell(str):
    """Text of a cell, and what a page shows or checks beside it; elsewhere it is that text alone."""

    value: float | None
    """The exact number behind the text."""
    figure: str
    """The key figure it must equal."""
    mark: str
    """A badge after the text: DEFAULT, BINDS, a grade; or what kind of row it begins."""
    links: tuple[Link, ...] = ()
    tip: str
    """Shown on pointing at it: the id or input key that a name stands for."""

    def __new__(
        cls,
        text: str,
        value: float | None = None,
        figure: str = "",
        *,
        mark: str = "",
        tip: str = "",
    ) -> PageCell:
        """A cell of the text."""
        made = super().__new__(cls, text)
        made.value, made.figure, made.mark, made.tip = value, figure, mark, tip
        return made


def exact(value: float | None, say: Callable[[float], str] | int = 4, figure: str = "") -> PageCell:
    """A cell of a number, said so or to so many digits, with the exact value behind it; empty without a value."""
    if value is None:
        return PageCell("")
    return PageCell(number(value, say) if isinstance(say, int) else say(value), value, figure)


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of a table, wherever it is shown: its head, the cell of a row, and whether that stands right."""

    head: str
    cell: Callable[[Row], str]
    right: bool = False


def listed(caption: str, columns: Sequence[Column[Row]], rows: Iterable[Row], note: str = "") -> Table:
    """The rows under their columns."""
    cells = [[column.cell(row) for column in columns] for row in rows]
    right = [at for at, column in enumerate(columns) if column.right]
    return grid(caption, [column.head for column in columns], cells, right, note=note)


def sources(links: tuple[Link, ...]) -> PageCell:
    """A cell of links alone."""
    made = PageCell("")
    made.links = links
    return made


def grid(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: Iterable[int] = (),
    *,
    total: bool = False,
    note: str = "",
) -> Table:
    """A table for a page; `total` if its last row adds up the others.

    Raises ValueError for a row of another length than the header.
    """
    whole = [tuple(cell if isinstance(cell, PageCell) else _cell(cell) for cell in row) for row in rows]
    if any(len(row) != len(header) for row in whole):
        raise ValueError(f"a row of another length than the header of {caption!r}")
    if total and whole:
        whole[-1] = (PageCell(whole[-1][0], mark=TOTAL), *whole[-1][1:])
    return Table(tuple(header), tuple(whole), frozenset(right), caption, note)


def _cell(text: str) -> PageCell:
    return PageCell(text, mark="date" if _DATE.fullmatch(text) else "")


def from_table(caption: str, table: Table) -> Table:
    """A table of the summary as a table of the page."""
    return grid(caption, table.header, table.rows, table.right)


def units(text: str) -> str:
    """A unit, or a number with its unit, with square and cubic metres as a page prints them. Names stay as they are."""
    return _METRES.sub(lambda found: found[0].replace("m2", "m²").replace("m3", "m³"), text)


def link(text: str, address: str = "") -> Link:
    """A source with a link only if its address, or else its text, is a plain web address."""
    return Link(text, next((url for url in (address, text) if is_web(url)), ""))


@lru_cache(maxsize=4096)
def is_web(address: str) -> bool:
    """Whether an address leads to a page on the web: http or https, with a host, without blanks or controls."""
    if any(ord(sign) <= 32 or ord(sign) == 127 for sign in address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
