"""Makes something in a process beside this one, where that is safe and there is a processor for it; else here, later.

The process is forked, so that it has everything this one holds and nothing is loaded twice. It is a help and no more:
whatever it cannot give is made here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import active_count

from optimizer.solve.isolation import start_method

Make = Callable[[], bytes]


@contextmanager
def made_beside(make: Make) -> Iterator[Make]:
    """Within it, `make` is at work in a process of its own; what is given in its place waits for what it returns.

    It raises what `make` raises. The process ends with the context, whether anybody waited for it or not.
    """
    if not _may_fork():
        yield make
        return
    system = multiprocessing.get_context("fork")
    ours, theirs = system.Pipe(duplex=False)
    process = system.Process(target=_live, args=(make, theirs), name="optimizer-maker", daemon=True)
    with ours:
        with warnings.catch_warnings():
            # Newer Pythons warn of forking where a library has threads; the process calls none of those.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        theirs.close()
        try:
            yield lambda: _received(ours) or make()
        finally:
            process.kill()
            process.join()


def _may_fork() -> bool:
    """Whether this process has no threads, whose locks a fork copies, may have children, and is not the only one."""
    alone = start_method() == "fork" and active_count() == 1 and not multiprocessing.current_process().daemon
    return alone and (os.cpu_count() or 1) > 1


def _received(pipe: Connection) -> bytes:
    """What the process made; empty if it died or could not make it."""
    with suppress(EOFError, OSError):
        return pipe.recv_bytes()
    return b""


def _live(make: Make, pipe: Connection) -> None:
    """The whole life of the process; it runs no exit handlers of its parent, whose signals are not for it."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with suppress(Exception):
            pipe.send_bytes(make())
    finally:
        os._exit(0)
