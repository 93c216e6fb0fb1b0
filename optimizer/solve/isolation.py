"""Runs a solve in a child process, so that a crash of the solver is an error with a name and not the end.

The child is forked and tells progress, solutions and its result through a pipe. It ignores Ctrl-C, SIGTERM and
SIGHUP: the parent decides, asks it to stop, gives it a grace to hand over its incumbent, and then kills it. A child
whose parent has died ends itself.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import pickle
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from threading import Event, Lock, Thread, current_thread, main_thread
from types import FrameType
from typing import IO, Any, TypeVar, cast

from optimizer import errors
from optimizer.solve.outcome import Hooks

T = TypeVar("T")

GRACE_S = 6.0
_POLL_S = 0.05
_TAIL_CHARACTERS = 2000
_MEMORY_HELP = "fewer scenarios or phases, a shorter catalogue or a machine with more memory would help"
_CRASH_HELP = "one branch at a time (--set solve.threads=1) or another seed (--set solve.seed=1) may get past it"
_logger = logging.getLogger(__name__)


class ChildCrash(errors.SolverCrash):
    """The child died: by which signal, and the last lines it wrote."""

    def __init__(self, signal_name: str, log_tail: str = "", help: str | None = None) -> None:  # noqa: A002
        told = f"the solver process died of {signal_name}"
        if signal_name in ("SIGKILL", "MemoryError"):
            told = f"the solver process was killed ({signal_name}), most likely for want of memory"
            help = help or _MEMORY_HELP  # noqa: A001
        help = help or _CRASH_HELP  # noqa: A001
        super().__init__(told, help)
        self.signal_name = signal_name
        self.log_tail = log_tail

    def __reduce__(self) -> tuple[type[ChildCrash], tuple[str, str, str | None]]:
        """Pickle by the arguments, so that the error crosses a process border."""
        return type(self), (self.signal_name, self.log_tail, self.help)


def run_isolated(function: Callable[[Hooks], T], hooks: Hooks | None = None, grace_s: float = GRACE_S) -> T:
    """Call function(hooks) in a forked child and return its result, which must be picklable.

    Exceptions of the function are raised here. Raises SolverCrash if the child dies. After hooks.stop is set, or on
    the first Ctrl-C, the child is asked to stop and has grace_s to answer. Without fork the call is a plain one.
    """
    hooks = hooks or Hooks()
    if not hasattr(os, "fork"):
        return function(hooks)
    ours, theirs = Pipe(duplex=True)
    with tempfile.TemporaryFile() as errors_file:
        parent = os.getpid()
        with warnings.catch_warnings():
            # Newer Pythons warn of forking with threads; the child only touches this module and the solver.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            ours.close()
            _be_child(function, hooks, theirs, errors_file, parent)
        theirs.close()
        watch = _Watch(child, ours, hooks, grace_s)
        try:
            kind, content = watch.wait()
        finally:
            watch.end()
            ours.close()
        return cast("T", _delivered(kind, content, watch, hooks, errors_file))


@contextmanager
def stop_on_signals(stop: Event) -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM set `stop` once and raise KeyboardInterrupt the second time; yields the signals received."""
    received: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if current_thread() is not main_thread():
        yield received
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Watch:
    """The parent's side: reads the pipe until a result, the child's death or the end of the grace."""

    def __init__(self, child: int, pipe: Connection, hooks: Hooks, grace_s: float) -> None:
        self.child, self.pipe, self.hooks, self.grace_s = child, pipe, hooks, grace_s
        self.exit_status: int | None = None
        self.asked_at: float | None = None
        self.out_of_patience = False

    def wait(self) -> tuple[str, Any]:
        while True:
            try:
                message = self._next()
            except KeyboardInterrupt:
                if self.asked_at is not None:
                    raise
                self._ask()
                continue
            if message is not None and message[0] in ("result", "error", "died"):
                return message
            if message is not None:
                self._pass_on(*message)
            if self.hooks.stopping and self.asked_at is None:
                self._ask()
            if self.asked_at is not None and time.monotonic() > self.asked_at + self.grace_s:
                self.out_of_patience = True
                return "died", None

    def end(self) -> None:
        """Make sure that the child is gone and reaped."""
        if self.exit_status is None and self.out_of_patience:
            self._kill()
        deadline = time.monotonic() + 1.0
        while self.exit_status is None and not self._reap():
            if time.monotonic() > deadline:
                self._kill()
            time.sleep(0.002)

    def _next(self) -> tuple[str, Any] | None:
        try:
            if self.pipe.poll(_POLL_S):
                message: tuple[str, Any] = pickle.loads(self.pipe.recv_bytes())
                return message
            return ("died", None) if self._reap() and not self.pipe.poll(0) else None
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
        self.asked_at = time.monotonic()
        with contextlib.suppress(OSError):
            self.pipe.send("stop")

    def _reap(self) -> bool:
        if self.exit_status is None:
            found, status = os.waitpid(self.child, os.WNOHANG)
            self.exit_status = status if found else None
        return self.exit_status is not None

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)


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
    status = watch.exit_status or 0
    if os.WIFSIGNALED(status):
        raise ChildCrash(signal.Signals(os.WTERMSIG(status)).name, log_tail)
    raise ChildCrash(f"exit code {os.waitstatus_to_exitcode(status)}", log_tail)


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


def _be_child(
    function: Callable[[Hooks], Any], hooks: Hooks, pipe: Connection, errors_file: IO[bytes], parent: int
) -> None:
    """The child's whole life; it never returns, and never runs the parent's exit handlers."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # stdout is the caller's answer: what a library prints here goes to the log.
        os.dup2(os.open(hooks.log_path or os.devnull, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666), 1)
        os.dup2(errors_file.fileno(), 2)
        faulthandler.enable(2)
        stop, lock = Event(), Lock()
        Thread(target=_obey, args=(pipe, stop, parent), daemon=True).start()

        def send(kind: str, content: Any) -> None:
            packed = pickle.dumps((kind, content))
            with lock:
                pipe.send_bytes(packed)

        send(*_answer(function, _child_hooks(hooks, stop, send)))
        os._exit(0)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(70)


def _child_hooks(hooks: Hooks, stop: Event, send: Callable[[str, Any], None]) -> Hooks:
    return replace(
        hooks,
        stop=stop,
        on_progress=None if hooks.on_progress is None else lambda progress: send("progress", progress),
        on_solution=None if hooks.on_solution is None else lambda x: send("solution", x),
        on_log=None if hooks.on_log is None else lambda line: send("log", line),
    )


def _answer(function: Callable[[Hooks], Any], hooks: Hooks) -> tuple[str, Any]:
    try:
        return "result", function(hooks)
    except MemoryError:
        return "error", ChildCrash("MemoryError")
    except Exception as error:
        error.add_note("raised in the solver process:\n" + traceback.format_exc())
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return "error", errors.SolverCrash(f"{type(error).__name__} in the solver process: {error}")
        return "error", error


def _obey(pipe: Connection, stop: Event, parent: int) -> None:
    """Wait for the order to stop; end at once if the parent is gone."""
    while True:
        try:
            if pipe.poll(1.0):
                pipe.recv()
                stop.set()
        except (EOFError, OSError):
            os._exit(70)
        if os.getppid() != parent:
            os._exit(70)
