"""`alternatives`, `baselines`, `explain --entry`, and studies kept beside a run."""

from __future__ import annotations

import json

import pytest

from .conftest import MINIMAL

CHEAP = ("--no-isolate", "--gap", "1e-6")


def told(done):
    answer = json.loads(done.stdout)
    assert answer["format_version"] == 1
    return answer["result"]


@pytest.fixture
def run(invoke, tmp_path):
    assert invoke("solve", MINIMAL, "--out", "run", "--quiet", "--no-isolate").exit_code == 0
    return tmp_path / "run"


@pytest.fixture
def impossible(invoke, tmp_path):
    done = invoke("solve", MINIMAL, "--set", "sites.paper.grid_mw=0.05", "--out", "no", "--quiet", "--no-isolate")
    assert done.exit_code == 4
    return tmp_path / "no"


def test_alternatives_end_in_a_folder(invoke, tmp_path):
    done = invoke("alternatives", MINIMAL, "--within", "6 %", "--differ", "chips", *CHEAP)
    assert done.exit_code == 0, done.stderr
    assert "Proven: no further design" in done.stdout
    (folder,) = (tmp_path / "results" / "minimal").glob("alternatives-*")
    names = {path.name for path in folder.iterdir()}
    assert {"alternatives.json", "alternatives.csv", "design-0.json", "design-1.json", "RUN_OK"} <= names
    checked = invoke("verify", folder / "instance.resolved.toml", folder / "design-1.json")
    assert checked.exit_code == 0
    assert "80 quick" in (folder / "alternatives.csv").read_text()


@pytest.mark.parametrize("within", ["5", "0", "-5%", "nan", "0.0%", "2000%"])
def test_a_distance_that_cannot_be_meant(within, invoke):
    assert invoke("alternatives", MINIMAL, f"--within={within}").exit_code == 2


def test_alternatives_as_json(invoke):
    done = invoke(
        "alternatives", MINIMAL, "--differ", "vendor", "--differ", "cooling", "--out", "here", "--json", *CHEAP
    )
    found = told(done)
    assert found["ending"] == "nothing_else"
    assert found["differ"] == ["vendor", "cooling"]
    assert len(found["rows"]) == 1


def test_baselines_end_in_a_folder(invoke, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "110")
    done = invoke("baselines", MINIMAL, "--out", "here", *CHEAP)
    assert done.exit_code == 0, done.stderr
    assert "4.36 % (0.0909 MUSD)" in done.stdout
    assert (tmp_path / "here" / "baselines.csv").read_text().count("greedy") == 2
    assert {row["id"] for row in told(invoke("baselines", MINIMAL, "--json", *CHEAP))["rows"]} == {
        "greedy_cost",
        "greedy_energy",
    }


@pytest.mark.parametrize("command", ["alternatives", "baselines"])
def test_without_a_design_there_is_nothing_to_compare(command, invoke):
    done = invoke(command, MINIMAL, "--set", "sites.paper.grid_mw=0.05", *CHEAP)
    assert done.exit_code == 4
    assert "explain" in done.stderr


def test_entry_prices(invoke):
    done = invoke("explain", MINIMAL, "--entry", "quick")
    assert done.exit_code == 0
    assert "stays up to 22,2" in done.stdout
    rows = told(invoke("explain", MINIMAL, "--entry", "all", "--json"))["entry_prices"]
    assert [row["accelerator"] for row in rows] == ["quick", "frugal"]
    assert invoke("explain", MINIMAL, "--entry", "nope").exit_code == 2


def test_studies_of_a_run_are_kept_and_shown(run, invoke, tmp_path):
    plain = (run / "report.html").read_text(encoding="utf-8")
    for words in (
        "What one more unit is worth",
        "Near-optimal alternatives",
        "Savings against baselines",
        "Break-even prices",
    ):
        assert words not in plain
    done = invoke("report", run, "--baselines", "--entry", "--out", "a.html")
    assert done.exit_code == 0, done.stderr
    assert "SAVINGS AGAINST BASELINES" in done.stdout
    done = invoke("report", run, "--alternatives", "--out", "b.html")
    assert done.exit_code == 0, done.stderr
    for page in (run / "report.html", tmp_path / "b.html"):
        shown = page.read_text(encoding="utf-8")
        assert "Savings against baselines" in shown
        assert "Break-even prices" in shown
        assert "Near-optimal alternatives" in shown
        assert "What one more unit is worth" not in shown
    sealed = json.loads((run / "RUN_OK").read_text())["files"]
    assert {"alternatives.json", "baselines.json", "entry.json", "report.html"} <= set(sealed)
    verified = invoke("verify", run)
    assert verified.exit_code == 0
    assert "altered" not in verified.stderr


