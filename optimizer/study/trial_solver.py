"""Solves a design's question again with numbers changed: as many at a time as there are workers, while there is time.

What is asked next may hang on an answer, so trials come in lanes, each of which asks one thing after the other. Neither
the number of workers nor the order in which they finish changes an answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from optimizer.pipeline import Options, Result, run
from optimizer.solve.isolation import GRACE_S
from optimizer.solve.outcome import Hooks
from optimizer.study.baselines import Deadline
from optimizer.study.cell import CellTask, Question, Record, StudyContext, failure, solved_safely
from optimizer.study.input_values import with_value
from optimizer.study.pools import Executor
from optimizer.study.search_settings import SearchSettings
from optimizer.study.trials import Asked, Lane, TrialAnswer, answer_of
from optimizer.study.types import POLL_S

LEAST_S = 1.0
"""What is begun may take so long, however little time is left."""


def solve_trial(options: Options, context: StudyContext, task: CellTask, hooks: Hooks | None) -> Record:
    """Solve and audit one question: a record of the plan's accelerators and its levelised cost."""
    assert task.question is not None
    assert task.question.time_limit_s is not None
    limit_s = task.question.time_limit_s
    # To build a model and to read it back takes time too: the clock starts with the task, not with its search.
    stop = Deadline(time.monotonic() + limit_s, hooks.stop if hooks else None)

    def work() -> Record:
        result = run(task.instance, context.folder, replace(options, time_limit_s=limit_s), Hooks(stop=stop))
        record = failure(task.key, result.status.value, result.message)
        if not result.verified:
            return record
        answer = answer_of(result)
        return record | {"verified": True, "fleet": dict(answer.fleet), "lcoc": answer.lcoc_usd_per_eflop}

    return solved_safely(task, work)


class TrialSolver:
    """Trials to `gap` until a moment of the monotonic clock; at the end of `with`, its workers are gone."""

    def __init__(self, base: Result, search: SearchSettings, executor: Executor, gap: float, until_s: float) -> None:
        self._base, self._search, self._until_s = base, search, until_s
        # One branch at a time, however many workers: a trial has the same answer on any machine.
        options = replace(search.options, gap=gap, start=base.solution, threads=1)
        context = StudyContext(base.problem.folder, Question(gap=gap))
        self._pool = executor.open(partial(solve_trial, options), context)
        self._running: dict[str, Lane] = {}
        self._asked = 0

    def __enter__(self) -> TrialSolver:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.close(at_once=kind is not None)

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until_s - time.monotonic())

    def run(self, lanes: Iterable[Lane]) -> None:
        """All lanes, begun in their order when a worker is free; what the time or a stop cuts off has no answer."""
        waiting = iter(lanes)
        while True:
            while len(self._running) < self._pool.slots and (lane := next(waiting, None)) is not None:
                self._advance(lane, None)
            if not self._running:
                return
            self._collect()

    def _collect(self) -> None:
        """Hand on the answers that are there; if nobody is waited for any longer, that there are none."""
        for record in self._pool.collect(POLL_S):
            self._advance(self._running.pop(record["key"]), _answer(record))
        if self._search.stopping or time.monotonic() > self._until_s + GRACE_S:
            self._pool.close(at_once=True)
            self._until_s = time.monotonic()
            left, self._running = self._running, {}
            for lane in left.values():
                self._advance(lane, None)

    def _advance(self, lane: Lane, answer: TrialAnswer | None) -> None:
        """Send a lane its answer (None starts it), and begin what it asks next."""
        try:
            asked = lane.send(answer)
            while not self._begin(lane, asked):
                asked = lane.send(None)
        except StopIteration:
            return

    def _begin(self, lane: Lane, asked: Asked) -> bool:
        """Begin what is asked; False without time."""
        limit_s = min(self._until_s - time.monotonic(), asked.most_s)
        if limit_s <= 0 or self._search.stopping:
            return False
        instance = self._base.problem.instance
        for path, value in asked.changes:
            instance = with_value(instance, path, value)
        self._asked += 1
        key = str(self._asked)
        question = Question(time_limit_s=max(LEAST_S, limit_s))
        self._running[key] = lane
        self._pool.submit(CellTask(key=key, instance=instance, sha256="", question=question))
        return True


def _answer(record: Record) -> TrialAnswer | None:
    """None unless a plan was found, proven to the gap and verified."""
    if not record["verified"] or record["status"] != "optimal":
        return None
    return TrialAnswer(fleet=record["fleet"], lcoc_usd_per_eflop=record["lcoc"])
