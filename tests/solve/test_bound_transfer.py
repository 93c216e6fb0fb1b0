"""What neighbours prove: transferred intervals hold the optimum, and only a problem that holds ours is a source."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from optimizer.errors import UnsoundError
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Options, Result, run
from optimizer.solve import dinkelbach as ratio
from optimizer.solve.bound_transfer import ProvenBound, one, proven_bound_from, proven_bound_of, with_rows
from optimizer.solve.compiled import Compiled
from optimizer.solve.guards import check_matrix
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import LinearForm, Outcome, Request, SolverStatus
from optimizer.solve.search import compile_built
from tests.tiny import ROOT, tiny

FOLDER = ROOT / "instances"
GAP = 1e-3
EXACT = 1e-7
TWO_PRICES = {"accelerators.quick.price_usd": 20_000, "accelerators.frugal.price_usd": 10_000}


def solved(changes: dict[str, object], **options: object) -> Result:
    asked = Options(**({"gap": GAP, "isolated": False, "keep_proof": True} | options))  # type: ignore[arg-type]
    return run(tiny(changes), FOLDER, asked)


def compiled_of(changes: dict[str, object], objective: str | None = None) -> Compiled:
    return compile_built(build(derive(tiny(changes), FOLDER), objective))[0]


@cache
def proven(objective: str, *changes: tuple[str, object]) -> ProvenBound:
    """What the search of an instance proves."""
    result = solved(dict(changes), objective=objective, gap=GAP / 3)
    assert result.proven_bound is not None
    assert result.solution is not None
    return replace(result.proven_bound, start={name: value for name, value in result.solution.items() if value})


def corners(objective: str) -> tuple[ProvenBound, ...]:
    """Both chips cheap and dear, on the widest grid."""
    return tuple(
        proven(objective, ("accelerators.quick.price_usd", quick), ("finance.discount_rate", rate))
        for quick in (15_000, 30_000)
        for rate in (0.0, 0.1)
    )


@pytest.mark.parametrize("objective", ["lcoc", "total_cost", "capex"])
@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))
@given(
    quick=st.integers(12_000, 35_000),
    rate=st.integers(0, 12).map(lambda percent: percent / 100),
    grid_mw=st.sampled_from([0.08, 0.09, 0.1, 0.5, 1.0]),
    insurance=st.integers(0, 20).map(lambda thousandths: thousandths / 1000),
)
def test_the_interval_that_is_carried_holds_the_optimum(
    objective: str, quick: int, rate: float, grid_mw: float, insurance: float
) -> None:
    """Prices, discounting and a limit that is tighter than the sources' move at once; inside their hull or not."""
    changes: dict[str, object] = {
        "accelerators.quick.price_usd": quick,
        "finance.discount_rate": rate,
        "sites.paper.grid_mw": grid_mw,
        "finance.insurance_fraction": insurance,
    }
    transferred = solved(changes, objective=objective, proven_bounds=corners(objective))
    whole = solved(changes, objective=objective, gap=EXACT)
    assert transferred.verified
    assert transferred.design is not None
    assert transferred.design.solve is not None
    assert whole.design is not None
    assert whole.design.solve is not None
    facts, best = transferred.design.solve, whole.design.solve
    slack = 2 * EXACT * abs(best.value)
    assert facts.bound <= best.value + slack
    assert best.bound <= facts.value + slack
    assert facts.gap <= GAP * (1 + 1e-6)
    assert facts.value - facts.bound == pytest.approx(facts.gap * facts.value, abs=1e-12)


def test_between_two_sources_with_one_optimum_nothing_is_left_to_search() -> None:
    """Ten quick pods in all three: the value is linear in the price, and so is the bound between the sources."""
    result = solved({"accelerators.quick.price_usd": 20_000}, proven_bounds=corners("lcoc"))
    assert not result.searched
    assert result.proven_bound is None
    assert result.design is not None
    assert result.design.solve is not None
    assert result.design.solve.value == pytest.approx(1.6659834, rel=1e-6)


