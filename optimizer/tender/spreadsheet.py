"""Workbooks of strangers: cells as values, or a finding that names file, sheet and cell. Nothing is ever evaluated.

A workbook is a zip of XML. It is looked through before it is opened: its size unpacked, macros, entities, links to
other files. Then formulas, merged cells, errors and hidden sheets are refused by name instead of being guessed at.
"""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from optimizer.diagnostics import Diagnostic, clean
from optimizer.errors import InputError, InputOutputError

MOST_BYTES = 5_000_000
MOST_UNPACKED_BYTES = 60_000_000
MOST_PARTS = 2_000
MOST_ROWS = 20_000
MOST_COLUMNS = 200
_CHUNK = 1 << 20

Value = str | int | float | bool | date | None


@dataclass(frozen=True)
class Cell:
    """A value and where it stands, as `file:sheet:cell` or `file:row:column`."""

    value: Value
    where: str


Sheet = list[list[Cell]]
"""Rows of cells; the first row is the first of the sheet."""


def refusal(code: str, message: str, where: str, help_text: str | None = None) -> Diagnostic:
    """A finding at a cell, a sheet or a file."""
    return Diagnostic(code=code, severity="error", message=message, file=where, help=help_text)


def read_workbook(path: Path) -> dict[str, Sheet]:
    """The visible sheets of a workbook by name. Raises InputError with every finding, or InputOutputError."""
    shown = clean(path.name)
    content = _bytes(path, shown)
    _look_through(content, shown)
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(content), data_only=False, keep_links=False, keep_vba=False)
    except Exception as problem:  # whatever a damaged workbook makes of the library
        raise InputError([refusal("E0701", f"is no workbook that can be read: {clean(str(problem))}", shown)]) from None
    diagnostics: list[Diagnostic] = []
    sheets = {}
    for sheet in book.worksheets:
        where = f"{shown}:{clean(sheet.title, 40)}"
        if sheet.sheet_state != "visible":
            diagnostics.append(refusal("E0704", "the sheet is hidden", where, "show it, or delete it"))
            continue
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            text = f"{sheet.max_row:,} rows and {sheet.max_column:,} columns"
            hint = f"at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns; delete what is empty"
            diagnostics.append(refusal("E0707", text, where, hint))
            continue
        for merged in sheet.merged_cells.ranges:
            diagnostics.append(
                refusal("E0703", "merged cells", f"{where}:{merged.coord}", "give each cell its own value")
            )
        sheets[sheet.title] = [[_cell(cell, where, diagnostics) for cell in row] for row in sheet.iter_rows()]
    if diagnostics:
        raise InputError(diagnostics)
    return sheets


def _bytes(path: Path, shown: str) -> bytes:
    try:
        if not path.is_file():
            raise InputOutputError(f"cannot read {shown}: it is not a file")
        if path.stat().st_size > MOST_BYTES:
            text = f"{path.stat().st_size:,} bytes; at most {MOST_BYTES:,} are read"
            raise InputError([refusal("E0707", text, shown)])
        return path.read_bytes()
    except OSError as problem:
        raise InputOutputError(f"cannot read {shown}: {problem.strerror or problem}") from problem


def _look_through(content: bytes, shown: str) -> None:
    """Refuse what a bid never needs. Sizes are counted while unpacking, since those that a zip states may be false."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if len(packed.infolist()) > MOST_PARTS:
                raise InputError([refusal("E0707", f"holds {len(packed.infolist()):,} parts", shown)])
            left = MOST_UNPACKED_BYTES
            for part in packed.infolist():
                left -= _unpacked(packed, part, left, shown)
    except InputError:
        raise
    except Exception as problem:  # zipfile raises many kinds for damaged, encrypted or truncated files
        text = f"is no workbook (.xlsx): {clean(str(problem)) or 'it cannot be unpacked'}"
        raise InputError([refusal("E0701", text, shown, "save it as .xlsx, without a password")]) from None


def _unpacked(packed: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, shown: str) -> int:
    """Bytes of a part. Raises InputError if there are more than are left, or it is of a kind that is refused."""
    name = part.filename.lower()
    if name.endswith("vbaproject.bin"):
        hint = "save it without macros, as .xlsx"
        raise InputError([refusal("E0701", "holds macros", shown, hint)])
    if "/externallinks/" in name:
        hint = "replace the links by values (Data, Edit Links, Break Link)"
        raise InputError([refusal("E0701", "links to other workbooks", shown, hint)])
    size, tail = 0, b""
    with packed.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > left:
                text = f"holds more than {MOST_UNPACKED_BYTES:,} bytes unpacked"
                raise InputError([refusal("E0707", text, shown)])
            if b"<!ENTITY" in tail + chunk or b"<!DOCTYPE" in tail + chunk:
                raise InputError([refusal("E0701", "defines entities of its own", shown)])
            tail = chunk[-10:]
    return size


def _cell(cell: Any, where: str, diagnostics: list[Diagnostic]) -> Cell:
    place, value = f"{where}:{cell.coordinate}", cell.value
    if cell.data_type == "f":
        hint = "copy it and paste it as a value: formulas are not evaluated"
        diagnostics.append(refusal("E0702", "the cell holds a formula", place, hint))
        return Cell(None, place)
    if cell.data_type == "e":
        diagnostics.append(refusal("E0702", f"the cell holds an error, {clean(str(value), 20)}", place))
        return Cell(None, place)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return Cell(value.date() if midnight else str(value), place)
    if isinstance(value, str):
        value = value.strip() or None
    return Cell(value if isinstance(value, str | int | float | bool | date) else None, place)
