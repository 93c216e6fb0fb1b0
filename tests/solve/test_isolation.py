"""The child process: results, crashes, stops, and nothing left behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from optimizer.solve.highs import Engine
from optimizer.solve.isolation import ChildCrash, run_isolated, stop_on_signals
from optimizer.solve.outcome import Hooks, Outcome, Progress, Request, SolverStatus
from optimizer.solve.unsound import Unsound

from .small import market_split

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def children() -> set[str]:
    """Processes this one has begun, those of earlier tests and of the interpreter among them."""
    return {pid for page in Path("/proc/self/task").glob("*/children") for pid in page.read_text().split()}


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before


def test_the_result_comes_from_another_process_whole() -> None:
    pid, x = run_isolated(lambda hooks: (os.getpid(), np.arange(300_000.0)))
    assert pid != os.getpid()
    assert x.sum() == 299_999 * 150_000


def test_an_exception_keeps_its_type_and_names() -> None:
    def fail(_hooks: Hooks) -> None:
        raise Unsound(("r1",), "odd")

    with pytest.raises(Unsound, match="odd: r1"):
        run_isolated(fail)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_names_its_signal_and_keeps_the_log(number: signal.Signals, tmp_path: Path) -> None:
    def crash(hooks: Hooks) -> None:
        assert hooks.log_path is not None
        hooks.log_path.write_text("presolving 42 rows")
        os.write(2, b"last words")
        os.kill(os.getpid(), number)

    with pytest.raises(ChildCrash, match=number.name) as caught:
        run_isolated(crash, Hooks(log_path=tmp_path / "log"))
    assert caught.value.signal_name == number.name
    assert "presolving 42 rows" in caught.value.log_tail
    assert "last words" in caught.value.log_tail


def test_a_kill_or_a_memory_error_points_at_memory() -> None:
    with pytest.raises(ChildCrash, match="memory") as caught:
        run_isolated(lambda hooks: os.kill(os.getpid(), signal.SIGKILL))
    assert caught.value.signal_name == "SIGKILL"

    def exhaust(_hooks: Hooks) -> None:
        raise MemoryError

    with pytest.raises(ChildCrash, match="memory"):
        run_isolated(exhaust)


def test_a_silent_exit_is_a_crash() -> None:
    with pytest.raises(ChildCrash, match="exit code 3"):
        run_isolated(lambda hooks: os._exit(3))


def test_exit_handlers_of_the_parent_do_not_run_in_the_child(tmp_path: Path) -> None:
    import atexit

    def handler() -> None:
        (tmp_path / f"ran-{os.getpid()}").touch()

    atexit.register(handler)
    try:
        run_isolated(lambda hooks: None)
    finally:
        atexit.unregister(handler)
    assert not list(tmp_path.iterdir())


def solve_hard(hooks: Hooks) -> Outcome:
    c = market_split()
    return Engine(c, hooks).solve(Request(cost=c.cost, time_limit_s=60))


def test_a_stop_brings_the_incumbent_home() -> None:
    stop, told, seen = threading.Event(), [], []
    timer = threading.Timer(1.5, stop.set)
    timer.start()
    began = time.monotonic()
    outcome = run_isolated(solve_hard, Hooks(stop=stop, on_progress=told.append, on_solution=seen.append))
    timer.join()
    assert time.monotonic() - began < 5
    assert outcome.status is SolverStatus.FEASIBLE
    assert outcome.interrupted
    assert outcome.objective <= min(float(market_split().cost @ x) for x in seen) + 1e-6
    assert told
    assert all(isinstance(p, Progress) for p in told)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_parent_stops_the_child(number: signal.Signals) -> None:
    stop = threading.Event()
    timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), number))
    with stop_on_signals(stop) as received:
        timer.start()
        outcome = run_isolated(solve_hard, Hooks(stop=stop))
        timer.join()
    assert received == [number]
    assert outcome.interrupted
    assert outcome.x is not None


def test_a_keyboard_interrupt_without_handler_still_brings_the_incumbent() -> None:
    # A shell that starts the tests in the background has SIGINT ignored; a terminal has not.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        outcome = run_isolated(solve_hard, Hooks())
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert outcome.interrupted


def test_the_second_signal_is_a_hard_stop() -> None:
    def deaf(_hooks: Hooks) -> None:
        time.sleep(30)

    stop = threading.Event()
    timers = [threading.Timer(after, lambda: os.kill(os.getpid(), signal.SIGINT)) for after in (0.3, 0.8)]
    began = time.monotonic()
    for timer in timers:
        timer.start()
    with stop_on_signals(stop), pytest.raises(KeyboardInterrupt):
        run_isolated(deaf, Hooks(stop=stop))
    assert time.monotonic() - began < 4


def test_a_deaf_child_is_killed_after_the_grace() -> None:
    stop = threading.Event()
    stop.set()
    began = time.monotonic()
    with pytest.raises(ChildCrash, match="grace"):
        run_isolated(lambda hooks: time.sleep(30), Hooks(stop=stop), grace_s=0.5)
    assert time.monotonic() - began < 3


def test_the_child_ignores_signals_of_the_whole_group() -> None:
    def signalled(_hooks: Hooks) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        return "alive"

    assert run_isolated(signalled) == "alive"


def test_a_child_whose_parent_dies_ends_itself(tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def grandchild(_hooks: Hooks) -> None:
        note.write_text(str(os.getpid()))
        time.sleep(30)

    def parent(_hooks: Hooks) -> None:
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
        run_isolated(grandchild)

    with pytest.raises(ChildCrash):
        run_isolated(parent)
    orphan = int(note.read_text())
    for _ in range(60):
        try:
            # A dead orphan may stay listed as a zombie until the system's first process reaps it.
            if Path(f"/proc/{orphan}/stat").read_text().split()[2] == "Z":
                return
            os.kill(orphan, 0)
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.1)
    pytest.fail("the orphan lives on")


def test_without_fork_the_call_is_a_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    assert run_isolated(lambda hooks: os.getpid()) == os.getpid()


def test_no_files_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    c = market_split(3, 14)
    run_isolated(lambda hooks: Engine(c, hooks).solve(Request(cost=c.cost)))
    assert not os.listdir()
