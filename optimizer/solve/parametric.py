"""A linear programme whose right-hand side is linear in some coordinates x, without a constant, as plain arrays.

It is compiled from a Pyomo model once: the columns of x are taken out of the matrix, and rows that then hold a single
column become its upper bound. Lower bounds of columns are 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from optimizer.operations import year
from optimizer.operations.shapes import YearShape
from optimizer.solve.compiled import Compiled, compile_model
from optimizer.solve.guards import check_matrix
from optimizer.solve.outcome import Vector
from optimizer.solve.unsound import Unsound

ONE = ("one",)


@dataclass(frozen=True, eq=False)
class Parametric:
    """minimise cost . y with row_low <= A y + B x <= row_high (each 0 or infinite) and 0 <= y <= U x (inf where free).

    A has shape (rows, columns), B (rows, coordinates), U (columns, coordinates).
    """

    cost: Vector
    a: csc_matrix
    b: csr_matrix
    u: csr_matrix
    bounded: np.ndarray
    """Columns that have an upper bound, boolean (columns,)."""
    row_low: Vector
    row_high: Vector
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    coordinates: tuple[str, ...]

    def series(self, y: Vector, name: str, index: tuple[int, ...] = ()) -> Vector:
        """Values of the columns `year.NAME[one,INDEX...,t]` by hour; empty if there are none."""
        inside = "".join(f"{i}," for i in index)
        places = self._places(f"year.{name}[one,{inside}")
        return np.asarray(y[places])

    def single(self, y: Vector, name: str) -> float:
        """Value of the column `year.NAME[one]`."""
        return float(y[self.column_names.index(f"year.{name}[one]")])

    def _places(self, start: str) -> list[int]:
        return [j for j, name in enumerate(self.column_names) if name.startswith(start)]


def compile_year(shape: YearShape) -> Parametric:
    """The programme of a shape. Raises Unsound if its numbers cannot be trusted, or it is not homogeneous."""
    from pyomo.common.gc_manager import PauseGC
    from pyomo.environ import Block, ConcreteModel, Var

    with PauseGC():
        model = ConcreteModel()
        model.x = Var(list(shape.coordinates))
        model.year = Block()
        year.add(model.year, {ONE: shape}, {ONE: model.x})
        compiled = compile_model(model, {"cost": model.year.cost[ONE]})
    check_matrix(compiled)
    return _parametric(compiled, shape.coordinates)


def _parametric(compiled: Compiled, coordinates: Sequence[str]) -> Parametric:
    n = len(coordinates)
    whole = csc_matrix((compiled.value, compiled.index, compiled.start), shape=(compiled.rows, compiled.columns))
    b, a = whole[:, :n].tocsr(), whole[:, n:].tocsr()
    lower, upper = compiled.row_lower, compiled.row_upper
    homogeneous = np.isin(lower, (0.0, -np.inf)).all() and np.isin(upper, (0.0, np.inf)).all()
    if not homogeneous or compiled.column_lower[n:].any() or np.isfinite(compiled.column_upper[n:]).any():
        raise Unsound((), "a year's programme with a constant on its right-hand side")
    single = (np.diff(a.indptr) == 1) & (np.diff(b.indptr) > 0) & (lower == -np.inf)
    column = a.indices[a.indptr[:-1][single]]
    factor = a.data[a.indptr[:-1][single]]
    if (factor <= 0).any() or len(np.unique(column)) != len(column):
        raise Unsound((), "a bound of a year's programme that is no simple upper bound")
    bounds = -(csr_matrix((1 / factor, (np.arange(len(factor)),) * 2), shape=(len(factor),) * 2) @ b[single])
    place = csr_matrix((np.ones(len(column)), (column, np.arange(len(column)))), shape=(a.shape[1], len(column)))
    bounded = np.zeros(a.shape[1], dtype=bool)
    bounded[column] = True
    rows = np.flatnonzero(~single)
    return Parametric(
        compiled.forms["cost"].coefficients[n:],
        a[rows].tocsc(),
        b[rows],
        (place @ bounds).tocsr(),
        bounded,
        lower[rows],
        upper[rows],
        tuple(compiled.row_names[i] for i in rows),
        compiled.column_names[n:],
        tuple(coordinates),
    )


def vector_of(coordinates: Sequence[str], values: Mapping[str, float]) -> Vector:
    """Values in the order of the coordinates; those not given are 0."""
    return np.array([values.get(name, 0.0) for name in coordinates])
