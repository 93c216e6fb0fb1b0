"""The engine: hand-derived optima, statuses, limits, interrupts, polishing, and agreement with a second solver."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimizer.errors import SolverCrash
from optimizer.solve.callbacks import run_watched
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import Hooks, LinearForm, Outcome, Progress, Request, SolverStatus

from .small import INF, market_split, model


def test_an_lp_solved_on_paper_with_its_duals() -> None:
    # minimise 2x + 3y with x + y >= 4, x <= 3: x = 3, y = 1, cost 9; one more unit of need costs 3.
    c = model([[1, 1]], 4, INF, 0, [3, INF], False, [2, 3])
    outcome = Engine(c).lp_relaxation(LinearForm(c.cost, 0.5))
    assert outcome.status is SolverStatus.OPTIMAL
    assert outcome.objective == pytest.approx(9.5)
    assert outcome.bound == pytest.approx(9.5)
    assert outcome.x == pytest.approx([3, 1])
    assert outcome.row_duals == pytest.approx([3])
    assert outcome.column_duals == pytest.approx([-1, 0])


def test_a_mip_solved_on_paper_and_its_costs_changed() -> None:
    # 3a + 2b >= 7 in whole numbers: costs (5, 4) -> a=1, b=2 (13); costs (1, 4) -> a=3 (3); costs (9, 1) -> b=4 (4).
    c = model([[3, 2]], 7, INF, 0, 10, True, [5, 4])
    engine = Engine(c)
    for cost, best, x in (((5, 4), 13, [1, 2]), ((1, 4), 3, [3, 0]), ((9, 1), 4, [0, 4]), ((5, 4), 13, [1, 2])):
        outcome = engine.solve(Request(cost=np.array(cost, float), offset=100.0))
        assert outcome.status is SolverStatus.OPTIMAL
        assert outcome.objective == pytest.approx(100 + best)
        assert outcome.bound == pytest.approx(100 + best)
        assert outcome.x == pytest.approx(x)


STATUSES = {
    "infeasible": (model([[1], [1]], [3, -INF], [INF, 2], 0, INF, False, [1]), SolverStatus.INFEASIBLE),
    "crossed bounds": (model([[1]], 0, INF, 2, 1, False, [1]), SolverStatus.INFEASIBLE),
    "crossed row": (model([[1, 1]], 5, 4, 0, 9, True, [1, 1]), SolverStatus.INFEASIBLE),
    "integers only": (model([[2, 2]], 3, 3, 0, 5, True, [1, 1]), SolverStatus.INFEASIBLE),
    "unbounded": (model([[1, -1]], 0, INF, 0, INF, False, [-1, 0]), SolverStatus.UNBOUNDED),
    "unbounded in whole numbers": (model([[1, -1]], 0, INF, 0, INF, True, [-1, 0]), SolverStatus.UNBOUNDED),
    # HiGHS's presolve says "unbounded or infeasible" of these two.
    "either, infeasible": (
        model([[1, 0], [1, 0]], [3, -INF], [INF, 2], 0, INF, False, [0, -1]),
        SolverStatus.INFEASIBLE,
    ),
    "either, unbounded": (model([[1, 0]], 3, INF, 0, INF, True, [0, -1]), SolverStatus.UNBOUNDED),
    "whole infeasible, rest unbounded": (model([[2, 0]], 3, 3, 0, INF, True, [0, -1]), SolverStatus.INFEASIBLE),
}


@pytest.mark.parametrize("presolve", [True, False])
@pytest.mark.parametrize("name", STATUSES)
def test_statuses_without_a_solution(name: str, presolve: bool) -> None:
    compiled, status = STATUSES[name]
    outcome = Engine(compiled, presolve=presolve).solve(Request(cost=compiled.cost))
    assert outcome.status is status
    assert outcome.x is None
    if status is SolverStatus.UNBOUNDED:
        assert any(n.startswith("x") for n in outcome.names)


def test_an_integer_infeasible_model_has_a_feasible_relaxation() -> None:
    compiled, _ = STATUSES["integers only"]
    assert Engine(compiled).lp_relaxation(compiled.objective).status is SolverStatus.OPTIMAL


def test_a_time_limit_with_incumbent_keeps_it_and_its_bound() -> None:
    c = market_split()
    began = time.monotonic()
    outcome = Engine(c).solve(Request(cost=c.cost, time_limit_s=1.0))
    assert outcome.status is SolverStatus.FEASIBLE
    assert time.monotonic() - began < 4
    assert outcome.x is not None
    assert 0 <= outcome.bound < outcome.objective
    assert not outcome.interrupted


def test_a_time_limit_without_incumbent_is_not_infeasible() -> None:
    # Without its slacks a market split has, as far as anyone can see in a second, no design at all.
    c = market_split(5, 45, seed=2)
    n = 45
    tight = model(_dense(c)[:, :n], c.row_lower, c.row_upper, 0, 1, True, np.ones(n))
    outcome = Engine(tight).solve(Request(cost=tight.cost, time_limit_s=1.0))
    assert outcome.status is SolverStatus.NO_SOLUTION
    assert outcome.x is None
    assert outcome.objective == INF


def _dense(c):  # type: ignore[no-untyped-def]
    dense = np.zeros((c.rows, c.columns))
    dense[c.index, np.repeat(np.arange(c.columns), np.diff(c.start))] = c.value
    return dense


def test_time_limits_count_from_each_call() -> None:
    c = market_split()
    engine = Engine(c)
    for _ in range(2):
        outcome = engine.solve(Request(cost=c.cost, time_limit_s=0.6))
        assert outcome.x is not None
        assert 0.3 < outcome.seconds < 3
        assert engine.lp_relaxation(c.objective, time_limit_s=0.5).status is SolverStatus.OPTIMAL


def test_a_stop_returns_the_incumbent_within_two_seconds() -> None:
    c, stop, told, seen = market_split(), threading.Event(), [], []
    hooks = Hooks(stop=stop, on_progress=told.append, on_solution=seen.append)
    engine = Engine(c, hooks)
    timer = threading.Timer(1.2, stop.set)
    timer.start()
    outcome = engine.solve(Request(cost=c.cost, time_limit_s=60))
    timer.join()
    assert outcome.interrupted
    assert outcome.status is SolverStatus.FEASIBLE
    assert outcome.seconds < 3.2
    assert seen
    assert outcome.objective <= min(float(c.cost @ x) for x in seen) + 1e-6
    assert told
    assert all(isinstance(p, Progress) and p.bound <= p.incumbent for p in told)
    # A design can still be finished after the stop.
    assert engine.polish(outcome.x, c.cost).status is SolverStatus.OPTIMAL


def test_a_run_that_calls_nobody_back_is_left_behind() -> None:
    # The root LP of this model takes seconds, and HiGHS does not look up while it solves it.
    rng = np.random.default_rng(1)
    matrix = np.where(rng.random((1500, 2500)) < 0.02, rng.random((1500, 2500)) + 0.01, 0)
    c = model(matrix, 5, INF, 0, 100, True, rng.random(2500) + 0.5)
    stop = threading.Event()
    engine = Engine(c, Hooks(stop=stop))
    timer = threading.Timer(1.0, stop.set)
    timer.start()
    outcome = engine.solve(Request(cost=c.cost, time_limit_s=8))
    timer.join()
    assert outcome.seconds < 4.0
    assert outcome.interrupted
    assert "left behind" in outcome.message
    # The trivial designs HiGHS tries before the root LP are kept, and the engine works on in a new instance.
    assert outcome.status is SolverStatus.FEASIBLE
    assert engine.polish(outcome.x, c.cost).status is SolverStatus.OPTIMAL


def test_a_failing_hook_is_raised_and_not_swallowed() -> None:
    def fail(_x: object) -> None:
        raise LookupError("my hook")

    c = market_split()
    with pytest.raises(LookupError, match="my hook"):
        Engine(c, Hooks(on_solution=fail)).solve(Request(cost=c.cost, time_limit_s=5))


def test_the_same_seed_gives_the_same_design() -> None:
    c = market_split(3, 20)
    engine, other = Engine(c), Engine(c)
    first = engine.solve(Request(cost=c.cost, seed=7))
    engine.solve(Request(cost=-c.cost + 3, seed=1, time_limit_s=0.2))
    again, elsewhere = engine.solve(Request(cost=c.cost, seed=7)), other.solve(Request(cost=c.cost, seed=7))
    assert first.status is SolverStatus.OPTIMAL
    assert first.nodes == again.nodes == elsewhere.nodes
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.x, elsewhere.x)


def test_a_start_is_used_and_a_wrong_one_dropped() -> None:
    c = market_split(3, 20)
    engine = Engine(c)
    best = engine.solve(Request(cost=c.cost))
    started = engine.solve(Request(cost=c.cost, start=best.x, time_limit_s=30))
    assert started.objective == pytest.approx(best.objective)
    wrong = engine.solve(Request(cost=c.cost, start=np.full(c.columns, 0.5)))
    assert wrong.objective == pytest.approx(best.objective)


def test_a_start_survives_a_limit_too_short_to_find_anything() -> None:
    c = market_split()
    engine = Engine(c)
    good = engine.solve(Request(cost=c.cost, time_limit_s=1.0))
    again = engine.solve(Request(cost=c.cost, start=good.x, time_limit_s=0.05))
    assert again.objective <= good.objective + 1e-6


def test_polish_catches_the_big_m_trickle() -> None:
    # x <= 1e6 b lets b = 1e-7 open for nothing; whole numbers do not.
    c = model([[1, -1e6]], -INF, 0, [0.05, 0], [10, 1], [False, True], [0.001, 1000])
    outcome = Engine(c).polish(np.array([0.05, 5e-8]), c.cost)
    assert outcome.status is SolverStatus.UNSOUND
    assert "whole" in outcome.message
    honest = Engine(c).polish(np.array([0.05, 1.0]), c.cost)
    assert honest.objective == pytest.approx(1000.00005)


def test_polish_names_integers_far_from_whole_and_restores_bounds() -> None:
    c = model([[3, 2]], 7, INF, 0, 10, True, [5, 4])
    engine = Engine(c)
    outcome = engine.polish(np.array([1.0, 2.4]), c.cost)
    assert outcome.status is SolverStatus.UNSOUND
    assert outcome.names == ("x1",)
    assert engine.polish(np.array([3.0, 0.0]), c.cost).objective == pytest.approx(15)
    assert engine.solve(Request(cost=c.cost)).objective == pytest.approx(13)


def test_a_held_row_is_gone_afterwards() -> None:
    c = model([[1, 1]], 2, INF, 0, 10, False, [1, 1])
    engine = Engine(c)
    with engine.held(LinearForm(np.array([1.0, 0.0]), 1.0), 1.5):
        outcome = engine.lp_relaxation(LinearForm(np.array([-1.0, 0.0])))
        assert outcome.objective == pytest.approx(-0.5)
        assert len(outcome.row_duals) == 1
    assert engine.lp_relaxation(LinearForm(np.array([-1.0, 0.0]))).objective == pytest.approx(-10)


def test_a_held_row_may_go_with_a_run_that_is_left_behind() -> None:
    engine = Engine(model([[1, 1]], 2, INF, 0, 10, False, [1, 1]))
    with engine.held(LinearForm(np.array([1.0, 0.0]), 1.0), 1.5):
        engine._load()
    assert engine.lp_relaxation(LinearForm(np.array([-1.0, 0.0]))).objective == pytest.approx(-10)


def test_nothing_is_read_from_or_written_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    Path("highs_options.txt").write_text("time_limit = 0\noutput_flag = true\n")
    c, lines = market_split(3, 16), []
    log = tmp_path / "solver.log"
    outcome = Engine(c, Hooks(log_path=log, on_log=lines.append)).solve(Request(cost=c.cost))
    assert outcome.status is SolverStatus.OPTIMAL
    assert os.listdir() == ["highs_options.txt"]
    assert "Solving report" in log.read_text()
    assert any("Solving report" in line for line in lines)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("refused", [1, 2])
def test_a_run_that_ends_in_an_error_is_done_otherwise(refused: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole numbers asked for more closely, then without presolve; the next run has its usual options again."""
    seen: list[tuple[float, str]] = []
    done = run_watched

    def failing(highs: Any, listener: Any) -> Any:
        options = highs.getOptions()
        seen.append((options.mip_feasibility_tolerance, options.presolve))
        status = done(highs, listener)
        return engine._api.HighsStatus.kError if len(seen) <= refused else status

    c = model([[3, 2]], 7, INF, 0, 10, True, [5, 4])
    engine = Engine(c)
    monkeypatch.setattr(f"{Engine.__module__}.run_watched", failing)
    assert engine.solve(Request(cost=c.cost)).objective == pytest.approx(13)
    assert engine.solve(Request(cost=c.cost)).objective == pytest.approx(13)
    tried = [(1e-6, "choose"), (1e-9, "choose"), (1e-9, "off")]
    assert seen == [*tried[: refused + 1], tried[0]]


