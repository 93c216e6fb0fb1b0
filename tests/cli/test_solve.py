"""`optimizer solve`: exit codes, folders, what is shown and what is withheld."""

from __future__ import annotations

import dataclasses
import json

import pytest

from optimizer import pipeline
from optimizer.audit.findings import Finding
from optimizer.cli.solve import exit_code
from optimizer.errors import ExitCode, SolverCrash, UnsoundError
from optimizer.inputs.design import Status

from .conftest import MINIMAL


def rejected(solved):
    finding = Finding("floor.white", "paper / only", 200.0, 100.0, "white space")
    return dataclasses.replace(solved, audit=dataclasses.replace(solved.audit, passed=False, findings=(finding,)))


def without_design(solved, status):
    return dataclasses.replace(solved, status=status, design=None, audit=None)


CASES = {
    "optimal": (lambda r: r, 0),
    "stopped by a limit": (lambda r: dataclasses.replace(r, status=Status.FEASIBLE), 5),
    "infeasible": (lambda r: without_design(r, Status.INFEASIBLE), 4),
    "no solution": (lambda r: without_design(r, Status.NO_SOLUTION), 6),
    "rejected": (rejected, 7),
    "unsound": (lambda r: without_design(r, Status.UNSOUND), 8),
    "unbounded": (lambda r: without_design(r, Status.UNBOUNDED), 8),
}


@pytest.mark.parametrize(("change", "code"), CASES.values(), ids=CASES)
def test_exit_codes(change, code, solved, invoke, monkeypatch):
    monkeypatch.setattr(pipeline, "run", lambda *_: change(solved))
    assert invoke("solve", MINIMAL).exit_code == code


def test_an_interrupt_outranks_a_proof_but_not_a_failed_audit(solved):
    assert exit_code(solved, ExitCode.TERMINATED) == 143
    assert exit_code(rejected(solved), ExitCode.INTERRUPTED) == 7


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        (SolverCrash("the solver process died of SIGSEGV"), 1, "SIGSEGV"),
        (UnsoundError("numbers that are not finite: x"), 8, "not finite"),
        (MemoryError(), 1, "memory"),
        (OSError(28, "No space left on device", "f"), 10, "No space left"),
    ],
)
def test_failures_of_the_search(problem, code, words, invoke, monkeypatch, tmp_path):
    def fail(*_):
        raise problem

    monkeypatch.setattr(pipeline, "run", fail)
    done = invoke("solve", MINIMAL)
    assert done.exit_code == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("RUN_OK"))


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan", "x", "1e9"])
def test_time_limits_that_make_no_sense(seconds, invoke):
    assert invoke("solve", MINIMAL, "--time-limit", seconds).exit_code == 2


@pytest.mark.parametrize("gap", ["-0.1", "1", "nan"])
def test_gaps_that_make_no_sense(gap, invoke):
    assert invoke("solve", MINIMAL, "--gap", gap).exit_code == 2


def test_gap_zero_is_accepted_with_a_warning(solved, invoke, monkeypatch):
    monkeypatch.setattr(pipeline, "run", lambda *_: solved)
    done = invoke("solve", MINIMAL, "--gap", "0")
    assert done.exit_code == 0
    assert "finer than the solver's arithmetic" in done.stderr


def test_options_reach_the_pipeline(solved, invoke, monkeypatch):
    seen = []
    monkeypatch.setattr(pipeline, "run", lambda *given: seen.append(given) or solved)
    options = ("--gap", "0.01", "--time-limit", "7", "--seed", "3", "--objective", "capex", "--no-isolate")
    invoke("solve", MINIMAL, *options, "--threads", "5", "--set", "sites.paper.grid_mw=2")
    instance, _, used, hooks, sha256 = seen[0]
    assert (used.objective, used.gap, used.time_limit_s, used.seed, used.isolated) == ("capex", 0.01, 7.0, 3, False)
    assert used.threads == 5
    assert instance.sites["paper"].grid_mw == 2
    assert hooks.stop is not None
    assert len(sha256) == 64


def test_a_run_for_real(invoke, tmp_path):
    done = invoke("solve", MINIMAL, "--out", "here")
    assert done.exit_code == 0
    assert "VERIFIED AND PROVEN" in done.stdout
    assert "1.666 USD/EFLOP" in done.stdout
    assert (tmp_path / "here" / "RUN_OK").is_file()
    assert "1.666 USD/EFLOP" in (tmp_path / "here" / "summary.md").read_text()
    assert invoke("verify", "here").exit_code == 0


