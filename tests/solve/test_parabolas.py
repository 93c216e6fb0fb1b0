"""Parabolas: tangents are added until a design keeps the law, and a bound is one over all designs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.solve.bound_transfer import one, proven_bound_of
from optimizer.solve.compiled import Compiled
from optimizer.solve.dinkelbach import RatioOptions, minimise_ratio
from optimizer.solve.learning import LearningEngine
from optimizer.solve.linear import LinearOptions, minimise_linear
from optimizer.solve.outcome import LinearForm, Request, SolverStatus
from optimizer.solve.parabolas import Parabolas, Tangents
from tests.solve.small import INF, model


def law(scale: float = 1.0, integer: bool = False, least: float = 3.0) -> Compiled:
    """x0 + x1 >= 3 with x0 <= 10 (whole if asked), x2 >= scale * x0^2; no tangent is known at first."""
    plain = model([[1, 1, 0]], least, INF, 0, 10, [integer, False, False])
    places = np.array([0], np.int32), np.array([2], np.int32)
    return replace(plain, parabolas=Parabolas(*places, np.array([scale])))


def test_a_linear_solve_ends_on_the_parabola() -> None:
    """x0^2 + 2 x1 with x0 + x1 = 3: slope 2 x0 = 2, so x0 = 1, x1 = 2, 5 in all."""
    engine = LearningEngine(law())
    outcome = engine.fixed_lp(np.array([0.0, 2.0, 1.0]))
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.x == pytest.approx([1.0, 2.0, 1.0], abs=1e-3)
    assert outcome.objective == pytest.approx(5.0, abs=1e-6)
    assert engine.added_rows > 0


@pytest.mark.parametrize("price", [2.0, 3.4, 7.0])
def test_whole_numbers_and_their_bound(price: float) -> None:
    """n^2 + price (3 - n), n whole: the least of four numbers."""
    exact = min(n**2 + price * (3 - n) for n in range(4))
    outcome = minimise_linear(
        LearningEngine(law(integer=True)), LinearForm(np.array([0.0, price, 1.0])), LinearOptions(gap=1e-7)
    )
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.objective == pytest.approx(exact, rel=1e-6)
    assert outcome.bound <= exact * (1 + 1e-9)


def test_a_ratio_is_proven_on_the_parabola() -> None:
    """(n^2 + 2 x1) / (n + x1) with n whole: at n = 1, x1 = 9.0 would pay 19 / 10; n = 3, x1 = 0: 3. Least at n = 1."""
    compiled = law(integer=True)
    exact = min((n**2 + 2 * x1) / (n + x1) for n in range(11) for x1 in (max(0, 3 - n), 10) if n + x1 > 0)
    cost, output = LinearForm(np.array([0.0, 2.0, 1.0])), LinearForm(np.array([1.0, 1.0, 0.0]))
    outcome = minimise_ratio(LearningEngine(compiled), cost, output, RatioOptions(gap=1e-7))
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.ratio == pytest.approx(exact, rel=1e-6)
    assert outcome.bound <= exact * (1 + 1e-9)


def test_what_only_fits_below_the_law_is_infeasible() -> None:
    """x0 = 3 needs 9 of x2; 8 are there."""
    tight = law(integer=True)
    tight = replace(tight, column_upper=np.array([10.0, 0.0, 8.0]))
    outcome = minimise_linear(LearningEngine(tight), LinearForm(np.array([1.0, 0.0, 0.0])))
    assert outcome.status is SolverStatus.INFEASIBLE
    fits = replace(tight, column_upper=np.array([10.0, 0.0, 9.0]))
    assert minimise_linear(LearningEngine(fits), LinearForm(np.array([1.0, 0.0, 0.0]))).status is SolverStatus.OPTIMAL


def test_rows_survive_a_row_held_for_a_while() -> None:
    engine = LearningEngine(law())
    with engine.held(LinearForm(np.array([0.0, 1.0, 0.0])), 1.0):
        engine.fixed_lp(np.array([0.0, 2.0, 1.0]))
    held = engine.added_rows
    # The one that went is not counted, and none is counted twice: a search takes new rows for progress.
    assert held == len(engine._rows)
    engine._load()
    assert engine.added_rows == held
    outcome = engine.solve(Request(cost=np.array([0.0, 2.0, 1.0]), relaxed=True))
    assert held > 0
    assert outcome.objective == pytest.approx(5.0, rel=1e-3)


def test_the_same_tangent_is_not_given_twice() -> None:
    tangents = Tangents(Parabolas(np.array([0], np.int32), np.array([1], np.int32), np.array([2.0])))
    x = np.array([3.0, 1.0])
    assert len(tangents.missing(x, 1e-4)) == 1
    assert tangents.missing(x, 1e-4) == []


def test_a_tangent_touches_and_lies_below() -> None:
    laws = Parabolas(np.array([0], np.int32), np.array([1], np.int32), np.array([2.0]))
    columns, values, low, _ = laws.tangent(0, 3.0)
    assert list(columns) == [0, 1]
    for x in (0.0, 1.0, 3.0, 8.0):
        slack = values @ np.array([x, 2 * x**2]) - low
        assert slack >= -1e-12
        assert (abs(slack) < 1e-12) == (x == 3.0)


def test_a_proof_is_handed_on_to_steeper_parabolas_only() -> None:
    """More energy for the same power leaves fewer designs."""
    forms = LinearForm(np.array([0.0, 2.0, 1.0])), one(law())
    proven_bound = proven_bound_of(law(), forms, 5.0)
    assert proven_bound.holds_for(law())
    assert proven_bound.holds_for(law(scale=1.1))
    assert not proven_bound.holds_for(law(scale=0.9))
    assert not proven_bound.holds_for(replace(law(), parabolas=Parabolas()))
