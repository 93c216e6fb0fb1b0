"""Names of rows and columns are Pyomo's own, whatever an index is made of."""

from __future__ import annotations

from pathlib import Path

from pyomo.core import Binary, Block, ConcreteModel, Constraint, Var

from optimizer.ledger.full_names import full_names
from optimizer.model.build import build
from optimizer.model.derive import derive
from tests.tiny import EVERYTHING, tiny

ODD = ["plain", "a-b", "1.5", "7", "inf", "|x", "it's", "with,comma", "(a)", "a b", 1, 2.5]
PAIRS = [("x", 1), ("1", "y"), ("a,b", "c[d]"), ("q", 2.5)]


def test_they_are_those_of_pyomo() -> None:
    model = build(derive(tiny(EVERYTHING), Path(__file__).parent)).model
    for kind in (Var, Constraint):
        data = list(model.component_data_objects(kind))
        assert len(data) > 90
        assert full_names(data) == [one.name for one in data]


def test_odd_ids_are_written_as_pyomo_writes_them() -> None:
    model = ConcreteModel()
    model.inner = Block(["s 1", 2])
    model.inner["s 1"].x = Var(ODD, domain=Binary)
    model.inner["s 1"].pairs = Var(PAIRS)
    model.inner[2].y = Var()
    data = list(model.component_data_objects(Var, descend_into=True))
    assert len(data) == len(ODD) + len(PAIRS) + 1
    assert full_names(data) == [one.name for one in data]
