"""Where a year's programme begins: the basis of its coarse year, every day of a group standing as the group's day does.

Such a basis has too many or too few columns and need not be regular, which HiGHS mends. It is where the simplex method
starts and nothing else: what is found, and what is proven, does not depend on it.
From there a programme of 8,760 hours takes 3,500 iterations and 0.3 CPU s, the coarse year's own among them, and 24,000
to 31,000 and 0.7 to 1.0 from nothing, or from the basis of capacities with no battery where now there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.inputs.quantity import HOURS_PER_DAY

if TYPE_CHECKING:
    from highspy import HighsBasis

Places = np.ndarray
_BY_DAY = "year.day["
"""Rows that a day has one of."""


@dataclass(frozen=True, eq=False)
class StandsFor:
    """Columns and rows of a coarse year that stand for those of the year, shapes (columns,) and (rows,); -1: none."""

    columns: Places
    rows: Places

    def expanded(self, coarse: HighsBasis) -> HighsBasis:
        """The year's basis: columns that nothing stands for at zero, rows free."""
        import highspy

        kinds, basis = highspy.HighsBasisStatus, highspy.HighsBasis()
        # The last entry is what -1 picks.
        columns, rows = [*coarse.col_status, kinds.kLower], [*coarse.row_status, kinds.kBasic]
        basis.col_status = [columns[j] for j in self.columns.tolist()]
        basis.row_status = [rows[i] for i in self.rows.tolist()]
        basis.valid = basis.alien = True
        return basis


def stands_for(
    year: tuple[Sequence[str], Sequence[str]], coarse: tuple[Sequence[str], Sequence[str]], days: Sequence[Places]
) -> StandsFor:
    """By the names of columns and of rows, `year.NAME[one,INDEX...,HOUR]`; `days` are the days of every group."""
    group = np.empty(sum(map(len, days)), dtype=np.int64)
    for number, members in enumerate(days):
        group[members] = number
    hours = (HOURS_PER_DAY * group[:, None] + np.arange(HOURS_PER_DAY)).ravel()
    by_hour, by_day = [str(t) for t in hours.tolist()], [str(g) for g in group.tolist()]
    columns, rows = (_places(names, small, by_hour, by_day) for names, small in zip(year, coarse, strict=True))
    return StandsFor(columns, rows)


def _places(names: Sequence[str], coarse: Sequence[str], by_hour: Sequence[str], by_day: Sequence[str]) -> Places:
    series, at = _series(names), {name: i for i, name in enumerate(coarse)}
    few = _series(coarse)
    found = np.full(len(names), -1, dtype=np.int64)
    for stem, (places, labels) in series.items():
        known = few.get(stem)
        if known is None:
            continue
        # Months and the like are the same in both.
        if known[1] != labels:
            stands = by_day if stem.startswith(_BY_DAY) else by_hour
            labels = [stands[int(label)] for label in labels]
        found[places] = [at.get(f"{stem}{label}]", -1) for label in labels]
    return found


def _series(names: Sequence[str]) -> dict[str, tuple[list[int], list[str]]]:
    """Places and last labels of `STEM,LABEL]` by stem with its comma; of a name alone the stem is before the `]`."""
    found: dict[str, tuple[list[int], list[str]]] = {}
    for place, name in enumerate(names):
        stem, comma, label = name[:-1].rpartition(",")
        key = stem + comma if comma else label
        places, labels = found.setdefault(key, ([], []))
        places.append(place)
        labels.append(label if comma else "")
    return found
