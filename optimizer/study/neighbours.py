"""Runs the cells of a study in levels, so that most take their proof from neighbours that were searched before.

A cell that is searched keeps what it has proven beside its record. A later cell gets the proofs of the nearest such
cells around it, and their designs; if these close its gap there is nothing left to search (`bound_transfer`).
Which bound goes where follows from the design and from the records of earlier levels: neither the number of workers nor
the order in which they finish can change a record. Only cells that were searched are sources of bounds, so that no
proof leans on a chain.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from optimizer.errors import OptimizerError
from optimizer.study.cell import BY_NEIGHBOURS, CellTask, NeighbourProof, Record, cell_key, slim, task_of
from optimizer.study.pools import Pool, usable
from optimizer.study.search_order import PointSpace
from optimizer.study.types import (
    POLL_S,
    Setup,
    StartingPoint,
    StudyCell,
    StudyOutcome,
    progress_of,
    starting_point_in,
    working_pool,
)
from optimizer.study.unreadable import unread

BASE = -1
"""Number of the base case."""
ANCHOR_AIM = 1 / 3
"""Part of the asked gap that the base case and corners with many cells between them are proven to: what is left of it
is all that the cells between them may be off by."""


def run_levels(setup: Setup, cells: Sequence[StudyCell], total: int) -> StudyOutcome:
    """Solve the base case and every cell, level by level."""
    with working_pool(setup) as pool:
        run = _Levels(setup, pool, total)
        run.all(cells)
    records = {number: record for number, record in sorted(run.records.items()) if number != BASE}
    return StudyOutcome(run.base, records, setup.stop.is_set())


@dataclass(frozen=True)
class _Turn:
    """A cell, the places of the sources of its bounds, and whether others will lean on it."""

    cell: StudyCell
    around: Sequence[int] = ()
    anchor: bool = False
    beside_base: bool = False
    """Whether it begins with the base case, and so without its design, whichever of them is done first."""


@dataclass(frozen=True)
class _Ready:
    """A cell that has been read: its task, or its record if its values make no instance."""

    cell: StudyCell
    task: CellTask | Record


class _Levels:
    def __init__(self, setup: Setup, pool: Pool, total: int) -> None:
        self.setup, self.pool, self.total = setup, pool, total
        self.base: Record = {}
        self.origin = StartingPoint()
        self.records: dict[int, Record] = {}
        self.sources: dict[int, NeighbourProof] = {}
        self.new: dict[int, NeighbourProof] = {}
        self.waiting: dict[str, list[StudyCell]] = {}
        """Cells by the key of the task that is under way for them."""
        self.running = self.solved = self.transferred = 0
        self.began = time.monotonic()

    def all(self, cells: Sequence[StudyCell]) -> None:
        """The base case and the first corners, then one level after the other."""
        space = PointSpace([cell.inputs for cell in cells])
        levels = deque(space.levels())
        anchors = space.anchors if space.leans else frozenset[int]()
        turns = [_Turn(StudyCell(BASE, (), ()), anchor=space.leans)]

        def rest() -> list[_Turn]:
            """What no cell need wait for: all the others, as soon as the base case has only cuts to hand on."""
            if not levels or not self.base.get("cuts") or self.base.get("proof"):
                return []
            self.origin = starting_point_in(self.base, self.origin)
            left = sorted(place for level in levels for place in level)
            levels.clear()
            return [_Turn(cells[place], anchor=place in anchors) for place in left]

        while (levels or turns) and not self.setup.stop.is_set():
            places, first = levels.popleft() if levels else [], bool(turns)
            turns += [_Turn(cells[place], space.neighbours(place), place in anchors, first) for place in places]
            self._level(turns, rest)
            self._add_sources(space, cells, places)
            if levels and not self.sources and any(record.get("verified") for record in self.records.values()):
                # Such problems have nothing to hand on, and no cell has to wait for another.
                levels = deque([sorted(place for level in levels for place in level)])
            turns = []

    def _level(self, turns: Sequence[_Turn], rest: Callable[[], list[_Turn]]) -> None:
        """Every cell of a level, as many at a time as there are slots; and of the `rest`, once there is one.

        The next ones are read while the workers are busy; one that is free gets its next before a record is kept.
        """
        todo, ahead = deque(turns), deque[_Ready]()
        self.waiting, self.running = {}, 0
        arrived: list[Record] = []
        while True:
            while (todo or ahead) and self.running < self.pool.slots and not self.setup.stop.is_set():
                self._begin(ahead.popleft() if ahead else self._ready(todo.popleft()))
            for record in arrived:
                self._keep(record)
            arrived = []
            todo += rest()
            if todo and self.running < self.pool.slots and not self.setup.stop.is_set():
                continue
            if not self.waiting or self.setup.stop.is_set():
                return
            if todo and len(ahead) < self.pool.slots:
                ahead.append(self._ready(todo.popleft()))
            more = bool(todo) and len(ahead) < self.pool.slots
            arrived = [record for record in self.pool.collect(0 if more else POLL_S) if usable(record)]
            self.running -= len(arrived)

    def _ready(self, turn: _Turn) -> _Ready:
        """A cell's task, or its record if its values make no instance."""
        try:
            return _Ready(turn.cell, self._task(turn))
        except OptimizerError as problem:
            return _Ready(turn.cell, unread(problem))

    def _begin(self, ready: _Ready) -> None:
        """Hand a cell to a worker, unless its record is there already or its values make no instance."""
        task = ready.task
        if not isinstance(task, CellTask):
            self._finish(ready.cell, task)
            return
        known = None if task.key in self.waiting else self.setup.store.get(task.key)
        if known is not None:
            self._finish(ready.cell, known)
            return
        self.waiting.setdefault(task.key, []).append(ready.cell)
        if len(self.waiting[task.key]) == 1:
            self.pool.submit(task)
            self.running += 1

    def _keep(self, record: Record) -> None:
        self.setup.store.put(record["key"], record)
        self.solved += 1
        for cell in self.waiting.pop(record["key"]):
            self._finish(cell, record)

    def _task(self, turn: _Turn) -> CellTask:
        reading = self.setup.read(turn.cell.settings)
        question = replace(self.setup.question, aim=ANCHOR_AIM) if turn.anchor else self.setup.question
        around = tuple(self.sources[place] for place in (*turn.around, BASE) if place in self.sources)
        known = StartingPoint() if turn.beside_base else self.origin
        origin = known if not any(other.start for other in around) else StartingPoint(key="")
        start_key = ",".join([*([origin.key] if origin.key else []), *(other.key for other in around)])
        key = cell_key(reading, question, self.setup.versions, start_key)
        task = task_of(reading, key, origin.start)
        return replace(task, cuts=origin.cuts, question=question, neighbours=around, keep_proof=True)

    def _finish(self, cell: StudyCell, record: Record) -> None:
        if cell.number == BASE:
            self.base = record
        self.records[cell.number] = slim(record)
        if record.get("proof"):
            self.new[cell.number] = NeighbourProof(record["key"], record.get("start") or {}, record["proof"])
        self.transferred += record.get("proved_by") == BY_NEIGHBOURS
        if cell.number != BASE:
            self._report_progress()

    def _add_sources(self, space: PointSpace, cells: Sequence[StudyCell], places: Sequence[int]) -> None:
        """After a level, and never within it, its searched cells become sources for those to come."""
        searched = [place for place in places if cells[place].number in self.new]
        with_design = [place for place in searched if self.new[cells[place].number].start]
        space.add_sources(with_design, [place for place in searched if place not in with_design])
        self.sources |= {place: self.new[cells[place].number] for place in searched}
        if BASE in self.new:
            self.sources[BASE] = self.new[BASE]
        self.new = {}
        self.origin = starting_point_in(self.base, self.origin)

    def _report_progress(self) -> None:
        done = len(self.records) - (BASE in self.records)
        self.setup.follow(self.records)
        self.setup.tell(progress_of((done, self.total), self.solved, self.began, self.records, self.transferred))
