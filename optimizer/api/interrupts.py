"""Ctrl-C in a script or a notebook's cell: once to stop and keep the best design, twice to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

from optimizer.errors import UsageError


@contextmanager
def stoppable(stop: Event | None) -> Iterator[Event]:
    """The event that ends a search: the caller's own, or one that Ctrl-C sets.

    The handler is only changed in the main thread (no other may), only for the time of the search, and not where
    Ctrl-C is ignored. The second Ctrl-C raises KeyboardInterrupt.
    """
    if stop is not None and not isinstance(stop, Event):
        raise UsageError(f"stop is a threading.Event, not a {type(stop).__name__}")
    event = stop or Event()
    before = signal.getsignal(signal.SIGINT) if current_thread() is main_thread() else None
    if before in (None, signal.SIG_IGN):
        yield event
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    signal.signal(signal.SIGINT, handle)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