def test_json_of_a_solve(solved, invoke, monkeypatch):
    monkeypatch.setattr(pipeline, "run", lambda *_: solved)
    done = invoke("solve", MINIMAL, "--json", "--quiet")
    told = json.loads(done.stdout)
    assert told["command"] == "solve"
    assert told["ok"] is True
    assert told["result"]["verified"] is True
    assert told["result"]["kpis"]["lcoc_usd_per_eflop"] == pytest.approx(1.6659834, rel=1e-6)
    total = sum(line["usd_per_eflop"] for line in told["result"]["cost"])
    assert total == pytest.approx(told["result"]["kpis"]["lcoc_usd_per_eflop"], rel=1e-9)


def test_a_rejected_design_is_withheld(solved, invoke, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "run", lambda *_: rejected(solved))
    done = invoke("solve", MINIMAL, "--out", "here", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 7
    assert "design" not in told["result"]
    assert "kpis" not in told["result"]
    assert (tmp_path / "here" / "design.rejected.json").is_file()
    assert not (tmp_path / "here" / "RUN_OK").exists()
    shown = invoke("solve", MINIMAL).stdout
    assert "WITHHELD" in shown
    assert "USD/EFLOP" not in shown


def test_the_folder_is_tried_before_the_search(invoke, monkeypatch, tmp_path):
    (tmp_path / "results").write_text("a file, not a folder")

    def never(*_):
        raise AssertionError("searched")

    monkeypatch.setattr(pipeline, "run", never)
    assert invoke("solve", MINIMAL).exit_code == 10


def test_a_foreign_folder_is_never_written_over(solved, invoke, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "run", lambda *_: solved)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert invoke("solve", MINIMAL, "--out", "mine", "--overwrite").exit_code == 10
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_infeasible_is_explained(invoke):
    done = invoke("solve", MINIMAL, "--set", "phases.only.target_pflops=100000", "--quiet")
    assert done.exit_code == 4
    assert "100,000 PFLOPS" in done.stdout
    assert "grid import" in done.stdout


def test_a_design_is_compared_with_simple_plans_in_the_end(invoke, monkeypatch, tmp_path):
    monkeypatch.setattr("optimizer.app.design_studies.QUICK_S", 30.0)
    done = invoke("solve", MINIMAL, "--out", "here", "--no-isolate")
    assert done.exit_code == 0
    assert "comparing with baselines: 30 s at most" in done.stderr
    told = done.stderr.index("levelised cost 1.6660 USD/EFLOP. VERIFIED AND PROVEN")
    assert "Buy 80 accelerators" in done.stderr[told:]
    assert told < done.stderr.index("comparing with baselines"), "whoever waits knows the design by then"
    kept = json.loads((tmp_path / "here" / "baselines.json").read_text())["found"]
    assert kept["within_s"] == 30.0
    assert {row["name"] for row in kept["rows"]} >= {"Cheapest to buy first", "Least power first"}
    assert "against the best of" in " ".join(done.stdout.split())
    assert invoke("solve", MINIMAL, "--out", "there", "--no-isolate", "--no-baselines").exit_code == 0
    assert not (tmp_path / "there" / "baselines.json").exists()


@pytest.mark.parametrize("problem", [RuntimeError("broken"), KeyboardInterrupt()])
def test_a_comparison_that_breaks_costs_nothing(invoke, monkeypatch, tmp_path, problem):
    def broken(*_):
        raise problem

    monkeypatch.setattr("optimizer.app.design_studies.QUICK_S", 30.0)
    monkeypatch.setattr("optimizer.study.beside_design.beside", broken)
    done = invoke("solve", MINIMAL, "--out", "here", "--no-isolate")
    assert (tmp_path / "here" / "RUN_OK").exists()
    assert done.exit_code == (130 if isinstance(problem, KeyboardInterrupt) else 0)


def test_the_answer_is_on_the_screen_before_its_report_is_made(solved, invoke, monkeypatch, tmp_path):
    """A failure of the folder's files takes it from nobody."""

    def full(*_):
        raise OSError(28, "No space left on device", "f")

    monkeypatch.setattr(pipeline, "run", lambda *_: solved)
    monkeypatch.setattr("optimizer.app.artefacts.Artefacts.files", full)
    done = invoke("solve", MINIMAL, "--no-baselines", "--out", tmp_path / "run")
    assert done.exit_code == 10
    assert "VERIFIED AND PROVEN" in done.stdout
    assert "No space left" in done.stderr
    told = invoke("solve", MINIMAL, "--no-baselines", "--json", "--out", tmp_path / "told")
    assert told.exit_code == 10
    assert "VERIFIED" not in told.stdout, "JSON comes in one piece, once everything is written"
