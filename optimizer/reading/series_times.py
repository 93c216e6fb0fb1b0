"""The times of a weather file: which rows make the year of 8,760 hours, and which clock they follow.

Read are ISO 8601 times and their usual variants: one-digit months, days and hours, slashes after the year, hours
0 to 23 or 1 to 24, a constant minute within the hour, and typical years whose months come from different years.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from optimizer.diagnostics import Diagnostic, clean
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.reading.series_text import LEAP_HOURS, SeriesText, wrong_count

_HOUR = timedelta(hours=1)
_TIME = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})[T ]+(\d{1,2})(?::(\d{2}))?(?::(\d{2})(?:\.0+)?)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_REFERENCE_YEAR = 2001


@dataclass(frozen=True)
class Stamps:
    """Times as written, without their offset, and the offset from UTC if the file states one."""

    times: list[datetime]
    lines: list[int]
    utc_offset: timedelta | None = None


@dataclass
class YearRows:
    """The rows that make the year, the offset of their clock from UTC if known, and what was found."""

    keep: list[int]
    utc_offset: timedelta | None = None
    findings: list[Diagnostic] = field(default_factory=list)


def parse_time(cell: str) -> tuple[datetime, timedelta | None] | None:
    """The time a cell holds and its offset from UTC, if any; hour 24 is the first hour of the next day."""
    match = _TIME.fullmatch(cell.strip())
    if match is None:
        return None
    year, _, month, day, hour, minute, second, zone = match.groups()
    try:
        start = datetime(int(year), int(month), int(day))
    except ValueError:
        return None
    if int(hour) > 24 or int(minute or 0) > 59 or int(second or 0) > 59 or (int(hour) == 24 and int(minute or 0)):
        return None
    return start + timedelta(hours=int(hour), minutes=int(minute or 0), seconds=int(second or 0)), _offset(zone)


def _offset(zone: str | None) -> timedelta | None:
    if zone is None:
        return None
    if zone.upper() == "Z":
        return timedelta(0)
    text = zone.replace(":", "")
    size = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return -size if text[0] == "-" else size


def untimed_year(text: SeriesText, count: int) -> YearRows:
    """The rows of a file without times: they are the year if there are 8,760 of them."""
    if count == HOURS_PER_YEAR:
        return YearRows(list(range(count)))
    hint = "give one row for each hour of the year, in order"
    if count == LEAP_HOURS:
        hint = "a leap year needs a column `time`, so that 29 February can be dropped"
    return YearRows(list(range(count)), findings=[text.error("E0503", wrong_count(count), None, hint)])


def timed_year(text: SeriesText, cells: Sequence[str], lines: Sequence[int]) -> YearRows:
    """The rows of a file with times: one year in order, 29 February dropped, which a warning says."""
    stamps, findings = _stamps(text, cells, lines)
    if findings:
        return YearRows([], findings=findings)
    times = _whole_hours(stamps.times)
    findings = _sequence(text, times, stamps.lines)
    keep = [row for row, time in enumerate(times) if (time.month, time.day) != (2, 29)]
    dropped = len(times) - len(keep)
    if not findings and len(keep) != HOURS_PER_YEAR:
        findings.append(text.error("E0503", wrong_count(len(times)), stamps.lines[-1], _count_hint(times, dropped)))
    if dropped and not findings:
        notice = f"29 February is dropped ({dropped} hours): the reference year has 8,760 hours"
        findings.append(text.warning("W0608", notice))
    return YearRows(keep, stamps.utc_offset, findings)


def _count_hint(times: Sequence[datetime], dropped: int) -> str:
    if dropped and len(times) == HOURS_PER_YEAR:
        return "a leap year cut at 8,760 hours: append 31 December; 29 February is then dropped"
    return "give one row for each hour from 1 January 00:00 to 31 December 23:00"


def _stamps(text: SeriesText, cells: Sequence[str], lines: Sequence[int]) -> tuple[Stamps, list[Diagnostic]]:
    times: list[datetime] = []
    findings: list[Diagnostic] = []
    offsets: list[timedelta | None] = []
    for row, cell in enumerate(cells):
        parsed = parse_time(cell)
        if parsed is None:
            message = f'row {row + 1}, column time is "{clean(cell.strip(), 40)}", not a time'
            findings.append(text.error("E0504", message, lines[row], "write times as 2025-01-01T00:00"))
            continue
        times.append(parsed[0])
        if offsets and parsed[1] != offsets[-1] and len(set(offsets)) == 1 and not findings:
            message = f"row {row + 1}, column time: the offset from UTC changes here"
            hint = "use local standard time all year, without daylight saving time and with one offset or none"
            findings.append(text.error("E0504", message, lines[row], hint))
        offsets.append(parsed[1])
    return Stamps(times, list(lines), offsets[0] if offsets else None), findings


def _whole_hours(times: list[datetime]) -> list[datetime]:
    """Times at which hours begin: a constant minute is cut off, and hours 1 to 24 are those that end at their time."""
    minutes = {(time.minute, time.second) for time in times}
    if len(minutes) == 1:
        minute, second = minutes.pop()
        times = [time - timedelta(minutes=minute, seconds=second) for time in times]
    first, last = times[0], times[-1]
    if (first.month, first.day, first.hour) == (1, 1, 1) and (last.month, last.day, last.hour) == (1, 1, 0):
        times = [time - _HOUR for time in times]
    return times


def _sequence(text: SeriesText, times: list[datetime], lines: Sequence[int]) -> list[Diagnostic]:
    findings: list[Diagnostic] = []
    first = times[0] if times else None
    if first is None or (first.month, first.day, first.hour, first.minute) != (1, 1, 0, 0):
        message = f"the first hour is {first}, not 1 January 00:00"
        findings.append(text.error("E0504", message, 2, "each row is the hour that begins at its time; sort the rows"))
    for row in range(1, len(times)):
        step = times[row] - times[row - 1]
        if step == _HOUR or _follows(times[row - 1], times[row]):
            continue
        kind = (
            "is there twice"
            if not step
            else "goes back in time"
            if step < timedelta(0)
            else f"comes {step} after the row before"
        )
        message = f"row {row + 1}, column time: {times[row].isoformat(sep=' ')} {kind}; hours must follow each other"
        hint = "sort the rows; give every hour of the year once"
        if step in (timedelta(0), 2 * _HOUR):
            hint = "daylight saving time? use local standard time all year"
        findings.append(text.error("E0504", message, lines[row], hint))
    return findings


def _follows(before: datetime, after: datetime) -> bool:
    """Whether two hours follow each other but for 29 February, or for a month taken from another year."""
    if (before.month, before.day, before.hour, after.month, after.day, after.hour) == (2, 28, 23, 3, 1, 0):
        return True
    one_year = before.replace(year=_REFERENCE_YEAR) if (before.month, before.day) != (2, 29) else None
    if one_year is None or (after.month, after.day) == (2, 29):
        return (before.month, before.day, before.hour, after.month, after.day, after.hour) == (2, 29, 23, 3, 1, 0)
    new_month = (after.day, after.hour, after.minute) == (1, 0, 0) and after.month == before.month + 1
    return new_month and after.replace(year=_REFERENCE_YEAR) - one_year == _HOUR


def to_clock(utc_offset: timedelta | None, site_offset_hours: int | None) -> int:
    """Hours by which a series is moved later so that it follows the site's clock."""
    if utc_offset is None or site_offset_hours is None:
        return 0
    return round((timedelta(hours=site_offset_hours) - utc_offset) / _HOUR)
