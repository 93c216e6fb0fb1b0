"""Dinkelbach's ratio against brute force, its bound, its limits; linear objectives with a tie-break."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from optimizer.solve.compiled import Compiled
from optimizer.solve.dinkelbach import RatioOptions, minimise_ratio
from optimizer.solve.highs import Engine
from optimizer.solve.linear import LinearOptions, minimise_linear
from optimizer.solve.outcome import Hooks, LinearForm, Outcome, Request, SolverStatus
from optimizer.solve.unsound import Unsound

from .small import INF, market_split, model


def feasible_points(c: Compiled) -> np.ndarray:
    """All whole points within the bounds that keep the rows."""
    ranges = [range(int(low), int(high) + 1) for low, high in zip(c.column_lower, c.column_upper, strict=True)]
    points = np.array(list(itertools.product(*ranges)), dtype=float)
    activity = np.array([c.activity(x) for x in points])
    return points[((activity >= c.row_lower - 1e-9) & (activity <= c.row_upper + 1e-9)).all(axis=1)]


def instance(seed: int) -> tuple[Compiled, LinearForm, LinearForm]:
    """Pods of up to four kinds: fixed and unit costs over delivered compute with a floor."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 5))
    output = rng.integers(1, 20, n).astype(float)
    space = rng.integers(1, 10, n).astype(float)
    matrix = np.vstack([output, space])
    floor = rng.integers(10, 40)
    c = model(matrix, [floor, -INF], [INF, rng.integers(25, 60)], 0, rng.integers(2, 6, n), True)
    cost = LinearForm(rng.integers(5, 60, n) + rng.random(n), float(rng.integers(0, 80)))
    return c, cost, LinearForm(output, float(rng.integers(0, 3)))


@pytest.mark.parametrize("seed", range(45))
def test_the_ratio_is_the_least_of_all_whole_points(seed: int) -> None:
    c, cost, output = instance(seed)
    points = feasible_points(c)
    outcome = minimise_ratio(Engine(c), cost, output, RatioOptions(gap=1e-6))
    if not len(points):
        assert outcome.status is SolverStatus.INFEASIBLE
        return
    best = min(cost.at(x) / output.at(x) for x in points)
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.ratio == pytest.approx(best, rel=1.1e-6)
    assert outcome.bound <= best * (1 + 1e-9)
    assert outcome.gap <= 1e-6
    assert outcome.ratio == pytest.approx(cost.at(outcome.x) / output.at(outcome.x), rel=1e-12)


class TiredEngine(Engine):
    """Whose linear programmes end not knowing from the fifth on: one has given a bound by then."""

    relaxed_runs = 0

    def solve(self, request: Request) -> Outcome:
        outcome = super().solve(request)
        self.relaxed_runs += request.relaxed and request.obey_stop
        tired = request.relaxed and request.obey_stop and self.relaxed_runs > 4
        return replace(outcome, status=SolverStatus.FEASIBLE, bound=-INF) if tired else outcome


@pytest.mark.parametrize("seed", range(12))
def test_a_relaxation_that_ends_not_knowing_does_not_end_the_search(seed: int) -> None:
    c, cost, output = instance(seed)
    points = feasible_points(c)
    outcome = minimise_ratio(TiredEngine(c), cost, output, RatioOptions(gap=1e-6))
    if len(points):
        assert outcome.status is SolverStatus.OPTIMAL
        assert outcome.ratio == pytest.approx(min(cost.at(x) / output.at(x) for x in points), rel=1.1e-6)
    else:
        assert outcome.status is SolverStatus.INFEASIBLE


def test_brute_force_meets_feasible_and_infeasible_instances() -> None:
    empty = [len(feasible_points(instance(seed)[0])) == 0 for seed in range(45)]
    assert 30 <= empty.count(False) < 45


def test_least_cost_at_the_floor_is_not_the_least_ratio() -> None:
    # A hall costs 10 and each pod 1, a pod gives 1: the floor of 2 pods costs 12 (6 each), 10 pods cost 20 (2 each).
    c = model([[1]], 2, INF, 0, 10, True)
    cost, output = LinearForm(np.array([1.0]), 10.0), LinearForm(np.array([1.0]))
    cheapest = minimise_linear(Engine(c), cost)
    outcome = minimise_ratio(Engine(c), cost, output)
    assert cheapest.objective / output.at(cheapest.x) == pytest.approx(6)
    assert outcome.ratio == pytest.approx(2)
    assert outcome.x == pytest.approx([10])


