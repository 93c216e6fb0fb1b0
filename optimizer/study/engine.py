"""Runs the cells of a study: what is stored is not done again, and the rest goes to the workers.

A study goes in levels, where cells prove each other, or in chains, where a cell starts from the design of
the one before it, or of a record that is known. All of that is fixed by the study's definition. Neither the number of
workers nor the order in which they finish can change a record.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from optimizer.errors import OptimizerError
from optimizer.reading.overrides import Setting
from optimizer.reading.read import Reading
from optimizer.study.cell import HANDED_ON, CellTask, Question, Record, cell_key, slim, task_of
from optimizer.study.neighbours import run_levels
from optimizer.study.pools import Pool, usable
from optimizer.study.types import (
    NO_START,
    POLL_S,
    RecordStore,
    Setup,
    StartingPoint,
    StudyCell,
    StudyOutcome,
    StudyProgress,
    progress_of,
    starting_point_in,
    working_pool,
)
from optimizer.study.unreadable import unread

__all__ = [
    "NO_START",
    "RecordStore",
    "Setup",
    "StudyCell",
    "StudyOutcome",
    "StudyProgress",
    "run_cells",
    "run_study",
    "run_tasks",
]


def run_study(setup: Setup, cells: Iterable[StudyCell], total: int, chain: int = 1) -> StudyOutcome:
    """Solve the base case and every cell, those first from which the others can take their proof.

    `chain` above 1: the base case first, then rows of so many cells, each starting from the design of the one before.
    """
    if chain == 1:
        return run_levels(setup, tuple(cells), total)
    with _working(setup, total) as run:
        known = run.tasks([((), setup.question)])
        base = known[0] if known else {}
        records = run.cells(_lanes(cells, chain), base) if known else {}
        return StudyOutcome(base, dict(sorted(records.items())), setup.stop.is_set())


def run_cells(setup: Setup, cells: Iterable[StudyCell], total: int, base: Record) -> StudyOutcome:
    """Every cell, starting from the design of a record that is known."""
    with _working(setup, total) as run:
        records = run.cells(_lanes(cells, 1), base)
        return StudyOutcome(base, dict(sorted(records.items())), setup.stop.is_set())


def run_tasks(setup: Setup, questions: Sequence[tuple[Sequence[Setting], Question]]) -> list[Record] | None:
    """A few single questions, each with no design to start from; None if stopped before all are known."""
    with _working(setup, len(questions)) as run:
        return run.tasks(questions, setup.tell)


@contextmanager
def _working(setup: Setup, total: int) -> Iterator[_Run]:
    """A pool while there is work; it is left at once after a stop or a failure."""
    with working_pool(setup) as pool:
        yield _Run(setup, pool, total)


def _lanes(cells: Iterable[StudyCell], chain: int) -> Iterator[deque[StudyCell]]:
    """The cells in chains of fixed length."""
    lane: deque[StudyCell] = deque()
    for cell in cells:
        lane.append(cell)
        if len(lane) == chain:
            yield lane
            lane = deque()
    if lane:
        yield lane


@dataclass
class _Lane:
    cells: deque[StudyCell]
    origin: StartingPoint


class _Run:
    def __init__(self, setup: Setup, pool: Pool, total: int) -> None:
        self.setup, self.pool, self.total = setup, pool, total
        self.records: dict[int, Record] = {}
        self.waiting: dict[str, list[tuple[_Lane, StudyCell]]] = {}
        self.solved = 0
        self.began = time.monotonic()

    def tasks(
        self,
        questions: Sequence[tuple[Sequence[Setting], Question]],
        tell: Callable[[StudyProgress], None] = lambda _: None,
    ) -> list[Record] | None:
        """Records of single questions, in their order. None if stopped before all are known."""
        tasks = []
        for settings, question in questions:
            reading = self.setup.read(settings)
            key = cell_key(reading, question, self.setup.versions, NO_START)
            tasks.append(replace(task_of(reading, key, None), question=question))
        known = {task.key: self.setup.store.get(task.key) for task in tasks}
        todo = deque({task.key: task for task in tasks if known[task.key] is None}.values())
        running = 0
        while (todo or running) and not self.setup.stop.is_set():
            while todo and running < self.pool.slots:
                self.pool.submit(todo.popleft())
                running += 1
            for record in self.pool.collect(POLL_S):
                running -= 1
                if usable(record):
                    self.setup.store.put(record["key"], record)
                    known[record["key"]] = record
                    done = [one for one in known.values() if one]
                    self.solved += 1
                    tell(progress_of((len(done), self.total), self.solved, self.began, dict(enumerate(done))))
        records = [known[task.key] for task in tasks]
        return [record for record in records if record] if all(records) else None

    def _key(self, reading: Reading, start_key: str) -> str:
        return cell_key(reading, self.setup.question, self.setup.versions, start_key)

    def cells(self, lanes: Iterator[deque[StudyCell]], base: Record) -> dict[int, Record]:
        """Every cell, through as many lanes at a time as there are slots."""
        first = starting_point_in(base, StartingPoint())
        self.began = time.monotonic()
        more = True
        while not self.setup.stop.is_set():
            while more and len(self.waiting) < self.pool.slots and not self.setup.stop.is_set():
                lane = next(lanes, None)
                more = lane is not None
                if lane is not None:
                    self._advance(_Lane(lane, first))
            if not self.waiting:
                break
            for record in self.pool.collect(POLL_S):
                self._arrived(record)
        return self.records

    def _arrived(self, record: Record) -> None:
        if not usable(record):
            return
        self.setup.store.put(record["key"], record)
        self.solved += 1
        for lane, cell in self.waiting.pop(record["key"]):
            self._finish(lane, cell, record)

    def _finish(self, lane: _Lane, cell: StudyCell, record: Record) -> None:
        self.records[cell.number] = slim(record)
        lane.origin = starting_point_in(record, lane.origin)
        self._report_progress()
        self._advance(lane)

    def _advance(self, lane: _Lane) -> None:
        """Take the lane to its next cell that has to be solved."""
        while lane.cells and not self.setup.stop.is_set():
            cell = lane.cells.popleft()
            task = self._prepared(lane, cell)
            if isinstance(task, CellTask):
                known = self.setup.store.get(task.key)
                if known is None:
                    self._begin(lane, cell, task)
                    return
                self.records[cell.number] = slim(known)
                lane.origin = starting_point_in(known, lane.origin)
            else:
                self.records[cell.number] = task
            self._report_progress()

    def _prepared(self, lane: _Lane, cell: StudyCell) -> CellTask | Record:
        """The task of a cell, or its record if its values make no instance."""
        try:
            reading = self.setup.read(cell.settings)
        except OptimizerError as problem:
            return unread(problem)
        origin = lane.origin
        return replace(task_of(reading, self._key(reading, origin.key), origin.start), cuts=origin.cuts)

    def _begin(self, lane: _Lane, cell: StudyCell, task: CellTask) -> None:
        together = self.waiting.setdefault(task.key, [])
        together.append((lane, cell))
        if len(together) == 1:
            self.pool.submit(task)

    def _report_progress(self) -> None:
        self.setup.follow(self.records)
        self.setup.tell(progress_of((len(self.records), self.total), self.solved, self.began, self.records))


def plain_record(record: Record) -> dict[str, Any]:
    """The record without what differs from run to run."""
    return {name: value for name, value in record.items() if name not in ("seconds", *HANDED_ON)}
