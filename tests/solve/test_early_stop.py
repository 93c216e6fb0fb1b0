"""Proofs from either side of the least ratio, against enumeration; a search that ends as soon as its gap is proven."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from optimizer.solve.compiled import Compiled
from optimizer.solve.denominator_range import DenominatorRange
from optimizer.solve.dinkelbach import RatioOptions, RatioOutcome, minimise_ratio
from optimizer.solve.highs import Engine
from optimizer.solve.isolation import run_isolated
from optimizer.solve.outcome import Hooks, LinearForm, Request, SolverStatus

from .small import market_split
from .test_dinkelbach import feasible_points, hard, instance

SEEDS = [*range(30), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(30, 240))]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_trial_on_either_side_proves_no_more_than_enumeration_finds(seed: int) -> None:
    c, cost, output = instance(seed)
    points = feasible_points(c)
    if not len(points):
        return
    ratios = np.array([cost.at(x) / output.at(x) for x in points])
    least, engine = float(ratios.min()), Engine(c)
    spread = DenominatorRange(output)
    assert spread.find(engine, 60) is None
    known = float(np.median(ratios))
    for _ in range(2):
        for factor in (0.7, 0.9, 0.99, 1.0, 1.01, 1.1):
            trial = factor * least
            solved = engine.solve(
                Request(
                    cost=cost.coefficients - trial * output.coefficients, offset=cost.constant - trial * output.constant
                )
            )
            proven = min(spread.ratio_bound(trial, solved.bound), known)
            assert proven <= least * (1 + 1e-7)
            # What is lost is the distance of the trial, times how far the range of D spreads.
            lost = abs(least - trial) * (spread.high / spread.low - 1)
            assert proven >= min(least, known) - lost - 1e-6 * least
        # The same with the range that a design of middling worth leaves.
        spread.narrow(engine, cost, known, 60)
        better = [output.at(x) for x, ratio in zip(points, ratios, strict=True) if ratio <= known]
        assert spread.low <= min(better) <= max(better) <= spread.high


@pytest.mark.parametrize("seed", SEEDS)
def test_the_range_left_is_nearly_that_of_the_row_that_asks_for_designs_as_good(seed: int) -> None:
    c, cost, output = instance(seed)
    points = feasible_points(c)
    if not len(points):
        return
    known = float(np.median([cost.at(x) / output.at(x) for x in points]))
    as_good = LinearForm(cost.coefficients - known * output.coefficients, cost.constant - known * output.constant)
    engine, spread = Engine(c), DenominatorRange(output)
    assert spread.find(engine, 60) is None
    low, high = spread.low, spread.high
    with engine.held(as_good, 0.0):
        least = engine.lp_relaxation(output).objective
        most = -engine.lp_relaxation(LinearForm(-output.coefficients, -output.constant)).objective
    spread.narrow(engine, cost, known, 60)
    slack = 0.01 * (high - low) + 1e-6 * high
    assert least - slack <= spread.low <= least + 1e-6 * high
    assert most - 1e-6 * high <= spread.high <= most + slack


@pytest.mark.parametrize("gap", [0.3, 0.1, 0.01, 1e-4])
@pytest.mark.parametrize("seed", SEEDS[:12])
def test_any_gap_is_proven_and_never_beyond_the_truth(seed: int, gap: float) -> None:
    c, cost, output = instance(seed)
    points = feasible_points(c)
    if not len(points):
        return
    least = min(cost.at(x) / output.at(x) for x in points)
    outcome = minimise_ratio(Engine(c), cost, output, RatioOptions(gap=gap))
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.gap <= gap
    assert outcome.bound <= least * (1 + 1e-9)
    assert least * (1 - 1e-9) <= outcome.ratio <= least / (1 - gap) * (1 + 1e-9)


def split(binaries: int = 16) -> tuple[Compiled, LinearForm, LinearForm]:
    """A ratio over a market split: some hundred nodes."""
    c = market_split(3, binaries)
    output = np.zeros(c.columns)
    output[:10] = 1.0
    return c, LinearForm(c.cost, 3.0), LinearForm(output, 20.0)


def nodes(outcome: RatioOutcome) -> int:
    return sum(step.nodes for step in outcome.steps if not step.relaxed)


def test_a_looser_gap_takes_fewer_nodes_and_holds() -> None:
    c, cost, output = split(17)
    gaps = (1e-6, 0.1, 0.8)
    found = [minimise_ratio(Engine(c), cost, output, RatioOptions(gap=gap)) for gap in gaps]
    least = found[0].ratio
    for outcome, gap in zip(found, gaps, strict=True):
        assert outcome.status is SolverStatus.OPTIMAL
        assert outcome.gap <= gap
        assert outcome.bound <= least * (1 + 1e-9)
    # Far apart, for the gap moves the way a tree takes as well as its end.
    assert nodes(found[0]) > 1.5 * nodes(found[1]) > 2 * nodes(found[2])


def test_a_solve_is_told_every_bound_and_ends_when_one_is_enough() -> None:
    c = market_split(3, 17)
    told: list[float] = []

    def enough(bound: float) -> bool:
        told.append(bound)
        return len(told) == 5

    ended = Engine(c).solve(Request(cost=c.cost, enough=enough))
    assert len(told) == 5
    assert told == sorted(told)
    assert not ended.interrupted
    assert ended.bound >= told[-1]
    whole = Engine(c).solve(Request(cost=c.cost, enough=lambda bound: False))
    assert whole.status is SolverStatus.OPTIMAL
    assert whole.nodes > ended.nodes
    assert whole.objective >= ended.bound - 1e-6


def test_the_same_question_ends_at_the_same_node_on_one_core_and_two() -> None:
    def solved(_hooks: Hooks | None = None) -> RatioOutcome:
        return minimise_ratio(Engine(split()[0], threads=2), *split()[1:], RatioOptions(gap=0.3))

    def on_one_core(_hooks: Hooks) -> RatioOutcome:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        return solved()

    found = [solved(), solved()]
    if hasattr(os, "sched_setaffinity"):
        found.append(run_isolated(on_one_core))
    assert found[0].status is SolverStatus.OPTIMAL
    for other in found[1:]:
        assert nodes(other) == nodes(found[0])
        assert (other.ratio, other.bound) == (found[0].ratio, found[0].bound)
        assert np.array_equal(other.x, found[0].x)


def test_a_stop_in_the_first_moment_keeps_the_design_that_was_found_by_then() -> None:
    c, cost, output = hard()
    stop, first = threading.Event(), []

    def seen(x: np.ndarray) -> None:
        first.append(cost.at(x) / output.at(x))
        stop.set()

    outcome = minimise_ratio(Engine(c), cost, output, RatioOptions(), Hooks(stop=stop, on_solution=seen))
    assert outcome.status is SolverStatus.FEASIBLE
    assert outcome.interrupted
    assert outcome.ratio <= first[0] * (1 + 1e-9)
    assert outcome.bound <= 1 / 30 * (1 + 1e-6)


def test_what_is_proven_of_a_restricted_search_is_told_to_nobody() -> None:
    """The designs around the relaxation may be far from the best: their own bound must not show as the search's."""
    c, cost, output = split(13)
    least = minimise_ratio(Engine(c), cost, output, RatioOptions(gap=1e-7)).ratio
    told: list[float] = []
    hooks = Hooks(on_progress=lambda progress: told.append(progress.bound))
    outcome = minimise_ratio(Engine(c), cost, output, RatioOptions(gap=1e-3), hooks)
    assert outcome.bound <= least * (1 + 1e-9)
    assert all(bound <= least * (1 + 1e-9) for bound in told)
