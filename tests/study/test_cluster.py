"""A Dask cluster: the same tables as anywhere, also when a worker dies half-way; versions and addresses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from optimizer.errors import InputOutputError, UsageError
from optimizer.study.cell import solve_cell
from optimizer.study.cluster import Cluster, _check_workers, exposed
from optimizer.study.engine import run_study
from tests.study.study_cases import both, planned, setup
from tests.tiny import ROOT

MINIMAL = ROOT / "instances" / "minimal.toml"


def test_an_address_on_a_network_without_tls_is_exposed() -> None:
    assert exposed("tcp://10.0.0.7:8786")
    assert exposed("cluster.example:8786")
    assert not exposed("tls://cluster.example:8786")
    assert not exposed("tcp://127.0.0.1:8786")
    assert not exposed("localhost:8786")


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("optimizer.study.cluster._CONNECT_S", 1)
    variants, plan = planned()
    with pytest.raises(InputOutputError, match="no Dask scheduler answers"):
        run_study(setup(variants, Cluster("tcp://127.0.0.1:9")), plan.cells(), plan.total)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_tables_though_a_worker_is_killed() -> None:
    distributed = pytest.importorskip("distributed")
    variants, plan = planned("sites.paper.grid_mw=0.07:0.1:0.005", "accelerators.*.price_usd=-30%:+30%:3")
    alone = both(plan, run_study(setup(variants, work=solve_cell), plan.cells(), plan.total))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        killed = []

        def kill_soon() -> None:
            time.sleep(2.0)
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

        killer = Thread(target=kill_soon)
        killer.start()
        prepared = setup(variants, Cluster(cluster.scheduler_address), work=solve_cell)
        outcome = run_study(prepared, plan.cells(), plan.total)
        killer.join()
    assert killed
    assert both(plan, outcome) == alone


SWEEP = [
    "sweep",
    str(MINIMAL),
    "--vary",
    "sites.paper.grid_mw=0.07:0.1:0.0025",
    "--results",
    "results",
    "--name",
    "dask",
]


class Dask:
    """A scheduler and workers, each a process that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{_free_port()}"
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port)
        self.workers: list[subprocess.Popen[bytes]] = []

    def worker(self) -> subprocess.Popen[bytes]:
        made = self._start("distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny")
        self.workers.append(made)
        return made

    def _start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", module, *options, "--no-dashboard"]
        return subprocess.Popen(
            command, cwd=self.folder, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


SHORT = (
    "import optimizer.study.cluster as c; c._NOTICE_S = {notice}; c._GIVE_UP_S = {limit}; "
    "from optimizer.cli.main import main; main()"
)


def sweep(dask: Dask, notice_s: float, limit_s: float) -> subprocess.Popen[str]:
    code = SHORT.format(notice=notice_s, limit=limit_s)
    command = [sys.executable, "-c", code, *SWEEP, "--scheduler", dask.address]
    return subprocess.Popen(
        command, cwd=dask.folder, env=_environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def until_cells(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 120
    while len(list(folder.rglob("cells/*.json"))) < number:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    pytest.importorskip("distributed")
    found = Dask(tmp_path)
    yield found
    found.end()


def table(folder: Path) -> str:
    return next(folder.rglob("table.csv")).read_text()


def alone(folder: Path) -> str:
    """The same table from this machine's own processes, in another folder."""
    folder.mkdir()
    command = [sys.executable, "-m", "optimizer", *SWEEP, "--workers", "1"]
    subprocess.run(command, cwd=folder, env=_environment(), check=True, capture_output=True)
    return table(folder)


@pytest.mark.long
def test_a_scheduler_that_dies_ends_the_study_in_words_and_it_goes_on_elsewhere(dask: Dask, tmp_path: Path) -> None:
    dask.worker(), dask.worker()
    child = sweep(dask, 30, 900)
    until_cells(tmp_path, 3)
    dask.scheduler.kill()
    _, err = child.communicate(timeout=60)
    assert child.returncode == 10, err
    assert "Traceback" not in err, err
    assert "connection to the Dask scheduler is lost" in err
    assert "the same command goes on from here" in err
    again = Dask(tmp_path)
    try:
        again.worker()
        done = sweep(again, 30, 900)
        _, err = done.communicate(timeout=300)
        assert done.returncode == 0, err
    finally:
        again.end()
    assert table(tmp_path) == alone(tmp_path / "alone")


@pytest.mark.long
def test_without_workers_it_says_so_and_ends(dask: Dask, tmp_path: Path) -> None:
    only = dask.worker()
    child = sweep(dask, 1.0, 6.0)
    until_cells(tmp_path, 2)
    only.kill()
    _, err = child.communicate(timeout=90)
    assert child.returncode == 10, err
    assert "Traceback" not in err
    assert "the cluster has had no workers" in err
    assert "waiting for one" in err
    assert "the same command goes on from here" in err


@pytest.mark.long
def test_a_worker_that_comes_in_time_goes_on(dask: Dask, tmp_path: Path) -> None:
    only = dask.worker()
    child = sweep(dask, 1.0, 300.0)
    until_cells(tmp_path, 2)
    only.kill()
    time.sleep(3)
    dask.worker()
    _, err = child.communicate(timeout=300)
    assert child.returncode == 0, err
    assert table(tmp_path) == alone(tmp_path / "alone")


def test_the_first_worker_is_waited_for_and_missed_in_words() -> None:
    waited: list[float] = []

    class Nobody:
        def wait_for_workers(self, n_workers: int, timeout: float) -> None:
            waited.append(timeout)
            raise TimeoutError

        def run(self, *_: Any, **__: Any) -> dict[str, Any]:
            return {}

    with pytest.raises(UsageError, match="has no workers"):
        _check_workers(Nobody(), {})
    assert len(waited) == 1
