"""The child process, forked and spawned: results, crashes, stops, and nothing left behind."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_all_start_methods, get_context, resource_tracker
from pathlib import Path
from typing import Any

import pytest

from optimizer import pipeline
from optimizer.cli.failures import Stopped
from optimizer.cli.signals import stoppable
from optimizer.solve import isolation
from optimizer.solve.isolation import ChildCrash, run_isolated, server_context, start_method
from optimizer.solve.outcome import Hooks, Progress, SolverStatus, Vector
from optimizer.solve.unsound import Unsound
from tests.tiny import ROOT, tiny

from . import isolated_work as work
from .small import market_split

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")


@pytest.fixture(params=["fork", "forkserver", "spawn"], autouse=True)
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test with all ways to get a process; Windows and macOS spawn, the API asks a server."""
    found: str = request.param
    if found not in get_all_start_methods():
        pytest.skip("this system cannot fork")
    monkeypatch.setattr(isolation, "start_method", lambda: found)
    return found


def children() -> set[str]:
    """Processes this one has begun, those of earlier tests and of the interpreter among them."""
    return {pid for page in Path("/proc/self/task").glob("*/children") for pid in page.read_text().split()}


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    # The interpreter's own, which stay once anything has been spawned.
    resource_tracker.ensure_running()
    isolation.server_context()
    before = children()
    yield
    assert children() <= before


def test_the_method_is_one_that_this_system_has() -> None:
    assert start_method() in get_all_start_methods()


def test_without_fork_or_with_the_threads_of_macos_the_child_is_spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start_method() == "fork"
    with isolation.spawning():
        assert start_method() == "forkserver"
    assert start_method() == "fork"
    monkeypatch.setattr("sys.platform", "darwin")
    assert start_method() == "spawn"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.delattr(os, "fork")
    assert start_method() == "spawn"


def test_the_result_comes_from_another_process_whole() -> None:
    pid, x = run_isolated(work.pid_and_array)
    assert pid != os.getpid()
    assert x.sum() == 299_999 * 150_000


def test_an_exception_keeps_its_type_and_names() -> None:
    with pytest.raises(Unsound, match="odd: r1"):
        run_isolated(work.fail)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_names_its_signal_and_keeps_the_log(number: signal.Signals, tmp_path: Path) -> None:
    with pytest.raises(ChildCrash, match=number.name) as caught:
        run_isolated(partial(work.crash, number), Hooks(log_path=tmp_path / "log"))
    assert caught.value.signal_name == number.name
    assert "presolving 42 rows" in caught.value.log_tail
    assert "last words" in caught.value.log_tail


def test_a_kill_or_a_memory_error_points_at_memory() -> None:
    with pytest.raises(ChildCrash, match="memory") as caught:
        run_isolated(partial(work.die, signal.SIGKILL))
    assert caught.value.signal_name == "SIGKILL"
    with pytest.raises(ChildCrash, match="memory"):
        run_isolated(work.exhaust)


def test_a_silent_exit_is_a_crash() -> None:
    with pytest.raises(ChildCrash, match="exit code 3"):
        run_isolated(partial(work.leave, 3))


def test_the_exit_code_of_a_crash_on_windows_is_the_known_one() -> None:
    assert isolation._cause(3221225477) == "exit code 0xc0000005"


def test_exit_handlers_of_the_parent_do_not_run_in_the_child(tmp_path: Path) -> None:
    import atexit

    def handler() -> None:
        (tmp_path / f"ran-{os.getpid()}").touch()

    atexit.register(handler)
    try:
        run_isolated(work.nothing)
    finally:
        atexit.unregister(handler)
    assert not list(tmp_path.iterdir())