@pytest.mark.parametrize("stopped", [False, True])
def test_a_linear_programme_that_ends_not_knowing_is_begun_anew(stopped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and not when it was the caller who ended it."""
    c = model([[3, 2]], 7, INF, 0, 10, False, [5, 4])
    engine = Engine(c)
    kind, runs, done = type(engine._highs), [], run_watched
    right = kind.getModelStatus

    def run(highs: Any, listener: Any) -> Any:
        runs.append(0)
        status = done(highs, listener)
        listener.stopped = stopped
        return status

    def status(highs: Any) -> Any:
        return engine._api.HighsModelStatus.kUnknown if len(runs) == 1 else right(highs)

    monkeypatch.setattr(f"{Engine.__module__}.run_watched", run)
    monkeypatch.setattr(kind, "getModelStatus", status)
    outcome = engine.lp_relaxation(LinearForm(c.cost, 0.0))
    assert len(runs) == (1 if stopped else 2)
    assert outcome.status is (SolverStatus.FEASIBLE if stopped else SolverStatus.OPTIMAL)


def test_a_run_that_always_ends_in_an_error_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    c = model([[3, 2]], 7, INF, 0, 10, True, [5, 4])
    engine = Engine(c)
    monkeypatch.setattr(f"{Engine.__module__}.run_watched", lambda *_: engine._api.HighsStatus.kError)
    with pytest.raises(SolverCrash, match="with presolve and without"):
        engine.solve(Request(cost=c.cost))


def test_a_value_that_is_not_its_solutions_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As HiGHS 1.16.0 gave one for a model its presolve had changed; without presolve it is right."""
    c = model([[3, 2]], 7, INF, 0, 10, True, [5, 4])
    engine = Engine(c)
    kind, done, presolved = type(engine._highs), run_watched, []
    right = kind.getInfo

    def told(highs: Any) -> Any:
        info, shift = right(highs), 3.0 if presolved[-1] else 0.0
        facts = {name: getattr(info, name) for name in dir(info) if not name.startswith("_")}
        facts |= {name: facts[name] - shift for name in ("objective_function_value", "mip_dual_bound")}
        return SimpleNamespace(**facts)

    def run(highs: Any, listener: Any) -> Any:
        presolved.append(highs.getOptions().presolve != "off")
        return done(highs, listener)

    monkeypatch.setattr(kind, "getInfo", told)
    monkeypatch.setattr(f"{Engine.__module__}.run_watched", run)
    outcome = engine.solve(Request(cost=c.cost))
    assert (outcome.objective, outcome.bound) == (pytest.approx(13), pytest.approx(13))
    assert presolved == [True, True, False]


@pytest.mark.parametrize("option", [{"mip_rel_gapp": 0.1}, {"threads": "two"}, {"presolve": "perhaps"}])
def test_misspelt_options_are_refused(option: dict[str, float | str]) -> None:
    with pytest.raises(SolverCrash, match=next(iter(option))):
        Engine(model([[1]], 1, 2, 0, 5, True))._set_options(option)


def random_mip(seed: int):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(1, 6)), int(rng.integers(2, 8))
    matrix = rng.integers(-4, 8, (rows, columns)) * (rng.random((rows, columns)) < 0.7)
    lower = np.where(rng.random(rows) < 0.6, rng.integers(-5, 12, rows), -INF)
    upper = np.where(rng.random(rows) < 0.5, np.where(np.isfinite(lower), lower, 0) + rng.integers(0, 9, rows), INF)
    top = np.where(rng.random(columns) < 0.85, rng.integers(1, 9, columns), INF)
    return model(matrix, lower, upper, 0, top, rng.random(columns) < 0.6, rng.integers(-3, 9, columns))


