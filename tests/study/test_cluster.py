"""A Dask cluster: the same tables as anywhere, also when a worker dies half-way; versions and addresses."""

from __future__ import annotations

import os
import signal
import time
from threading import Thread

import pytest

from optimizer.errors import InputOutputError
from optimizer.study.cell import solve_cell
from optimizer.study.cluster import Cluster, exposed
from optimizer.study.engine import run_study
from tests.study.study_cases import both, planned, setup


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
