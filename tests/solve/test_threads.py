"""Several branches at a time: the same answers, whatever the cores, and the same manners when asked to stop."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from optimizer.solve.highs import Engine
from optimizer.solve.isolation import run_isolated
from optimizer.solve.outcome import Hooks, Outcome, Request, SolverStatus
from tests.solve.isolated_work import solve_in_turns
from tests.solve.small import market_split, model

COUNTS = (1, 2, 4)


def _solved(threads: int, seed: int = 0) -> Outcome:
    c = market_split(3, 19, seed)
    return Engine(c, threads=threads).solve(Request(cost=c.cost, seed=7))


def _on_one_core(_hooks: Hooks) -> Outcome:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return _solved(2)


@pytest.mark.parametrize("seed", range(4))
def test_all_numbers_of_threads_prove_the_same_optimum(seed: int) -> None:
    found = [_solved(threads, seed) for threads in COUNTS]
    assert {one.status for one in found} == {SolverStatus.OPTIMAL}
    assert max(one.nodes for one in found) > 100, "nothing was searched"
    for one in found:
        # An integer may be off by the solver's 1e-6 before it is polished.
        assert one.objective == pytest.approx(found[0].objective, abs=1e-5)
        assert one.bound == pytest.approx(found[0].objective, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("threads", COUNTS[1:])
def test_the_same_threads_give_the_same_design(threads: int) -> None:
    first, again = _solved(threads), _solved(threads)
    assert first.nodes == again.nodes
    assert np.array_equal(first.x, again.x)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a way to take cores away")
def test_a_machine_with_one_core_gives_the_same_design() -> None:
    here, there = _solved(2), run_isolated(_on_one_core)
    assert here.nodes == there.nodes > 100
    assert np.array_equal(here.x, there.x)


def test_an_engine_alternates_between_searches_and_relaxations() -> None:
    c = market_split(3, 20)
    engine, other = Engine(c, threads=2), Engine(c, threads=1)
    for _ in range(3):
        assert engine.lp_relaxation(c.objective).status is SolverStatus.OPTIMAL
        assert engine.solve(Request(cost=c.cost)).status is SolverStatus.OPTIMAL
        assert other.solve(Request(cost=c.cost)).status is SolverStatus.OPTIMAL


def test_a_stop_and_a_time_limit_keep_the_incumbent() -> None:
    c, stop, seen = market_split(), threading.Event(), []
    engine = Engine(c, Hooks(stop=stop, on_solution=seen.append), threads=2)
    limited = engine.solve(Request(cost=c.cost, time_limit_s=1.0))
    assert limited.status is SolverStatus.FEASIBLE
    assert limited.seconds < 4
    assert not limited.interrupted
    timer = threading.Timer(1.2, stop.set)
    timer.start()
    stopped = engine.solve(Request(cost=c.cost, time_limit_s=60))
    timer.join()
    assert stopped.interrupted
    assert stopped.seconds < 4
    assert stopped.objective <= min(float(c.cost @ x) for x in seen) + 1e-6
    assert stopped.bound <= stopped.objective


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs a list of the system's threads")
def test_no_thread_outlives_its_search() -> None:
    def alive() -> int:
        return len(os.listdir("/proc/self/task"))

    c = market_split(3, 15)
    Engine(c).solve(Request(cost=c.cost))
    before = alive()
    for _ in range(4):
        Engine(c, threads=4).solve(Request(cost=c.cost))
    # They are told to end and do so by themselves; without that there would be a dozen by now.
    deadline = time.monotonic() + 5
    while alive() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert alive() <= before


def test_a_process_of_searches_keeps_the_thread_of_those_with_one() -> None:
    """HiGHS refuses a run whose number of threads is not that of its thread's first run."""
    found, left = run_isolated(solve_in_turns)
    here = market_split(3, 14)
    expected = Engine(here).solve(Request(cost=here.cost))
    assert {one.status for one in found} == {SolverStatus.OPTIMAL}
    assert all(np.array_equal(one.x, expected.x) for one in found[::2])
    assert left[::2] == [1, 1, 1]


def test_an_infeasible_model_is_infeasible() -> None:
    c = model([[2, 2]], 3, 3, 0, 5, True, 1.0)
    assert Engine(c, threads=2).solve(Request(cost=c.cost)).status is SolverStatus.INFEASIBLE
