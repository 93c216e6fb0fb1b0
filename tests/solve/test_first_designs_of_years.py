"""A heuristic's design of dispatching years: paid in full, at the price of few of their programmes."""

from __future__ import annotations

import pytest

from docs.bench.cases import Facility, facility, write
from optimizer.inputs.quantity import MUSD
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.reading.read import read_instance
from optimizer.solve.benders import CuttingEngine
from optimizer.solve.outcome import Request, SolverStatus, Vector
from optimizer.solve.search import compile_built
from optimizer.solve.year_lp import YearLp
from optimizer.solve.years import programmes, years_of


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> CuttingEngine:
    """Sixteen weeks by the hour, twice, under weather, with a battery that may trade."""
    reading = read_instance(write(tmp_path_factory.mktemp("facility"), facility(Facility(2, hours=2688))))
    built = build(derive(reading.instance, reading.folder), "total_cost")
    compiled, _ = compile_built(built)
    by_digest = programmes(built)
    assert all(programme.coarse is not None for programme in by_digest.values())
    return CuttingEngine(compiled, years_of(built, compiled, by_digest), slack=1e-4)


def test_it_pays_by_the_hour_and_asks_each_year_little(engine: CuttingEngine) -> None:
    cost = engine.compiled.forms["cost"]
    years = engine.years.years
    request = Request(cost=cost.coefficients, offset=cost.constant, relaxed=True)
    assert engine.solve(request).status is SolverStatus.OPTIMAL

    roughly = engine.solve(Request(cost=cost.coefficients, offset=cost.constant, node_limit=100))
    assert roughly.x is not None
    before = engine.solves
    with engine.integers_fixed(roughly.x) as whole:
        assert not engine.holds(whole)  # the relaxation pays too little
        first = engine.fixed_lp(cost.coefficients, cost.constant)
    assert engine.solves - before <= 2 * len(years)

    assert first.x is not None
    assert engine.holds(first.x)
    for year in years:  # asked of programmes that know nothing of this search
        answer = YearLp(engine.years.programmes[year.shape]).answer(first.x[year.capacities])
        assert answer.served
        assert first.x[year.bill] == pytest.approx(MUSD * year.scale * answer.value, rel=1e-6)

    # A solve that proves leaves nothing out: with the same integers it is at least as good to the slack.
    engine.solve(Request(cost=cost.coefficients, offset=cost.constant, start=first.x))
    with engine.integers_fixed(roughly.x):
        best = engine.fixed_lp(cost.coefficients, cost.constant)
    assert best.objective <= first.objective * (1 + engine.slack)
    assert first.objective == pytest.approx(best.objective, rel=5e-3)


def test_what_suffices_is_paid_by_the_hour_and_not_bettered(engine: CuttingEngine) -> None:
    cost = engine.compiled.forms["cost"]
    # A solve that proves, not a heuristic's.
    outcome = engine.solve(Request(cost=cost.coefficients, offset=cost.constant))
    assert outcome.x is not None
    asked: list[float] = []

    def anything(x: Vector) -> bool:
        asked.append(cost.at(x))
        return True

    def nothing(x: Vector) -> bool:
        asked.append(cost.at(x))
        return False

    with engine.integers_fixed(outcome.x):
        before = engine.solves
        first = engine.fixed_lp(cost.coefficients, cost.constant, anything)
        assert engine.solves - before <= len(engine.years.years)
        assert first.x is not None
        assert engine.holds(first.x)
        assert asked == [first.objective]
        best = engine.fixed_lp(cost.coefficients, cost.constant, nothing)
        assert asked == pytest.approx([first.objective] * 2)
        without = engine.fixed_lp(cost.coefficients, cost.constant)
    assert best.x is not None
    assert engine.holds(best.x)
    assert best.objective <= first.objective * (1 + engine.slack)
    assert best.objective == pytest.approx(without.objective, rel=engine.slack)


def test_one_year_that_pays_too_little_is_enough(engine: CuttingEngine) -> None:
    cost = engine.compiled.forms["cost"]
    outcome = engine.solve(Request(cost=cost.coefficients, offset=cost.constant))
    assert outcome.x is not None
    with engine.integers_fixed(outcome.x):
        x = engine.fixed_lp(cost.coefficients, cost.constant).x
    assert x is not None
    assert engine.holds(x)
    for year in engine.years.years:
        less = x.copy()
        less[year.bill] *= 0.99
        assert not engine.holds(less)
