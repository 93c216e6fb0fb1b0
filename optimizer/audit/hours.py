"""The hours that are looked at, and what their sums stand for: docs/model.md section 5, short year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from optimizer.audit.psychrometrics import Hours
from optimizer.audit.weather import DAY_OF_WEEK, HOUR_OF_DAY, MONTH_DAYS, MONTH_OF_YEAR
from optimizer.inputs.quantity import HOURS_PER_DAY, HOURS_PER_YEAR, MONTHS_PER_YEAR
from optimizer.inputs.setting import Window

DAYS = HOURS_PER_YEAR // HOURS_PER_DAY
SATURDAY = 5

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class AuditedHours:
    """The hours of the year that are kept, whole days in order of time."""

    index: NDArray[np.int64]
    """Positions in the year of 8,760 hours."""

    @property
    def hours(self) -> int:
        """How many there are."""
        return len(self.index)

    @property
    def month(self) -> NDArray[np.int64]:
        """Month, 0..11, of each."""
        return MONTH_OF_YEAR[self.index]

    @property
    def months(self) -> tuple[int, ...]:
        """The months of which an hour is kept."""
        return tuple(np.flatnonzero(np.bincount(self.month)).tolist())

    @property
    def year_factor(self) -> float:
        """What a sum over the hours kept is multiplied with to stand for a year."""
        return HOURS_PER_YEAR / self.hours

    @property
    def month_factor(self) -> float:
        """What a sum over the months touched is multiplied with to stand for a year."""
        return MONTHS_PER_YEAR / len(self.months)

    def yearly(self, series: Hours) -> float:
        """Sum over the year."""
        return float(series.sum()) * self.year_factor

    def by_day(self, series: Hours) -> Hours:
        """Sum over each of the days kept."""
        sums: Hours = series.reshape(-1, HOURS_PER_DAY).sum(axis=1)
        return sums


@cache
def keep(hours: int) -> AuditedHours:
    """The hours kept of a year that looks at so many of them."""
    days = hours // HOURS_PER_DAY
    first = np.array([k * DAYS // days * HOURS_PER_DAY for k in range(days)], dtype=np.int64)
    return AuditedHours((first[:, None] + np.arange(HOURS_PER_DAY)).ravel())


def covered_hours(row: Window, holidays: tuple[str, ...]) -> Mask:
    """The hours of the year in which a row holds; a holiday is a day of the weekend."""
    free: Mask = np.asarray(DAY_OF_WEEK >= SATURDAY, dtype=np.bool_)
    for holiday in holidays:
        which, number = int(holiday[:2]) - 1, int(holiday[3:])
        if number <= MONTH_DAYS[which]:
            first = (sum(MONTH_DAYS[:which]) + number - 1) * HOURS_PER_DAY
            free[first : first + HOURS_PER_DAY] = True
    month = np.isin(MONTH_OF_YEAR + 1, row.months)
    hour = (row.from_hour <= HOUR_OF_DAY) & (row.to_hour > HOUR_OF_DAY)
    if row.days == "weekday":
        return month & hour & ~free
    if row.days == "weekend":
        return month & hour & free
    return month & hour
