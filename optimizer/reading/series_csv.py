"""Weather from a CSV file with the columns `dry_bulb_c` and `wet_bulb_c`, and optionally `time`.

Heads are read without regard to case. Times that state an offset from UTC are moved to the site's clock where the
instance says which it is; a file in UTC whose site does not say is warned about.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from optimizer.diagnostics import Diagnostic, clean
from optimizer.reading.schema_walk import did_you_mean
from optimizer.reading.series_text import (
    Array,
    SeriesText,
    cell_problem,
    out_of_range,
    read_series_text,
    stop_if,
    strict_number,
    warm_air,
)
from optimizer.reading.series_times import YearRows, timed_year, to_clock, untimed_year

COLUMNS = ("dry_bulb_c", "wet_bulb_c")
RANGE_C = (-60.0, 90.0)
_SHORT_ROW = "give every row a cell for every column"


@dataclass(frozen=True)
class CsvWeatherSeries:
    """One year: dry and wet bulb in deg C, shape (8760,), and what was repaired or looks odd."""

    dry_bulb_c: Array
    wet_bulb_c: Array
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class SeriesTable:
    """Cells by row, the index of each column, and the file line of each row."""

    columns: dict[str, int]
    rows: list[list[str]]
    lines: list[int]


def read_csv_weather(path: Path, shown: str | None = None, utc_offset_hours: int | None = None) -> CsvWeatherSeries:
    """The series and its warnings. Raises InputError with every wrong cell and row (the first twenty are named).

    `utc_offset_hours` is the offset of the site's clock; None: times are taken as they are.
    """
    text = read_series_text(path, shown)
    table, warnings = series_table(text, COLUMNS, COLUMNS)
    year = hours_of(text, table)
    findings = year.findings
    values = numbers(text, table, COLUMNS, findings)
    for column, name in enumerate(COLUMNS):
        findings += _outside(text, table, values[column], name)
    stop_if(findings)
    shift, warnings_of_clock = moved_clock(text, year, utc_offset_hours, "time" in table.columns)
    dry, wet = np.roll(values[0, year.keep], shift), np.roll(values[1, year.keep], shift)
    warnings += [*warnings_of_clock, *warm_air(text, dry)]
    above = int((wet > dry + 0.05).sum())
    if above:
        warnings.append(text.warning("W0610", f"the wet bulb is above the dry bulb in {above} hours"))
    return CsvWeatherSeries(dry, wet, (*warnings, *(finding for finding in findings if finding.severity == "warning")))


def _outside(text: SeriesText, table: SeriesTable, values: Array, name: str) -> list[Diagnostic]:
    """Values no air can have; what looks like kelvin is said."""
    findings = []
    for row in out_of_range(values, RANGE_C):
        value = f"{values[row]:g} deg C is outside {RANGE_C[0]:g} to {RANGE_C[1]:g}"
        kelvin = 200 < values[row] < 340
        hint = f"kelvin given? {values[row]:g} K are {values[row] - 273.15:g} deg C" if kelvin else "write deg C"
        findings.append(text.error("E0502", f"row {row + 1}, column {name}: {value}", table.lines[row], hint))
    return findings


def moved_clock(
    text: SeriesText, year: YearRows, utc_offset_hours: int | None, timed: bool
) -> tuple[int, list[Diagnostic]]:
    """Hours by which the series is moved to the site's clock, and what is to be said about it."""
    shift = to_clock(year.utc_offset, utc_offset_hours)
    if shift:
        message = f"times are moved by {shift:+d} hours to the site's clock (utc_offset_hours = {utc_offset_hours})"
        return shift, [text.warning("W0621", message, 2)]
    if utc_offset_hours is None and year.utc_offset == timedelta(0):
        message = "times are in UTC and are taken as the site's clock: tariffs and profiles may be hours off"
        hint = "state the clock beside the path, such as utc_offset_hours = 8 (0 if the site's clock is UTC)"
        return 0, [text.warning("W0617", message, 2, hint)]
    if utc_offset_hours is not None and year.utc_offset is None:
        what = "times state no offset from UTC" if timed else "there is no column time"
        message = f"utc_offset_hours = {utc_offset_hours} moves nothing: {what}"
        return 0, [text.warning("W0617", message, 1, "times are taken as local standard time; leave the key out")]
    return 0, []


def _bad_cell(text: SeriesText, table: SeriesTable, row: int, name: str) -> Diagnostic:
    problem, hint = cell_problem(table.rows[row][table.columns[name]])
    return text.error("E0502", f"row {row + 1}, column {name} {problem}", table.lines[row], hint)


def numbers(text: SeriesText, table: SeriesTable, columns: tuple[str, ...], findings: list[Diagnostic]) -> Array:
    """Values by column and row, shape (columns, rows). Raises InputError with every cell that is no number."""
    values = np.empty((len(columns), len(table.rows)))
    for column, name in enumerate(columns):
        for row, cells in enumerate(table.rows):
            number = strict_number(cells[table.columns[name]])
            values[column, row] = np.nan if number is None else number
            if number is None:
                findings.append(_bad_cell(text, table, row, name))
    stop_if(findings)
    return values


def series_table(
    text: SeriesText, known: tuple[str, ...], needed: tuple[str, ...]
) -> tuple[SeriesTable, list[Diagnostic]]:
    """The cells of a file of the columns known, those needed among them. Raises InputError."""
    header = text.lines[0]
    if ";" in header and "," not in header:
        hint = "the file is separated by semicolons; export it with commas between columns and a decimal point"
        stop_if([text.error("E0506", "columns are separated by semicolons", 1, hint)])
    if "\t" in header and "," not in header:
        stop_if([text.error("E0506", "columns are separated by tabs", 1, "export it with commas between columns")])
    names = [name.strip().casefold() for name in next(csv.reader([header]))]
    findings: list[Diagnostic] = [
        text.error("E0506", f"there is no column {name}", 1, _column_hint(name, names, known))
        for name in needed
        if name not in names
    ]
    findings += [
        text.error("E0506", f"column {clean(name)} appears twice", 1) for name in known if names.count(name) > 1
    ]
    stop_if(findings)
    rows: list[list[str]] = []
    lines: list[int] = []
    for number, line in enumerate(text.lines[1:], 2):
        cells = next(csv.reader([line]), []) if '"' in line else line.split(",")
        rows.append(cells)
        lines.append(number)
        if len(cells) != len(names):
            cause = "a decimal comma splits a number into two columns" if len(cells) > len(names) else _SHORT_ROW
            findings.append(
                text.error("E0506", f"row {number - 1} has {len(cells)} columns, not {len(names)}", number, cause)
            )
    stop_if(findings)
    ignored = [clean(name, 40) for name in names if name not in (*known, "time")]
    warnings = [text.warning("W0609", f"columns ignored: {', '.join(ignored[:10])}", 1)] if ignored else []
    return SeriesTable({name: number for number, name in enumerate(names)}, rows, lines), warnings


def _column_hint(name: str, names: list[str], known: tuple[str, ...]) -> str:
    """The head that was probably meant, or what the first line has to be."""
    near = did_you_mean(name, [clean(n, 40) for n in names if n not in known])
    return near or f"the first line names the columns: {','.join(known)}"


def hours_of(text: SeriesText, table: SeriesTable) -> YearRows:
    """The rows that make the year of 8,760 hours. Raises InputError if the times do not."""
    if "time" not in table.columns:
        return untimed_year(text, len(table.rows))
    column = table.columns["time"]
    year = timed_year(text, [cells[column] for cells in table.rows], table.lines)
    stop_if([finding for finding in year.findings if finding.code == "E0504"])
    return year
