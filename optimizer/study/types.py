"""The words of a study's engine: cells, what a study needs besides them, progress, and what comes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Protocol

from optimizer.reading.overrides import Setting
from optimizer.reading.read import Reading
from optimizer.study.axes import Value
from optimizer.study.cell import Question, Record, StudyContext
from optimizer.study.pools import Executor, Pool, Work

POLL_S = 0.5
NO_START = "none"


@dataclass(frozen=True)
class StudyCell:
    """One point of the design: its number, the values of the factors and the settings that put it there."""

    number: int
    inputs: tuple[Value, ...]
    settings: tuple[Setting, ...]


@dataclass(frozen=True, kw_only=True)
class StartingPoint:
    """What a cell takes from a record before it: a design to start from, cuts of years' bills, and the record's key."""

    start: Mapping[str, float] | None = None
    cuts: Mapping[str, Any] = field(default_factory=dict)
    key: str = NO_START


def starting_point_in(record: Record, otherwise: StartingPoint) -> StartingPoint:
    """What a record has for others; without a design of its own, what there was before."""
    if not record.get("start"):
        return otherwise
    return StartingPoint(start=record["start"], cuts=record.get("cuts") or {}, key=record["key"])


class RecordStore(Protocol):
    """Where records are kept, by key."""

    def get(self, key: str) -> Record | None:
        """The record, if it is there and whole."""

    def put(self, key: str, record: Record) -> None:
        """Keep a record. Raises InputOutputError."""


@dataclass(frozen=True, kw_only=True)
class StudyProgress:
    """Cells done of all, how many of them were solved now, and the seconds left (None if not known yet).

    `transferred` of those done were proven by their neighbours.
    """

    done: int
    total: int
    solved: int
    seconds_left: float | None
    transferred: int = 0
    records: Mapping[int, Record] = field(default_factory=dict, repr=False, compare=False)
    """Those known so far, by cell number; the study's own, to be read at once."""
    pace_s: float | None = field(default=None, repr=False, compare=False)
    """Seconds per cell so far."""


def progress_of(
    cells: tuple[int, int], solved: int, began: float, records: Mapping[int, Record], transferred: int = 0
) -> StudyProgress:
    """Progress of a run: cells done and of all, those solved since `began` (monotonic seconds), whose pace is kept."""
    done, total = cells
    pace_s = (time.monotonic() - began) / solved if solved else None
    left_s = pace_s * (total - done) if pace_s is not None else None
    return StudyProgress(
        done=done,
        total=total,
        solved=solved,
        seconds_left=left_s,
        transferred=transferred,
        records=records,
        pace_s=pace_s,
    )


@dataclass(frozen=True, kw_only=True)
class Setup:
    """Everything a study needs besides its cells."""

    read: Callable[[Sequence[Setting]], Reading]
    context: StudyContext
    executor: Executor
    work: Work
    store: RecordStore
    versions: Mapping[str, str]
    tell: Callable[[StudyProgress], None] = lambda _: None
    follow: Callable[[Mapping[int, Record]], None] = lambda _: None
    """Hears the records known so far, by cell number, each time one is added."""
    stop: Event = field(default_factory=Event)

    @property
    def question(self) -> Question:
        """How every cell is searched."""
        return self.context.question


@dataclass(frozen=True)
class StudyOutcome:
    """Records by cell number, in the order of the cells; the base case; whether the study was stopped half-way."""

    base: Record
    records: dict[int, Record]
    stopped: bool


@contextmanager
def working_pool(setup: Setup) -> Iterator[Pool]:
    """A pool while there is work; it is left at once after a stop or a failure."""
    pool = setup.executor.open(setup.work, setup.context)
    finished = False
    try:
        yield pool
        finished = not setup.stop.is_set()
    finally:
        pool.close(at_once=not finished)
