"""Ctrl-C, SIGTERM and SIGHUP during a search: once to stop and keep the best design, twice (or after the grace) to end.

A terminal that is closed sends SIGHUP, often twice (the system and the shell), so that a second one insists on nothing.
Where it is ignored from the start (`nohup`), it stays ignored.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Timer
from types import FrameType

from optimizer.cli.failures import Stopped
from optimizer.errors import ExitCode

_HANG_UP = getattr(signal, "SIGHUP", None)
"""Not there on Windows."""


@dataclass
class Stopping:
    """What has been asked so far."""

    stop: Event = field(default_factory=Event)
    received: list[int] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    is_writing: bool = False

    @property
    def code(self) -> ExitCode | None:
        """The exit code of the first signal; None if there was none."""
        if not self.received:
            return None
        return ExitCode.INTERRUPTED if self.received[0] == signal.SIGINT else ExitCode.TERMINATED

    def writing(self) -> None:
        """The grace is for the search: what it found is written, however long that takes. A second signal ends it."""
        self.is_writing = True
        for timer in self.timers:
            timer.cancel()


@contextmanager
def stoppable(grace_s: float) -> Iterator[Stopping]:
    """Watch for signals. The second one, or the end of the grace after the first, raises Stopped where the work is."""
    state = Stopping()

    def handle(number: int, _frame: FrameType | None) -> None:
        state.received.append(number)
        if state.stop.is_set():
            if number == _HANG_UP:
                return
            raise Stopped(state.code or ExitCode.INTERRUPTED)
        state.stop.set()
        if state.is_writing:
            return
        timer = Timer(grace_s, _signal_again)
        timer.daemon = True
        timer.start()
        state.timers.append(timer)

    if threading.current_thread() is not threading.main_thread():
        yield state
        return
    before = {number: signal.signal(number, handle) for number in _watched()}
    try:
        yield state
    finally:
        state.writing()
        for number, handler in before.items():
            signal.signal(number, handler)


def _watched() -> tuple[int, ...]:
    hang_up = () if _HANG_UP is None or signal.getsignal(_HANG_UP) is signal.SIG_IGN else (_HANG_UP,)
    return (signal.SIGINT, signal.SIGTERM, *hang_up)


def _signal_again() -> None:
    """From the timer's thread: interrupt whatever the main thread waits for."""
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)
