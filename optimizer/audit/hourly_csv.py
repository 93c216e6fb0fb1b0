"""A year of hours from a table of comma-separated values: docs/model.md section 5, `csv`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from optimizer.audit.psychrometrics import Hours
from optimizer.inputs.quantity import HOURS_PER_YEAR

_TIME = re.compile(
    r"(?P<year>\d{4})\D(?P<month>\d{1,2})\D(?P<day>\d{1,2})[Tt ]+"
    r"(?P<hour>\d{1,2})[\d:.]*\s*(?P<zone>[Zz]|[+-]\d\d:?\d\d)?$"
)


def read_columns(path: Path, names: Iterable[str], utc_offset_hours: int | None) -> dict[str, Hours]:
    """Those of the columns that are there, 8,760 hours each on the clock of the site.

    Raises ValueError if a cell holds no number or there are not 8,760 hours.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.DictReader(stream)
        reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
        rows, heads = list(reader), tuple(reader.fieldnames)
    shift = 0
    if rows and "time" in heads:
        rows, offset_hours = _without_leap_day(rows)
        if utc_offset_hours is not None and offset_hours is not None:
            shift = round(utc_offset_hours - offset_hours)
    hour = (np.arange(HOURS_PER_YEAR) - shift) % HOURS_PER_YEAR
    columns = {}
    for name in names:
        if name in heads:
            column = np.array([float(row[name]) for row in rows])
            check_year(column, path)
            columns[name] = column[hour]
    return columns


def check_year(series: Hours, path: Path) -> None:
    """Raises ValueError unless a series has 8,760 finite hours."""
    if series.shape != (HOURS_PER_YEAR,) or not bool(np.all(np.isfinite(series))):
        raise ValueError(f"{path}: needs {HOURS_PER_YEAR} finite hours, has {series.shape[0]}")


def _without_leap_day(rows: list[dict[str, str]]) -> tuple[list[dict[str, str]], float | None]:
    """The rows that do not belong to 29 February, and the hours by which their clock is ahead of UTC, if stated."""
    stamps = [_TIME.match(row["time"].strip()) for row in rows]
    begins = [_moment(stamp) for stamp in stamps]
    if (begins[0].month, begins[0].day, begins[0].hour) == (1, 1, 1) and (begins[-1].day, begins[-1].hour) == (1, 0):
        begins = [moment - timedelta(hours=1) for moment in begins]
    kept = [row for row, moment in zip(rows, begins, strict=True) if (moment.month, moment.day) != (2, 29)]
    zone = "" if stamps[0] is None else (stamps[0]["zone"] or "").upper().replace(":", "")
    if zone in ("", "Z"):
        return kept, 0.0 if zone else None
    return kept, (-1 if zone[0] == "-" else 1) * (int(zone[1:3]) + int(zone[3:5]) / 60)


def _moment(stamp: re.Match[str] | None) -> datetime:
    if stamp is None:
        raise ValueError("a cell of the column time holds no time")
    year, month, day, hour = (int(stamp[name]) for name in ("year", "month", "day", "hour"))
    return datetime(year, month, day) + timedelta(hours=hour)
