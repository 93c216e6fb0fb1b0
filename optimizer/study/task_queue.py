"""Tasks of several studies of a design on one pool of workers: first come, first served, while there is time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from optimizer.solve.isolation import GRACE_S
from optimizer.study.cell import CellTask, Record, StudyContext
from optimizer.study.pools import Executor, Work
from optimizer.study.search_settings import SearchSettings

LEAST_S = 1.0
"""What is begun may search so long, however little time is left."""
Make: TypeAlias = Callable[[str], CellTask | None]
"""The task with a key, made when a worker is free for it; None if there is no time left for it."""
Then: TypeAlias = Callable[[Record | None], None]
"""Hears the record of a task; None if it has none."""


class TaskQueue:
    """Neither the number of workers nor the order in which they finish changes a record.

    After a stop, or too long after the moment `until_s` of the monotonic clock, what is under way has no record. At the
    end of `with` the workers are gone.
    """

    def __init__(
        self, executor: Executor, work: Work, context: StudyContext, search: SearchSettings, until_s: float
    ) -> None:
        self._pool = executor.open(work, context)
        self._search, self._until_s = search, until_s
        self._waiting: deque[tuple[Make, Then]] = deque()
        self._running: dict[str, Then] = {}
        self._count = 0
        self._closed = False

    def __enter__(self) -> TaskQueue:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.close(at_once=kind is not None)

    @property
    def idle(self) -> int:
        """Workers that nothing waits for."""
        return max(0, self._pool.slots - len(self._running) - len(self._waiting))

    def submit(self, make: Make, then: Then) -> None:
        """Have a task done when those before it are begun."""
        self._waiting.append((make, then))
        self._begin()

    def turn(self, timeout_s: float) -> None:
        """Hand on the records that are there, waiting for one at most so long, and begin what waits."""
        for record in self._pool.collect(timeout_s) if self._running else ():
            self._running.pop(record["key"])(record)
        if self._running and (self._search.stopping or time.monotonic() > self._until_s + GRACE_S):
            self._pool.close(at_once=True)
            self._closed = True
            left, self._running = self._running, {}
            for then in left.values():
                then(None)
        self._begin()

    def finish(self, poll_s: float) -> None:
        """Until nothing waits and nothing is under way."""
        while self._running or self._waiting:
            self.turn(poll_s)

    def _begin(self) -> None:
        while self._waiting and len(self._running) < self._pool.slots:
            make, then = self._waiting.popleft()
            self._count += 1
            key = str(self._count)
            task = None if self._closed or self._search.stopping else make(key)
            if task is None:
                then(None)
            else:
                self._running[key] = then
                self._pool.submit(task)
