"""Tables as the page shows them: cells that keep the number behind their text, so that totals can be checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from optimizer.report.document import TOTAL, Table

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
    return Table(tuple(map(units, header)), tuple(whole), frozenset(right), caption, note)


def _cell(text: str) -> PageCell:
    return PageCell(text, mark="date" if _DATE.fullmatch(text) else "")


def from_table(caption: str, table: Table) -> Table:
    """A table of the summary as a table of the page."""
    return grid(caption, table.header, [[units(cell) for cell in row] for row in table.rows], table.right)


def units(text: str) -> str:
    """Square and cubic metres as they are printed. Only for our own words, never for names."""
    return {"m2": "m²", "m3": "m³", "PFLOPS/m2": "PFLOPS/m²", "m3/year": "m³/year"}.get(text, text)


def link(text: str, address: str = "") -> Link:
    """A source with a link only if its address, or else its text, is a plain web address."""
    return Link(text, next((url for url in (address, text) if is_web(url)), ""))


def is_web(address: str) -> bool:
    """Whether an address leads to a page on the web: http or https, with a host, without blanks or controls."""
    if any(ord(sign) <= 32 or ord(sign) == 127 for sign in address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
