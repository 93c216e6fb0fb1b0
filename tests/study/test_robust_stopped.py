"""A plan for several scenarios that is stopped, runs out of time or loses a solver: what was found by then is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import InputOutputError, NoDesignError
from optimizer.inputs.design import Status
from optimizer.number_format import finite
from optimizer.pipeline import Options
from optimizer.report.document import to_text
from optimizer.report.robust import robust_blocks, robust_json
from optimizer.report.robust_tables import regret_grid, value_grid
from optimizer.solve.compiled import Compiled
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import LinearForm, Outcome, SolverStatus
from optimizer.solve.search import SearchOutcome
from optimizer.study import robust as planned
from optimizer.study import scenario_decomposition as decomposition
from optimizer.study.cell import CellTask, Record, StudyContext, failure
from optimizer.study.pools import Pool, Serial, Work
from optimizer.study.processes import Processes
from optimizer.study.robust import Robust, robust
from optimizer.study.scenario_models import Follower, search_form
from tests.study.test_robust import OPTIONS, TREE
from tests.study.test_scenario_decomposition import drawn, least
from tests.tiny import tiny

HERE = Path(__file__).parent
SEED = 1
"""The plan for the most probable scenario serves all of this tree, and is not the best."""


class Listener:
    """Counts what is told, and stops the search at one of the steps."""

    def __init__(self, stop_at: int) -> None:
        self.told: list[str] = []
        self.kept = 0
        self.stop_at = stop_at
        self.follower = Follower(say=self.hear, keeps=self.keep)

    def hear(self, step: str) -> None:
        if len(self.told) == self.stop_at:
            self.follower.stop.set()
        self.told.append(step)

    def keep(self) -> None:
        self.kept += 1


def one_by_one(listener: Listener, monkeypatch: pytest.MonkeyPatch, executor: Any = None) -> Robust:
    monkeypatch.setattr(planned, "MOST_AT_ONCE", 1)
    return robust(tiny(drawn(SEED)), HERE, OPTIONS, listener.follower, executor or Serial(listener.follower.stop))


def kept(search: Callable[[], Robust]) -> Robust | None:
    """What a search that is stopped leaves; None if it says that there was nothing yet."""
    try:
        return search()
    except NoDesignError as problem:
        if problem.message != decomposition.STOPPED:
            raise
        return None


def check_enclosed(found: Robust) -> None:
    """Neither plan nor bound contradicts what one model of all scenarios proves."""
    _, value, bound = least(SEED)
    assert found.verified
    assert found.plan.expected_lcoc >= bound - 1e-7
    assert found.plan.expected_lcoc * (1 - found.plan.gap) <= value * (1 + 1e-7)


def test_a_large_tree_stopped_at_any_step_keeps_its_best_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decomposition, "FEW", 2)
    monkeypatch.setattr(decomposition, "ROUNDS", 1)
    monkeypatch.setattr(decomposition, "MOST_LOST", 3)
    whole = Listener(-1)
    finished = one_by_one(whole, monkeypatch)
    assert not finished.interrupted
    answered, last = 0, finished
    for step in (len(whole.told) - 2, 1, 0):
        listener = Listener(step)
        found = kept(lambda listener=listener: one_by_one(listener, monkeypatch))  # type: ignore[misc]
        if found is None:
            assert not listener.kept
            continue
        answered += 1
        assert found.interrupted
        assert found.plan.status is Status.FEASIBLE
        assert listener.kept
        check_enclosed(found)
        assert found.plan.expected_lcoc >= last.plan.expected_lcoc - 1e-12, "stopped earlier it is no better"
        last = found
    assert answered == 2, "when the first bound is begun, a plan is known"
    text = " ".join(to_text(robust_blocks(last)).split())
    assert "Stopped before the end: 1e-05 % was asked for." in text
    assert robust_json(last)["interrupted"]


@pytest.mark.long
def test_a_small_tree_stopped_at_any_step_keeps_its_best_plan() -> None:
    whole = Listener(-1)
    finished = robust(tiny(TREE), HERE, OPTIONS, whole.follower)
    answered = []
    for step in (3, 4, 5):
        listener = Listener(step)
        found = kept(lambda listener=listener: robust(tiny(TREE), HERE, OPTIONS, listener.follower))  # type: ignore[misc]
        if found is None:
            continue
        assert found.interrupted
        assert found.verified
        assert listener.kept
        assert found.plan.expected_lcoc >= finished.plan.expected_lcoc - 1e-9
        assert found.plan.expected_lcoc * (1 - found.plan.gap) <= finished.plan.expected_lcoc + 1e-9
        assert to_text(robust_blocks(found))
        answered.append(step)
    assert answered == [4, 5], "the plan for `refused`, the second that is followed, is the first that serves both"


@pytest.mark.parametrize(
    ("change", "proven"),
    [({}, "levelised cost; gap"), ({"mode": "min_max_regret"}, "nothing is proven of it.")],
)
def test_a_search_of_all_that_has_nothing_leaves_the_best_of_the_plans_before(
    change: dict[str, Any], proven: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the expected cost the bounds of the scenarios alone hold; of another aim it is said that nothing is proven."""

    def idle(*given: Any, hooks: Any = None) -> tuple[SearchOutcome, Compiled]:
        """A search that was stopped has nothing, however quick it is."""
        outcome, compiled = search_form(*given, hooks=hooks)
        none = replace(outcome, x=None, status=Status.NO_SOLUTION, bound=-inf)
        return (none if hooks.stopping else outcome), compiled

    monkeypatch.setattr(planned, "search_form", idle)
    tree = {**TREE, "uncertainty": {**TREE["uncertainty"], **change}}
    listener = Listener(4)
    found = robust(tiny(tree), HERE, OPTIONS, listener.follower)
    assert listener.told[4].endswith("all scenarios together")
    assert found.verified
    assert found.interrupted
    text = " ".join(to_text(robust_blocks(found)).split())
    assert proven in text
    assert "Stopped before the end" in text
    assert (found.plan.gap == inf) == bool(change)
    assert found.plan.expected_lcoc == min(plan.expected_lcoc for plan in found.single.values())


