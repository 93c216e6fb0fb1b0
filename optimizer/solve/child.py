"""The solver's own process, from its side: what it obeys, what it tells, and how it ends.

It ignores Ctrl-C, SIGTERM and SIGHUP, since they reach a whole group of processes and the parent decides. It stops when
the parent tells it to, and ends itself when the parent is gone.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import util
from multiprocessing.connection import Connection, wait
from multiprocessing.process import current_process, parent_process
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from optimizer.errors import SolverCrash
from optimizer.solve.outcome import Hooks

HELD_SIGNALS = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}
"""Signals that the parent answers; on Windows there are fewer."""
SOLVER_NAME, WORKER_NAME = "optimizer-solver", "optimizer-worker"
"""Names of our processes, which take the signals that are held back into their own hands."""
_MEMORY_HELP = "fewer scenarios or phases, a shorter catalogue or a machine with more memory would help"
_CRASH_HELP = "one branch at a time (--set solve.threads=1) or another seed (--set solve.seed=1) may get past it"


class ChildCrash(SolverCrash):
    """The solver's process died: by which signal, and the last lines it wrote."""

    def __init__(self, signal_name: str, log_tail: str = "", help: str | None = None) -> None:  # noqa: A002
        text = f"the solver process died of {signal_name}"
        if signal_name in ("SIGKILL", "MemoryError"):
            text = f"the solver process was killed ({signal_name}), most likely for want of memory"
            help = help or _MEMORY_HELP  # noqa: A001
        help = help or _CRASH_HELP  # noqa: A001
        super().__init__(text, help)
        self.signal_name = signal_name
        self.log_tail = log_tail

    def __reduce__(self) -> tuple[type[ChildCrash], tuple[str, str, str | None]]:
        """Pickle by the arguments, so that the error crosses a process border."""
        return type(self), (self.signal_name, self.log_tail, self.help)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What the process is started with; `function` is pickled already where the start method would pickle it."""

    function: Callable[[Hooks], Any] | bytes
    wanted: tuple[str, ...]
    """Which of progress, solution and log the parent wants to hear."""
    log_path: Path | None
    errors_path: Path
    """An empty file for what is written to stderr."""


def hold_signals_of_our_own_only() -> None:
    """In the server that forks processes, and holds signals back for ours: let them through to everybody else's.

    The server is one for the whole program. A pool of the caller that is born with SIGTERM held back cannot be ended.
    """
    util.register_after_fork(sys.modules[__name__], _release)


def _release(_module: object) -> None:
    if current_process().name not in (SOLVER_NAME, WORKER_NAME) and hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)


def live(job: Job, pipe: Connection) -> None:
    """The whole life of the process; it never returns, and never runs exit handlers of the parent."""
    try:
        for number in HELD_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)
        _redirect_output(job)
        stop, lock = Event(), Lock()
        Thread(target=_obey, args=(pipe, stop), daemon=True).start()

        def send(kind: str, content: Any) -> None:
            packed = pickle.dumps((kind, content))
            with lock:
                pipe.send_bytes(packed)

        send(*_answer(job.function, _hooks(job, stop, send)))
        os._exit(0)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(70)


def _redirect_output(job: Job) -> None:
    """stdout is the caller's answer: what a library prints here goes to the log."""
    os.dup2(os.open(job.log_path or os.devnull, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666), 1)
    os.dup2(os.open(job.errors_path, os.O_WRONLY | os.O_APPEND), 2)
    # The parent has the file open and reads it all the same; Windows refuses, and leaves it to the parent.
    with contextlib.suppress(OSError):
        job.errors_path.unlink()
    faulthandler.enable(2)


def _hooks(job: Job, stop: Event, send: Callable[[str, Any], None]) -> Hooks:
    def forward(kind: str) -> Callable[[Any], None] | None:
        return (lambda content: send(kind, content)) if kind in job.wanted else None

    return Hooks(stop, forward("progress"), forward("solution"), forward("log"), job.log_path)


def _answer(function: Callable[[Hooks], Any] | bytes, hooks: Hooks) -> tuple[str, Any]:
    try:
        work: Callable[[Hooks], Any] = pickle.loads(function) if isinstance(function, bytes) else function
        return "result", work(hooks)
    except MemoryError:
        return "error", ChildCrash("MemoryError")
    except Exception as error:
        error.add_note("raised in the solver process:\n" + traceback.format_exc())
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return "error", SolverCrash(f"{type(error).__name__} in the solver process: {error}")
        return "error", error


def _obey(pipe: Connection, stop: Event) -> None:
    """Wait for the order to stop; end at once if the parent is gone."""
    parent = parent_process()
    assert parent is not None
    with contextlib.suppress(EOFError, OSError):
        while parent.sentinel not in wait([pipe, parent.sentinel]):
            pipe.recv()
            stop.set()
    os._exit(70)
