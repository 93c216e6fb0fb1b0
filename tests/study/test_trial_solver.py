"""Trials side by side: the answer is that of one worker, whoever finishes first, dies or is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from optimizer.pipeline import Options, Result, run
from optimizer.reading.layers import Origin
from optimizer.reading.read import values_of
from optimizer.solve.outcome import Hooks
from optimizer.study.baseline_tasks import BaselineTask
from optimizer.study.beside_design import beside
from optimizer.study.cell import CellTask, Record, StudyContext
from optimizer.study.deciders import Deciders, Effort, deciders
from optimizer.study.pools import Executor, Pool, Work
from optimizer.study.processes import Processes
from optimizer.study.search_settings import SearchSettings
from tests.study.quick import quick_baselines
from tests.tiny import tiny

OPTIONS = Options(isolated=False)
EFFORT = Effort(within_s=60.0, gap=1e-3)
ESTIMATES = (
    "accelerators.quick.price_usd",
    "accelerators.quick.utilisation.training",
    "accelerators.frugal.price_usd",
    "accelerators.frugal.utilisation.training",
    "accelerators.frugal.server_rest_usd",
)
"""At 13,000 USD for one of frugal some turn the plan alone, and some only together."""


@pytest.fixture(scope="module")
def base() -> Result:
    return run(tiny({"phases.only.target_pflops": 20.0, "accelerators.frugal.price_usd": 13_000.0}), Path(), OPTIONS)


def _origins(base: Result) -> dict[str, Origin]:
    known = {".".join(map(str, path)): "A" for path, _ in values_of(base.problem.instance)}
    grades = {**known, **dict.fromkeys(ESTIMATES, "C")}
    return {path: Origin(kind="catalogue", source="S1", grade=grade) for path, grade in grades.items()}


def _made(base: Result, executor: Executor | None = None, stop: Event | None = None) -> Deciders:
    search = SearchSettings(options=OPTIONS, hooks=Hooks(stop=stop))
    made = deciders(base, _origins(base), search, replace(EFFORT, executor=executor))
    assert made is not None
    return made


@pytest.fixture(scope="module")
def alone(base: Result) -> Deciders:
    """One after the other, here: what all others are held against."""
    made = _made(base)
    assert made.unreached == ()
    assert made.decisive or (made.together is not None and made.together.turns)
    return made


class _Shuffled:
    """A pool of some slots, in this process: of what is under way, `pick` says whose turn it is to be done."""

    def __init__(self, slots: int, pick: Callable[[list[CellTask]], CellTask], told: Callable[[], None]) -> None:
        self.slots, self.workers, self._pick, self._told = slots, slots, pick, told
        self.most, self.closed = 0, False
        self._under_way: list[CellTask] = []

    def open(self, work: Work, context: StudyContext) -> Pool:
        self._work, self._context = work, context
        return self

    def submit(self, task: CellTask) -> None:
        assert not self.closed
        self._under_way.append(task)
        self.most = max(self.most, len(self._under_way))
        assert self.most <= self.slots

    def collect(self, timeout_s: float) -> list[Record]:
        task = self._pick(self._under_way)
        self._under_way.remove(task)
        self._told()
        return [self._work(self._context, task, None)]

    def close(self, at_once: bool) -> None:
        self.closed, self._under_way = True, []


def _nothing() -> None:
    return None


@pytest.mark.parametrize(("slots", "first"), [(2, max), (3, min)], ids=["newest of 2 first", "oldest of 3 first"])
def test_neither_workers_nor_their_order_change_the_answer(
    base: Result, alone: Deciders, slots: int, first: Callable[..., CellTask]
) -> None:
    pool = _Shuffled(slots, lambda tasks: first(tasks, key=lambda task: int(task.key)), _nothing)
    assert _made(base, pool) == alone
    assert (pool.most, pool.closed) == (slots, True)


@pytest.mark.parametrize("slots", [1, 3])
def test_baselines_and_trials_share_the_workers_and_keep_their_answers(
    base: Result, alone: Deciders, slots: int
) -> None:
    """Baselines are begun first; what comes of either is what comes of it alone."""
    begun: list[CellTask] = []

    class Seen(_Shuffled):
        def submit(self, task: CellTask) -> None:
            begun.append(task)
            super().submit(task)

    pool = Seen(slots, lambda tasks: tasks[-1], _nothing)
    search = SearchSettings(options=OPTIONS)
    made = beside(base, _origins(base), search, EFFORT, replace(EFFORT, executor=pool))
    assert made.deciders == alone
    by_hand = quick_baselines(base, search, 60.0, EFFORT.gap)
    assert [(one.rule, one.status, one.accelerators) for one in made.baselines] == [
        (one.rule, one.status, one.accelerators) for one in by_hand
    ]
    for mine, other in zip(made.baselines, by_hand, strict=True):
        assert mine.result is not None
        assert other.result is not None
        assert mine.result.decisions == other.result.decisions
        assert mine.result.verified
    kinds = [isinstance(task, BaselineTask) for task in begun]
    assert kinds == sorted(kinds, reverse=True)
    assert len(by_hand) == sum(kinds)
    assert pool.closed


def test_two_processes_answer_as_one_though_the_first_is_killed(base: Result, alone: Deciders) -> None:
    killed: list[int] = []

    class Deadly(Processes):
        def open(self, work: Work, context: StudyContext) -> Pool:
            pool: Any = super().open(work, context)
            submit = pool.submit

            def submit_and_kill(task: CellTask) -> None:
                submit(task)
                if not killed:
                    killed.append(pool._workers[0].process.pid)
                    pool._workers[0].process.kill()

            pool.submit = submit_and_kill
            return pool

    assert _made(base, Deadly(2)) == alone
    assert killed


def test_a_stop_keeps_what_is_known(base: Result, alone: Deciders) -> None:
    """Stopped while its third trial is under way: that one counts, and no other begins."""
    stop, done = Event(), 0

    def stopping() -> None:
        nonlocal done
        done += 1
        if done == 3:
            stop.set()

    pool = _Shuffled(2, lambda tasks: tasks[0], stopping)
    made = _made(base, pool, stop)
    assert (done, pool.closed) == (3, True)
    assert made.swings == alone.swings
    assert 0 < len(made.turns) < len(alone.turns)
    assert made.left_out > 0
    assert {turn.path for turn in made.turns} <= {turn.path for turn in alone.turns}


def test_who_does_not_answer_in_time_is_not_waited_for(
    base: Result, alone: Deciders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.study.task_queue.GRACE_S", -120.0)
    pool = _Shuffled(2, lambda tasks: tasks[0], _nothing)
    monkeypatch.setattr(pool, "collect", lambda timeout_s: [])
    made = _made(base, pool)
    assert pool.closed
    assert (made.turns, made.swings) == ((), alone.swings)
