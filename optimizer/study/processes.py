"""A pool of processes on this machine.

Workers are forked from this process, which costs no loading, if it has no threads and has loaded what they need. A
command forks a few early, before it reads the instance, and they load meanwhile; many are forked by a server, which
loads once for all of them. Workers ignore Ctrl-C and SIGHUP (the parent decides) and end themselves when the parent is
gone. A worker that dies takes only its own cell with it, which is tried once more by a fresh worker.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread, active_count
from typing import TYPE_CHECKING, Any

from optimizer.solve.child import HELD_SIGNALS, WORKER_NAME
from optimizer.solve.isolation import main_hidden, server_context, start_method
from optimizer.solve.loading_meanwhile import load_one

if TYPE_CHECKING:
    from optimizer.study.cell import CellTask, Record, StudyContext
    from optimizer.study.pools import Pool, Work

_LOADED_LAST = "optimizer.solve.search"
"""Whoever has loaded it has built or solved a model here."""


MOST_EARLY = 4
"""Workers that load for themselves; beyond, the memory of what is loaded is worth sharing."""


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: CellTask | None = None


_early: list[_Worker] = []
"""Workers that wait for a pool to take them."""


def load_early(workers: int) -> None:
    """Have so many workers load what they need while this process reads an instance, for the next pool that is opened.

    To be called before there are threads. Where nothing is forked, or for many, a server is started instead that loads.
    """
    if not (start_method() == "fork" and active_count() == 1 and workers <= MOST_EARLY):
        if workers > 1:
            server_context()
        return
    if _LOADED_LAST not in sys.modules:
        # Before this process loads what an instance may say: it takes as long as they need for that and for the solver.
        _early.extend(_forked(_serve_early, ()) for _ in range(workers - len(_early)))


def let_go_early() -> None:
    """End the workers that no pool has taken."""
    while _early:
        _ended(_early.pop())


def _forked(life: Callable[..., None], arguments: tuple[Any, ...], system: Any = None) -> _Worker:
    system = system or multiprocessing.get_context("fork")
    ours, theirs = system.Pipe()
    process = system.Process(target=life, args=(theirs, *arguments), name=WORKER_NAME, daemon=True)
    with contextlib.nullcontext() if system.get_start_method() == "fork" else main_hidden():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def _ended(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


class Processes:
    """`workers` processes on this machine. `meanwhile` is called, in a thread, when the first of them is at work."""

    def __init__(self, workers: int, meanwhile: Callable[[], None] | None = None) -> None:
        self.workers = workers
        self._meanwhile = meanwhile

    def open(self, work: Work, context: StudyContext) -> Pool:
        """Start nothing yet: a worker is started when there is a task for it."""
        return _ProcessPool(work, context, self.workers, self._meanwhile)


class _ProcessPool:
    def __init__(
        self, work: Work, context: StudyContext, slots: int, meanwhile: Callable[[], None] | None = None
    ) -> None:
        self._work, self._context, self.slots, self._meanwhile = work, context, slots, meanwhile
        self._workers: list[_Worker] = []
        self._crashes: dict[str, int] = {}

    def submit(self, task: CellTask) -> None:
        idle = next((worker for worker in self._workers if worker.task is None), None) or self._started()
        idle.task = task
        # A worker that died idle is noticed when its pipe is read.
        with contextlib.suppress(OSError):
            idle.pipe.send(task)
        if self._meanwhile is not None:
            Thread(target=self._meanwhile, daemon=True).start()
            self._meanwhile = None

    def _started(self) -> _Worker:
        brief = (self._work, self._context, dict(os.environ))
        worker = self._taken(brief) or _forked(_serve, brief, self._system())
        self._workers.append(worker)
        return worker

    def _taken(self, brief: tuple[Any, ...]) -> _Worker | None:
        """A worker that was forked early, told what to do; None if none is left. One that died is passed over."""
        while _early:
            worker = _early.pop()
            with contextlib.suppress(OSError):
                worker.pipe.send(brief)
                return worker
            _ended(worker)
        return None

    def _system(self) -> Any:
        """How a worker is started. A fork copies the locks that other threads hold: then it is left to the server."""
        ready = self.slots == 1 or _LOADED_LAST in sys.modules
        alone = start_method() == "fork" and active_count() == 1
        return multiprocessing.get_context("fork") if ready and alone else server_context()

    def collect(self, timeout_s: float) -> list[Record]:
        busy = {worker.pipe: worker for worker in self._workers if worker.task is not None}
        done = []
        for pipe in _awaited(list(busy), timeout_s):
            assert isinstance(pipe, Connection)
            worker = busy[pipe]
            try:
                done.append(pipe.recv())
                worker.task = None
            except (EOFError, OSError):
                done += self._lost(worker)
        return done

    def _lost(self, worker: _Worker) -> list[Record]:
        """Try the cell of a dead worker again, or say of what it died."""
        from optimizer.study.cell import failure
        from optimizer.study.pools import CRASHES_ALLOWED

        task = worker.task
        assert task is not None
        self._workers.remove(worker)
        worker.pipe.close()
        worker.process.join(5)
        self._crashes[task.key] = self._crashes.get(task.key, 0) + 1
        if self._crashes[task.key] <= CRASHES_ALLOWED:
            self.submit(task)
            return []
        died = f"the worker died of {_cause(worker.process.exitcode)}, {self._crashes[task.key]} times"
        return [failure(task.key, "failed", died)]

    def close(self, at_once: bool) -> None:
        for worker in self._workers:
            # One that has nothing to do has nothing to lose; to end by itself takes an interpreter 0.05 s.
            if at_once or worker.task is None:
                worker.process.kill()
            else:
                with contextlib.suppress(OSError):
                    worker.pipe.send(None)
        for worker in self._workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self._workers = []
        let_go_early()


def _awaited(pipes: list[Connection], timeout_s: float) -> list[Any]:
    """Pipes with something to read, waiting for one at most so long, and loading meanwhile what is wanted later."""
    ready = wait(pipes, 0)
    while not ready and timeout_s > 0 and load_one():
        ready = wait(pipes, 0)
    return ready or wait(pipes, timeout_s)


def _cause(exit_code: int | None) -> str:
    if exit_code is None:
        return "an unknown cause"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    name = signal.Signals(-exit_code).name
    return f"{name} (most likely for want of memory)" if name == "SIGKILL" else name


def _serve(pipe: Connection, work: Work, context: StudyContext, environment: dict[str, str]) -> None:
    """The life of a worker."""
    _settle_in(environment)
    Thread(target=_end_with_parent, daemon=True).start()
    _work_on(pipe, work, context)


def _serve_early(pipe: Connection) -> None:
    """The life of a worker that loads before it is told what to do."""
    _settle_in(dict(os.environ))
    Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(ImportError):
        import_module("optimizer.study.worker_imports")
    try:
        work, context, environment = pipe.recv()
    except (EOFError, OSError):
        return
    _take_over(environment)
    gc.freeze()
    _work_on(pipe, work, context)


def _settle_in(environment: dict[str, str]) -> None:
    """Signals, environment, output and garbage of a worker."""
    for name, action in (("SIGINT", signal.SIG_IGN), ("SIGHUP", signal.SIG_IGN), ("SIGTERM", signal.SIG_DFL)):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), action)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)
    _take_over(environment)
    # Whatever a library prints here (a solver its name and version) is no part of the answer, and no message either.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    gc.freeze()
    # After every cell the garbage is collected; in between hardly ever.
    gc.set_threshold(100_000, 20, 50)


def _take_over(environment: dict[str, str]) -> None:
    """The server, or the command at its beginning, may have had another environment than the study."""
    os.environ.clear()
    os.environ.update(environment)


def _work_on(pipe: Connection, work: Work, context: StudyContext) -> None:
    """Task by task, until there are no more."""
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        if task is None:
            return
        with contextlib.suppress(BrokenPipeError):
            pipe.send(work(context, task, None))


def _end_with_parent() -> None:
    """An orphan would go on searching for nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(70)