@pytest.mark.parametrize("scale", [1e-7, 1.0, 1e6])
def test_a_mixed_ratio_solved_on_paper_at_any_scale(scale: float) -> None:
    # Hall b (whole) opens 4 units of floor for 3; compute x costs 1 up to the floor of two halls, need 5.
    # b = 2, x = 8: (6 + 8) / 8 = 1.75; x = 5: 11/5 = 2.2.
    c = model([[1, -4]], -INF, 0, [5, 0], [8, 3], [False, True])
    cost = LinearForm(scale * np.array([1.0, 3.0]))
    outcome = minimise_ratio(Engine(c), cost, LinearForm(np.array([1.0, 0.0])), RatioOptions(gap=1e-7))
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.ratio == pytest.approx(1.75 * scale, rel=1e-7)
    assert outcome.x == pytest.approx([8, 2], rel=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_mixed_ratios_agree_with_solving_each_integer_choice(seed: int) -> None:
    from scipy.optimize import linprog

    rng = np.random.default_rng(1000 + seed)
    # Halls (whole) carry continuous compute of two kinds.
    per_hall, price = rng.uniform(2, 6, 2), rng.uniform(1, 9, 4)
    c = model(
        [[1, 0, -per_hall[0], 0], [0, 1, 0, -per_hall[1]], [1, 1, 0, 0]],
        [-INF, -INF, 5], [0, 0, 20], 0, [INF, INF, 3, 3], [False, False, True, True],
    )  # fmt: skip
    fixed, yields = float(rng.uniform(0, 20)), rng.uniform(0.5, 2, 2)
    cost, output = LinearForm(price, fixed), LinearForm(np.r_[yields, 0, 0])
    best = inf
    for halls in itertools.product(range(4), range(4)):
        # Charnes-Cooper: y = t x, t = 1/D turns the ratio of a fixed choice into an LP.
        top = per_hall * halls
        paid = fixed + price[2:] @ halls
        rows = [[1, 0, -top[0]], [0, 1, -top[1]], [1, 1, -20], [-1, -1, 5]]
        lp = linprog([*price[:2], paid], rows, [0] * 4, [[*yields, 0]], [1])
        best = min(best, lp.fun if lp.status == 0 else inf)
    outcome = minimise_ratio(Engine(c), cost, output, RatioOptions(gap=1e-7))
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.ratio == pytest.approx(best, rel=1e-6)


def test_negative_and_zero_ratios_are_proven_too() -> None:
    c = model([[1, 1]], 2, INF, 0, 5, True)
    output = LinearForm(np.array([1.0, 1.0]))
    gain = minimise_ratio(Engine(c), LinearForm(np.array([-3.0, 1.0])), output)
    assert (gain.status, gain.ratio) == (SolverStatus.OPTIMAL, pytest.approx(-3))
    free = minimise_ratio(Engine(c), LinearForm(np.array([0.0, 1.0])), output)
    assert (free.status, free.ratio) == (SolverStatus.OPTIMAL, pytest.approx(0, abs=1e-9))


def test_a_denominator_that_can_vanish_is_refused() -> None:
    c = model([[1, 1]], 0, INF, 0, 5, True)
    with pytest.raises(Unsound, match="denominator"):
        minimise_ratio(Engine(c), LinearForm(np.array([1.0, 2.0]), 1.0), LinearForm(np.array([1.0, 0.0])))


def test_statuses_without_a_design() -> None:
    ones = LinearForm(np.array([1.0, 1.0]))
    relaxed = minimise_ratio(Engine(model([[1, 1]], 30, INF, 0, 5, True)), ones, ones)
    assert (relaxed.status, relaxed.relaxation_feasible) == (SolverStatus.INFEASIBLE, False)
    whole = minimise_ratio(Engine(model([[2, 2]], 3, 3, 0, 5, True)), ones, ones)
    assert (whole.status, whole.relaxation_feasible) == (SolverStatus.INFEASIBLE, True)
    nothing = minimise_ratio(Engine(model([[1, 1]], 0, INF, 0, 5, True)), ones, LinearForm(np.zeros(2)))
    assert nothing.status is SolverStatus.INFEASIBLE
    fall = LinearForm(np.array([-1.0, 0.0]))
    endless = model([[1, 1]], 1, INF, 0, [INF, 5], False)
    assert minimise_ratio(Engine(endless), fall, LinearForm(np.zeros(2), 1.0)).status is SolverStatus.UNBOUNDED


def hard() -> tuple[Compiled, LinearForm, LinearForm]:
    c = market_split()
    output = np.zeros(c.columns)
    output[:10] = 1.0
    return c, LinearForm(c.cost, 1.0), LinearForm(output, 20.0)


def test_a_total_time_limit_gives_a_design_with_an_honest_bound() -> None:
    c, cost, output = hard()
    outcome = minimise_ratio(Engine(c), cost, output, RatioOptions(time_limit_s=1.5))
    assert outcome.status is SolverStatus.FEASIBLE
    assert outcome.seconds < 5
    assert outcome.gap > 1e-4
    # No design does better than 1 / 30 (no slack, all ten), and the relaxation can do that.
    assert outcome.bound == pytest.approx(1 / 30, rel=1e-6)
    assert outcome.bound < outcome.ratio
    assert not outcome.interrupted


def test_a_stop_returns_the_best_design_and_tells_ratios_on_the_way() -> None:
    c, cost, output = hard()
    stop, told = threading.Event(), []
    timer = threading.Timer(1.5, stop.set)
    engine = Engine(c)
    timer.start()
    outcome = minimise_ratio(engine, cost, output, RatioOptions(), Hooks(stop=stop, on_progress=told.append))
    timer.join()
    assert outcome.status is SolverStatus.FEASIBLE
    assert outcome.interrupted
    assert outcome.seconds < 5
    assert told
    assert all(p.bound <= p.incumbent for p in told)
    assert told[-1].bound == pytest.approx(1 / 30, rel=1e-6)
    assert told[-1].incumbent >= outcome.ratio * (1 - 1e-9)
    assert engine.hooks == Hooks()


def test_a_start_is_kept_when_no_time_is_left_and_a_wrong_one_is_dropped() -> None:
    c, cost, output = hard()
    good = minimise_ratio(Engine(c), cost, output, RatioOptions(time_limit_s=1.0))
    again = minimise_ratio(Engine(c), cost, output, RatioOptions(time_limit_s=0.05, start=good.x))
    assert again.ratio <= good.ratio * (1 + 1e-9)
    small, price, yields = instance(1)
    dropped = minimise_ratio(Engine(small), price, yields, RatioOptions(start=np.full(small.columns, 99.0)))
    assert dropped.status is SolverStatus.OPTIMAL


def test_the_steps_tell_the_story() -> None:
    # Of the first instances most are proven by the relaxation and the designs around it; this one needs a tree.
    c, cost, output = instance(4)
    outcome = minimise_ratio(Engine(c), cost, output)
    assert any(step.relaxed for step in outcome.steps)
    assert any(not step.relaxed for step in outcome.steps)
    bounds = [step.bound for step in outcome.steps]
    assert bounds == sorted(bounds)
    again = minimise_ratio(Engine(c), cost, output)
    assert np.array_equal(outcome.x, again.x)


@pytest.mark.parametrize("seed", range(30))
def test_linear_objectives_match_brute_force_and_break_ties(seed: int) -> None:
    c, cost, output = instance(seed)
    points = feasible_points(c)
    outcome = minimise_linear(Engine(c), cost, LinearOptions(gap=0.0), output)
    if not len(points):
        assert outcome.status is SolverStatus.INFEASIBLE
        assert outcome.relaxation_feasible in (True, False)
        return
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.objective == pytest.approx(min(cost.at(x) for x in points), rel=1e-8)


def test_a_tie_is_broken_without_giving_up_the_objective() -> None:
    # x0 + x1 = 4 costs nothing either way; the tie-break wants x0 least, but the objective wants x2 at 1.
    c = model([[1, 1, 0]], 4, 4, 0, 4, [False, False, True])
    form = LinearForm(np.array([0.0, 0.0, -1.0]))
    outcome = minimise_linear(Engine(c), form, tie_break=LinearForm(np.array([1.0, 0.0, 5.0])))
    assert outcome.x == pytest.approx([0, 4, 4])
    assert outcome.objective == pytest.approx(-4)


def test_a_tie_is_broken_over_whole_numbers_too() -> None:
    """x0 + x1 + x2 >= 3 in whole units; none of x0, the objective. Three of x1 at 2 each are the cheapest rest."""
    c = model([[1, 1, 1]], 3, INF, 0, 9, [True, True, True])
    start = np.array([0.0, 9.0, 9.0])
    form, cost = LinearForm(np.array([1.0, 0.0, 0.0])), LinearForm(np.array([0.0, 2.0, 3.0]))
    outcome = minimise_linear(Engine(c), form, LinearOptions(start=start), cost)
    assert outcome.objective == pytest.approx(0.0, abs=1e-9)
    assert outcome.x == pytest.approx([0, 3, 0])


def test_a_trickle_is_priced_honestly() -> None:
    # The solver may leave b at 1e-7 and pay nothing; the answer must pay 1000 or say that it cannot.
    c = model([[1, -1e6]], -INF, 0, [0.05, 0], [10, 1], [False, True])
    outcome = minimise_linear(Engine(c), LinearForm(np.array([0.001, 1000.0])))
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.objective == pytest.approx(1000.00005)
    ratio = minimise_ratio(Engine(c), LinearForm(np.array([0.001, 1000.0])), LinearForm(np.zeros(2), 2.0))
    assert ratio.status is SolverStatus.OPTIMAL
    assert ratio.ratio == pytest.approx(500.000025)


def test_a_linear_time_limit_is_not_infeasible() -> None:
    c = market_split()
    outcome = minimise_linear(Engine(c), c.objective, LinearOptions(time_limit_s=0.8))
    assert outcome.status is SolverStatus.FEASIBLE
    assert outcome.gap > 0


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_any_start_and_any_share_of_the_gap_give_the_same_proof(seed: int, share: float) -> None:
    """The worst feasible point as a start, and steps that may leave most of the gap open."""
    c, cost, output = instance(seed)
    points = feasible_points(c)
    if not len(points):
        return
    ratios = [cost.at(x) / output.at(x) for x in points]
    worst = points[int(np.argmax(ratios))]
    outcome = minimise_ratio(Engine(c), cost, output, RatioOptions(gap=1e-6, start=worst, share=share))
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.ratio == pytest.approx(min(ratios), rel=1.1e-6)
    assert outcome.bound <= min(ratios) * (1 + 1e-9)
