"""Weather from a CSV file with the columns `dry_bulb_c` and `wet_bulb_c`, and optionally `time`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.diagnostics import Diagnostic, clean
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.reading.schema_walk import did_you_mean
from optimizer.reading.series_text import (
    LEAP_HOURS,
    SeriesText,
    cell_problem,
    out_of_range,
    read_series_text,
    stop_if,
    strict_number,
    wrong_count,
)

if TYPE_CHECKING:
    from optimizer.reading.series_text import Array

COLUMNS = ("dry_bulb_c", "wet_bulb_c")
RANGE_C = (-60.0, 90.0)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class CsvWeatherSeries:
    """One year: dry and wet bulb in deg C, shape (8760,), and what was repaired or looks odd."""

    dry_bulb_c: Array
    wet_bulb_c: Array
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class _Table:
    """Cells by row, the index of each column, and the file line of each row."""

    columns: dict[str, int]
    rows: list[list[str]]
    lines: list[int]


def load_csv_weather(path: Path) -> tuple[Array, Array]:
    """Dry and wet bulb in deg C, each of shape (8760,). Raises InputError or InputOutputError."""
    series = read_csv_weather(path)
    return series.dry_bulb_c, series.wet_bulb_c


def read_csv_weather(path: Path, shown: str | None = None) -> CsvWeatherSeries:
    """The series and its warnings. Raises InputError with every wrong cell and row (the first twenty are named)."""
    import numpy as np

    text = read_series_text(path, shown)
    table, warnings = _table(text)
    keep, findings = _hours(text, table)
    values = np.empty((len(COLUMNS), len(table.rows)))
    for column, name in enumerate(COLUMNS):
        for row, cells in enumerate(table.rows):
            number = strict_number(cells[table.columns[name]])
            values[column, row] = np.nan if number is None else number
            if number is None:
                findings.append(_bad_cell(text, table, row, name))
    stop_if(findings)
    for column, name in enumerate(COLUMNS):
        for row in out_of_range(values[column], RANGE_C):
            value = f"{values[column, row]:g} deg C is outside {RANGE_C[0]:g} to {RANGE_C[1]:g}"
            message = f"row {row + 1}, column {name}: {value}"
            findings.append(text.error("E0502", message, table.lines[row]))
    stop_if(findings)
    dry, wet = values[0, keep], values[1, keep]
    above = int((wet > dry + 0.05).sum())
    if above:
        warnings.append(text.warning("W0610", f"the wet bulb is above the dry bulb in {above} hours"))
    return CsvWeatherSeries(dry, wet, (*warnings, *(found for found in findings if found.severity == "warning")))


def _bad_cell(text: SeriesText, table: _Table, row: int, name: str) -> Diagnostic:
    problem, hint = cell_problem(table.rows[row][table.columns[name]])
    return text.error("E0502", f"row {row + 1}, column {name} {problem}", table.lines[row], hint)


def _table(text: SeriesText) -> tuple[_Table, list[Diagnostic]]:
    header = text.lines[0]
    if ";" in header and "," not in header:
        hint = "the file is separated by semicolons; export it with commas between columns and a decimal point"
        stop_if([text.error("E0506", "columns are separated by semicolons", 1, hint)])
    if "\t" in header and "," not in header:
        stop_if([text.error("E0506", "columns are separated by tabs", 1, "export it with commas between columns")])
    names = [name.strip() for name in next(csv.reader([header]))]
    findings: list[Diagnostic] = [
        text.error("E0506", f"there is no column {name}", 1, did_you_mean(name, [n for n in names if n not in COLUMNS]))
        for name in COLUMNS
        if name not in names
    ]
    findings += [
        text.error("E0506", f"column {clean(name)} appears twice", 1) for name in COLUMNS if names.count(name) > 1
    ]
    stop_if(findings)
    rows: list[list[str]] = []
    lines: list[int] = []
    for number, line in enumerate(text.lines[1:], 2):
        cells = next(csv.reader([line]), []) if '"' in line else line.split(",")
        rows.append(cells)
        lines.append(number)
        if len(cells) != len(names):
            cause = "a decimal comma splits a number into two columns" if len(cells) > len(names) else None
            findings.append(
                text.error("E0506", f"row {number - 1} has {len(cells)} columns, not {len(names)}", number, cause)
            )
    stop_if(findings)
    ignored = [clean(name, 40) for name in names if name not in (*COLUMNS, "time")]
    warnings = [text.warning("W0609", f"columns ignored: {', '.join(ignored[:10])}", 1)] if ignored else []
    return _Table({name: number for number, name in enumerate(names)}, rows, lines), warnings


def _hours(text: SeriesText, table: _Table) -> tuple[list[int], list[Diagnostic]]:
    """The rows that make the year of 8,760 hours."""
    count = len(table.rows)
    if "time" not in table.columns:
        hint = "a leap year needs a column `time`, so that 29 February can be dropped" if count == LEAP_HOURS else None
        findings = [] if count == HOURS_PER_YEAR else [text.error("E0503", wrong_count(count), None, hint)]
        return list(range(count)), findings
    times, findings = _times(text, table)
    stop_if(findings)
    findings = _sequence(text, table, times)
    keep = [row for row, time in enumerate(times) if (time.month, time.day) != (2, 29)]
    dropped = len(times) - len(keep)
    if not findings and len(keep) != HOURS_PER_YEAR:
        findings.append(text.error("E0503", wrong_count(count), None))
    if dropped and not findings:
        findings.append(
            text.warning("W0608", f"29 February is dropped ({dropped} hours): the reference year has 8,760 hours")
        )
    return keep, findings


def _times(text: SeriesText, table: _Table) -> tuple[list[datetime], list[Diagnostic]]:
    times: list[datetime] = []
    findings: list[Diagnostic] = []
    offsets: set[timedelta | None] = set()
    for row, cells in enumerate(table.rows):
        cell = cells[table.columns["time"]].strip()
        try:
            time = datetime.fromisoformat(cell)
        except ValueError:
            message = f'row {row + 1}, column time is "{clean(cell, 40)}", not a time'
            findings.append(text.error("E0504", message, table.lines[row], "write times as 2025-01-01T00:00"))
            continue
        offsets.add(time.utcoffset())
        if len(offsets) > 1 and not findings:
            message = f"row {row + 1}, column time: the offset from UTC changes here"
            hint = "use local standard time all year, without daylight saving time and with one offset or none"
            findings.append(text.error("E0504", message, table.lines[row], hint))
        times.append(time.replace(tzinfo=None))
    return times, findings


def _sequence(text: SeriesText, table: _Table, times: list[datetime]) -> list[Diagnostic]:
    findings: list[Diagnostic] = []
    first = times[0] if times else None
    if first is None or (first.month, first.day, first.hour, first.minute) != (1, 1, 0, 0):
        message = f"the first hour is {first}, not 1 January 00:00"
        findings.append(text.error("E0504", message, 2, "each row is the hour that begins at its time; sort the rows"))
    for row in range(1, len(times)):
        step = times[row] - times[row - 1]
        if step == _HOUR or _leaps_over_29_february(times[row - 1], times[row]):
            continue
        kind = (
            "is there twice"
            if not step
            else "goes back in time"
            if step < timedelta(0)
            else f"comes {step} after the row before"
        )
        message = f"row {row + 1}, column time: {times[row].isoformat(sep=' ')} {kind}; hours must follow each other"
        hint = "daylight saving time? use local standard time all year" if step in (timedelta(0), 2 * _HOUR) else None
        findings.append(text.error("E0504", message, table.lines[row], hint))
    return findings


def _leaps_over_29_february(before: datetime, after: datetime) -> bool:
    return (
        (before.month, before.day, before.hour) == (2, 28, 23)
        and (after.month, after.day, after.hour) == (3, 1, 0)
        and before.year == after.year
    )
