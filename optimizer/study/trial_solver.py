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
from optimizer.solve.outcome import Hooks
from optimizer.study.baselines import Deadline
from optimizer.study.cell import CellTask, Question, Record, StudyContext, failure, solved_safely
from optimizer.study.input_values import with_value
from optimizer.study.search_settings import SearchSettings
from optimizer.study.task_queue import LEAST_S, TaskQueue
from optimizer.study.trials import Asked, Lane, TrialAnswer, answer_of
from optimizer.study.types import POLL_S


def solve_trial(options: Options, context: StudyContext, task: CellTask, hooks: Hooks | None) -> Record:
    """Solve and audit one question: a record of the plan's accelerators and its levelised cost.

    One branch at a time, however many workers: a trial has the same answer on any machine.
    """
    assert task.question is not None
    assert task.question.time_limit_s is not None
    gap, limit_s = task.question.gap, task.question.time_limit_s
    # To build a model and to read it back takes time too: the clock starts with the task, not with its search.
    stop = Deadline(time.monotonic() + limit_s, hooks.stop if hooks else None)

    def work() -> Record:
        asked = replace(options, gap=gap, time_limit_s=limit_s, threads=1)
        result = run(task.instance, context.folder, asked, Hooks(stop=stop))
        record = failure(task.key, result.status.value, result.message)
        if not result.verified:
            return record
        answer = answer_of(result)
        return record | {"verified": True, "fleet": dict(answer.fleet), "lcoc": answer.lcoc_usd_per_eflop}

    return solved_safely(task, work)


class TrialSolver:
    """Trials to `gap` until a moment of the monotonic clock, by the workers of a queue."""

    def __init__(self, base: Result, search: SearchSettings, queue: TaskQueue, gap: float, until_s: float) -> None:
        self._base, self._search, self._queue, self._gap, self._until_s = base, search, queue, gap, until_s
        self._running = 0

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until_s - time.monotonic())

    def run(self, lanes: Iterable[Lane]) -> None:
        """All lanes, begun in their order when a worker is free; what the time or a stop cuts off has no answer."""
        waiting, lanes_left = iter(lanes), True
        while lanes_left or self._running:
            while lanes_left and self._queue.idle:
                lane = next(waiting, None)
                if lane is None:
                    lanes_left = False
                else:
                    self._running += 1
                    self._advance(lane, None)
            if lanes_left or self._running:
                self._queue.turn(POLL_S)

    def _advance(self, lane: Lane, answer: TrialAnswer | None) -> None:
        """Send a lane its answer (None starts it), and have done what it asks next."""
        try:
            asked = lane.send(answer)
        except StopIteration:
            self._running -= 1
            return
        self._queue.submit(
            partial(self._task, asked), lambda record: self._advance(lane, None if record is None else _answer(record))
        )

    def _task(self, asked: Asked, key: str) -> CellTask | None:
        """What is asked, changed in the design's question; None without time."""
        limit_s = min(self._until_s - time.monotonic(), asked.most_s)
        if limit_s <= 0:
            return None
        instance = self._base.problem.instance
        for path, value in asked.changes:
            instance = with_value(instance, path, value)
        question = Question(gap=self._gap, time_limit_s=max(LEAST_S, limit_s))
        return CellTask(key=key, instance=instance, sha256="", question=question)


def _answer(record: Record) -> TrialAnswer | None:
    """None unless a plan was found, proven to the gap and verified."""
    if not record["verified"] or record["status"] != "optimal":
        return None
    return TrialAnswer(fleet=record["fleet"], lcoc_usd_per_eflop=record["lcoc"])