@pytest.mark.parametrize("ending", [SolverStatus.NO_SOLUTION, SolverStatus.INFEASIBLE, SolverStatus.UNSOUND])
def test_a_relaxation_that_stumbles_over_the_proofs_leaves_the_cell_to_a_search(
    ending: SolverStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen on 2 of 1,000 cells of the flagship: the simplex method ended without a word on the dense rows."""

    class Stumbling(Engine):
        def solve(self, request: Request) -> Outcome:
            return Outcome(status=ending)

    asked: dict[str, object] = {"accelerators.quick.price_usd": 20_000}
    monkeypatch.setattr(
        ratio, "with_proofs", lambda engine, proofs, x: Stumbling(engine.compiled) if proofs else engine
    )
    result = solved(asked, proven_bounds=corners("lcoc"))
    assert result.searched
    assert result.verified
    assert result.design is not None
    assert result.design.solve is not None
    assert result.design.solve.value == pytest.approx(1.6659834, rel=GAP)


def test_a_search_without_lessons_is_called_so() -> None:
    assert solved({}).searched


def test_a_tighter_limit_lies_inside_and_a_looser_one_does_not() -> None:
    bound = proven("lcoc", ("sites.paper.grid_mw", 0.5))
    assert bound.holds_for(compiled_of({"sites.paper.grid_mw": 0.5}))
    assert bound.holds_for(compiled_of({"sites.paper.grid_mw": 0.2}))
    assert not bound.holds_for(compiled_of({"sites.paper.grid_mw": 0.6}))


def test_a_higher_floor_lies_inside_and_a_lower_one_does_not() -> None:
    bound = proven("lcoc", ("phases.only.demand_pflops", 50.0))
    assert bound.holds_for(compiled_of({"phases.only.target_pflops": 40.0, "phases.only.demand_pflops": 50.0}))
    assert not bound.holds_for(compiled_of({"phases.only.target_pflops": 37.0, "phases.only.demand_pflops": 50.0}))


@pytest.mark.parametrize(
    "changes",
    [
        {"accelerators.quick.utilisation": {"training": 0.6}},
        {"accelerators.quick.server_kw": 9.0},
        {"sites.paper.building.white_space_m2": 200},
        {"procurement.include": ["quick"]},
        {"limits.capex_musd": 50.0},
    ],
)
def test_another_matrix_is_not_accepted(changes: dict[str, object]) -> None:
    assert not proven("lcoc").holds_for(compiled_of(changes))


def test_a_budget_holds_prices_in_its_row_and_a_dearer_cell_lies_inside() -> None:
    """Where dearer chips meet the budget, so do the cheaper ones; the other way round nothing follows."""
    limit = {"limits.capex_musd": 50.0}
    bound = proven("lcoc", *limit.items())
    assert bound.holds_for(compiled_of({**limit, "accelerators.quick.price_usd": 21_000}))
    assert not bound.holds_for(compiled_of({**limit, "accelerators.quick.price_usd": 19_000}))


def test_an_infeasible_neighbour_of_sources_is_infeasible_still() -> None:
    """60 kW feed no 38 PFLOPS: no design of a neighbour holds, and the search says so."""
    result = solved({"sites.paper.grid_mw": 0.06}, proven_bounds=corners("lcoc"))
    assert result.status.value == "infeasible"


@pytest.mark.parametrize("objective", ["lcoc", "total_cost"])
def test_a_bound_that_is_too_high_is_found_out(objective: str) -> None:
    """One per cent above the true optimum: the source's own design denies it, and the cell is unsound, not wrong."""
    honest = proven(objective, ("accelerators.quick.price_usd", 20_000))
    false = replace(honest, bound=honest.bound * 1.01)
    with pytest.raises(UnsoundError, match="lies above a known design"):
        solved({"accelerators.quick.price_usd": 20_000}, objective=objective, proven_bounds=(false,))


def test_a_lesson_survives_its_file_bit_by_bit() -> None:
    bound = proven("lcoc")
    stored = json.loads(json.dumps(bound.to_json()))
    again = proven_bound_from(stored, bound.start)
    for name in vars(bound.arrays):
        assert np.array_equal(getattr(again.arrays, name), getattr(bound.arrays, name))
    assert np.array_equal(again.row().coefficients, bound.row().coefficients)
    assert (again.shape, again.bound, again.start) == (bound.shape, bound.bound, bound.start)
    assert again.numerator.constant == bound.numerator.constant
    assert np.array_equal(again.denominator.coefficients, bound.denominator.coefficients)


def test_the_row_of_a_lesson_holds_for_every_design_and_is_met_by_the_best() -> None:
    bound = proven("lcoc")
    x = compiled_of({}).vector_from_names({name: bound.start.get(name, 0.0) for name in compiled_of({}).column_names})
    left = bound.row().at(x)
    worth = bound.denominator.at(x) * bound.bound
    assert 0 <= left <= 2 * GAP * worth


def small_problem() -> Compiled:
    """x + y >= 1 with x in 0 .. 4 and y unbounded above."""
    return Compiled(
        cost=np.zeros(2),
        cost_offset=0.0,
        start=np.array([0, 1, 2], dtype=np.int32),
        index=np.array([0, 0], dtype=np.int32),
        value=np.ones(2),
        row_lower=np.ones(1),
        row_upper=np.full(1, inf),
        column_lower=np.zeros(2),
        column_upper=np.array([4.0, inf]),
        is_integer=np.zeros(2, dtype=np.bool_),
        row_names=("r",),
        column_names=("x", "y"),
        forms={},
    )


def test_a_small_coefficient_gives_way_to_the_most_it_can_add() -> None:
    """y + 1e-12 x >= 1 is written as y >= 1 - 4e-12, weaker and never stronger."""
    added = with_rows(small_problem(), [LinearForm(np.array([1e-12, 1.0]), -1.0)])
    assert added.row_names == ("r", "proof[0]")
    assert added.start.tolist() == [0, 1, 3]
    scale = added.value[-1]
    assert scale == 0.5
    assert added.row_lower[1] / scale == pytest.approx(1 - 4e-12, abs=1e-15)
    assert added.row_lower[1] / scale < 1


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e5])
def test_a_row_keeps_the_range_of_the_models_coefficients(size: float) -> None:
    """Prices of any size beside a matrix of any size: what a solver refuses of a model comes from the model alone."""
    problem = replace(small_problem(), value=np.array([size, size * 3e-9]), column_upper=np.array([4.0, 9.0]))
    for largest in (1e-5, 1.0, 1e8):
        added = with_rows(problem, [LinearForm(np.array([1e-6, 1.0]) * largest, -1.0)])
        assert added.rows == 2
        row = np.abs(added.value[added.index == 1])
        assert row.max() <= size
        assert row.min() >= size / 1e9
        check_matrix(replace(added, value=np.where(added.index == 1, added.value, size)))


