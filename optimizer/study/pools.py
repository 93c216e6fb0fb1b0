"""Who does the work of a study: one protocol.

A pool takes tasks while it has free slots and hands back records in whatever order they are done. What a task's record
is does not depend on the pool: workers, their number and their order leave no trace in the results.
"""

from __future__ import annotations

from collections.abc import Callable
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


def usable(record: Any) -> bool:
    """Whether a record is one to keep: a stop in the middle of a search leaves nothing to rely on."""
    return isinstance(record, dict) and not record.get("interrupted", False)
