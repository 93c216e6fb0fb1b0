"""Tables as the page shows them: cells that keep the number behind their text, so that totals can be checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from optimizer.report.document import Table

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Link:
    """A source: its words, and its address if it is one a reader may follow."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class PageCell:
    """One cell. `value` is the exact number behind the text; `figure` names the key figure it must equal."""

    text: str
    value: float | None = None
    figure: str = ""
    mark: str = ""
    """A badge after the text: DEFAULT, BINDS, a grade."""
    links: tuple[Link, ...] = ()
    tip = ""
    """Shown on pointing at it; none but for a name."""


@dataclass(frozen=True, kw_only=True)
class NamedCell(PageCell):
    """A name, and the id or input key it stands for."""

    tip: str = ""


@dataclass(frozen=True, kw_only=True)
class PageTable:
    """A table of the page. `right` are the columns (from 0) that hold numbers."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[PageCell, ...], ...]
    right: frozenset[int] = frozenset()
    total: bool = False
    """The last row adds up the others, in every column whose cells have values."""
    note: str = ""


def grid(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[PageCell | str]],
    right: Iterable[int] = (),
    *,
    total: bool = False,
    note: str = "",
) -> PageTable:
    """A table of texts and cells. Raises ValueError for a row of another length than the header."""
    whole = tuple(tuple(cell if isinstance(cell, PageCell) else _cell(cell) for cell in row) for row in rows)
    if any(len(row) != len(header) for row in whole):
        raise ValueError(f"a row of another length than the header of {caption!r}")
    heads = tuple(map(units, header))
    return PageTable(caption=caption, header=heads, rows=whole, right=frozenset(right), total=total, note=note)


def _cell(text: str) -> PageCell:
    return PageCell(text, mark="date" if _DATE.fullmatch(text) else "")


def from_table(caption: str, table: Table) -> PageTable:
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
