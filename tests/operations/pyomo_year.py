"""A year's programme compiled from the Pyomo rules of operations/year.py: the oracle of the one written into arrays."""

from __future__ import annotations

import numpy as np
from pyomo.environ import Block, ConcreteModel, Var
from scipy.sparse import csc_matrix, csr_matrix

from optimizer.operations import year
from optimizer.operations.shapes import YearShape
from optimizer.solve.compiled import Compiled, compile_model
from optimizer.solve.parametric import Parametric

ONE = ("one",)


def compile_by_pyomo(shape: YearShape) -> Parametric:
    """The columns of x are taken out of the matrix; rows that then hold a single column become its upper bound."""
    model = ConcreteModel()
    model.x = Var(list(shape.coordinates))
    model.year = Block()
    year.add(model.year, {ONE: shape}, {ONE: model.x})
    return _parametric(compile_model(model, {"cost": model.year.cost[ONE]}), shape)


def _parametric(compiled: Compiled, shape: YearShape) -> Parametric:
    coordinates = shape.coordinates
    n = len(coordinates)
    whole = csc_matrix((compiled.value, compiled.index, compiled.start), shape=(compiled.rows, compiled.columns))
    b, a = whole[:, :n].tocsr(), whole[:, n:].tocsr()
    lower, upper = compiled.row_lower, compiled.row_upper
    assert np.isin(lower, (0.0, -np.inf)).all()
    assert np.isin(upper, (0.0, np.inf)).all()
    assert not compiled.column_lower[n:].any()
    assert np.isinf(compiled.column_upper[n:]).all()
    # What the limit leaves beside idle pods may end below zero, and stays a row; a minimum bill is no upper bound.
    kept = np.array(
        [
            name.startswith(("year.least[", "year.within[", "year.calm[", "year.offered[", "year.drop[", "year.asked["))
            or (shape.idles and name.startswith("year.limit["))
            for name in compiled.row_names
        ]
    )
    single = (np.diff(a.indptr) == 1) & ~kept & (lower == -np.inf)
    column, factor = (part[a.indptr[:-1][single]] for part in (a.indices, a.data))
    assert (factor > 0).all()
    assert len(np.unique(column)) == len(column)
    bounds = -(csr_matrix((1 / factor, (np.arange(len(factor)),) * 2), shape=(len(factor),) * 2) @ b[single])
    place = csr_matrix((np.ones(len(column)), (column, np.arange(len(column)))), shape=(a.shape[1], len(column)))
    bounded = np.zeros(a.shape[1], dtype=bool)
    bounded[column] = True
    rows = np.flatnonzero(~single)
    return Parametric(
        cost=compiled.forms["cost"].coefficients[n:],
        a=a[rows].tocsc(),
        b=b[rows],
        u=(place @ bounds).tocsr(),
        bounded=bounded,
        row_low=lower[rows],
        row_high=upper[rows],
        row_names=tuple(compiled.row_names[i] for i in rows),
        column_names=compiled.column_names[n:],
        coordinates=tuple(coordinates),
    )