def test_studies_of_another_question_are_not_shown(run, invoke, tmp_path):
    assert invoke("report", run, "--baselines", "--out", "a.html").exit_code == 0
    path = run / "baselines.json"
    path.write_text(path.read_text().replace(json.loads(path.read_text())["instance_sha256"], "0" * 64))
    assert invoke("report", run, "--out", "b.html").exit_code == 7, "the file is not what the seal says"
    page = (tmp_path / "b.html").read_text(encoding="utf-8")
    assert '<h3 id="baselines">' not in page
    assert "belongs to another question" in page


def test_an_altered_run_is_not_studied(run, invoke):
    (run / "ledger.csv").write_text("x")
    done = invoke("report", run, "--baselines", "--out", "a.html")
    assert done.exit_code == 10
    assert "altered" in done.stderr


def test_solve_studies_as_well(invoke, tmp_path):
    done = invoke("solve", MINIMAL, "--out", "run", "--marginal", "--no-isolate", "--json")
    assert done.exit_code == 0, done.stderr
    assert {row["path"] for row in told(done)["studies"]["marginal"]} >= {"sites.paper.grid_mw"}
    assert "What one more unit is worth" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "What one step more or less is worth" in (tmp_path / "run" / "summary.md").read_text(encoding="utf-8")


def test_a_run_without_a_design_explains_itself(impossible, invoke):
    done = invoke("explain", impossible)
    assert done.exit_code == 4
    assert "grid import at A site on paper: 0.05000 -> 0.07980 MW" in done.stdout
    assert "nothing was solved again" in done.stdout
    assert told(invoke("explain", impossible, "--json"))["verdict"] == "infeasible"
    verified = invoke("verify", impossible)
    assert verified.exit_code == 4
    assert "proven infeasible" in verified.stderr
    assert "optimizer explain" in verified.stderr
    assert invoke("report", impossible, "--marginal", "--out", "a.html").exit_code == 4


def test_a_damaged_explanation_is_said(impossible, invoke):
    (impossible / "explain.json").write_text('{"conflict": 3}')
    done = invoke("explain", impossible)
    assert done.exit_code == 10
    assert "not an explanation" in done.stderr


def test_a_run_with_a_design_needs_no_explanation(run, invoke):
    done = invoke("explain", run)
    assert done.exit_code == 0
    assert "This run has a design" in done.stdout
    assert invoke("explain", run, "--scenario", "x").exit_code == 2


def test_the_program_alone_prints_its_help(invoke):
    done = invoke()
    assert done.exit_code == 0
    assert "Commands:" in done.stdout


def test_simplest_tells_what_one_kind_costs_more(invoke, tmp_path):
    """Ten quick pods cost 2,087,381 USD where two kinds cost 1,996,461.2: 4.55 % more, beyond 0.2 and within 5 %."""
    done = invoke("simplest", MINIMAL, "--out", "here", *CHEAP)
    assert done.exit_code == 0, done.stderr
    assert "2 kinds in 2 lots instead of 2 kinds in 2 lots" in done.stdout
    assert (tmp_path / "here" / "design.json").exists()
    page = told(invoke("simplest", MINIMAL, "--json", "--set", "solve.simplicity=0.05", *CHEAP))
    assert (page["plan"]["kinds"], page["plan"]["lots"]) == (1, 1)
    assert page["dearer_fraction"] == pytest.approx(2_087_381 / 1_996_461.2 - 1)
    assert page["proven"]
    assert [lot[2:] for lot in page["lots"]] == [["quick", "warm_water", 10]]
