"""From a Pyomo model to plain arrays, once; the only module of this room that knows Pyomo.

The columns are all unfixed variables of the active blocks, in the order of declaration, whether or not a row uses
them, so that every decision can be read back by name. A row is one Pyomo constraint; ranges stay one row.
Constraints without variables are left out if they hold; if they do not, they stay as empty rows, so that the solver
calls the model infeasible and the name survives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.ledger.full_names import full_names
from optimizer.solve.outcome import LinearForm, Vector
from optimizer.solve.parabolas import Parabolas, parabolas_of
from optimizer.solve.unsound import Unsound

if TYPE_CHECKING:
    from pyomo.core import ConcreteModel

_ROWS_AUDITED = 400


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """minimise cost . x + cost_offset with row_lower <= A x <= row_upper and column bounds, n columns and m rows.

    A is held by columns (CSC): entries start[j]..start[j+1] of `index` (row) and `value` belong to column j.
    Absent limits are -inf and inf. `forms` are further linear expressions over the same columns.
    """

    cost: Vector
    cost_offset: float
    start: npt.NDArray[np.int32]
    index: npt.NDArray[np.int32]
    value: Vector
    row_lower: Vector
    row_upper: Vector
    column_lower: Vector
    column_upper: Vector
    is_integer: npt.NDArray[np.bool_]
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    forms: dict[str, LinearForm]
    parabolas: Parabolas = field(default_factory=Parabolas)
    """Laws of which the rows hold some tangents only."""

    @property
    def columns(self) -> int:
        """Number of columns n."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """Number of rows m."""
        return len(self.row_lower)

    @property
    def parabola_scale(self) -> Vector:
        """Scale of every parabola."""
        return self.parabolas.scale

    @property
    def objective(self) -> LinearForm:
        """The model's own objective as a form."""
        return LinearForm(self.cost, self.cost_offset)

    def activity(self, x: Vector) -> Vector:
        """A x, one number per row."""
        terms = self.value * np.repeat(x, np.diff(self.start))
        return np.bincount(self.index, weights=terms, minlength=self.rows).astype(np.float64)

    def values_by_name(self, x: Vector) -> dict[str, float]:
        """Column name to value."""
        return dict(zip(self.column_names, x.tolist(), strict=True))

    def vector_from_names(self, values: Mapping[str, float]) -> Vector:
        """Inverse of values_by_name; raises Unsound if a column is missing or a name unknown."""
        odd = sorted(set(self.column_names) ^ set(values))
        if odd:
            raise Unsound(odd, "names that do not match the model's columns")
        return np.array([values[name] for name in self.column_names], dtype=np.float64)


def compile_model(model: ConcreteModel, forms: Mapping[str, Any] | None = None) -> Compiled:
    """Compile the active constraints and objective of the model, and the named linear expressions, to arrays.

    Raises Unsound for nonlinear expressions, more than one objective, variables from outside the model's active
    blocks, duplicate names, numbers that are not finite, and any difference between Pyomo's counts and the arrays.
    """
    from pyomo.common.gc_manager import PauseGC

    with PauseGC():
        variables = active_variables(model)
        info, false_rows = _standard_form(model)
        position = {id(v): j for j, v in enumerate(variables)}
        rows = _Rows(info, false_rows)
        place = _places(info.columns, position)
        start, index, value = _csc(rows, place, len(variables))
        objective = _compiled_cost(info, place, len(variables))
        bounds = np.array([bounds_of(v) for v in variables], dtype=np.float64).reshape(-1, 2)
        compiled = Compiled(
            cost=objective.coefficients,
            cost_offset=objective.constant,
            start=start,
            index=index,
            value=value,
            row_lower=rows.lower,
            row_upper=rows.upper,
            column_lower=bounds[:, 0].copy(),
            column_upper=bounds[:, 1].copy(),
            is_integer=np.array([_is_integer(v) for v in variables], dtype=np.bool_),
            row_names=tuple(full_names(rows.constraints)),
            column_names=tuple(full_names(variables)),
            forms={name: _form(name, expression, position) for name, expression in (forms or {}).items()},
            parabolas=parabolas_of(model, position),
        )
        check_names(compiled)
        _check_rows(model, rows, compiled, position)
    return compiled


