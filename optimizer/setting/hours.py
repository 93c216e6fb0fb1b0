"""The reference year: 8,760 hours, the first of them the first hour of Monday 1 January."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from optimizer.inputs.quantity import HOURS_PER_YEAR, MONTHS_PER_YEAR

DAYS_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Series = NDArray[np.float64]
"""One value per hour of the reference year, shape (8760,)."""

HOUR_OF_DAY: NDArray[np.int64] = np.tile(np.arange(24), HOURS_PER_YEAR // 24)
MONTH_OF_HOUR: NDArray[np.int64] = np.repeat(np.arange(12), [days * 24 for days in DAYS_OF_MONTH])
"""Month of each hour, 0 to 11."""
WEEKDAY_OF_HOUR: NDArray[np.int64] = np.repeat(np.arange(365) % 7, 24)
"""Day of the week of each hour, 0 Monday to 6 Sunday."""
_DAY_OF_MONTH: NDArray[np.int64] = np.repeat(np.concatenate([np.arange(1, days + 1) for days in DAYS_OF_MONTH]), 24)


def hours_of_days(days: Iterable[str]) -> NDArray[np.bool_]:
    """Hours of the reference year on these days ("MM-DD"), boolean (8760,); days it has not are left out."""
    marked = np.zeros(HOURS_PER_YEAR, dtype=np.bool_)
    for day in days:
        month, number = (int(part) for part in day.split("-"))
        marked |= (month - 1 == MONTH_OF_HOUR) & (number == _DAY_OF_MONTH)
    return marked


@dataclass(frozen=True, eq=False)
class KeptHours:
    """The hours of the reference year that are looked at: all of them, or those of evenly spread days.

    A sum over the kept hours counts `weight` times in a year; one over the months they touch, `month_weight` times.
    """

    hours: NDArray[np.int64]
    """Their places in the reference year, shape (N,), rising."""
    month: NDArray[np.int64]
    """Month of each, 0 to 11, shape (N,)."""
    weight: float
    month_weight: float

    @property
    def months(self) -> list[int]:
        """Months of which an hour is kept."""
        return list(np.flatnonzero(np.bincount(self.month)).tolist())

    @property
    def whole_year(self) -> bool:
        """Whether every hour is kept."""
        return len(self.hours) == HOURS_PER_YEAR

    def spread(self, series: Series) -> Series:
        """A series over the kept hours drawn over the whole year: each kept day stands for those up to the next."""
        if self.whole_year:
            return series
        days = np.searchsorted(self.hours[::24], np.arange(0, HOURS_PER_YEAR, 24), side="right") - 1
        return np.asarray(series.reshape(-1, 24)[days].ravel())


@cache
def kept_hours(count: int) -> KeptHours:
    """`count` hours: those of days floor(k * 365 / n), n = count / 24, k = 0 .. n - 1."""
    days = np.arange(count // 24) * (HOURS_PER_YEAR // 24) // (count // 24)
    hours = (24 * days[:, None] + np.arange(24)).ravel()
    if count == HOURS_PER_YEAR:
        hours = np.arange(HOURS_PER_YEAR)
    month = MONTH_OF_HOUR[hours]
    return KeptHours(hours, month, HOURS_PER_YEAR / len(hours), MONTHS_PER_YEAR / np.count_nonzero(np.bincount(month)))
