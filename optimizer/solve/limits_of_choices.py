"""Limits that hold only with a choice: of a row a x <= b whose columns all need the same binary z, a x <= b z.

Without z all of them are 0, with it nothing changes, so that the designs are the same; a fraction of z no longer buys
all of b. What a supplier can deliver of a kind is such a row: its pods need their software stack, and a relaxation that
spreads them over many sites pays for a tenth of one. On a campus of five sites a third of what was open at the root
went by this. On small models the search got slower (the flagship), so that size decides whether it is done.
Source: variable upper bounds in flow covers, M. Padberg, T. Van Roy, L. Wolsey, Valid linear inequalities for fixed
charge problems, Operations Research 33 (1985).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from optimizer.solve.compiled import Compiled

LEAST_INTEGERS = 1000
"""Whole numbers from which on it pays; a count, so that the same question has the same answer anywhere."""


def with_limits_of_choices(compiled: Compiled, least_integers: int = LEAST_INTEGERS) -> Compiled:
    """The same designs; every limit of columns that all need one binary is multiplied by it.

    A model of fewer whole numbers than `least_integers` comes back as it is.
    """
    if compiled.is_integer.sum() < least_integers:
        return compiled
    column = np.repeat(np.arange(compiled.columns), np.diff(compiled.start))
    order = np.argsort(compiled.index, kind="stable")
    first = np.searchsorted(compiled.index[order], np.arange(compiled.rows + 1))
    rows = _LimitRows(compiled, column[order], compiled.value[order], first)
    needs = rows.needs()
    changed = [(i, z) for i in rows.limits() if (z := rows.common(i, needs)) is not None]
    return _multiplied(compiled, column, changed) if changed else compiled


class _LimitRows:
    """The model by rows: entries first[i]..first[i+1] of `column` and `value` belong to row i."""

    def __init__(self, compiled: Compiled, column: np.ndarray, value: np.ndarray, first: np.ndarray) -> None:
        self.compiled, self.column, self.value, self.first = compiled, column, value, first
        self.binary = compiled.is_integer & (compiled.column_lower >= 0.0) & (compiled.column_upper <= 1.0)

    def entries(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Columns and values of a row."""
        within = slice(self.first[row], self.first[row + 1])
        return self.column[within], self.value[within]

    def needs(self) -> dict[int, set[int]]:
        """Of every column the binaries without which it is 0: rows a x - m z <= 0 with a > 0 and x >= 0."""
        found: dict[int, set[int]] = {}
        c = self.compiled
        for row in np.flatnonzero((c.row_upper == 0.0) & np.isneginf(c.row_lower)).tolist():
            columns, values = self.entries(row)
            negative = columns[values < 0]
            others = columns[values > 0]
            if len(negative) == 1 and self.binary[negative[0]] and (c.column_lower[others] >= 0.0).all():
                for j in others.tolist():
                    found.setdefault(j, set()).add(int(negative[0]))
        return found

    def limits(self) -> Iterator[int]:
        """Rows a x <= b with a > 0, x >= 0 and b > 0."""
        c = self.compiled
        for row in np.flatnonzero(np.isneginf(c.row_lower) & np.isfinite(c.row_upper) & (c.row_upper > 0)).tolist():
            columns, values = self.entries(row)
            if len(columns) > 1 and (values > 0).all() and (c.column_lower[columns] >= 0.0).all():
                yield row

    def common(self, row: int, needs: dict[int, set[int]]) -> int | None:
        """The first binary that all columns of a row need."""
        columns, _ = self.entries(row)
        shared = set.intersection(*(needs.get(j, set()) for j in columns.tolist())) - set(columns.tolist())
        return min(shared, default=None)


def _multiplied(compiled: Compiled, column: np.ndarray, changed: list[tuple[int, int]]) -> Compiled:
    """a x - b z <= 0 for rows and their binaries."""
    rows, switches = (np.array(part, dtype=np.int64) for part in zip(*changed, strict=True))
    row_upper = compiled.row_upper.copy()
    row_upper[rows] = 0.0
    columns = np.concatenate((column, switches))
    order = np.argsort(columns, kind="stable")
    index = np.concatenate((compiled.index, rows))[order]
    value = np.concatenate((compiled.value, -compiled.row_upper[rows]))[order]
    start = np.searchsorted(columns[order], np.arange(compiled.columns + 1))
    return replace(
        compiled, start=start.astype(np.int32), index=index.astype(np.int32), value=value, row_upper=row_upper
    )
