"""Runs a solve in a child process, so that a crash of the solver is an error with a name and not the end.

The child (child.py) tells progress, solutions and its result through a pipe. The parent asks it to stop, gives it a
grace to hand over its incumbent, and then kills it.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock, current_thread, main_thread
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from optimizer.solve.child import HELD_SIGNALS, SOLVER_NAME, ChildCrash, Job, live
from optimizer.solve.loading_meanwhile import load_one
from optimizer.solve.outcome import Hooks

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

__all__ = ["ChildCrash", "main_hidden", "run_isolated", "server_context", "spawning", "start_method"]

T = TypeVar("T")

GRACE_S = 6.0
_POLL_S = 0.05
_LEAVE_S = 1.0
"""How long a child that has answered may take to end."""
_TAIL_CHARACTERS = 2000
_SPAWNING = Lock()
_AMONG_THREADS: ContextVar[bool] = ContextVar("among_threads", default=False)
_logger = logging.getLogger(__name__)


def start_method() -> str:
    """`fork` where it is safe, since it costs no start-up: not on Windows, which has none, nor with macOS's threads.

    Within `spawning()` a server forks them: a notebook has threads, and a fork would copy the locks they hold.
    """
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return "spawn"
    return "forkserver" if _AMONG_THREADS.get() else "fork"


def server_context() -> ForkServerContext | SpawnContext:
    """Processes that are not forked from this one, whatever threads it has.

    Where the system offers it, a server is started that imports once what they need, and forks them; elsewhere each
    starts anew. The server ignores SIGHUP from its first moment, and its children begin with their signals held back.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing.forkserver import ensure_running

    system = multiprocessing.get_context("forkserver")
    system.set_forkserver_preload(["optimizer.study.worker_imports"])
    _track_resources()
    with _signals_held():
        if current_thread() is not main_thread():
            ensure_running()
            return system
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            ensure_running()
        finally:
            signal.signal(signal.SIGHUP, signal.SIG_DFL if before is None else before)
    return system


def _track_resources() -> None:
    """Start the interpreter's tracker: started with the first child, it would let the signals go that are held back."""
    if os.name == "posix":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()


@contextmanager
def spawning() -> Iterator[None]:
    """Within it, this thread's solver processes are not forked from this process."""
    token = _AMONG_THREADS.set(True)
    try:
        yield
    finally:
        _AMONG_THREADS.reset(token)


def run_isolated(function: Callable[[Hooks], T], hooks: Hooks | None = None, grace_s: float = GRACE_S) -> T:
    """Call function(hooks) in a child process and return its result, which must be picklable.

    Unless the child is forked, the function must be picklable too: a partial of one at module level. Exceptions of the
    function are raised here. Raises ChildCrash if the child dies. After hooks.stop is set, or on the first Ctrl-C, the
    child is asked to stop and has grace_s to answer. In a daemonic process, which may have no children, the call is a
    plain one.
    """
    hooks = hooks or Hooks()
    if multiprocessing.current_process().daemon:
        return function(hooks)
    method = start_method()
    system: Any = server_context() if method == "forkserver" else multiprocessing.get_context(method)
    ours, theirs = system.Pipe(duplex=True)
    with _errors_file() as errors_file:
        job = _job(function, hooks, Path(errors_file.name))
        # Not a daemon: at exit, those are sent a SIGTERM, which this one ignores, and are waited for.
        process = system.Process(target=live, args=(job, theirs), name=SOLVER_NAME, daemon=False)
        watch = _Watch(process, ours, hooks, grace_s)
        try:
            _start(process)
            theirs.close()
            kind, content = watch.wait()
        finally:
            watch.end()
            ours.close()
        return cast("T", _delivered(kind, content, watch, hooks, errors_file))


@contextmanager
def _errors_file() -> Iterator[IO[bytes]]:
    with tempfile.NamedTemporaryFile(prefix="optimizer-", delete=False) as file:
        try:
            yield cast("IO[bytes]", file)
        finally:
            file.close()
            Path(file.name).unlink(missing_ok=True)


def _job(function: Callable[[Hooks], Any], hooks: Hooks, errors_path: Path) -> Job:
    callbacks = {"progress": hooks.on_progress, "solution": hooks.on_solution, "log": hooks.on_log}
    return Job(
        function=function if start_method() == "fork" else pickle.dumps(function),
        wanted=tuple(kind for kind, hook in callbacks.items() if hook is not None),
        log_path=hooks.log_path,
        errors_path=errors_path,
    )


