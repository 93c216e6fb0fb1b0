"""Who follows a use case: hears what is going on, sees the search, and may stop it. Nothing in this room prints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from optimizer.solve.outcome import Hooks, Progress

if TYPE_CHECKING:
    from optimizer.study.engine import StudyProgress

Watch = Callable[[Progress], None]


def _nothing(*_: object) -> None:
    """Nobody listens."""


Telling = Callable[[float], str]
"""How a value of the objective is told: with its unit, money in the currency of the instance."""


def _unwatched(_: Telling) -> AbstractContextManager[Watch | None]:
    return nullcontext(None)


@dataclass(frozen=True, kw_only=True)
class Observer:
    """The ears and eyes of a caller; by default nobody listens and nobody stops anything."""

    note: Callable[[str], None] = _nothing
    """Hears what is being done."""
    warn: Callable[[str], None] = _nothing
    """Hears what went wrong without costing the result."""
    watch: Callable[[Telling], AbstractContextManager[Watch | None]] = _unwatched
    """From how the objective is told to a context that shows the progress of a search."""
    tell: Callable[[StudyProgress], None] = _nothing
    """Is told how many cells of a study are finished."""
    stop: Event = field(default_factory=Event)
    writing: Callable[[], None] = _nothing
    """Is told that what was found is being written: no time that a caller gives for stopping may cut that short."""

    @property
    def stopped(self) -> bool:
        """Whether the caller wants no more than what is there."""
        return self.stop.is_set()

    @property
    def hooks(self) -> Hooks:
        """Hooks of a search that is not shown."""
        return Hooks(stop=self.stop)