def reported(engine: Engine, found: Outcome) -> float:
    """The objective as a search reports it: of whole numbers. What the solver hands over may lean on its tolerance."""
    assert found.x is not None
    value = engine.polish(found.x, engine.compiled.cost).objective
    assert found.bound <= value + 1e-6
    return value


def test_presolve_on_and_off_agree() -> None:
    for seed in range(60):
        c = random_mip(seed)
        engines = [Engine(c, presolve=p) for p in (True, False)]
        on, off = (engine.solve(Request(cost=c.cost)) for engine in engines)
        assert on.status is off.status, seed
        if on.x is not None:
            assert reported(engines[0], on) == pytest.approx(reported(engines[1], off), abs=1e-6), seed


def test_a_second_solver_agrees() -> None:
    scip = pytest.importorskip("pyscipopt")
    statuses = {
        "optimal": SolverStatus.OPTIMAL,
        "infeasible": SolverStatus.INFEASIBLE,
        "unbounded": SolverStatus.UNBOUNDED,
    }
    met = set()
    for seed in range(80):
        c = random_mip(seed)
        other = scip.Model()
        other.hideOutput()
        other.setPresolve(scip.SCIP_PARAMSETTING.OFF)
        x = [
            other.addVar(vtype="I" if whole else "C", lb=low, ub=None if high == INF else high, obj=cost)
            for whole, low, high, cost in zip(c.is_integer, c.column_lower, c.column_upper, c.cost, strict=True)
        ]
        for row, low, high in zip(_dense(c), c.row_lower, c.row_upper, strict=True):
            body = scip.quicksum(a * v for a, v in zip(row, x, strict=True))
            if np.any(row):
                if low > -INF:
                    other.addCons(body >= low)
                if high < INF:
                    other.addCons(body <= high)
            elif low > 0 or high < 0:
                other.addCons(x[0] <= -1)
        other.optimize()
        engine = Engine(c)
        ours = engine.solve(Request(cost=c.cost))
        met.add(ours.status)
        if other.getStatus() == "inforunbd":
            assert ours.status in (SolverStatus.INFEASIBLE, SolverStatus.UNBOUNDED), seed
            continue
        assert ours.status is statuses[other.getStatus()], seed
        if ours.status is SolverStatus.OPTIMAL:
            assert reported(engine, ours) == pytest.approx(other.getObjVal(), abs=1e-6), seed
    assert met == {SolverStatus.OPTIMAL, SolverStatus.INFEASIBLE, SolverStatus.UNBOUNDED}
