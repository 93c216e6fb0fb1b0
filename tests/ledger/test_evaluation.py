"""Expressions read back have the value that Pyomo gives them, to the last digit."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyomo.environ as pyo
import pytest

from optimizer.ledger.evaluation import value_of
from optimizer.model.build import build
from optimizer.model.derive import derive
from tests.tiny import EVERYTHING, tiny


def test_each_kind_of_expression() -> None:
    m = pyo.ConcreteModel()
    m.x, m.y, m.p = pyo.Var(initialize=0.1), pyo.Var([1, 2], initialize=0.7), pyo.Param(initialize=3.3, mutable=True)
    kinds = (
        *(4, 2.5, m.x, m.y[1], m.p, 3 * m.x, m.p * m.y[2], -m.x, -(m.x + m.y[1]), m.x / 3, m.x * m.y[1], m.x**2),
        *(m.x + 1, 0.3 * m.x + 0.3 * m.y[1] + 0.3 * m.y[2] + 0.1, 2 * (m.x + m.y[1] * m.y[2]) - m.p * m.x),
    )
    assert [value_of(kind) for kind in kinds] == [pyo.value(kind) for kind in kinds]


def test_a_variable_without_a_value_is_an_error_as_it_is_to_pyomo() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var()
    for expression in (m.x, 2 * m.x, m.x + 1):
        with pytest.raises(ValueError, match="value"):
            value_of(expression)


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["plain", "everything"])
def test_every_line_of_a_ledger(changes: dict[str, object]) -> None:
    built, random = build(derive(tiny(changes), Path(__file__).parent), "lcoc", hours=False), Random(1)
    for variable in built.model.component_data_objects(pyo.Var, active=True):
        variable.set_value(9 * random.random(), skip_validation=True)
    amounts = [posting.amount for posting in built.ledger.postings]
    assert len(amounts) > 20
    assert [value_of(amount) for amount in amounts] == [pyo.value(amount) for amount in amounts]