def _start(process: BaseProcess) -> None:
    """Start the child with signals held back until it ignores them; the parent gets its own when it has started."""
    forked = start_method() == "fork"
    with contextlib.nullcontext() if forked else main_hidden(), _signals_held(), _no_warning_of_forks(forked):
        atexit.register(process.kill)
        process.start()


@contextmanager
def _no_warning_of_forks(forked: bool) -> Iterator[None]:
    """Newer Pythons warn of forking with threads; the child only touches this room. Filters are the whole process's."""
    if not forked:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextmanager
def main_hidden() -> Iterator[None]:
    """Hide the caller's script: a child would import it first, and run it once more if nothing guards it."""
    _track_resources()
    with _SPAWNING:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


@contextmanager
def _signals_held() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Watch:
    """The parent's side: reads the pipe until a result, the child's death or the end of the grace."""

    def __init__(self, process: BaseProcess, pipe: Connection, hooks: Hooks, grace_s: float) -> None:
        self.process, self.pipe, self.hooks, self.grace_s = process, pipe, hooks, grace_s
        self.stop_requested_at: float | None = None
        self.out_of_patience = False

    def wait(self) -> tuple[str, Any]:
        while True:
            try:
                message = self._next()
            except KeyboardInterrupt:
                if self.stop_requested_at is not None:
                    raise
                self._ask()
                continue
            if message is not None and message[0] in ("result", "error", "died"):
                return message
            if message is not None:
                self._pass_on(*message)
            if self.hooks.stopping and self.stop_requested_at is None:
                self._ask()
            if self.stop_requested_at is not None and time.monotonic() > self.stop_requested_at + self.grace_s:
                self.out_of_patience = True
                return "died", None

    def end(self) -> None:
        """Make sure that the child is gone and reaped."""
        if self.process.pid is None:
            return
        if not self.out_of_patience:
            self.process.join(_LEAVE_S)
        if self.process.exitcode is None:
            self.process.kill()
        self.process.join()
        atexit.unregister(self.process.kill)

    def _next(self) -> tuple[str, Any] | None:
        try:
            if not self.pipe.poll(0) and not self.hooks.stopping and load_one():
                return None
            if self.pipe.poll(_POLL_S):
                message: tuple[str, Any] = self.pipe.recv()
                return message
            return ("died", None) if self.process.exitcode is not None and not self.pipe.poll(0) else None
        except (EOFError, OSError):
            return "died", None

    def _pass_on(self, kind: str, content: Any) -> None:
        hook = {
            "progress": self.hooks.on_progress,
            "solution": self.hooks.on_solution,
            "log": self.hooks.on_log,
        }[kind]
        if hook is not None:
            hook(content)

    def _ask(self) -> None:
        self.stop_requested_at = time.monotonic()
        with contextlib.suppress(OSError):
            self.pipe.send("stop")


def _delivered(kind: str, content: Any, watch: _Watch, hooks: Hooks, errors_file: IO[bytes]) -> Any:
    written = _tail(errors_file, head=True)
    if kind == "result":
        if written:
            _logger.warning("the solver process wrote: %s", written)
        return content
    if kind == "error":
        raise content
    log_tail = "\n".join(part for part in (_file_tail(hooks.log_path), written) if part)
    if watch.out_of_patience:
        help_text = f"it did not answer within {watch.grace_s:g} s after being asked to stop"
        raise ChildCrash("SIGKILL after the grace", log_tail, help_text)
    raise ChildCrash(_cause(watch.process.exitcode or 0), log_tail)


def _cause(exit_code: int) -> str:
    """The signal's name, or the exit code; Windows tells a crash by a code that is known in hexadecimal."""
    if exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code:#010x}" if exit_code > 0xFFFF else f"exit code {exit_code}"


def _tail(file: IO[bytes], head: bool = False) -> str:
    """End of the file, after its beginning if `head`: a crash dump names the culprit first."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    first = file.read(_TAIL_CHARACTERS).decode(errors="replace") + "\n" if head and size > _TAIL_CHARACTERS else ""
    file.seek(max(0, size - _TAIL_CHARACTERS))
    return (first + file.read().decode(errors="replace")).strip()


def _file_tail(path: Path | None) -> str:
    if path is None or not path.is_file():
        return ""
    with path.open("rb") as file:
        return _tail(file)
