"""Weather from an EnergyPlus weather file (EPW): dry bulb, relative humidity and pressure by the hour.

Layout and missing-value codes: EnergyPlus Auxiliary Programs, "EnergyPlus Weather File (EPW) Data Dictionary".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.diagnostics import Diagnostic
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.reading.series_text import (
    DAYS_IN_MONTH,
    SeriesText,
    cell_problem,
    hours_named,
    out_of_range,
    read_series_text,
    stop_if,
    strict_number,
    wrong_count,
)

if TYPE_CHECKING:
    from optimizer.reading.series_text import Array

HEADER_LINES = 8
COLUMN_COUNTS = range(32, 36)
"""A record has 35 columns; older files leave out up to three at the end."""


@dataclass(frozen=True)
class EpwSeries:
    """One year, each array of shape (8760,): dry bulb in deg C, relative humidity as a fraction, pressure in Pa."""

    dry_c: Array
    relative_humidity_fraction: Array
    pressure_pa: Array
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class _Field:
    name: str
    column: int
    missing: float
    """This value and anything above it means that there was no measurement."""
    low: float
    high: float


_FIELDS = (
    _Field("dry bulb temperature", 6, 99.9, -90.0, 70.0),
    _Field("relative humidity", 8, 999.0, 0.0, 110.0),
    _Field("pressure", 9, 999_999.0, 31_000.0, 120_000.0),
)


def load_epw(path: Path, shown: str | None = None) -> EpwSeries:
    """The arrays of a file, hours in file order, 29 February dropped. Raises InputError or InputOutputError."""
    import numpy as np

    text = read_series_text(path, shown)
    records = _records(text)
    warnings = _calendar(text, records)
    keep = [row for row, cells in enumerate(records) if (cells[1].strip(), cells[2].strip()) != ("2", "29")]
    values = np.empty((len(_FIELDS), len(records)))
    findings: list[Diagnostic] = []
    for number, field in enumerate(_FIELDS):
        for row, cells in enumerate(records):
            parsed = strict_number(cells[field.column])
            values[number, row] = np.nan if parsed is None else parsed
            if parsed is None:
                problem, hint = cell_problem(cells[field.column])
                message = f"hour {row}, column {field.column + 1} ({field.name}) {problem}"
                findings.append(text.error("E0502", message, row + HEADER_LINES + 1, hint))
    stop_if(findings)
    for number, field in enumerate(_FIELDS):
        findings += _field_findings(text, field, values[number])
    stop_if(findings)
    dry, humidity, pressure = values[:, keep]
    # Relative humidity slightly above saturation occurs in measured files; air cannot hold more than 100 %.
    return EpwSeries(dry, np.minimum(humidity, 100.0) / 100.0, pressure, tuple(warnings))


def _records(text: SeriesText) -> list[list[str]]:
    if not text.lines[0].upper().startswith("LOCATION"):
        stop_if([text.error("E0501", "this is not an EPW file: the first line does not start with LOCATION", 1)])
    periods = next(
        (line.split(",") for line in text.lines[:HEADER_LINES] if line.upper().startswith("DATA PERIODS")), []
    )
    if len(periods) > 2 and (periods[1].strip(), periods[2].strip()) != ("1", "1"):
        stop_if(
            [text.error("E0501", "only files with one data period and one record per hour can be read", HEADER_LINES)]
        )
    records = [line.split(",") for line in text.lines[HEADER_LINES:]]
    findings = [
        text.error("E0506", f"the record has {len(cells)} columns, not 35", row + HEADER_LINES + 1)
        for row, cells in enumerate(records)
        if len(cells) not in COLUMN_COUNTS or len(cells) != len(records[0])
    ]
    stop_if(findings)
    return records


def _calendar(text: SeriesText, records: list[list[str]]) -> list[Diagnostic]:
    """Check that the records are the hours of one year in order; say so if 29 February is dropped."""
    stamps = [tuple(cell.strip() for cell in cells[1:4]) for cells in records]
    leap = any(stamp[:2] == ("2", "29") for stamp in stamps)
    expected = _year(leap)
    if len(stamps) != len(expected) and (leap or len(stamps) != HOURS_PER_YEAR):
        first = next(
            (row for row, (a, b) in enumerate(zip(stamps, expected, strict=False)) if a != b),
            min(len(stamps), len(expected)),
        )
        hint = f"the first hour that does not fit is record {first + 1}: month, day and hour must run through the year"
        stop_if([text.error("E0503", wrong_count(len(stamps)), min(first + HEADER_LINES + 1, len(text.lines)), hint)])
    for row, (stamp, wanted) in enumerate(zip(stamps, expected, strict=True)):
        if stamp != wanted:
            message = (
                f"month, day and hour are {'/'.join(stamp)}, not {'/'.join(wanted)}: "
                "hours are missing, repeated or out of order"
            )
            stop_if([text.error("E0504", message, row + HEADER_LINES + 1)])
    return (
        [text.warning("W0608", "29 February is dropped (24 hours): the reference year has 8,760 hours")] if leap else []
    )


def _year(leap: bool) -> list[tuple[str, ...]]:
    days = [28 + leap if month == 2 else count for month, count in enumerate(DAYS_IN_MONTH, 1)]
    return [
        (str(month), str(day), str(hour))
        for month, count in enumerate(days, 1)
        for day in range(1, count + 1)
        for hour in range(1, 25)
    ]


def _field_findings(text: SeriesText, field: _Field, values: Array) -> list[Diagnostic]:
    import numpy as np

    absent = [int(index) for index in np.flatnonzero(values >= field.missing)]
    findings = []
    if absent:
        message = f"{field.name} is missing ({field.missing:.6g}) in {len(absent)} hours: {hours_named(absent)}"
        findings.append(
            text.error(
                "E0505", message, absent[0] + HEADER_LINES + 1, "fill the gaps, or use another file or climate normals"
            )
        )
    odd = [row for row in out_of_range(values, (field.low, field.high)) if row not in set(absent)]
    if odd:
        message = f"{field.name} is outside {field.low:g} to {field.high:g} in {len(odd)} hours: {hours_named(odd)}"
        findings.append(text.error("E0502", message, odd[0] + HEADER_LINES + 1))
    return findings