def active_variables(model: ConcreteModel) -> list[Any]:
    """The unfixed variables of the active blocks, in the order of the columns."""
    from pyomo.core import Var

    # References list the same variable twice; the first name wins.
    variables = {id(v): v for v in model.component_data_objects(Var, active=True, descend_into=True) if not v.fixed}
    return list(variables.values())


def _standard_form(model: ConcreteModel) -> tuple[Any, list[tuple[Any, float, float]]]:
    from pyomo.common.errors import InfeasibleConstraintException, PyomoException

    from optimizer.solve.sparse import load_scipy

    load_scipy()
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    compiler = LinearStandardFormCompiler()
    try:
        try:
            return compiler.write(model, mixed_form=True), []
        except InfeasibleConstraintException:
            false_rows = list(_false_constants(model))
            with _deactivated([row for row, _, _ in false_rows]):
                return compiler.write(model, mixed_form=True), false_rows
    except (PyomoException, ValueError, TypeError) as error:
        raise Unsound((), f"the model cannot be compiled ({error})") from error


def _false_constants(model: ConcreteModel) -> Iterator[tuple[Any, float, float]]:
    """Constraints without variables that do not hold, with the limits of their (empty) row."""
    from pyomo.core import Constraint, value
    from pyomo.repn import generate_standard_repn

    for constraint in model.component_data_objects(Constraint, active=True):
        lower, body, upper = constraint.to_bounded_expression()
        repn = generate_standard_repn(body, compute_values=True)
        if repn.is_constant():
            low = -np.inf if lower is None else value(lower) - repn.constant
            high = np.inf if upper is None else value(upper) - repn.constant
            if not (low <= 0 <= high):
                yield constraint, low, high


@contextmanager
def _deactivated(constraints: list[Any]) -> Iterator[None]:
    for constraint in constraints:
        constraint.deactivate()
    try:
        yield
    finally:
        for constraint in constraints:
            constraint.activate()


class _Rows:
    """The rows of the mixed form with the two halves of a range put back together, then the false constant rows."""

    def __init__(self, info: Any, false_rows: list[tuple[Any, float, float]]) -> None:
        kept: list[int] = []
        self.constraints: list[Any] = []
        lower, upper = [], []
        for at, ((constraint, side), limit) in enumerate(zip(info.rows, info.rhs, strict=True)):
            if not self.constraints or self.constraints[-1] is not constraint:
                kept.append(at)
                self.constraints.append(constraint)
                lower.append(-np.inf)
                upper.append(np.inf)
            if side <= 0:
                lower[-1] = limit
            if side >= 0:
                upper[-1] = limit
        self.matrix = (info.A if len(kept) == len(info.rows) else info.A.tocsr()[kept]).tocsc()
        self.constraints += [constraint for constraint, _, _ in false_rows]
        self.lower = np.array(lower + [low for _, low, _ in false_rows], dtype=np.float64)
        self.upper = np.array(upper + [high for _, _, high in false_rows], dtype=np.float64)


def _places(columns: list[Any], position: Mapping[int, int]) -> npt.NDArray[np.int64]:
    foreign = [v.name for v in columns if id(v) not in position]
    if foreign:
        raise Unsound(foreign, "variables used by the model that are not in its active blocks")
    return np.array([position[id(v)] for v in columns], dtype=np.int64)


def _csc(
    rows: _Rows, place: npt.NDArray[np.int64], n: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Vector]:
    """Spread the compiler's columns over all n columns of the model, in the model's order."""
    matrix = rows.matrix
    counts = np.zeros(n, dtype=np.int64)
    counts[place] = np.diff(matrix.indptr)
    start = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    order = np.argsort(np.repeat(place, np.diff(matrix.indptr)), kind="stable")
    return start, matrix.indices[order].astype(np.int32), matrix.data[order].astype(np.float64)


def _compiled_cost(info: Any, place: npt.NDArray[np.int64], n: int) -> LinearForm:
    if len(info.objectives) > 1:
        raise Unsound([o.name for o in info.objectives], "more than one active objective")
    cost = np.zeros(n)
    if not info.objectives:
        return LinearForm(cost)
    cost[place] = info.c.toarray()[0]
    return LinearForm(cost, float(info.c_offset[0]))


