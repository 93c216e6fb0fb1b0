"""The benchmark at tiny sizes: every row is measured, the table is written and the answers agree. Nothing is timed."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import ROOT

HEAD = "| case | how | runs | wall s | CPU s | memory MB | ratio | answer |"
OTHERS = [
    pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed")
    for name in ("pypsa", "pulp")
]
SEARCHES = {"solve --no-baselines"} | ({"solve --no-baselines, one core"} if shutil.which("taskset") else set())
CONTENDERS = {
    1: {
        "optimizer solve",
        "optimizer solve, one thread",
        "HiGHS alone, defaults",
        "HiGHS alone, our options",
        "the same, two threads",
    },
    2: {"optimizer solve"},
    3: {"decomposition", "one piece"},
    4: {"optimizer solve", "year's programme alone", "PyPSA"},
    5: {"sweep, 1 worker", "sweep, 2 workers", "one process per cell"},
    6: {"optimizer solve", "CBC, whole pods", "CBC, 72 slices"},
    7: {"this version", "before"},
    8: {*SEARCHES, "sweep, 1 worker", "sweep, 2 workers", "one process per cell"},
    9: {"solve", "robust, 1 worker", "robust, 2 workers"},
}


@pytest.mark.long
@pytest.mark.parametrize(
    "number",
    [1, 2, 3, pytest.param(4, marks=OTHERS[0]), 5, pytest.param(6, marks=OTHERS[1]), 7, 8, 9],
)
def test_a_row_is_measured_and_its_answers_agree(number: int, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "docs.bench", "--quick", "--rows", str(number), "--out", str(tmp_path)]
    argv += ["--before", str(ROOT)] if number == 7 else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "benchmark.md").read_text(encoding="utf-8")
    assert HEAD in page
    assert "Smoke test" in page
    row = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))["rows"][str(number)]
    assert {line["how"] for line in row["lines"]} == CONTENDERS[number]
    assert all(
        run["wall_s"] > 0 and run["cpu_s"] > 0 and run["memory_mb"] > 0 for line in row["lines"] for run in line["runs"]
    )
    assert all(agrees for _, _, agrees in row["agreements"])
    assert row["agreements"] or number == 2, "only growth has a single contender"
    assert number != 4 or {line["case"] for line in row["lines"]} == {"1 year x 168 h", "1 year x 168 h, sun"}


def test_answers_that_contradict_each_other_are_found() -> None:
    """A bound above another's value is no agreement, however near the values are."""
    from docs.bench.answers import agreement

    assert agreement("near", [(100.0, 99.0), (100.5, 99.9)])[2]
    case, spread, agrees = agreement("apart", [(100.0, 99.0), (100.5, 100.2)])
    assert (case, spread, agrees) == ("apart", pytest.approx(0.005), False)


def test_rows_of_another_version_are_kept_and_say_so(tmp_path: Path) -> None:
    from docs.bench import table
    from docs.bench.answers import Row

    began = {"date": "2026-01-01", "load": [0.0, 0.0, 0.0]}
    rows = {number: table.record(Row(f"Row {number}", "Words."), began, 60.0, quick=False) for number in (1, 2)}
    rows[1]["versions"] = {**rows[1]["versions"], "optimizer": "0.0.1"}
    table.save(tmp_path, {1: rows[1]})
    page = table.save(tmp_path, {2: rows[2]}).read_text(encoding="utf-8")
    first, second = page.split("## 2.")
    assert "Measured with optimizer 0.0.1." in first
    assert "Measured with" not in second
    raw = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))
    raw["machine"]["cores"] = -1
    (tmp_path / "benchmark.json").write_text(json.dumps(raw), encoding="utf-8")
    assert "## 1." not in table.save(tmp_path, {2: rows[2]}).read_text(encoding="utf-8"), "of another machine"


def test_a_version_before_is_run_instead_of_this_one(tmp_path: Path) -> None:
    from docs.bench.answers import optimizer
    from docs.bench.cases import MINIMAL
    from docs.bench.versions import of_version

    package = tmp_path / "optimizer"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("print('the version before')")
    call = of_version(tmp_path, optimizer("", MINIMAL)).argv(tmp_path)
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "the version before\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans on")
def test_time_of_what_a_command_leaves_behind_is_counted(tmp_path: Path) -> None:
    """Workers of a study are such: a server of their own forks them, and ends after the command."""
    left = "import time\nwhile time.process_time() < 0.5: pass"
    command = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {left!r}])"
    code = f"""
from pathlib import Path
from docs.bench.measure import Contender, run
import sys
print(run(Contender("", lambda _: [sys.executable, "-c", {command!r}]), Path({str(tmp_path)!r})).cpu_s >= 0.5)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
