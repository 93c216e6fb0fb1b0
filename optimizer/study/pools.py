"""Who does the work of a study: one protocol, and the pool that works in this process.

A pool takes tasks while it has free slots and hands back records in whatever order they are done. What a task's record
is does not depend on the pool: workers, their number and their order leave no trace in the results.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any, Protocol

from optimizer.study.cell import CellTask, Record, StudyContext

Work = Callable[[StudyContext, CellTask, Any], Record]
"""A function at module level, so that another process can import it; the last argument are hooks, or None."""
CRASHES_ALLOWED = 2
"""A cell whose worker died is tried again this often, by another one."""


class Pool(Protocol):
    """Workers that are at hand; `close` ends them."""

    @property
    def slots(self) -> int:
        """Tasks that may be under way at the same time."""

    def submit(self, task: CellTask) -> None:
        """Begin a task. At most `slots` are under way."""

    def collect(self, timeout_s: float) -> list[Record]:
        """Records of tasks that are done, waiting for one at most so long."""

    def close(self, at_once: bool) -> None:
        """Let go of the workers; `at_once` without waiting for what they do."""


class Executor(Protocol):
    """How to get a pool."""

    @property
    def workers(self) -> int:
        """Workers asked for."""

    def open(self, work: Work, context: StudyContext) -> Pool:
        """Start the workers. Raises OptimizerError if they cannot be had."""


class Serial:
    """One after the other, here: where no other process is wanted, or allowed."""

    workers = 1

    def __init__(self, stop: Event | None = None) -> None:
        self._stop = stop

    def open(self, work: Work, context: StudyContext) -> Pool:
        """A pool of one slot."""
        return _SerialPool(work, context, self._stop)


class _SerialPool:
    slots = 1

    def __init__(self, work: Work, context: StudyContext, stop: Event | None) -> None:
        self._work, self._context, self._stop = work, context, stop
        self._waiting: list[CellTask] = []

    def submit(self, task: CellTask) -> None:
        self._waiting.append(task)

    def collect(self, timeout_s: float) -> list[Record]:
        waiting, self._waiting = self._waiting, []
        return [record for task in waiting if (record := self._one(task)) is not None]

    def _one(self, task: CellTask) -> Record | None:
        """The record of a task; None after a stop, since a search that was stopped has said nothing for good."""
        from optimizer.solve.outcome import Hooks

        record = self._work(self._context, task, Hooks(stop=self._stop))
        return None if self._stop is not None and self._stop.is_set() else record

    def close(self, at_once: bool) -> None:
        self._waiting = []


def usable(record: Any) -> bool:
    """Whether a record is one to keep: a stop in the middle of a search leaves nothing to rely on."""
    return isinstance(record, dict) and not record.get("interrupted", False)
