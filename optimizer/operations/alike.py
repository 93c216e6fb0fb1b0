"""Loads that draw alike: the same share of their highest import in every hour of the year.

Racks of one room, whatever chips they hold, at work on workloads of one daily profile are a load to the hours that may
be the month's highest: one variable instead of every pod in every such row, which is what a search passes over again
and again (real work of three runs and a service: a third of all coefficients).
"""

from __future__ import annotations

import numpy as np

from optimizer.operations.coefficients import SiteYear
from optimizer.operations.flexible import Load

_DIGITS = 12
"""Hours are alike to so many decimals of the highest one."""


def alike(year: SiteYear) -> dict[Load, dict[Load, float]]:
    """By the first load of each kind, the loads that draw as it does, and how much of it one MW of each is."""
    found: dict[Load, dict[Load, float]] = {}
    firsts: dict[bytes, tuple[Load, float]] = {}
    for load, imported in zip(year.loads, year.import_per_mw, strict=True):
        highest = float(imported.max())
        if highest <= 0:
            continue
        kind = np.round(imported / highest, _DIGITS).tobytes()
        first, of_first = firsts.setdefault(kind, (load, highest))
        found.setdefault(first, {})[load] = highest / of_first
    return found
