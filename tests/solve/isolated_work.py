"""What the tests let a child process do: functions at module level, so that a spawned one can import them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np

from optimizer.solve.highs import Engine
from optimizer.solve.isolation import run_isolated
from optimizer.solve.outcome import Hooks, Outcome, Request, Vector
from optimizer.solve.unsound import Unsound

from .small import market_split


def pid_and_array(_hooks: Hooks) -> tuple[int, Vector]:
    return os.getpid(), np.arange(300_000.0)


def two_pids() -> tuple[int, int]:
    """This process, and that of an isolated call from here."""
    return os.getpid(), run_isolated(pid_and_array)[0]


def held_signals() -> list[signal.Signals]:
    """The signals that are held back from this process."""
    return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))


def nothing(_hooks: Hooks) -> None:
    """For what a process does without being told."""


def fail(_hooks: Hooks) -> None:
    raise Unsound(("r1",), "odd")


def crash(number: signal.Signals, hooks: Hooks) -> None:
    assert hooks.log_path is not None
    hooks.log_path.write_text("presolving 42 rows")
    os.write(2, b"last words")
    os.kill(os.getpid(), number)


def die(number: int, _hooks: Hooks) -> None:
    os.kill(os.getpid(), number)


def exhaust(_hooks: Hooks) -> None:
    raise MemoryError


def leave(code: int, _hooks: Hooks) -> None:
    os._exit(code)


def sleep(_hooks: Hooks) -> None:
    time.sleep(30)


def survive_signals(_hooks: Hooks) -> str:
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGHUP)
    return "alive"


def write_everywhere(_hooks: Hooks) -> None:
    os.write(1, b"from the system")
    os.write(2, b"a warning")


def loaded_modules(_hooks: Hooks) -> tuple[set[str], str | None]:
    """Packages that a process has loaded for a search, and the script it holds for its own."""
    import optimizer.solve.minimise  # noqa: F401

    Engine(market_split(3, 14))
    return {name.partition(".")[0] for name in sys.modules}, getattr(sys.modules["__main__"], "__file__", None)


def solve_hard(hooks: Hooks) -> Outcome:
    c = market_split()
    return Engine(c, hooks).solve(Request(cost=c.cost, time_limit_s=60))


def solve_in_turns(_hooks: Hooks) -> tuple[list[Outcome], list[int]]:
    """Searches of one thread and of two by turns, and the threads of Python that are left after each."""
    c, found, left = market_split(3, 14), [], []
    before = threading.active_count()
    for threads in (1, 2, 1, 2, 1):
        found.append(Engine(c, threads=threads).solve(Request(cost=c.cost)))
        left.append(threading.active_count() - before)
    return found, left


def solve_easy(hooks: Hooks) -> Outcome:
    c = market_split(3, 14)
    return Engine(c, hooks).solve(Request(cost=c.cost))


def _note_and_sleep(note: Path, _hooks: Hooks) -> None:
    note.write_text(str(os.getpid()))
    time.sleep(30)


def die_as_a_parent(note: Path, _hooks: Hooks) -> None:
    """Be killed as soon as a child of one's own is at work."""
    from functools import partial

    def end() -> None:
        while not (note.exists() and note.read_text()):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=end).start()
    run_isolated(partial(_note_and_sleep, note))
