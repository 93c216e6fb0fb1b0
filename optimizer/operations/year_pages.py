"""Pages on which a year's programme is written into arrays: columns, rows and entries, under the names of year.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.operations.shapes import Hours, YearShape

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Span:
    """The hours to write. The exact year: every hour once."""

    shape: YearShape
    days: Hours
    """How many days each hour stands for, shape (N,)."""
    most_overhead: tuple[Hours, ...]
    """Largest load per MW of IT power among the hours an hour stands for, by placing; `shape` has the least."""
    period: Places | None = None
    """Of a coarse year: the stretch of the year a day belongs to, shape (N / 24,). None: hours follow each other."""


@dataclass(frozen=True, eq=False)
class Entries:
    """Entries of a matrix: row, column, value."""

    row: Places
    column: Places
    value: Hours


@dataclass(frozen=True, eq=False, kw_only=True)
class YearArrays:
    """minimise cost . y with row_low <= A y + B x <= row_high (each 0 or infinite) and 0 <= y <= U x (inf where free).

    A has shape (rows, columns), B (rows, coordinates), U (columns, coordinates); money in USD per year.
    """

    cost: Hours
    a: Entries
    b: Entries
    u: Entries
    bounded: NDArray[np.bool_]
    """Columns that have an upper bound, shape (columns,); where U has no entry it is 0."""
    row_low: Hours
    row_high: Hours
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    coordinates: tuple[str, ...]


@dataclass(kw_only=True)
class YearPages:
    """Columns, rows and entries as they are written."""

    coordinates: tuple[str, ...]
    at: dict[str, Places] = field(default_factory=dict)
    """Columns by name."""
    cost: list[Hours] = field(default_factory=list)
    column_names: list[str] = field(default_factory=list)
    row_names: list[str] = field(default_factory=list)
    low: list[Hours] = field(default_factory=list)
    high: list[Hours] = field(default_factory=list)
    bounded: list[Places] = field(default_factory=list)
    entries: dict[str, list[Entries]] = field(default_factory=lambda: {"a": [], "b": [], "u": []})

    def columns(self, name: str, labels: Iterable[object], cost: Hours | float, key: str = "") -> None:
        """Columns `year.NAME[one,LABEL]`, found again under `key` or the name."""
        before = len(self.column_names)
        self.column_names += [f"year.{name}[one,{label}]" if label != "" else f"year.{name}[one]" for label in labels]
        self.at[key or name] = np.arange(before, len(self.column_names))
        self.cost.append(np.broadcast_to(np.asarray(cost, dtype=np.float64), self.at[key or name].shape))

    def rows(self, name: str, labels: Iterable[object], low: float, high: Hours | float = 0.0) -> Places:
        """Rows `year.NAME[one,LABEL]` between low and high; returns their places."""
        before = len(self.row_names)
        self.row_names += [f"year.{name}[one,{label}]" if label != "" else f"year.{name}[one]" for label in labels]
        places = np.arange(before, len(self.row_names))
        self.low.append(np.full(len(places), low))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=np.float64), places.shape))
        return places

    def put(self, rows: Places, columns: Places, value: Hours | float) -> None:
        """Entries of A; zeros are left out."""
        self._enter("a", rows, columns, value)

    def given(self, rows: Places, name: str, value: Hours | float) -> None:
        """Entries of B at a coordinate."""
        self._enter("b", rows, np.full(len(rows), self.coordinates.index(name)), value)

    def bound(self, columns: Places, name: str, value: Hours | float = 1.0) -> None:
        """columns <= value * coordinate."""
        self.bounded.append(columns)
        self._enter("u", columns, np.full(len(columns), self.coordinates.index(name)), value)

    def _enter(self, matrix: str, rows: Places, columns: Places, value: Hours | float) -> None:
        values = np.broadcast_to(np.asarray(value, dtype=np.float64), rows.shape)
        kept = values != 0.0
        self.entries[matrix].append(Entries(rows[kept], columns[kept], values[kept]))

    def arrays(self) -> YearArrays:
        """All that was written."""
        a, b, u = (_joined(self.entries[name]) for name in ("a", "b", "u"))
        bounded = np.isin(
            np.arange(len(self.column_names)), np.concatenate([np.zeros(0, dtype=np.int64), *self.bounded])
        )
        return YearArrays(
            cost=np.concatenate(self.cost), a=a, b=b, u=u, bounded=bounded,
            row_low=np.concatenate(self.low), row_high=np.concatenate(self.high),
            row_names=tuple(self.row_names), column_names=tuple(self.column_names), coordinates=self.coordinates,
        )  # fmt: skip


def _joined(parts: Sequence[Entries]) -> Entries:
    none = np.zeros(0, dtype=np.int64)
    return Entries(
        np.concatenate([none, *(part.row for part in parts)]),
        np.concatenate([none, *(part.column for part in parts)]),
        np.concatenate([np.zeros(0), *(part.value for part in parts)]),
    )
