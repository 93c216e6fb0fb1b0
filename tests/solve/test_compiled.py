"""Compilation of Pyomo models to arrays: names, ranges, forms, refusals."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from pyomo.environ import Block, ConcreteModel, Constraint, Integers, NonNegativeReals, Objective, Var, maximize

from optimizer.solve.compiled import check_names, compile_model
from optimizer.solve.guards import check_matrix
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import LinearForm, Request, SolverStatus
from optimizer.solve.unsound import Unsound


def pods() -> ConcreteModel:
    """Two kinds of pods, a range, an equality, a column no row uses and one that only a form uses."""
    m = ConcreteModel()
    m.pods = Var(["a", "b"], domain=Integers, bounds=(0, 10))
    m.share = Var(domain=NonNegativeReals)
    m.idle = Var(bounds=(1, 2))
    m.told = Var(bounds=(0, 5))
    m.range = Constraint(expr=(2, 3 * m.pods["a"] + m.pods["b"] - 1, 20))
    m.same = Constraint(expr=m.share + 4 == 2 * m.pods["b"])
    m.cap = Constraint(expr=m.share <= 7)
    m.cost = Objective(expr=5 * m.pods["a"] + m.share + 3)
    return m


def test_arrays_match_the_model_written_on_paper() -> None:
    m = pods()
    c = compile_model(m, {"eflop": 2 * m.pods["a"] + 0.5 * m.told + 7, "nine": 9})
    assert c.column_names == ("pods[a]", "pods[b]", "share", "idle", "told")
    assert c.row_names == ("range", "same", "cap")
    assert c.row_lower.tolist() == [3, -4, -inf]
    assert c.row_upper.tolist() == [21, -4, 7]
    assert c.is_integer.tolist() == [True, True, False, False, False]
    assert c.column_lower.tolist() == [0, 0, 0, 1, 0]
    assert c.column_upper.tolist() == [10, 10, inf, 2, 5]
    assert (c.cost.tolist(), c.cost_offset) == ([5, 0, 1, 0, 0], 3)
    x = np.array([1.0, 2.0, 3.0, 1.0, 4.0])
    # range 3+2, same 3-4 (written with the variables on one side), cap 3.
    assert c.activity(x).tolist() in ([5, -1, 3], [5, 1, 3])
    assert c.forms["eflop"].at(x) == 2 + 2 + 7
    assert c.forms["nine"].at(x) == 9
    assert c.values_by_name(x)["pods[b]"] == 2
    assert c.vector_from_names(c.values_by_name(x)).tolist() == x.tolist()


def test_a_maximum_becomes_a_minimum_and_fixed_variables_become_constants() -> None:
    m = pods()
    m.cost.deactivate()
    m.share.fix(2)
    m.gain = Objective(expr=m.pods["a"] + 10 * m.share, sense=maximize)
    c = compile_model(m, {"f": m.share + m.pods["b"]})
    assert "share" not in c.column_names
    assert c.cost.tolist()[:2] == [-1, 0]
    assert c.cost_offset == -20
    assert c.forms["f"].constant == 2
    # same: 2 + 4 == 2 b, so b = 3; minimising -a - 20 with a <= 10 and 3 <= 3a + b <= 21 gives a = 6.
    outcome = Engine(c).solve(Request(cost=c.cost, offset=c.cost_offset))
    assert outcome.objective == pytest.approx(-26)


def test_a_model_without_objective_or_rows_compiles() -> None:
    m = ConcreteModel()
    m.x = Var(bounds=(1, 3))
    c = compile_model(m, {"x": m.x})
    assert (c.rows, c.columns) == (0, 1)
    outcome = Engine(c).lp_relaxation(c.forms["x"])
    assert outcome.objective == 1


def test_a_constant_row_that_holds_is_dropped_and_one_that_fails_is_infeasible() -> None:
    m = pods()
    m.share.fix(3)
    assert "cap" not in compile_model(m).row_names
    m.share.fix(8)
    m.pods["a"].setlb(0)
    c = compile_model(m)
    assert "cap" in c.row_names
    assert m.cap.active
    assert Engine(c).solve(Request(cost=c.cost)).status is SolverStatus.INFEASIBLE


def test_inactive_blocks_are_left_out_and_their_variables_refused() -> None:
    m = pods()
    m.extra = Block()
    m.extra.y = Var(bounds=(0, 1))
    m.extra.row = Constraint(expr=m.extra.y <= 1)
    m.extra.deactivate()
    assert "extra.y" not in compile_model(m).column_names
    m.leak = Constraint(expr=m.extra.y + m.share <= 1)
    with pytest.raises(Unsound, match=r"extra\.y"):
        compile_model(m)


def test_nonlinear_expressions_are_refused_by_name() -> None:
    m = pods()
    with pytest.raises(Unsound, match="bent"):
        compile_model(m, {"bent": m.share**2})
    m.curve = Constraint(expr=m.share * m.told <= 1)
    with pytest.raises(Unsound, match="curve"):
        compile_model(m)


def test_two_objectives_are_refused() -> None:
    m = pods()
    m.other = Objective(expr=m.share)
    with pytest.raises(Unsound, match="more than one active objective: cost, other"):
        compile_model(m)


def test_names_used_twice_are_refused() -> None:
    # Pyomo quotes names that could clash, so the clash is made by hand.
    clash = replace(compile_model(pods()), column_names=("x", "y", "x", "z", "w"))
    with pytest.raises(Unsound, match="names used twice: x"):
        check_names(clash)


@pytest.mark.parametrize("number", [nan, inf])
def test_numbers_that_are_not_finite_never_reach_the_solver(number: float) -> None:
    for place in ("cost", "matrix", "limit", "form"):
        m = pods()
        if place == "cost":
            m.cost.set_value(m.share * number)
        if place == "matrix":
            m.bad = Constraint(expr=number * m.share + m.told >= 1)
        if place == "limit" and number != inf:
            m.bad = Constraint(expr=m.share + m.told >= number)
        elif place == "limit":
            continue
        with pytest.raises(Unsound):
            check_matrix(compile_model(m, {"f": number * m.told} if place == "form" else {}))


def test_a_large_model_survives_the_sampled_comparison() -> None:
    m = ConcreteModel()
    m.x = Var(range(3000), bounds=(0, 1))
    m.chain = Constraint(range(2999), rule=lambda m, i: m.x[i] - 0.5 * m.x[i + 1] + 0 * m.x[0] >= -0.25)
    c = compile_model(m, {"sum": sum(m.x[i] for i in range(3000))})
    assert (c.rows, c.columns, len(c.value)) == (2999, 3000, 5998)
    assert isinstance(c.forms["sum"], LinearForm)
    assert c.forms["sum"].coefficients.sum() == 3000
