"""Relaxations that go on from a basis: the same optimum, with rows added since; a basis of another model is not taken.

maximise x + y with x <= 4, y <= 3 and x + y <= 5, then 2 x + y, then with x <= 1 as a row of its own.
"""

from __future__ import annotations

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest

from optimizer.solve.compiled import Compiled, compile_model
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import Basis, LinearForm
from optimizer.solve.warm_start import simplex_from


def model() -> Compiled:
    m = pyo.ConcreteModel()
    m.x, m.y = pyo.Var(bounds=(0, 4)), pyo.Var(bounds=(0, 3))
    m.both = pyo.Constraint(expr=m.x + m.y <= 5)
    m.cost = pyo.Objective(expr=m.x)
    return compile_model(m)


def most(*coefficients: float) -> LinearForm:
    return LinearForm(-np.array(coefficients))


def test_other_costs_from_a_basis_have_the_same_optimum() -> None:
    engine = Engine(model())
    assert engine.lp_relaxation(most(1, 1)).objective == pytest.approx(-5)
    assert engine.lp_relaxation(most(2, 1), basis=engine.basis).objective == pytest.approx(-9)
    assert engine.lp_relaxation(most(1, 2), basis=engine.basis).objective == pytest.approx(-8)


def test_a_basis_holds_where_rows_were_added_and_not_where_they_are_gone() -> None:
    engine = Engine(model())
    engine.lp_relaxation(most(1, 1))
    few = engine.basis
    with engine.held(LinearForm(np.array([1.0, 0.0])), 1.0):
        assert engine.lp_relaxation(most(2, 1), basis=few).objective == pytest.approx(-5)
        more = engine.basis
    assert few is not None
    assert more is not None
    assert len(more.rows) == len(few.rows) + 1
    assert engine.lp_relaxation(most(2, 1), basis=more).objective == pytest.approx(-9)


def test_a_basis_of_another_model_is_not_taken() -> None:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.addVars(2, np.zeros(2), np.ones(2))
    fits = simplex_from(highs, Basis(columns=[highspy.HighsBasisStatus.kLower] * 2, rows=[]))
    wrong = simplex_from(highs, Basis(columns=[highspy.HighsBasisStatus.kLower] * 3, rows=[]))
    assert fits != wrong
    assert simplex_from(highs, None) == wrong
