"""A compiled model under other bounds: what was built and compiled once serves for many restrictions of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.solve.compiled import Compiled, active_variables, bounds_of
from optimizer.solve.unsound import Unsound

if TYPE_CHECKING:
    from pyomo.core import ConcreteModel


def bounds_now(compiled: Compiled, model: ConcreteModel) -> Compiled:
    """The same arrays with the bounds that the model's variables have now. Raises Unsound if it has other columns."""
    variables = active_variables(model)
    bounds = np.array([bounds_of(v) for v in variables], dtype=np.float64).reshape(-1, 2)
    if len(variables) != compiled.columns:
        raise Unsound((), f"a model of {len(variables)} variables was compiled with {compiled.columns}")
    return replace(compiled, column_lower=bounds[:, 0].copy(), column_upper=bounds[:, 1].copy())


@contextmanager
def bounds_kept(model: ConcreteModel) -> Iterator[None]:
    """Afterwards the model's variables have the bounds they have now. Raises Unsound if it has got other rows."""
    from pyomo.core import Constraint

    before = [(v, v.lower, v.upper) for v in active_variables(model)]
    rows = sum(1 for _ in model.component_data_objects(Constraint, active=True))
    try:
        yield
        if sum(1 for _ in model.component_data_objects(Constraint, active=True)) != rows:
            raise Unsound((), "a restriction of bounds has changed the rows of the model")
    finally:
        for variable, lower, upper in before:
            variable.setlb(lower)
            variable.setub(upper)
