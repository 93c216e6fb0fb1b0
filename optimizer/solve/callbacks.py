"""What HiGHS calls back while it runs: asks whether to stop, tells of progress, solutions and log lines."""

from __future__ import annotations

import os
import time
from _thread import LockType, allocate_lock
from collections.abc import Callable
from math import inf, isfinite
from multiprocessing import parent_process
from queue import SimpleQueue
from threading import Thread
from typing import Any, ClassVar

import numpy as np

from optimizer.solve.outcome import Hooks, Outcome, Progress, Request, SolverStatus, Vector

_REPORT_EVERY_S = 0.5
_WATCH_S = 0.05
_LATE_S = 0.5
"""HiGHS's own time limit is soft; this much later the run is interrupted."""
_PATIENCE_S = 1.0
"""A run that has not answered a stop, or the end of its time, after this long is overdue."""


class Listener:
    """Callback target of one run. It holds no reference to the solver, so nothing is kept alive in a circle."""

    def __init__(self, hooks: Hooks, request: Request) -> None:
        self.stopped = False
        self.enough = False
        self.abandoned = False
        self.bound = -inf
        self.failure: BaseException | None = None
        self.best_x: Vector | None = None
        self._best_objective = inf
        self._hooks = hooks
        self._obey_stop = request.obey_stop
        self._asks = request.enough
        self._began = self._reported = time.monotonic()
        self._deadline = self._began + request.time_limit_s + _LATE_S
        self._stopped_at = inf

    @property
    def seconds(self) -> float:
        """Time since the run began."""
        return time.monotonic() - self._began

    def attach(self, highs: Any, kinds: Any) -> None:
        """Start listening to a Highs instance; `kinds` is highspy's enumeration of callbacks."""
        self._kinds = kinds
        highs.setCallback(self, None)
        for kind in (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt):
            highs.startCallback(kind)
        highs.startCallback(kinds.kCallbackMipSolution)
        if self._hooks.on_log is not None:
            highs.startCallback(kinds.kCallbackLogging)

    def forget(self) -> None:
        """The run is over. HiGHS keeps its last target, whose hooks would keep the whole search alive."""
        self._hooks, self._asks = Hooks(), None

    def overdue(self) -> bool:
        """True if the run was told to stop, or its time is up, and it has not answered for a second."""
        self._must_stop()
        now = time.monotonic()
        return now > self._stopped_at + _PATIENCE_S or now > self._deadline + _PATIENCE_S

    def __call__(self, kind: Any, message: str, data_out: Any, data_in: Any, _user: Any) -> None:
        """Handle one callback. An exception must not cross the solver's own code: it is kept and raised after."""
        if self.abandoned:
            if data_in is not None:
                data_in.user_interrupt = True
            return
        try:
            if kind == self._kinds.kCallbackLogging:
                if self._hooks.on_log is not None:
                    self._hooks.on_log(message)
            elif kind == self._kinds.kCallbackMipSolution:
                self._keep(data_out)
            else:
                if kind == self._kinds.kCallbackMipInterrupt:
                    self._bounded(data_out)
                    self._report(data_out)
                if self._must_stop() or self.enough:
                    data_in.user_interrupt = True
        except BaseException as error:
            self.failure = error

    def _must_stop(self) -> bool:
        if not self.stopped and ((self._obey_stop and self._hooks.stopping) or self.failure is not None):
            self.stopped = True
            self._stopped_at = time.monotonic()
        return self.stopped or time.monotonic() > self._deadline

    def _keep(self, data_out: Any) -> None:
        if data_out.objective_function_value < self._best_objective:
            self._best_objective = data_out.objective_function_value
            self.best_x = np.array(data_out.mip_solution, dtype=np.float64)
            if self._hooks.on_solution is not None:
                self._hooks.on_solution(self.best_x)

    def _bounded(self, data_out: Any) -> None:
        """Take the bound, and ask whether it will do. No clock has a part in that: equal solves end at equal nodes."""
        if isfinite(data_out.mip_dual_bound):
            self.bound = max(self.bound, float(data_out.mip_dual_bound))
            # A new solution changes the answer too, so a bound that stands still is asked about again.
            self.enough = self.enough or (self._asks is not None and self._asks(self.bound))

    def _report(self, data_out: Any) -> None:
        now = time.monotonic()
        if self._hooks.on_progress is None or now - self._reported < _REPORT_EVERY_S:
            return
        self._reported = now
        primal, dual = float(data_out.mip_primal_bound), float(data_out.mip_dual_bound)
        self._hooks.on_progress(
            Progress(
                now - self._began,
                primal if isfinite(primal) else inf,
                dual if isfinite(dual) else -inf,
                max(0, int(data_out.mip_node_count)),
            )
        )

    def left_behind(self, request: Request) -> Outcome:
        """Outcome of an abandoned run, from what it told before."""
        x, bound = self.best_x, self.bound
        objective = inf if x is None else float(request.cost @ x) + request.offset
        status = SolverStatus.NO_SOLUTION if x is None else SolverStatus.FEASIBLE
        seconds, message = self.seconds, "the solver did not answer in time and was left behind"
        return Outcome(
            status=status,
            x=x,
            objective=objective,
            bound=min(bound, objective),
            seconds=seconds,
            nodes=0,
            interrupted=self.stopped,
            message=message,
        )


class _Runner:
    """A thread that runs solvers, one after the other.

    HiGHS prepares its own threads anew for every thread that calls it, which takes as long as a small linear programme.
    A process that is there for searches alone therefore keeps those of searches with one thread, whose number HiGHS
    fixes at the first run in a thread; elsewhere no thread is left when a run ends.
    """

    idle: ClassVar[list[_Runner]] = []

    def __init__(self) -> None:
        self._todo: SimpleQueue[tuple[Callable[[], None], LockType] | None] = SimpleQueue()
        Thread(target=self._serve, daemon=True).start()

    def begin(self, work: Callable[[], None]) -> LockType:
        """Have the work done; returns a lock that is free when it is."""
        done = allocate_lock()
        done.acquire()
        self._todo.put((work, done))
        return done

    def let_go(self, kept: bool) -> None:
        """Keep it for the next run, or have it end when its run does."""
        if kept and parent_process() is not None:
            self.idle.append(self)
        else:
            self._todo.put(None)

    def _serve(self) -> None:
        while (given := self._todo.get()) is not None:
            work, done = given
            work()
            # Nothing of a solver that is done with is kept until the next run.
            del given, work
            done.release()


# A fork has none of its parent's threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Runner.idle.clear)


def run_watched(highs: Any, listener: Listener) -> Any:
    """Run in a thread, because the root LP and the sub-MIPs of a MIP call nobody back. Returns the run's status.

    A run that answers neither the stop nor its time limit is left behind: its incumbent and bound are kept, and the
    caller loads the model into a new instance. The thread ends at its next callback or with the process.
    """
    answer: list[Any] = []

    def run() -> None:
        try:
            answer.append(highs.run())
        except BaseException as error:
            # A lack of memory comes out of the solver as an exception.
            listener.failure = error

    alone = highs.getOptionValue("threads")[1] == 1
    runner = _Runner.idle.pop() if alone and _Runner.idle else _Runner()
    done = runner.begin(run)
    ended = False
    try:
        while not (ended := done.acquire(timeout=_WATCH_S)) and not listener.overdue():
            pass
    finally:
        listener.abandoned = not ended
        runner.let_go(kept=ended and alone)
    return answer[0] if answer else None
