"""Tables of cells as rows of values: a header of known names, empty rows left out, every cell held to its kind."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, Literal

from optimizer.diagnostics import Diagnostic, clean
from optimizer.errors import InputError
from optimizer.reading.preflight import decode, read_bytes
from optimizer.reading.schema_walk import did_you_mean
from optimizer.tender.spreadsheet import MOST_BYTES, MOST_ROWS, Cell, Sheet, refusal

Kind = Literal["text", "number", "whole", "date", "flag", "any"]
Columns = Mapping[str, Kind]


@dataclass(frozen=True)
class TableRow:
    """The values of one row by column, and where each of them stands."""

    values: dict[str, Any]
    places: dict[str, str]
    where: str


def read_csv(path: Path) -> Sheet:
    """A CSV file as a sheet; commas, semicolons or tabs. Raises InputError or InputOutputError."""
    shown = clean(path.name)
    text, findings = decode(read_bytes(path, shown, MOST_BYTES), path, shown)
    if errors := [finding for finding in findings if finding.severity == "error"]:
        raise InputError(errors)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    sheet: Sheet = []
    try:
        for number, row in enumerate(csv.reader(StringIO(text), delimiter=delimiter, strict=True), 1):
            if number > MOST_ROWS:
                raise InputError([refusal("E0707", f"more than {MOST_ROWS:,} rows", shown)])
            sheet.append([Cell(_unquoted(cell), f"{shown}:{number}:{column}") for column, cell in enumerate(row, 1)])
    except csv.Error as problem:
        raise InputError(
            [refusal("E0701", f"is no table: {clean(str(problem))}", f"{shown}:{len(sheet) + 1}")]
        ) from None
    return sheet


def _unquoted(text: str) -> str | None:
    """Without the spaces around it, and the apostrophe that keeps a spreadsheet from evaluating it."""
    text = text.strip()
    return (text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text) or None


def table(sheet: Sheet, columns: Columns, where: str, diagnostics: list[Diagnostic]) -> Iterator[TableRow]:
    """The rows below the header, which is the first row that is not empty. What is wrong joins `found`."""
    rows = [row for row in sheet if any(cell.value is not None for cell in row)]
    if not rows:
        return
    names = _header(rows[0], columns, where, diagnostics)
    for row in rows[1:]:
        values, places = {}, {}
        for at, name in names.items():
            if at < len(row) and row[at].value is not None:
                places[name] = row[at].where
                values[name] = _value(row[at], (name, columns[name]), diagnostics)
        stray = next((cell for at, cell in enumerate(row) if at not in names and cell.value is not None), None)
        if stray is not None and not values:
            diagnostics.append(refusal("E0705", "stands in no column of the table", stray.where))
            continue
        yield TableRow({k: v for k, v in values.items() if v is not None}, places, row[0].where)


def _header(row: list[Cell], columns: Columns, where: str, diagnostics: list[Diagnostic]) -> dict[int, str]:
    names: dict[int, str] = {}
    for at, cell in enumerate(row):
        if cell.value is None:
            continue
        name = str(cell.value).strip().lower().replace(" ", "_")
        if name not in columns:
            known = did_you_mean(name, list(columns)) or f"columns: {', '.join(columns)}"
            text = f'there is no column "{clean(str(cell.value), 60)}"'
            diagnostics.append(refusal("E0706", text, cell.where, known))
        elif name in names.values():
            diagnostics.append(refusal("E0706", f"the column {name} stands there twice", cell.where))
        else:
            names[at] = name
    if not names:
        diagnostics.append(refusal("E0706", "there is no header", where, f"columns: {', '.join(columns)}"))
    return names


def _value(cell: Cell, column: tuple[str, Kind], diagnostics: list[Diagnostic]) -> Any:
    """The value of a cell as its column asks; None with a finding if it is something else."""
    name, kind = column
    value = cell.value
    if kind == "any":
        return value
    text = value if isinstance(value, str) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if text is not None and kind in ("number", "whole"):
        value = _number(text)
        is_number = value is not None
    if kind == "text":
        return value if text is not None else f"{value:.15g}" if is_number else str(value)
    if kind == "number" and is_number:
        return value
    if kind == "whole" and is_number and float(value).is_integer():  # type: ignore[arg-type]
        return int(value)  # type: ignore[arg-type]
    if kind == "date":
        day = value if isinstance(value, date) else _day(text)
        if day is not None:
            return day
    if kind == "flag" and (value in (True, False) or str(value).lower() in ("true", "false", "yes", "no")):
        return str(value).lower() in ("true", "yes")
    kinds = {
        "number": ("a number", "digits alone, with a point: 12000 or 0.3; units belong in the header, not in a row"),
        "whole": ("a whole number", "digits alone: 1000; units belong in the header, not in a row of their own"),
        "date": ("a date", "write it as a date, or as text such as 2027-01-31"),
        "flag": ("true or false", None),
    }
    what, hint = kinds[kind]
    diagnostics.append(refusal("E0705", f'{name} must be {what}, not "{clean(str(cell.value), 40)}"', cell.where, hint))
    return None


def _number(text: str) -> int | float | None:
    """A number written as text, in one way only: what could mean two things is none."""
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,3})?", text):
        return None
    number = float(text)
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else number


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None and len(text) == 10 else None
    except ValueError:
        return None
