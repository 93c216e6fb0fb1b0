"""Existing pods of which not even one server fits a rack: every command says what it knows of them, none crashes."""

from __future__ import annotations

import csv
import json

import pytest

from .conftest import MINIMAL

TEXT = f"""
extends = "{MINIMAL.as_posix()}"
name = "old_pods"
[sites.paper]
existing_pods = [
    {{ accelerator = "old", cooling = "warm_water", pods = 2, salvage_usd_per_pod = 1000, commissioned = 2026-06-01 }},
]
[accelerators.old]
name = "Old"
vendor = "Example"
architecture = "none"
tier = 2
origin = "US"
stack = "mature"
launch = 2025-01-01
bf16_tflops = 1000.0
memory_gb = 80.0
memory_bandwidth_gbs = 3000.0
link_gbs = 900.0
price_usd = 10_000
per_server = 8
server_kw = 20.0       # a rack of warm water carries 15
server_rest_usd = 30_000
server_units = 8
server_kg = 100.0
coolings = ["warm_water"]
utilisation = {{ training = 0.25 }}
repair_hours = 0.0
life_years = 4.0
lead_time_weeks = 20.0
"""


@pytest.fixture
def run(invoke, tmp_path):
    (tmp_path / "old.toml").write_text(TEXT, encoding="utf-8")
    done = invoke("solve", "old.toml", "--allow-path", MINIMAL.parent, "--out", "run", "--no-isolate")
    assert done.exit_code == 0, done.stderr
    # 9 quick pods and a frugal one, as without them: 1,996,461.2 USD, less 2 x 1,000 of salvage; 38 PFLOPS x 31,536 h.
    design = json.loads((tmp_path / "run" / "design.json").read_text(encoding="utf-8"))
    assert design["reported"]["lcoc_usd_per_eflop"] == pytest.approx((1_996_461.2 - 2_000) / (38 * 31_536), rel=1e-6)
    assert next(line for line in done.stdout.splitlines() if " retire " in line).split()[-2:] == ["n/a", "n/a"]
    return tmp_path / "run"


def test_a_run_is_read_by_every_command(run, invoke, tmp_path):
    for command in ("verify", "calendar", "explain"):
        done = invoke(command, run)
        assert done.exit_code == 0, (command, done.output)
    assert invoke("report", run, "--out", "again.html").exit_code == 0
    assert "retire" in (tmp_path / "again.html").read_text(encoding="utf-8")
    assert (run / "workbook.xlsx").stat().st_size > 0


def test_decisions_are_exported_without_what_is_not_known(run, invoke, tmp_path):
    assert invoke("export", run, "--format", "csv", "--what", "design", "--out", "d.csv").exit_code == 0
    with (tmp_path / "d.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.reader(stream) if any(cell.endswith(" retired") for cell in row)]
    assert [(row[0], row[-2], row[-1]) for row in rows] == [("pods retired", "2", "pod")]


def test_compared_with_another_run(run, invoke):
    other = ("--set", "phases.only.target_pflops=30", "--allow-path", MINIMAL.parent)
    assert invoke("solve", "old.toml", *other, "--out", "less", "--quiet", "--no-isolate").exit_code == 0
    done = invoke("compare", run, "less", "--markdown", "c.md", "--html", "c.html")
    assert done.exit_code == 0, done.output


def test_infeasible_instances_say_why(invoke, tmp_path):
    (tmp_path / "old.toml").write_text(TEXT, encoding="utf-8")
    change = ("--set", "phases.only.target_pflops=380", "--set", "sites.paper.grid_mw=0.02")
    done = invoke("solve", "old.toml", "--allow-path", MINIMAL.parent, *change, "--out", "no", "--no-isolate")
    assert done.exit_code == 4, done.output
    assert "can do no work and are left out" in " ".join(done.stdout.split())


def test_a_bid_that_keeps_them_is_refused(run, invoke, tmp_path):
    design = json.loads((run / "design.json").read_text(encoding="utf-8"))
    design["decisions"]["retirements"] = []
    (tmp_path / "bid.json").write_text(json.dumps(design), encoding="utf-8")
    done = invoke("verify", run / "instance.resolved.toml", "bid.json")
    assert done.exit_code == 7, done.output
    assert "pods.possible" in done.stdout
    assert invoke("compare", run, "bid.json").exit_code == 7