def bounds_of(variable: Any) -> tuple[float, float]:
    """Lower and upper bound of a variable; infinite where it has none."""
    lower, upper = variable.bounds
    return (-np.inf if lower is None else lower), (np.inf if upper is None else upper)


def _is_integer(variable: Any) -> bool:
    if not (variable.is_continuous() or variable.is_integer()):
        raise Unsound((variable.name,), "a variable that is neither continuous nor integer")
    return bool(variable.is_integer())


def _form(name: str, expression: Any, position: Mapping[int, int]) -> LinearForm:
    from pyomo.common.numeric_types import native_numeric_types
    from pyomo.core.base import SortComponents
    from pyomo.repn.linear import LinearRepnVisitor
    from pyomo.repn.util import VarRecorder

    coefficients = np.zeros(len(position))
    if expression.__class__ in native_numeric_types:
        return LinearForm(coefficients, float(expression))
    seen: dict[int, Any] = {}
    visitor = LinearRepnVisitor({}, var_recorder=VarRecorder(seen, SortComponents.ORDERED_INDICES))
    repn = visitor.walk_expression(expression)
    if repn.nonlinear is not None:
        raise Unsound((name,), "a form that is not linear")
    foreign = [seen[key].name for key in repn.linear if key not in position]
    if foreign:
        raise Unsound(foreign, f"variables of form {name} that are not in the model's active blocks")
    try:
        for key, coefficient in repn.linear.items():
            coefficients[position[key]] = float(coefficient)
        return LinearForm(coefficients, float(repn.constant))
    except (ValueError, TypeError) as error:
        raise Unsound((name,), f"a form with a number that is not finite ({error})") from error


def check_names(compiled: Compiled) -> None:
    """Raise Unsound if two rows or two columns share a name."""
    for names in (compiled.row_names, compiled.column_names):
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise Unsound(twice, "names used twice")


def _check_rows(model: ConcreteModel, rows: _Rows, compiled: Compiled, position: Mapping[int, int]) -> None:
    """Compare with Pyomo's own data: every active constraint has its row, and a sample of rows agrees term by term."""
    from pyomo.core import Constraint

    kept = {id(c) for c in rows.constraints}
    active = list(model.component_data_objects(Constraint, active=True))
    missing = [c.name for c in active if id(c) not in kept and (c.has_lb() or c.has_ub()) and _terms(c, position)]
    extra = len(kept - {id(c) for c in active})
    if missing or extra or compiled.start[-1] != rows.matrix.nnz or len(compiled.row_names) != len(kept):
        raise Unsound(missing, "the compiled rows do not match the model's constraints")
    by_row = _row_reader(compiled)
    for at in np.unique(np.linspace(0, compiled.rows - 1, _ROWS_AUDITED).astype(int)) if compiled.rows else ():
        expected, terms = _terms(rows.constraints[at], position), by_row(int(at))
        slack = 1e-9 * max((abs(v) for v in expected.values()), default=1.0)
        if any(not abs(expected.get(j, 0.0) - terms.get(j, 0.0)) <= slack for j in expected.keys() | terms.keys()):
            raise Unsound((compiled.row_names[at],), "a compiled row differs from its constraint")


def _terms(constraint: Any, position: Mapping[int, int]) -> dict[int, float]:
    """Column to coefficient of one Pyomo constraint, by another walker than the compiler's."""
    from pyomo.repn import generate_standard_repn

    repn = generate_standard_repn(constraint.body, compute_values=True)
    terms: dict[int, float] = {}
    for variable, coefficient in zip(repn.linear_vars, repn.linear_coefs, strict=True):
        terms[position[id(variable)]] = terms.get(position[id(variable)], 0.0) + coefficient
    return {column: coefficient for column, coefficient in terms.items() if coefficient}


def _row_reader(compiled: Compiled) -> Callable[[int], dict[int, float]]:
    column_of_entry = np.repeat(np.arange(compiled.columns), np.diff(compiled.start))
    order = np.argsort(compiled.index, kind="stable")
    first = np.searchsorted(compiled.index[order], np.arange(compiled.rows + 1))

    def row(at: int) -> dict[int, float]:
        entries = order[first[at] : first[at + 1]]
        return dict(zip(column_of_entry[entries].tolist(), compiled.value[entries].tolist(), strict=True))

    return row
