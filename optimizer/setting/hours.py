"""The reference year: 8,760 hours, the first of them the first hour of Monday 1 January."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.quantity import HOURS_PER_YEAR

DAYS_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Series = NDArray[np.float64]
"""One value per hour of the reference year, shape (8760,)."""

HOUR_OF_DAY: NDArray[np.int64] = np.tile(np.arange(24), HOURS_PER_YEAR // 24)
MONTH_OF_HOUR: NDArray[np.int64] = np.repeat(np.arange(12), [days * 24 for days in DAYS_OF_MONTH])
"""Month of each hour, 0 to 11."""
WEEKDAY_OF_HOUR: NDArray[np.int64] = np.repeat(np.arange(365) % 7, 24)
"""Day of the week of each hour, 0 Monday to 6 Sunday."""
