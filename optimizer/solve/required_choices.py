"""Choices that every design makes: of a row "at most one of these", that none of them is chosen has no solution.

Such rows become "exactly one of these". A site must have one of its substations where its target cannot be met without
the site; the relaxation does not know it and pays for a few per cent of one. Asked by linear programmes for the least
sum of a row: where even the relaxation cannot do without, no design can, so that nothing is lost. It halves the search
of facilities with several sites. Where another row already asks for some of the same binaries, as that of a single site
does for its substation, nothing need be asked: a question to a model of 7,200 rows takes a second. (That "none of it"
has no solution is the same question, but a hard one: of a campus of five sites HiGHS took 300 s for 45 rows, and 15 for
their least sums.)
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
from optimizer.solve.outcome import Hooks, LinearForm, SolverStatus, Vector

MOST_ROWS = 200
"""Rows that are asked at most: a count and not a time, so that the same question has the same answer anywhere."""
_NONE, _SOME = 1e-9, 1e-3
"""Sums of a choice that are none of it, and that are beyond the solver's tolerances some of it."""


def with_required_choices(compiled: Compiled, hooks: Hooks, presolve: bool, time_limit_s: float) -> Compiled:
    """The same designs, with every row "at most one" of which one is always chosen as "exactly one".

    Raises Unsound or SolverCrash as Engine. Of a model without designs nothing more is found out.
    """
    rows = np.fromiter(_choices(compiled), dtype=np.int32)[:MOST_ROWS]
    if not len(rows):
        return compiled
    compiled, rows = _asked_for(compiled, rows)
    deadline = time.monotonic() + time_limit_s
    seen: list[Vector] = []
    for row in rows:
        left_s = deadline - time.monotonic()
        if left_s <= 0 or hooks.stopping:
            break
        chosen = _sum_of(compiled, int(row))
        if any(chosen.at(x) <= _NONE for x in seen):
            continue
        # Begun anew: from the basis of the question before, some took half a minute.
        least = Engine(compiled, Hooks(), presolve).lp_relaxation(chosen, left_s)
        if least.status is not SolverStatus.OPTIMAL or least.x is None:
            break
        seen.append(least.x)
        if least.objective > _SOME:
            compiled = _exactly_one(compiled, row)
    return compiled


def _exactly_one(compiled: Compiled, rows: npt.NDArray[np.int32] | np.int32) -> Compiled:
    row_lower = compiled.row_lower.copy()
    row_lower[rows] = compiled.row_upper[rows]
    return replace(compiled, row_lower=row_lower)


def _asked_for(compiled: Compiled, rows: npt.NDArray[np.int32]) -> tuple[Compiled, npt.NDArray[np.int32]]:
    """The model with the choices that a row of it demands, and the rows of the others.

    Of a row a x >= b > 0 with a > 0 over binaries of one choice, some binary is 1 in every design, so that the choice
    is made.
    """
    column = np.repeat(np.arange(compiled.columns), np.diff(compiled.start))
    entries = np.bincount(compiled.index, minlength=compiled.rows)
    positive = compiled.value > 0

    def demanded(row: np.int32) -> bool:
        mine = np.zeros(compiled.columns, dtype=np.bool_)
        mine[column[compiled.index == row]] = True
        inside = np.bincount(compiled.index, weights=mine[column] & positive, minlength=compiled.rows)
        return bool(((compiled.row_lower > _SOME) & (entries > 0) & (inside == entries)).any())

    certain = np.fromiter((demanded(row) for row in rows), dtype=np.bool_, count=len(rows))
    return _exactly_one(compiled, rows[certain]), rows[~certain]


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
