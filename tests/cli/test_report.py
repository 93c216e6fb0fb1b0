"""`optimizer report`: the page from a run's folder, and what `solve` leaves there."""

from __future__ import annotations

import json

import pytest

from optimizer import pipeline

from .conftest import MINIMAL


@pytest.fixture
def run(solved, invoke, monkeypatch, tmp_path):
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "run", lambda *_: solved)
        assert invoke("solve", MINIMAL, "--out", "run", "--quiet").exit_code == 0
    return tmp_path / "run"


def test_solve_writes_the_page_and_its_sources(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "VERIFIED AND PROVEN" in page
    assert "DEFAULT" in page
    origins = json.loads((run / "assumptions.json").read_text())
    assert origins["values"]["finance.discount_rate"]["kind"] == "file"
    assert {"report.html", "assumptions.json"} <= set(json.loads((run / "RUN_OK").read_text())["files"])


def test_the_page_again_is_the_same_but_for_the_times(run, invoke, tmp_path):
    done = invoke("report", run, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)["result"]
    assert told["file"] == "minimal.html"
    assert told["verified"] is True
    assert told["stale"] == []
    again = (tmp_path / "minimal.html").read_text(encoding="utf-8")
    first = (run / "report.html").read_text(encoding="utf-8")
    assert again.split('id="provenance"')[0] == first.split('id="provenance"')[0]


def test_a_changed_instance_is_told(run, invoke, tmp_path):
    assert invoke("report", run, "--out", "a.html", "--instance", MINIMAL).exit_code == 0
    assert "OUT OF DATE" not in (tmp_path / "a.html").read_text(encoding="utf-8")
    changed = ("--instance", MINIMAL, "--set", "phases.only.target_pflops=30")
    done = invoke("report", run, "--out", "b.html", *changed)
    assert "something else now" in done.stderr
    assert "OUT OF DATE" in (tmp_path / "b.html").read_text(encoding="utf-8")


def test_an_altered_folder_is_told(run, invoke, tmp_path):
    path = run / "ledger.csv"
    path.write_text(path.read_text() + "x\n")
    assert invoke("report", run, "--out", "a.html").exit_code == 7
    assert "altered since the run: ledger.csv" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_nothing_is_written_over(run, invoke, tmp_path):
    (tmp_path / "mine.html").write_text("years of work")
    assert invoke("report", run, "--out", "mine.html").exit_code == 2
    assert invoke("report", run, "--out", run / "report.html", "--overwrite").exit_code == 2
    assert (tmp_path / "mine.html").read_text() == "years of work"
    assert invoke("report", run, "--out", "mine.html", "--overwrite").exit_code == 0
    assert invoke("report", run, "--set", "a=1").exit_code == 2


def test_an_infeasible_run_has_a_page(invoke, tmp_path):
    assert invoke("solve", MINIMAL, "--set", "phases.only.target_pflops=100000", "--out", "no").exit_code == 4
    assert "INFEASIBLE" in (tmp_path / "no" / "report.html").read_text(encoding="utf-8")
    assert invoke("report", "no", "--out", "again.html").exit_code == 0
    assert "100,000 PFLOPS" in (tmp_path / "again.html").read_text(encoding="utf-8")


def test_what_is_not_a_run(invoke, tmp_path):
    assert invoke("report", tmp_path).exit_code in (3, 10)
    assert invoke("report", "nowhere").exit_code == 10
