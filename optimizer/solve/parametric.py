"""A linear programme whose right-hand side is linear in some coordinates x, without a constant, as sparse matrices.

Lower bounds of columns are 0; rows that would hold a single column and coordinates are its upper bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.operations.coarse_year import coarse_arrays, like_days, worth_grouping
from optimizer.operations.shapes import YearShape
from optimizer.operations.year_arrays import year_arrays
from optimizer.operations.year_pages import Entries, YearArrays
from optimizer.solve.coarse_basis import StandsFor, stands_for
from optimizer.solve.compiled import Compiled
from optimizer.solve.guards import check_matrix
from optimizer.solve.outcome import Vector
from optimizer.solve.sparse import csc_matrix, csr_matrix, hstack, identity, vstack

_NOWHERE = np.array([], dtype=np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class Parametric:
    """minimise cost . y with row_low <= A y + B x <= row_high (each 0 or infinite) and 0 <= y <= U x (inf where free).

    A has shape (rows, columns), B (rows, coordinates), U (columns, coordinates).
    """

    cost: Vector
    a: csc_matrix
    b: csr_matrix
    u: csr_matrix
    bounded: np.ndarray
    """Columns that have an upper bound, boolean (columns,); where U has no entry it is 0."""
    row_low: Vector
    row_high: Vector
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    coordinates: tuple[str, ...]
    coarse: Parametric | None = None
    """A smaller programme whose value is never above this one's at the same coordinates."""
    stands_for: StandsFor | None = None
    """What of the coarse programme stands for what of this one."""

    def series(self, y: Vector, name: str, index: tuple[int, ...] = ()) -> Vector:
        """Values of the columns `year.NAME[one,INDEX...,t]` by hour; empty if there are none."""
        return np.asarray(y[self._places.get((name, *map(str, index)), _NOWHERE)])

    def single(self, y: Vector, name: str) -> float:
        """Value of the column `year.NAME[one]`."""
        return float(y[self.column_names.index(f"year.{name}[one]")])

    @cached_property
    def _places(self) -> dict[tuple[str, ...], np.ndarray]:
        """Columns of every series, by its name and index: looked up by each year of each design."""
        found: dict[tuple[str, ...], list[int]] = {}
        for j, column in enumerate(self.column_names):
            name, _, inside = column.removeprefix("year.").partition("[one,")
            if inside:
                *index, _hour = inside.removesuffix("]").split(",")
                found.setdefault((name, *index), []).append(j)
        return {series: np.array(places) for series, places in found.items()}


def compile_year(shape: YearShape) -> Parametric:
    """The programme of a shape, and its relaxation if that is worth its time. Raises Unsound for unfit numbers."""
    exact = _parametric(year_arrays(shape))
    if not worth_grouping(shape):
        return exact
    coarse = compile_coarse_year(shape)
    here, there = ((given.column_names, given.row_names) for given in (exact, coarse))
    return replace(exact, coarse=coarse, stands_for=stands_for(here, there, like_days(shape)))


def compile_coarse_year(shape: YearShape) -> Parametric:
    """Its relaxation over groups of like days. Raises Unsound as well."""
    return _parametric(coarse_arrays(shape))


def _parametric(given: YearArrays) -> Parametric:
    rows, columns, coordinates = len(given.row_low), len(given.cost), len(given.coordinates)
    parametric = Parametric(
        cost=given.cost,
        a=_matrix(given.a, (rows, columns)).tocsc(),
        b=_matrix(given.b, (rows, coordinates)).tocsr(),
        u=_matrix(given.u, (columns, coordinates)).tocsr(),
        bounded=given.bounded,
        row_low=given.row_low,
        row_high=given.row_high,
        row_names=given.row_names,
        column_names=given.column_names,
        coordinates=given.coordinates,
    )
    check_matrix(_whole(parametric))
    return parametric


def _matrix(entries: Entries, shape: tuple[int, int]) -> csr_matrix:
    matrix = csr_matrix((entries.value, (entries.row, entries.column)), shape=shape)
    matrix.sort_indices()
    return matrix


def _whole(given: Parametric) -> Compiled:
    """Coordinates and columns in one matrix, bounds as rows, as the guard of all matrices looks at them."""
    bounded = np.flatnonzero(given.bounded)
    bounds = hstack([-given.u[bounded], identity(len(given.cost), format="csr")[bounded]])
    matrix = vstack([hstack([given.b, given.a]), bounds]).tocsc()
    columns = len(given.coordinates) + len(given.cost)
    endless, free = np.full(len(bounded), -np.inf), np.full(columns, np.inf)
    return Compiled(
        cost=np.concatenate([np.zeros(len(given.coordinates)), given.cost]),
        cost_offset=0.0,
        start=matrix.indptr.astype(np.int32),
        index=matrix.indices.astype(np.int32),
        value=matrix.data,
        row_lower=np.concatenate([given.row_low, endless]),
        row_upper=np.concatenate([given.row_high, np.zeros(len(bounded))]),
        column_lower=np.zeros(columns),
        column_upper=free,
        is_integer=np.zeros(columns, dtype=np.bool_),
        row_names=(*given.row_names, *(f"bound of {given.column_names[j]}" for j in bounded)),
        column_names=(*given.coordinates, *given.column_names),
        forms={},
    )


def vector_of(coordinates: Sequence[str], values: Mapping[str, float]) -> Vector:
    """Values in the order of the coordinates; those not given are 0."""
    return np.array([values.get(name, 0.0) for name in coordinates])
