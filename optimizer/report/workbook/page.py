"""One sheet of the workbook: cells by kind, so that no text ever becomes a formula or a link.

Texts are written as strings, whatever they look like; those a spreadsheet might take for a formula when somebody edits
them carry the quote prefix too. Numbers that are not finite are never written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from optimizer.runs.safe_csv import FORMULA_STARTS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_TEXT = 32_767
"""Characters a cell may hold; more is cut, with a mark."""
_CUT = " ... (cut)"
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot hold."""

STYLES: dict[str, dict[str, object]] = {
    "plain": {},
    "wrap": {"text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 14},
    "bold": {"bold": True},
    "note": {"italic": True, "font_color": "#595959"},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#E7ECF2"},
    "count": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.000"},
    "money": {"num_format": "#,##0.000000"},
    "usd": {"num_format": "#,##0.00"},
    "weight": {"num_format": "0.000000"},
    "percent": {"num_format": "0.0 %"},
    "general": {},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "truth": {"bold": True, "align": "center"},
    "input_rate": {"num_format": "0.00 %", "bg_color": "#FFF7D6", "border": 1},
    "input_number": {"bg_color": "#FFF7D6", "border": 1},
    "total_money": {"num_format": "#,##0.000000", "bold": True, "top": 1},
    "total_number": {"num_format": "#,##0.000", "bold": True, "top": 1},
    "unit": {"indent": 1},
    "total": {"bold": True, "top": 1},
}


@dataclass(frozen=True)
class Formula:
    """A live formula and the value it has for this design, which is shown until the spreadsheet recalculates."""

    text: str
    value: float | str | bool


Content = str | int | float | bool | date | Formula | None


@dataclass
class Styles:
    """The formats of a workbook, made when first used."""

    book: Workbook
    made: dict[tuple[str, bool], Format] = field(default_factory=dict)

    def of(self, name: str, quoted: bool = False) -> Format:
        """The format of a style; `quoted` keeps a text a text when somebody edits the cell."""
        key = (name, quoted)
        if key not in self.made:
            extra = {"quote_prefix": True} if quoted else {}
            self.made[key] = self.book.add_format({"valign": "top", **STYLES[name], **extra})
        return self.made[key]


@dataclass(frozen=True)
class Page:
    """A sheet and how cells are put on it. Rows and columns count from 0."""

    sheet: Worksheet
    styles: Styles

    def put(self, row: int, column: int, content: Content, style: str = "plain") -> None:
        """Write one cell by the kind of its content."""
        if content is None:
            return
        if isinstance(content, Formula):
            self._formula((row, column), content, style)
        elif isinstance(content, bool):
            self.sheet.write_boolean(row, column, content, self.styles.of(style))
        elif isinstance(content, str):
            self._text((row, column), content, style)
        elif isinstance(content, date):
            moment = datetime(content.year, content.month, content.day)
            self.sheet.write_datetime(row, column, moment, self.styles.of(style))
        elif math.isfinite(content):
            self.sheet.write_number(row, column, content, self.styles.of(_counted(style, content)))
        else:
            self._text((row, column), "n/a", style)

    def _text(self, at: tuple[int, int], text: str, style: str) -> None:
        shown = cell_text(text)
        self.sheet.write_string(*at, shown, self.styles.of(style, shown.startswith(FORMULA_STARTS)))

    def _formula(self, at: tuple[int, int], formula: Formula, style: str) -> None:
        value = formula.value
        if isinstance(value, float) and not math.isfinite(value):
            value = "n/a"
        self.sheet.write_formula(*at, formula.text, self.styles.of(_counted(style, value)), value)

    def line(self, row: int, cells: Sequence[Content], styles: Sequence[str] = ()) -> None:
        """Write cells beside each other from column A; styles may be fewer than cells."""
        for column, content in enumerate(cells):
            self.put(row, column, content, styles[column] if column < len(styles) else "plain")

    def table(self, row: int, header: Sequence[str], rows: Iterable[Sequence[Content]], styles: Sequence[str]) -> int:
        """Write a header and rows below it. Returns the row after the last one."""
        self.line(row, header, ["head"] * len(header))
        row += 1
        for cells in rows:
            self.line(row, cells, styles)
            row += 1
        return row

    def part(
        self, row: int, title: str, header: Sequence[str], rows: Sequence[Sequence[Content]], styles: Sequence[str]
    ) -> int:
        """A table with its title below the one before; nothing if it has no rows. Returns the next free row."""
        if not rows:
            return row
        self.put(row + 1, 0, title, "bold")
        return self.table(row + 2, header, rows, styles)

    def head(self, title: str, note: str = "") -> None:
        """What a sheet is, and what a reader has to know of it."""
        self.put(0, 0, title, "title")
        self.put(1, 0, note or None, "note")

    def set_up(self, widths: Sequence[float], header_row: int) -> None:
        """Column widths, panes frozen below the header, and printing on A4 across."""
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.sheet.freeze_panes(header_row + 1, 0)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(header_row)
        # Only codes of our own go here: a name in a footer could hold codes too.
        self.sheet.set_footer("&L&A&RPage &P of &N")


def _counted(style: str, value: float | str | bool) -> str:
    """A whole number is written without decimals: 593 racks, not 593.000."""
    is_whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
    return "count" if style == "number" and is_whole else style


def cell_text(text: str) -> str:
    """The text as a cell can hold it: no characters XML refuses, not longer than a cell."""
    fit = text if text.isprintable() else _UNFIT.sub("?", text)
    return fit if len(fit) <= LONGEST_TEXT else fit[: LONGEST_TEXT - len(_CUT)] + _CUT
