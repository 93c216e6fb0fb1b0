"""SCIP and SciPy's `milp` on the compiled arrays: other code, same model."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from optimizer.solve.compiled import Compiled
from optimizer.solve.outcome import LinearForm, Vector

FEASIBILITY = 1e-9


@dataclass(frozen=True)
class Answer:
    """optimal, infeasible or what else the solver said; least value of the form (inf if there is none)."""

    status: str
    value: float
    x: Vector | None = None


def matrix(compiled: Compiled) -> csc_array:
    """The rows' coefficients."""
    return csc_array((compiled.value, compiled.index, compiled.start), shape=(compiled.rows, compiled.columns))


def scip(compiled: Compiled, form: LinearForm) -> Answer:
    """The least value of a form by SCIP, to full precision."""
    import pyscipopt

    model = pyscipopt.Model()
    model.hideOutput()
    model.setParam("numerics/feastol", FEASIBILITY)
    x = [
        model.addVar(vtype="I" if whole else "C", lb=None if low == -inf else low, ub=None if high == inf else high)
        for whole, low, high in zip(compiled.is_integer, compiled.column_lower, compiled.column_upper, strict=True)
    ]
    rows = matrix(compiled).tocsr()
    for at in range(compiled.rows):
        low, high = compiled.row_lower[at], compiled.row_upper[at]
        entries = range(rows.indptr[at], rows.indptr[at + 1])
        if not len(entries):
            if low > 0 or high < 0:
                model.addCons(x[0] <= compiled.column_lower[0] - 1)
            continue
        body = pyscipopt.quicksum(float(rows.data[e]) * x[rows.indices[e]] for e in entries)
        if low == high:
            model.addCons(body == low)
        else:
            if low > -inf:
                model.addCons(body >= low)
            if high < inf:
                model.addCons(body <= high)
    used = np.flatnonzero(form.coefficients)
    model.setObjective(pyscipopt.quicksum(float(form.coefficients[j]) * x[j] for j in used) + form.constant)
    model.optimize()
    status = model.getStatus()
    if status != "optimal":
        return Answer(status, inf)
    return Answer(status, model.getObjVal(), np.array([model.getVal(v) for v in x]))


def by_milp(compiled: Compiled, form: LinearForm) -> Answer:
    """The least value of a form by SciPy's MIP solver."""
    rows = LinearConstraint(matrix(compiled), compiled.row_lower, compiled.row_upper)
    answer = milp(
        form.coefficients,
        integrality=compiled.is_integer.astype(int),
        bounds=Bounds(compiled.column_lower, compiled.column_upper),
        constraints=rows,
        options={"mip_rel_gap": 0.0},
    )
    status = {0: "optimal", 2: "infeasible"}.get(answer.status, str(answer.message))
    return Answer(status, inf if answer.x is None else float(answer.fun) + form.constant, answer.x)


def minus(numerator: LinearForm, ratio: float, denominator: LinearForm) -> LinearForm:
    """N - ratio * D."""
    coefficients = numerator.coefficients - ratio * denominator.coefficients
    return LinearForm(coefficients, numerator.constant - ratio * denominator.constant)
