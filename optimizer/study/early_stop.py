"""Stopping a search as soon as its bound answers the question that was put to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

from optimizer.solve.outcome import Hooks, Progress


class _Either(Event):
    """Set if it was set itself, or if the caller's was."""

    def __init__(self, other: Event | None) -> None:
        super().__init__()
        self.other = other

    def is_set(self) -> bool:
        """Whether either was set."""
        return super().is_set() or (self.other is not None and self.other.is_set())


def with_early_stop(hooks: Hooks | None, is_enough: Callable[[float], bool]) -> Hooks:
    """The hooks, with a search that stops once `is_enough` says so of its proven bound, or the caller stops it."""
    outer = hooks or Hooks()
    stop = _Either(outer.stop)

    def watch(progress: Progress) -> None:
        if outer.on_progress is not None:
            outer.on_progress(progress)
        if is_enough(progress.bound):
            stop.set()

    return replace(outer, stop=stop, on_progress=watch)