def test_a_row_that_cannot_be_written_is_left_out() -> None:
    """A small coefficient of a column without an upper bound could add anything."""
    assert with_rows(small_problem(), [LinearForm(np.array([1.0, 1e-12]), -1.0)]).rows == 1
    assert with_rows(small_problem(), [LinearForm(np.zeros(2), -1.0)]).rows == 1


def test_every_objective_is_transferred_in_its_own_unit() -> None:
    """The bound of the reported value is turned back into one of the form: throughput is minimised as its negative."""
    for objective, goal in GOALS.items():
        bound = proven(objective, ("phases.only.demand_pflops", 45.0))
        compiled = compiled_of({"phases.only.demand_pflops": 45.0}, objective)
        x = compiled.vector_from_names({name: bound.start.get(name, 0.0) for name in compiled.column_names})
        value = bound.numerator.at(x) / bound.denominator.at(x)
        assert bound.bound <= value + 1e-9 * abs(value)
        assert value == pytest.approx(bound.bound, rel=GAP)
        if objective != "lcoc":
            assert np.array_equal(bound.denominator.coefficients, one(compiled).coefficients)
            assert np.array_equal(bound.numerator.coefficients, compiled.forms[goal.form].coefficients)


def test_a_lesson_made_by_hand_compares_numbers_not_names_alone() -> None:
    problem = small_problem()
    bound = proven_bound_of(problem, (LinearForm(np.ones(2)), one(problem)), 1.0)
    assert bound.holds_for(problem)
    assert bound.holds_for(replace(problem, row_lower=np.array([2.0])))
    assert not bound.holds_for(replace(problem, row_lower=np.array([0.5])))
    assert bound.holds_for(replace(problem, column_upper=np.array([3.0, inf])))
    assert not bound.holds_for(replace(problem, column_upper=np.array([5.0, inf])))
    assert not bound.holds_for(replace(problem, is_integer=np.array([True, False])))
    # 0.5 x + y >= 1 implies x + y >= 1 where x >= 0; 2 x + y >= 1 does not.
    assert bound.holds_for(replace(problem, value=np.array([0.5, 1.0])))
    assert not bound.holds_for(replace(problem, value=np.array([2.0, 1.0])))


def test_weather_files_are_of_no_matter(tmp_path: Path) -> None:
    """The folder resolves series only; the arrays decide."""
    here = compile_built(build(derive(tiny({}), tmp_path)))[0]
    assert proven("lcoc").holds_for(here)
