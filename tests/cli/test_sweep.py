"""`optimizer sweep`: the folder, exit codes, kills and stops, with real processes where they matter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.runs.lock import FolderLock

from .conftest import MINIMAL

ROOT = MINIMAL.parent.parent
PRICES = "accelerators.quick.price_usd"
# The command with formula cells in place of solves, so that only the machinery takes time.
FAKE = """
import optimizer.study.cell
from tests.study.analytic import work
optimizer.study.cell.solve_cell = work
from optimizer.cli.main import main
main()
"""
AXES = ("--vary", f"{PRICES}=1000:8000:1000", "--vary", "sites.paper.grid_mw=1:2:0.5")
FILES = ("table.csv", "table.parquet", "map.csv", "base.json", "study.json")


@pytest.fixture
def formula(monkeypatch):
    import optimizer.study.cell
    from tests.study.analytic import work

    monkeypatch.setattr(optimizer.study.cell, "solve_cell", work)


def only_study(folder: Path) -> Path:
    (found,) = (folder / "results" / "minimal" / "studies").iterdir()
    return found


def start(folder: Path, *options: str, sleep_s: float = 0.0) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ANALYTIC_SLEEP_S": str(sleep_s)}
    command = [sys.executable, "-c", FAKE, "sweep", str(MINIMAL), *AXES, *options]
    return subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for_cells(folder: Path, child: subprocess.Popen[str], count: int) -> None:
    for _ in range(6000):
        if len(list(folder.glob("results/minimal/studies/*/cells/*.json"))) >= count:
            return
        assert child.poll() is None, child.stderr.read() if child.stderr else ""
        time.sleep(0.01)
    raise AssertionError("the cells never came")


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (only_study(folder) / name).read_bytes() for name in FILES}


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_killed_three_times_it_ends_as_if_it_had_not_been(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    out, err = start(whole, "--workers", "1").communicate(timeout=120)
    assert "24 cells: 24 optimal" in out, err
    for count in (3, 9, 16):
        child = start(broken, "--workers", "2", sleep_s=0.05)
        wait_for_cells(broken, child, count)
        child.kill()
        child.communicate(timeout=60)
        assert not (only_study(broken) / "STUDY_OK").exists()
    # The moment of the kill may have been in the middle of a file.
    torn = sorted((only_study(broken) / "cells").iterdir())[0]
    torn.write_bytes(torn.read_bytes()[:50])
    child = start(broken, "--workers", "4")
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert contents(broken) == contents(whole)
    assert (only_study(broken) / "STUDY_OK").is_file()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_keeps_finished_cells_and_leaves_no_process(number, code, tmp_path):
    child = start(tmp_path, "--workers", "2", "--json", sleep_s=0.2)
    wait_for_cells(tmp_path, child, 4)
    child.send_signal(number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == code
    told = json.loads(out)
    kept = len(list((only_study(tmp_path) / "cells").iterdir()))
    assert told["result"]["complete"] is False
    assert 3 <= told["result"]["done"] == kept - 1
    assert told["result"]["missing"] == 24 - told["result"]["done"]
    assert f"{told['result']['missing']} are missing; the same command goes on from there" in err
    assert "Traceback" not in err
    assert not (only_study(tmp_path) / "STUDY_OK").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_started_twice_the_second_says_so_and_takes_nothing_over(invoke, tmp_path):
    """The first is halted while the second is tried, so that nothing but the second could change a file."""
    first = start(tmp_path, "--workers", "1", sleep_s=0.1)
    try:
        wait_for_cells(tmp_path, first, 2)
        first.send_signal(signal.SIGSTOP)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        second = invoke("sweep", MINIMAL, *AXES, "--workers", "1")
        after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    finally:
        first.send_signal(signal.SIGCONT)
    out, err = first.communicate(timeout=60)
    assert second.exit_code == 10
    assert f"it is held by process {first.pid}" in " ".join(second.stderr.split())
    assert "repeat with --break-lock" in " ".join(second.stderr.split())
    assert second.stdout == ""
    assert after == before
    assert first.returncode == 0, err
    assert "24 cells: 24 optimal" in out
    assert (only_study(tmp_path) / "STUDY_OK").is_file()
    written = {path: path.stat().st_mtime_ns for path in (only_study(tmp_path) / "cells").iterdir()}
    assert invoke("sweep", MINIMAL, *AXES, "--workers", "1").exit_code == 0
    again = {path: path.stat().st_mtime_ns for path in (only_study(tmp_path) / "cells").iterdir()}
    assert again == written, "the cells of the first are all there"


@pytest.mark.parametrize(
    "command",
    [
        ("sensitivity", MINIMAL, "--vary", "sites.paper.grid_mw=1:2"),
        ("frontier", MINIMAL, "--x", "energy_mwh_per_year"),
        ("regimes", MINIMAL),
        ("robust", ROOT / "instances" / "hong_kong_licence_risk.toml"),
    ],
    ids=lambda command: command[0],
)
def test_no_study_takes_over_a_folder_that_is_held(command, invoke, tmp_path):
    folder = tmp_path / "results" / command[1].stem / "studies" / "held"
    folder.mkdir(parents=True)
    lock = FolderLock(folder)
    lock.acquire()
    before = sorted(path.name for path in folder.iterdir())
    done = invoke(*command, "--name", "held")
    assert done.exit_code == 10
    assert "is held by" in " ".join(done.stderr.split())
    assert sorted(path.name for path in folder.iterdir()) == before
    lock.release()


def test_a_sweep_for_real(invoke, tmp_path):
    done = invoke("sweep", MINIMAL, "--vary", "sites.paper.grid_mw=0.06,0.08,0.1", "--workers", "1")
    assert done.exit_code == 0
    assert "3 cells: 1 infeasible, 2 optimal" in done.stdout
    assert "step 3 of 3, best so far 1.666 USD/EFLOP (" in done.stderr
    folder = only_study(tmp_path)
    names = {path.name for path in folder.iterdir()}
    assert {"table.csv", "table.parquet", "map.csv", "timing.csv", "base.json", "study.json"} <= names
    definition = json.loads((folder / "study.json").read_text())
    assert definition["search"]["gap"] == 1e-3
    assert definition["versions"]["highspy"]
    header, *rows = (folder / "table.csv").read_text().splitlines()
    assert header.startswith("cell,sites.paper.grid_mw,status,verified,reason,objective,value,bound,gap,gap_asked,")
    assert "seconds" not in header
    assert len(rows) == 3


def test_the_parquet_table_is_the_csv_table(formula, invoke, tmp_path):
    import pandas

    invoke("sweep", MINIMAL, *AXES, "--workers", "1")
    text = pandas.read_csv(only_study(tmp_path) / "table.csv", dtype={"lcoc_usd_per_eflop": str})
    stored = pandas.read_parquet(only_study(tmp_path) / "table.parquet")
    assert list(text.columns) == list(stored.columns)
    assert (text["lcoc_usd_per_eflop"].map(float) == stored["lcoc_usd_per_eflop"]).all(), "to the last bit"
    assert stored["verified"].all()


def test_failed_cells_end_with_9_and_infeasible_ones_do_not(formula, invoke):
    assert invoke("sweep", MINIMAL, "--vary", f"{PRICES}=999,500", "--workers", "1").exit_code == 0
    done = invoke("sweep", MINIMAL, "--vary", f"{PRICES}=888,-1,500", "--workers", "1")
    assert done.exit_code == 9
    assert "cell 0: said so" in done.stdout
    assert "price_usd must be >= 0" in done.stdout


def test_json(formula, invoke):
    done = invoke("sweep", MINIMAL, "--vary", f"{PRICES}=888,500", "--workers", "1", "--json", "--quiet")
    told = json.loads(done.stdout)
    assert told["exit_code"] == 9
    assert told["result"]["statuses"] == {"failed": 1, "optimal": 1}
    assert told["result"]["rows"][1]["inputs"] == {PRICES: 500}


def test_a_folder_of_another_study_is_refused(formula, invoke):
    assert invoke("sweep", MINIMAL, "--vary", f"{PRICES}=1,2", "--workers", "1", "--name", "mine").exit_code == 0
    other = invoke("sweep", MINIMAL, "--vary", f"{PRICES}=1,3", "--workers", "1", "--name", "mine")
    assert other.exit_code == 10
    assert "it differs in design" in other.stderr
    changed = ("--set", "sites.paper.grid_mw=2", "--vary", f"{PRICES}=1,2", "--workers", "1", "--name", "mine")
    assert "it differs in instance" in invoke("sweep", MINIMAL, *changed).stderr


def test_a_study_file_with_changes_is_sampled(formula, invoke, tmp_path):
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "prices"\nsamples = 5\nseed = 2\n[[changes]]\npath = "accelerators.*.price_usd"\n'
        'relative = true\ndistribution = "uniform"\nlow = -0.3\nhigh = 0.3\n'
    )
    done = invoke("sweep", MINIMAL, "--study", "study.toml", "--workers", "1", "--json")
    told = json.loads(done.stdout)["result"]
    assert told["cells"] == 5
    assert told["folder"].endswith("prices")
    definition = json.loads((only_study(tmp_path) / "study.json").read_text())
    assert definition["design"]["seed"] == 2
    assert definition["design"]["kind"] == "monte_carlo"


USAGE = {
    "nothing to vary": ((), 2, "something to vary"),
    "a million cells": (("--vary", f"{PRICES}=1:1000:1", "--vary", "sites.paper.grid_mw=1:1000:1"), 2, "174 days"),
    "unknown key": (("--vary", "sites.papr.grid_mw=1,2"), 3, "did you mean sites.paper.grid_mw?"),
    "a study file that is not there": (("--study", "absent.toml"), 10, "absent.toml"),
    "workers and a cluster": (("--vary", f"{PRICES}=1,2", "--workers", "2", "--scheduler", "tcp://x:1"), 2, "leave"),
    "a bad name": (("--vary", f"{PRICES}=1,2", "--name", "../up"), 2, "name of a study"),
    "a gap that is none": (("--vary", f"{PRICES}=1,2", "--gap", "nan"), 2, "gap"),
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_use(name, invoke, tmp_path):
    options, code, words = USAGE[name]
    done = invoke("sweep", MINIMAL, *options)
    assert done.exit_code == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists() or name == "workers and a cluster"
