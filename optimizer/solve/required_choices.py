"""Choices that every design makes: of a row "at most one of these", that none of them is chosen has no solution.

Such rows become "exactly one of these". A site must have one of its substations where its target cannot be met without
the site; the relaxation does not know it and pays for a few per cent of one. Asked by linear programmes: what even the
relaxation cannot do, no design can, so that nothing is lost. It halves the search of facilities with several sites.
Source: probing, M. Savelsbergh, Preprocessing and probing techniques for mixed integer programming problems, ORSA
Journal on Computing 6 (1994), with linear programmes instead of activity bounds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from optimizer.solve.compiled import Compiled
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import Hooks, LinearForm, SolverStatus

MOST_ROWS = 200
"""Rows that are asked at most: a count and not a time, so that the same question has the same answer anywhere."""


def with_required_choices(compiled: Compiled, hooks: Hooks, presolve: bool, time_limit_s: float) -> Compiled:
    """The same designs, with every row "at most one" of which one is always chosen as "exactly one".

    Raises Unsound or SolverCrash as Engine. A model without designs comes back as it is.
    """
    rows = np.fromiter(_choices(compiled), dtype=np.int32)[:MOST_ROWS]
    if not len(rows):
        return compiled
    deadline = time.monotonic() + time_limit_s
    engine, anything = Engine(compiled, Hooks(), presolve), LinearForm(np.zeros(compiled.columns))
    if engine.lp_relaxation(anything, time_limit_s).status is not SolverStatus.OPTIMAL:
        return compiled
    row_lower = compiled.row_lower.copy()
    for row in rows:
        left_s = deadline - time.monotonic()
        if left_s <= 0 or hooks.stopping:
            break
        with engine.held(_sum_of(compiled, int(row)), 0.0):
            required = engine.lp_relaxation(anything, left_s).status is SolverStatus.INFEASIBLE
        if required:
            row_lower[row] = compiled.row_upper[row]
    return replace(compiled, row_lower=row_lower)


def _choices(compiled: Compiled) -> Iterator[int]:
    """Rows a (x1 + x2 + ...) <= a of two binary variables or more."""
    binary = compiled.is_integer & (compiled.column_lower == 0.0) & (compiled.column_upper == 1.0)
    column = np.repeat(np.arange(compiled.columns), np.diff(compiled.start))
    limit = compiled.row_upper[compiled.index]
    fits = binary[column] & (compiled.value == limit) & (compiled.value > 0)
    entries = np.bincount(compiled.index, minlength=compiled.rows)
    fitting = np.bincount(compiled.index, weights=fits, minlength=compiled.rows)
    none_allowed: npt.NDArray[np.bool_] = compiled.row_lower <= 0
    yield from np.flatnonzero((entries > 1) & (fitting == entries) & none_allowed).tolist()


def _sum_of(compiled: Compiled, row: int) -> LinearForm:
    column = np.repeat(np.arange(compiled.columns), np.diff(compiled.start))
    coefficients = np.zeros(compiled.columns)
    coefficients[column[compiled.index == row]] = 1.0
    return LinearForm(coefficients)