@pytest.mark.parametrize(
    ("ended", "told", "never"),
    [(Status.NO_SOLUTION, "undecided", "fails"), (Status.INFEASIBLE, "fails", "undecided")],
)
def test_a_plan_whose_way_on_was_not_found_in_time_is_not_said_to_fail(
    ended: Status, told: str, never: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The most probable plan's way on in the other scenario is the first search of a single fixed scenario."""
    fixed = planned._fixed

    def out_of_time(room: Any, names: tuple[str, ...], stage: Any) -> Any:
        form, outcome, values = fixed(room, names, stage)
        lost = names == ("refused",)
        return (form, replace(outcome, x=None, status=ended), {}) if lost else (form, outcome, values)

    monkeypatch.setattr(planned, "_fixed", out_of_time)
    found = robust(tiny(TREE), HERE, OPTIONS)
    data = robust_json(found)
    assert found.single["granted"].undecided == (("refused",) if told == "undecided" else ())
    assert data["undecided"] == ({"granted": ["refused"]} if told == "undecided" else {})
    assert data["regret_usd_per_eflop"]["granted"]["refused"] == inf
    regret, value = (grid(finite(data)) for grid in (regret_grid, value_grid))
    (row,) = (row for row in regret.rows if row[0] == "for granted")
    assert [str(cell) for cell in row[2:]] == [told] * 3
    shown = " ".join(str(cell) for table in (regret, value) for row in table.rows for cell in row)
    assert never not in shown
    assert ("not known" if told == "undecided" else "no limit") in shown
    assert ("or proved that" in str(regret.note)) == (told == "undecided")


def test_in_short_the_undecided_are_counted_apart() -> None:
    """Of 13 scenarios the plan fails in one and is undecided in two; another is undecided in one alone."""
    names = [f"z{k}" for k in range(13)]
    plan = {
        "scenarios": {z: {"probability": 1 / 13} for z in names},
        "regret_usd_per_eflop": {
            "a": {z: None if k < 3 else 0.5 for k, z in enumerate(names)},
            "b": {z: None if k == 4 else 0.5 for k, z in enumerate(names)},
        },
        "undecided": {"a": ["z0", "z2"], "b": ["z4"]},
        "noise_usd_per_eflop": 0.0,
        "expected_lcoc_by_plan": {"a": None, "b": None},
    }
    rows = [[str(cell) for cell in row] for row in regret_grid(plan).rows]
    assert rows == [
        ["for a", "fails", "fails", "z1", "1, undecided in 2", "fails"],
        ["for b", "undecided", "undecided", "z4", "0, undecided in 1", "undecided"],
    ]


def test_a_relaxation_that_was_not_solved_to_its_end_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its value lies above the least, so that a bound made of it could lie above the best plan."""

    class Late(Engine):
        def lp_relaxation(self, form: LinearForm, time_limit_s: float = float("inf")) -> Outcome:
            ended = super().lp_relaxation(form, time_limit_s)
            return replace(ended, status=SolverStatus.FEASIBLE, objective=abs(ended.objective) * 2 + 1e9)

    monkeypatch.setattr(decomposition, "Engine", Late)
    listener = Listener(-1)
    found = one_by_one(listener, monkeypatch)
    assert any("the relaxation of all scenarios ended feasible" in step for step in listener.told)
    assert found.plan.status is Status.FEASIBLE
    assert not found.interrupted
    check_enclosed(found)


class Failing(Serial):
    """Whose workers are lost at the first task at prices: their solver dies, or the cluster is gone."""

    def __init__(self, gone: bool, at_once: bool = False) -> None:
        super().__init__()
        self.gone, self.at_once = gone, at_once

    def open(self, work: Work, context: StudyContext) -> Pool:
        def dies(context: StudyContext, task: CellTask, hooks: Any) -> Record:
            if not getattr(task, "prices", {}) and not self.at_once:
                return work(context, task, hooks)
            if self.gone:
                raise InputOutputError("the workers died", "the same command goes on from here")
            return failure(task.key, "failed", "the workers died")

        return super().open(dies, context)


@pytest.mark.parametrize("gone", [False, True])
def test_workers_that_are_lost_leave_the_plan_there_is(gone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener(-1)
    found = one_by_one(listener, monkeypatch, Failing(gone))
    assert any(step.endswith("the workers died: the best plan so far is kept") for step in listener.told)
    assert found.plan.status is Status.FEASIBLE
    check_enclosed(found)


def test_a_cluster_lost_before_there_is_a_plan_promises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputOutputError) as lost:
        one_by_one(Listener(-1), monkeypatch, Failing(gone=True, at_once=True))
    assert lost.value.help == "no plan was known yet: the same command begins anew"


class Murdered(Processes):
    """One of its workers is killed in the middle of every eighth task."""

    killed = 0

    def open(self, work: Work, context: StudyContext) -> Pool:
        pool: Any = super().open(work, context)
        submit: Callable[[CellTask], None] = pool.submit
        count = 0

        def kill_after(task: CellTask) -> None:
            nonlocal count
            submit(task)
            count += 1
            if count % 8 == 3:
                next(worker for worker in pool._workers if worker.task is task).process.kill()
                self.killed += 1

        pool.submit = kill_after
        return pool  # type: ignore[no-any-return]


@pytest.mark.long
def test_workers_that_are_killed_leave_no_trace_in_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "MOST_AT_ONCE", 1)
    options = Options(gap=1e-2, isolated=False)
    here = robust(tiny(drawn(SEED)), HERE, options, executor=Serial())
    murdered = Murdered(1)
    there = robust(tiny(drawn(SEED)), HERE, options, executor=murdered)
    assert murdered.killed >= 2
    assert there.plan == here.plan
