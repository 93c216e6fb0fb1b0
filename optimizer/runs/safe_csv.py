"""CSV that a spreadsheet shows and does not run.

A text cell that a spreadsheet would take for a formula gets a leading apostrophe (OWASP, "CSV injection"). Numbers are
written in full, so that they come back exactly, and are never touched: -3.5 stays -3.5.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Cell = str | int | float | bool | None
DialectName = Literal["standard", "excel-eu"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that make a spreadsheet evaluate a cell, or strip and then evaluate it."""


@dataclass(frozen=True)
class Dialect:
    """How a table is written. The byte order mark tells Excel that the file is UTF-8."""

    separator: str
    decimal: str
    byte_order_mark: str = ""


DIALECTS: dict[DialectName, Dialect] = {
    "standard": Dialect(",", "."),
    "excel-eu": Dialect(";", ",", "\ufeff"),
}


def write_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], dialect: DialectName = "standard") -> str:
    """The table as CSV text, one line per row. Raises ValueError for a number that is not finite or a row too short."""
    style = DIALECTS[dialect]
    lines = [_line([safe_text(name) for name in columns], style)]
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(columns)} columns")
        lines.append(_line([_shown(cell, style) for cell in row], style))
    return style.byte_order_mark + "".join(lines)


def _line(cells: Sequence[str], style: Dialect) -> str:
    text = io.StringIO()
    # The writer puts quotes around the characters of its line end; a bare CR would start a new row in a spreadsheet.
    csv.writer(text, delimiter=style.separator, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def safe_text(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet would take it for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _shown(cell: Cell, style: Dialect) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, str):
        return safe_text(cell)
    if isinstance(cell, float) and not math.isfinite(cell):
        raise ValueError(f"{cell} cannot be written to a table")
    return repr(cell).replace(".", style.decimal)
