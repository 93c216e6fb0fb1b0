"""The layout of an EPW file: its header lines, the cells of its records, and the hours they stand for."""

from __future__ import annotations

import re

from optimizer.diagnostics import Diagnostic
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.reading.series_text import SeriesText, stop_if, wrong_count
from optimizer.setting.hours import DAYS_OF_MONTH

HEADER_LINES = 8
HEADS = (
    "LOCATION",
    "DESIGN CONDITIONS",
    "TYPICAL/EXTREME PERIODS",
    "GROUND TEMPERATURES",
    "HOLIDAYS/DAYLIGHT SAVING",
    "COMMENTS 1",
    "COMMENTS 2",
    "DATA PERIODS",
)
"""How the header lines of an EPW file begin, in order."""
COLUMN_COUNTS = range(32, 36)
"""A record has 35 columns; older files leave out up to three at the end."""
_WHOLE = re.compile(r"([0-9]{1,4})(?:\.0*)?")
_ORDER_HELP = "write every hour of the year once, in order: month/day/hour 1/1/1 to 12/31/24 (or hours 0 to 23)"

Stamp = tuple[int, int, int]
"""Month, day and hour of a record, hours 1 to 24."""


def epw_records(text: SeriesText) -> list[list[str]]:
    """The cells of every record. Raises InputError if header or columns are not those of an EPW file."""
    if not text.lines[0].strip().strip('"').upper().startswith("LOCATION"):
        hint = "an EPW file begins with eight header lines, LOCATION first; a table of columns is of kind csv"
        stop_if([text.error("E0501", "this is not an EPW file: the first line does not start with LOCATION", 1, hint)])
    stop_if(_header_findings(text))
    periods = text.lines[HEADER_LINES - 1].split(",")
    if len(periods) > 2 and (periods[1].strip(), periods[2].strip()) != ("1", "1"):
        message = "only files with one data period and one record per hour can be read"
        hint = "export hourly records of one whole year"
        stop_if([text.error("E0501", message, HEADER_LINES, hint)])
    records = [line.split(",") for line in text.lines[HEADER_LINES:]]
    # A table programme that saved the file may have added empty cells.
    records = [cells if len(cells) < 36 or any(c.strip() for c in cells[35:]) else cells[:35] for cells in records]
    findings = [
        text.error(
            "E0506", f"the record has {len(cells)} columns, not 35", row + HEADER_LINES + 1, _columns_hint(cells)
        )
        for row, cells in enumerate(records)
        if len(cells) not in COLUMN_COUNTS or len(cells) != len(records[0])
    ]
    stop_if(findings)
    return records


def _header_findings(text: SeriesText) -> list[Diagnostic]:
    """The first line that is not the header line that belongs there."""
    for number, head in enumerate(HEADS, 1):
        line = text.lines[number - 1].strip().strip('"').upper() if number <= len(text.lines) else ""
        if line.startswith(head):
            continue
        if any(line.startswith(other) for other in HEADS[number:]):
            message = f"header line {number} is missing: it should start with {head}"
            return [text.error("E0501", message, number, f'insert a line "{head}"')]
        if line[:1].isdigit() or not line:
            message = f"the header has {number - 1} lines, not {HEADER_LINES}: {head} is missing"
            return [text.error("E0501", message, min(number, len(text.lines)), f'insert a line "{head}"')]
        return [_additional(text, number, head)]
    after = text.lines[HEADER_LINES] if len(text.lines) > HEADER_LINES else ""
    if after.strip() and _WHOLE.fullmatch(after.split(",")[0].strip()) is None:
        return [_additional(text, HEADER_LINES + 1, "a record of the first hour")]
    return []


def _additional(text: SeriesText, number: int, expected: str) -> Diagnostic:
    message = f"line {number} is an additional header line: {expected} is expected here"
    return text.error("E0501", message, number, f"delete line {number}")


def _columns_hint(cells: list[str]) -> str:
    if len(cells) == 1 and cells[0].count(";") > 20:
        return "the file is separated by semicolons; save it with commas and a decimal point"
    if len(cells) > 35:
        return "a decimal comma splits a number into two columns; save it with a decimal point"
    return "the line is cut short or is none of the records: restore or delete it"


def epw_stamps(text: SeriesText, records: list[list[str]]) -> list[Stamp]:
    """Month, day and hour of every record, however padded; hours 0 to 23 become 1 to 24."""
    stamps: list[Stamp] = []
    for row, cells in enumerate(records):
        parts = [_WHOLE.fullmatch(cell.strip()) for cell in cells[1:4]]
        month, day, hour = (-1 if part is None else int(part[1]) for part in parts)
        if min(month, day, hour) < 0:
            message = (
                f"month, day and hour are {'/'.join(cell.strip() for cell in cells[1:4])}, not three whole numbers"
            )
            stop_if([text.error("E0504", message, row + HEADER_LINES + 1, _ORDER_HELP)])
        stamps.append((month, day, hour))
    first = stamps[0] if stamps else (1, 1, 1)
    return [(month, day, hour + 1) for month, day, hour in stamps] if first[2] == 0 else stamps


def check_calendar(text: SeriesText, stamps: list[Stamp]) -> list[Diagnostic]:
    """Check that the records are the hours of one year in order; say so if 29 February is dropped."""
    leap = any(stamp[:2] == (2, 29) for stamp in stamps)
    expected = _year(leap)
    if leap and stamps == expected[:HOURS_PER_YEAR]:
        hint = "append 31 December (29 February is then dropped), or use a file of a year without 29 February"
        message = "a leap year cut at 8,760 hours: 29 February is there, and 31 December is not"
        stop_if([text.error("E0503", message, len(text.lines), hint)])
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
                f"month, day and hour are {'/'.join(map(str, stamp))}, not {'/'.join(map(str, wanted))}: "
                "hours are missing, repeated or out of order"
            )
            stop_if([text.error("E0504", message, row + HEADER_LINES + 1, _ORDER_HELP)])
    return (
        [text.warning("W0608", "29 February is dropped (24 hours): the reference year has 8,760 hours")] if leap else []
    )


def _year(leap: bool) -> list[Stamp]:
    days = [28 + leap if month == 2 else count for month, count in enumerate(DAYS_OF_MONTH, 1)]
    return [
        (month, day, hour)
        for month, count in enumerate(days, 1)
        for day in range(1, count + 1)
        for hour in range(1, 25)
    ]