def test_what_the_child_prints_goes_to_the_log_and_the_warnings(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        run_isolated(work.write_everywhere, Hooks(log_path=tmp_path / "log"))
    assert "from the system" in (tmp_path / "log").read_text()
    assert "the solver process wrote: a warning" in caplog.text
    assert capfd.readouterr() == ("", "")


def test_a_spawned_child_loads_the_solver_and_not_the_program(method: str) -> None:
    """It is begun anew for every search, and must not run the caller's script once more."""
    if method != "spawn":
        pytest.skip("a forked child has what its parent, or the server, has")
    modules, script = run_isolated(work.loaded_modules)
    assert {"optimizer", "highspy", "numpy"} <= modules
    assert not modules & {"pyomo", "pydantic", "scipy", "pandas", "pytest"}
    assert script is None


DISPATCHING = {"workloads.training.deferrable_fraction": 0.3}


@pytest.mark.parametrize(("objective", "changes"), [("lcoc", {}), ("capex", {}), ("lcoc", DISPATCHING)])
def test_the_design_is_the_one_found_without_a_child(objective: Any, changes: dict[str, Any]) -> None:
    here, there = (
        pipeline.run(tiny(changes), Path(), pipeline.Options(objective=objective, isolated=isolated))
        for isolated in (False, True)
    )
    assert there.verified
    assert here.design is not None
    assert there.design is not None
    assert there.design.decisions == here.design.decisions
    assert there.design.reported == here.design.reported


PROGRAM = """
from optimizer.solve import isolation
isolation.start_method = lambda: "METHOD"
from optimizer.cli.main import main
main()
"""


def test_a_whole_run_from_a_script_without_guard(method: str, tmp_path: Path) -> None:
    """Nothing but the answer on stdout, and no file left."""
    (tmp_path / "script.py").write_text(PROGRAM.replace("METHOD", method))
    command = [sys.executable, "script.py", "solve", str(ROOT / "instances" / "minimal.toml"), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["status"] == "optimal"
    assert not list(tmp_path.glob("optimizer-*"))


def test_a_stop_brings_the_incumbent_home() -> None:
    stop, told, seen = threading.Event(), [], []
    stop_requested_at: list[float] = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        if seen and not stop.is_set():
            stop_requested_at.append(time.monotonic())
            stop.set()

    outcome = run_isolated(work.solve_hard, Hooks(stop=stop, on_progress=tell, on_solution=seen.append))
    assert time.monotonic() - stop_requested_at[0] < 4
    assert outcome.status is SolverStatus.FEASIBLE
    assert outcome.interrupted
    assert outcome.objective <= min(float(market_split().cost @ x) for x in seen) + 1e-6
    assert all(isinstance(p, Progress) for p in told)


def signals_itself(number: signal.Signals) -> Callable[[Vector], None]:
    """With the first solution, whenever the child comes to it, this process gets a signal."""
    sent: list[int] = []

    def on_solution(_x: Vector) -> None:
        if not sent:
            sent.append(number)
            threading.Timer(0.1, lambda: os.kill(os.getpid(), number)).start()

    return on_solution


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_parent_stops_the_child(number: signal.Signals) -> None:
    with stoppable(60.0) as state:
        outcome = run_isolated(work.solve_hard, Hooks(stop=state.stop, on_solution=signals_itself(number)))
    assert state.received == [number]
    assert outcome.interrupted
    assert outcome.x is not None


def test_a_keyboard_interrupt_without_handler_still_brings_the_incumbent() -> None:
    # A shell that starts the tests in the background has SIGINT ignored; a terminal has not.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        outcome = run_isolated(work.solve_hard, Hooks(on_solution=signals_itself(signal.SIGINT)))
    finally:
        signal.signal(signal.SIGINT, before)
    assert outcome.interrupted
    assert outcome.x is not None


def test_the_second_signal_is_a_hard_stop() -> None:
    timers = [threading.Timer(after, lambda: os.kill(os.getpid(), signal.SIGINT)) for after in (0.3, 0.8)]
    began = time.monotonic()
    for timer in timers:
        timer.start()
    with stoppable(60.0) as state, pytest.raises(Stopped):
        run_isolated(work.sleep, Hooks(stop=state.stop))
    assert time.monotonic() - began < 4


def test_a_signal_to_the_whole_group_while_the_child_starts_is_the_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal's Ctrl-C reaches both at once; a spawned child is not ready for a good part of a second."""
    start = isolation._start

    def struck(process: Any) -> None:
        start(process)
        os.kill(process.pid, signal.SIGINT)

    monkeypatch.setattr(isolation, "_start", struck)
    assert run_isolated(work.pid_and_array)[0] != os.getpid()


def test_a_deaf_child_is_killed_after_the_grace() -> None:
    stop = threading.Event()
    stop.set()
    began = time.monotonic()
    with pytest.raises(ChildCrash, match="grace"):
        run_isolated(work.sleep, Hooks(stop=stop), grace_s=0.5)
    assert time.monotonic() - began < 3


def test_the_child_ignores_signals_of_the_whole_group() -> None:
    assert run_isolated(work.survive_signals) == "alive"


def test_a_child_whose_parent_dies_ends_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "pid"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ChildCrash):
        run_isolated(partial(work.die_as_a_parent, note))
    assert not list(tmp_path.glob("optimizer-*"))
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


def test_in_a_daemonic_process_the_call_is_a_plain_one(method: str) -> None:
    """Workers of multiprocessing.Pool and of Dask are daemonic, and may have no children."""
    with get_context(method).Pool(1) as pool:
        first, second = pool.apply_async(work.two_pids).get(timeout=120)
    assert first == second != os.getpid()


def test_processes_of_others_begin_with_no_signal_held_back() -> None:
    """One server forks for the whole program. A pool whose SIGTERM is held back can hang when it is closed."""
    server_context()
    with get_context("forkserver").Pool(1) as pool:
        assert pool.apply_async(work.held_signals).get(timeout=120) == []


def test_no_files_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run_isolated(work.solve_easy)
    assert not os.listdir()
