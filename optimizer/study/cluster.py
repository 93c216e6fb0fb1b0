"""A pool of workers on a Dask cluster that is there already.

The scheduler hands pickled functions to the workers: whoever reaches it can run code on them. Keep it on the loopback
address or a private network, or use TLS. Its address comes from the command line, never from a file. Workers must have
the same versions as this process, or the records would not be theirs to make.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError, OptimizerError, UsageError
from optimizer.study.cell import CellTask, Record, StudyContext, failure
from optimizer.study.pools import Pool, Work
from optimizer.study.versions import difference, versions

TASKS_PER_WORKER = 2
"""One to work on and one at hand, so that no worker waits for the network."""
_CONNECT_S = 15
_NOTICE_S = 30.0
"""Without a worker for so long, it is said."""
_GIVE_UP_S = 900.0
"""Without a worker for so long, the study ends; it goes on from there when there are workers again."""
_FIRST_S = 20
"""Seconds that the first worker may take to come."""
_LOOK_S = 1.0
_CLOSE_S = 3
_GOES_ON = "what is done is kept; the same command goes on from here"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ONE_AT_A_TIME = Lock()
_logger = logging.getLogger(__name__)


def exposed(address: str) -> bool:
    """Whether the scheduler is reached over a network without TLS."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    return parts.scheme not in ("tls", "inproc") and parts.hostname not in _LOOPBACK


class Cluster:
    """The workers of a running cluster."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.workers = 1

    def open(self, work: Work, context: StudyContext) -> Pool:
        """Connect and compare versions with every worker. Raises UsageError or InputOutputError."""
        client = _client(self.address)
        try:
            with _connected(client):
                _check_workers(client, dict(context.versions))
            return _ClusterPool(client, work, context)
        except BaseException:
            _let_go(client)
            raise


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask, which is not installed", "pip install 'facility-optimizer[cluster]'"
        ) from None
    # Dask tells every lost connection with a traceback; what matters of it is said here.
    for name in ("distributed", "distributed.core", "distributed.client", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        return Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as problem:
        reason = clean(str(problem) or type(problem).__name__, 200)
        raise InputOutputError(f"no Dask scheduler answers at {clean(address, 100)}: {reason}") from problem


@contextmanager
def _connected(client: Any) -> Iterator[None]:
    """Whatever Dask raises once its scheduler is gone becomes words. Raises InputOutputError."""
    try:
        yield
    except OptimizerError:
        raise
    except Exception as problem:
        first = f"{type(problem).__name__}: {problem}".splitlines()[0]
        gone = client.status != "running" or "connection-lost" in str(problem)
        raise _lost("the scheduler is gone" if gone else clean(first, 200)) from problem
    if client.status != "running":
        raise _lost("the scheduler is gone")


def _lost(why: str) -> InputOutputError:
    return InputOutputError(f"the connection to the Dask scheduler is lost ({why})", _GOES_ON)


def _let_go(client: Any) -> None:
    with contextlib.suppress(Exception):
        client.close(timeout=_CLOSE_S)


def _check_workers(client: Any, ours: dict[str, str]) -> None:
    """The handshake: every worker has our versions. Raises UsageError."""
    # Who starts workers and study together is not to be told off because the study was quicker.
    with contextlib.suppress(TimeoutError):
        client.wait_for_workers(1, timeout=_FIRST_S)
    reported = client.run(versions, on_error="return")
    if not reported:
        raise UsageError("the cluster has no workers", "start some: dask worker ADDRESS --nthreads 1")
    for worker, theirs in sorted(reported.items()):
        if isinstance(theirs, BaseException):
            reason = clean(f"{type(theirs).__name__}: {theirs}", 200)
            raise UsageError(
                f"the worker {worker} cannot run the optimizer: {reason}", "install the same version there"
            )
        versions_differ = difference(ours, theirs)
        if versions_differ:
            raise UsageError(
                f"the worker {worker} has other versions: {versions_differ}", "install the same versions everywhere"
            )


class _ClusterPool:
    def __init__(self, client: Any, work: Work, context: StudyContext) -> None:
        # The context goes with every task: it is small, and data scattered to a worker dies with it.
        self._client, self._work, self._context = client, work, context
        self._running: dict[Any, CellTask] = {}
        self._workers = 1
        self._looked, self._seen = -_LOOK_S, time.monotonic()
        self._warned = False

    @property
    def slots(self) -> int:
        self._look()
        return max(1, TASKS_PER_WORKER * self._workers)

    def submit(self, task: CellTask) -> None:
        with _connected(self._client):
            future = self._client.submit(_worked, self._work, self._context, task, pure=False)
        self._running[future] = task

    def _look(self) -> None:
        """Count the workers now and then. Without any, say so after a while, and end after a longer one."""
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return
        self._looked = now
        with _connected(self._client):
            self._workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if self._workers:
            self._seen, self._warned = now, False
        elif now - self._seen > _GIVE_UP_S:
            raise InputOutputError(f"the cluster has had no workers for {now - self._seen:.0f} s", _GOES_ON)
        elif now - self._seen > _NOTICE_S and not self._warned:
            self._warned = True
            _logger.warning(
                "the cluster has had no workers for %.0f s: waiting for one, for %.0f s at most",
                now - self._seen, _GIVE_UP_S,
            )  # fmt: skip

    def collect(self, timeout_s: float) -> list[Record]:
        from distributed import wait

        if not self._running:
            return []
        self._look()
        with _connected(self._client), contextlib.suppress(TimeoutError), self._client.as_current():
            wait(list(self._running), timeout=timeout_s, return_when="FIRST_COMPLETED")
        done = [future for future in self._running if future.done()]
        return [self._record(future, self._running.pop(future)) for future in done]

    def _record(self, future: Any, task: CellTask) -> Record:
        if future.status in ("cancelled", "lost"):
            raise _lost("it forgot a cell")
        try:
            record: Record = future.result()
        except UsageError:
            raise
        except Exception as problem:
            # Dask itself has tried a cell again whose worker died, as often as the scheduler allows.
            dead = type(problem).__name__ == "KilledWorker"
            reason = "its workers died, again and again" if dead else f"{type(problem).__name__}: {problem}"
            record = failure(task.key, "failed", reason)
        return record

    def close(self, at_once: bool) -> None:
        if at_once and self._running and self._client.status == "running":
            with contextlib.suppress(Exception):
                self._client.cancel(list(self._running), force=True)
        _let_go(self._client)


def _worked(work: Work, context: StudyContext, task: CellTask) -> Record:
    """On the worker. A worker may join late: its versions are compared again. Its threads take turns."""
    versions_differ = difference(dict(context.versions), versions())
    if versions_differ:
        raise UsageError(f"a worker has other versions: {versions_differ}", "install the same versions everywhere")
    with _ONE_AT_A_TIME:
        return work(context, task, None)
