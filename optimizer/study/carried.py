"""Runs the cells of a study in levels, so that most take their proof from neighbours that were searched before.

A cell that is searched keeps what it has proven beside its record. A later cell gets the proofs of the nearest such
cells around it, and their designs; if these close its gap there is nothing left to search (see solve/lessons.py).
Who teaches whom follows from the design and from the records of earlier levels: neither the number of workers nor the
order in which they finish can change a record. Only cells that were searched teach, so that no proof leans on a chain.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from optimizer.errors import OptimizerError
from optimizer.study.cell import BY_NEIGHBOURS, Record, Task, Taught, cell_key, slim, task_of
from optimizer.study.levels import Space
from optimizer.study.pools import Pool, usable
from optimizer.study.unread import unread
from optimizer.study.words import NO_START, POLL_S, Cell, Outcome, Progress, Setup, working_pool

BASE = -1
"""Number of the base case."""
ANCHOR_LEVELS = 2
ANCHOR_AIM = 1 / 3
"""Part of the asked gap that the cells of the first levels are proven to: what is left of it is all that the cells
between them can still be off by."""


def run_levels(setup: Setup, cells: Sequence[Cell], total: int) -> Outcome:
    """Solve the base case and every cell, level by level."""
    with working_pool(setup) as pool:
        run = _Levels(setup, pool, total)
        run.all(cells)
    records = {number: record for number, record in sorted(run.records.items()) if number != BASE}
    return Outcome(run.base, records, setup.stop.is_set())


class _Levels:
    def __init__(self, setup: Setup, pool: Pool, total: int) -> None:
        self.setup, self.pool, self.total = setup, pool, total
        self.base: Record = {}
        self.records: dict[int, Record] = {}
        self.teachers: dict[int, Taught] = {}
        self.new: dict[int, Taught] = {}
        self.solved = self.carried = 0
        self.began = time.monotonic()

    def all(self, cells: Sequence[Cell]) -> None:
        space = Space([cell.inputs for cell in cells])
        levels = deque(space.levels())
        first, depth = [Cell(BASE, (), ())], 0
        while (levels or first) and not self.setup.stop.is_set():
            numbers = levels.popleft() if levels else []
            self._level([*first, *(cells[place] for place in numbers)], [*map(space.neighbours, numbers)], depth)
            self._learn(space, cells, numbers)
            if first and not self.teachers and any(r.get("verified") for r in self.records.values()):
                # Such problems have nothing to hand on, and no cell has to wait for another.
                levels = deque([sorted(number for level in levels for number in level)] if levels else [])
            first, depth = [], depth + 1

    def _level(self, cells: Sequence[Cell], around: Sequence[Sequence[int]], depth: int) -> None:
        """Every cell of a level, as many at a time as there are slots."""
        # The base case goes before the first level, untaught.
        todo = deque(zip(cells, [(), *around][len(around) + 1 - len(cells) :], strict=True))
        waiting: dict[str, list[Cell]] = {}
        while not self.setup.stop.is_set():
            while todo and len(waiting) < self.pool.slots and not self.setup.stop.is_set():
                self._begin(*todo.popleft(), depth, waiting)
            if not waiting:
                break
            for record in self.pool.collect(POLL_S):
                if usable(record):
                    self.setup.store.put(record["key"], record)
                    self.solved += 1
                    for cell in waiting.pop(record["key"]):
                        self._finish(cell, record)

    def _begin(self, cell: Cell, around: Sequence[int], depth: int, waiting: dict[str, list[Cell]]) -> None:
        """Hand a cell to a worker, unless its record is there already or its values make no instance."""
        try:
            task = self._task(cell, around, depth)
        except OptimizerError as problem:
            self._finish(cell, unread(problem))
            return
        known = None if task.key in waiting else self.setup.store.get(task.key)
        if known is not None:
            self._finish(cell, known)
            return
        waiting.setdefault(task.key, []).append(cell)
        if len(waiting[task.key]) == 1:
            self.pool.submit(task)

    def _task(self, cell: Cell, around: Sequence[int], depth: int) -> Task:
        reading = self.setup.read(cell.settings)
        question = self.setup.question
        if depth < ANCHOR_LEVELS:
            question = replace(question, aim=ANCHOR_AIM)
        taught = tuple(self.teachers[number] for number in (*around, BASE) if number in self.teachers)
        # In the first level the base case is under way itself: whether it is done yet may make no difference.
        start = self.base.get("start") if depth and not taught else None
        keys = [neighbour.key for neighbour in taught] or ([self.base["key"]] if start else [])
        key = cell_key(reading, question, self.setup.versions, ",".join(keys) or NO_START)
        task = task_of(reading, key, start)
        return replace(task, question=question, taught=taught, teaches=True)

    def _finish(self, cell: Cell, record: Record) -> None:
        if cell.number == BASE:
            self.base = record
        self.records[cell.number] = slim(record)
        if record.get("proof") and record.get("start"):
            self.new[cell.number] = Taught(record["key"], record["start"], record["proof"])
        self.carried += record.get("proved_by") == BY_NEIGHBOURS
        if cell.number != BASE:
            self._told()

    def _learn(self, space: Space, cells: Sequence[Cell], numbers: Sequence[int]) -> None:
        """After a level: its searched cells teach the levels to come, by their places in the space."""
        learnt = [place for place in numbers if cells[place].number in self.new]
        space.teach(learnt)
        self.teachers |= {place: self.new[cells[place].number] for place in learnt}
        if BASE in self.new:
            self.teachers[BASE] = self.new[BASE]
        self.new = {}

    def _told(self) -> None:
        done = len(self.records) - (BASE in self.records)
        pace = (time.monotonic() - self.began) / self.solved if self.solved else None
        left_s = None if pace is None else pace * (self.total - done)
        self.setup.tell(Progress(done, self.total, self.solved, left_s, self.carried))
