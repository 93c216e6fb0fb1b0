"""`optimizer compare` and `optimizer solve --against`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from shutil import copytree

import pytest

from optimizer.analysis.comparison import compare
from optimizer.app.sides import open_sides
from optimizer.number_format import number
from optimizer.report.baselines import PlanRow, Plans
from optimizer.report.compare_page import explanation
from optimizer.report.compared import shown as comparison_shown
from optimizer.report.html.comparison_charts import bridges, cost_bars
from optimizer.report.html.comparison_page import render_comparison
from optimizer.report.studies import Studies, files
from optimizer.report.workbook.comparison import comparison_workbook
from optimizer.runs.read import load_run
from tests.report.html.test_page import read
from tests.report.spreadsheet import opened
from tests.report.test_names_shown import identifiers, shown
from tests.tiny import ROOT

from .conftest import MINIMAL

UNUSED = ("pyomo", "highspy", "scipy", "pandas", "xlsxwriter", "optimizer.report.html.page")
SCENARIO = '\n[scenarios.frugal_only]\nprocurement.include = ["frugal"]\nphases.only.target_pflops = 18.0\n'
"""Frugal pods alone reach half the target."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two finished runs: all chips, and one of them."""
    from click.testing import CliRunner

    from optimizer.cli.main import root

    folder = tmp_path_factory.mktemp("runs")
    (folder / "plan.toml").write_text(MINIMAL.read_text() + SCENARIO)
    for name, options in (("all", ()), ("few", ("--scenario", "frugal_only"))):
        command = ["solve", str(folder / "plan.toml"), "--out", str(folder / name), "--quiet", "--no-isolate", *options]
        assert CliRunner().invoke(root, command, prog_name="optimizer").exit_code == 0
    return folder


def test_two_runs(runs, invoke):
    done = invoke("compare", runs / "all", runs / "few")
    assert done.exit_code == 0, done.output
    assert "KEY FIGURES" in done.stdout
    assert "THE QUESTIONS OF A BOARD" in done.stdout
    assert "excluded: procurement list" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    told = json.loads(invoke("compare", runs / "all", runs / "few", "--json").stdout)["result"]
    lcoc = next(row for row in told["figures"] if row["what"] == "lcoc_usd_per_eflop")
    assert sum(row["difference"][0] for row in told["costs"]) == pytest.approx(lcoc["difference"][0], rel=1e-10)
    assert [side["name"] for side in told["sides"]] == ["all", "few"]


def test_it_loads_no_solver(runs):
    """Reading and comparing take neither Pyomo nor HiGHS nor scipy, which take longer to load than the rest."""
    code = (
        "import sys\n"
        "from optimizer.cli.main import root\n"
        f"asked = ['compare', {str(runs / 'all')!r}, {str(runs / 'few')!r}]\n"
        "try:\n    root.main(asked, prog_name='optimizer')\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        f"print([m for m in {UNUSED!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "KEY FIGURES" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_four_sides_fit_a_narrow_terminal_and_no_number_is_folded(runs, invoke):
    done = invoke("compare", runs / "all", runs / "few", runs / "all", runs / "few")
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    costs = next(line for line in done.stdout.splitlines() if line.startswith("Whole-life cost, MUSD"))
    assert len(costs.split()) == len(["Whole-life", "cost,", "MUSD"]) + 4
    assert invoke("compare", *[runs / "all"] * 5).exit_code == 2


def test_simple_plans_kept_beside_a_run_answer_what_refused_licences_cost(runs, tmp_path, monkeypatch):
    """The plan without licences, kept at 1.25 times the best value, is 25 % dearer; the other run has no such plan."""
    monkeypatch.setattr("optimizer.report.tiles.licences", lambda *_: ("quick needs one",))
    for name in ("all", "few"):
        copytree(runs / name, tmp_path / name)
        (tmp_path / name / "baselines.json").unlink(missing_ok=True)
    design = load_run(runs / "all").design
    best = design.reported.lcoc_usd_per_eflop
    row = PlanRow(
        id="no_licences",
        name="Licences avoided",
        rule="",
        status="optimal",
        objective=1.25 * best,
        saving_fraction=0.2,
        saving_musd=0.5,
        buys="",
        reason="",
        figures={"lcoc_usd_per_eflop": 1.25 * best},
    )
    sha256 = design.instance_sha256
    kept = Plans(instance="minimal", instance_sha256=sha256, objective="lcoc", best=best, rows=(row,))
    (tmp_path / "all" / "baselines.json").write_text(files(Studies(baselines=kept), sha256)["baselines.json"])
    named = comparison_shown(compare(open_sides((tmp_path / "all", tmp_path / "few"))))
    ((first, _), (second, _)) = dict(named.answers)["If every licence is refused"]
    assert (first, second) == ("+25.0 %", "not known")


def test_pages(runs, invoke, tmp_path):
    done = invoke("compare", runs / "all", runs / "few", "--markdown", "c.md", "--html", "c.html", "--xlsx", "c.xlsx")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "c.md").read_text().startswith("# Two chips, one site, one year: all against ")
    page = (tmp_path / "c.html").read_text()
    assert not re.search(r'<[^>]+ (?:src|href)="(?!data:|#)', page)
    assert len(page) < 3_000_000
    known = identifiers(load_run(runs / "all").instance)
    assert shown(done.stdout, known) == set()
    assert shown("\n".join(read(page).text), known) == set()


def test_the_bridge_leads_from_one_levelised_cost_to_the_other(runs, tmp_path):
    named = comparison_shown(compare(open_sides((runs / "all", runs / "few"))))
    (chart,) = bridges(named)
    first, *steps, last = [row[1].value for row in chart.table.rows]
    assert first + sum(steps) == pytest.approx(last, rel=1e-12)
    assert (first, last) == pytest.approx(named.totals, rel=1e-12)
    drawn = [(start, x) for trace in chart.figure["data"] for start, x in zip(trace["base"], trace["x"], strict=True)]
    assert len(drawn) == len(steps) + 2
    stacked = [sum(trace["x"][side] for trace in cost_bars(named).figure["data"]) for side in (0, 1)]
    assert stacked == pytest.approx(named.totals, rel=1e-12)


def test_the_workbook_of_runs_has_live_differences(runs, tmp_path):
    named = comparison_shown(compare(open_sides((runs / "all", runs / "few"))))
    content = comparison_workbook(named)
    assert content == comparison_workbook(named)
    book = opened(content, tmp_path, values=True)
    rows = [row for row in book["Costs"].iter_rows(min_row=5, values_only=True) if row[0]]
    assert rows[-1][0] == "Levelised cost"
    assert rows[-1][2:4] == pytest.approx(named.totals)
    formulas = opened(content, tmp_path)["Costs"]
    assert formulas["E5"].value == "=D5-$C5"
    assert book["Assumptions"]["D5"].value, "the key stands beside the name"


def test_a_value_changed_is_designed_anew(runs, invoke):
    done = invoke("compare", runs / "all", "--set", "sites.paper.carbon_price_usd_per_t=500", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["result"]
    assert [row["what"] for row in told["assumptions"]] == ["sites.(site).carbon_price_usd_per_t"]
    assert told["sides"][1]["status"] == "optimal"
    impossible = invoke("compare", runs / "all", "--set", "phases.only.target_pflops=100000")
    assert impossible.exit_code == 4, impossible.output
    assert "no design exists" in impossible.output


def test_amounts_are_told_in_the_instances_own_currency(runs, invoke, tmp_path):
    """Of 8 HKD a dollar every amount is eight times the one in the files."""
    text = (MINIMAL.read_text() + SCENARIO).replace('currency = "USD"', 'currency = "HKD"')
    (runs / "hkd.toml").write_text(text + "\n[exchange_rates.HKD]\nper_usd = 8.0\nquoted = 2026-11-22\n")
    for name, options in (("h1", ()), ("h2", ("--scenario", "frugal_only"))):
        made = invoke(
            "solve", runs / "hkd.toml", "--out", runs / name, "--quiet", "--no-isolate", "--no-baselines", *options
        )
        assert made.exit_code == 0, made.output
    here = comparison_shown(compare(open_sides((runs / "h1", runs / "h2"))))
    assert here.totals == pytest.approx([8 * side.reported.lcoc_usd_per_eflop for side in here.sides], rel=1e-12)
    sums = [sum(row.values[side] or 0.0 for row in here.rows.costs) for side in (0, 1)]
    assert sums == pytest.approx(here.totals, rel=1e-12)
    npv = next(row for row in here.rows.figures if row.detail == "npv_cost_musd")
    assert npv.unit == "MHKD"
    assert npv.values[0] == pytest.approx(8 * here.sides[0].reported.npv_cost_musd)
    assert "HKD/EFLOP" in explanation(here)
    sheets = opened(comparison_workbook(here), tmp_path)
    told = [
        str(cell.value) for sheet in sheets for line in sheet.iter_rows() for cell in line if cell.value is not None
    ]
    assert any(text.startswith(f"{number(npv.values[0])} MHKD") for text in told), "the board's questions"
    assert any(f"{number(here.sides[0].reported.npv_cost_musd)} MUSD" in text for text in told), "and dollars beneath"
    assert not [text for text in told if text.endswith("USD/EFLOP")]
    mixed = comparison_shown(compare(open_sides((runs / "h1", runs / "few"))))
    assert mixed.money.code == "USD", "sides of two currencies are told in dollars"


def test_html_escapes_names(runs):
    bad = '"><script>alert(1)</script>{0.__class__}'
    sides = open_sides((runs / "all", runs / "few"))
    sides = tuple(replace(side, name=f"{bad}{at}", doubts=(bad,)) for at, side in enumerate(sides))
    page = render_comparison(comparison_shown(compare(sides)))
    assert "<script>alert" not in page
    assert "{0.__class__}" in page


def test_a_bid(runs, invoke, tmp_path):
    design = json.loads((runs / "all" / "design.json").read_text())
    bid = {"decisions": design["decisions"]}
    (tmp_path / "bid.json").write_text(json.dumps(bid))
    done = invoke("compare", runs / "all", "bid.json")
    assert done.exit_code == 0, done.output
    assert "VERIFIED BID" in done.stdout
    bid["decisions"]["deliveries"][0]["pods"] -= 1
    (tmp_path / "bid.json").write_text(json.dumps(bid))
    done = invoke("compare", runs / "all", "bid.json")
    assert done.exit_code == 7
    assert "BID NOT VERIFIED" in done.stdout


def test_what_cannot_be_compared(runs, invoke, tmp_path):
    assert invoke("compare", runs / "all").exit_code == 2
    assert invoke("compare", runs / "all", "nowhere").exit_code == 10
    (tmp_path / "bad.json").write_text('{"decisions": {"deliveries": 3}}')
    assert invoke("compare", runs / "all", "bad.json").exit_code == 3


def test_solve_against_a_scenario(runs, invoke, tmp_path):
    done = invoke("solve", runs / "plan.toml", "--against", "frugal_only", "--out", "run", "--quiet", "--no-isolate")
    assert done.exit_code == 0, done.output
    assert "Against frugal_only: LCOC " in done.stdout
    assert "Against frugal" in (tmp_path / "run" / "summary.md").read_text()
    assert (tmp_path / "run" / "RUN_OK").is_file()


def test_against_what_cannot_be_solved(runs, invoke, tmp_path):
    text = MINIMAL.read_text() + "\n[scenarios.huge]\nphases.only.target_pflops = 100000.0\n"
    (tmp_path / "plan.toml").write_text(text)
    done = invoke("solve", "plan.toml", "--against", "huge", "--json", "--quiet", "--no-isolate")
    assert done.exit_code == 0, done.output
    assert "ended infeasible" in json.loads(done.stdout)["result"]["against"]


def test_against_a_scenario_that_is_not_there(invoke, tmp_path):
    assert invoke("solve", MINIMAL, "--against", "nothing", "--out", "run").exit_code == 3
    assert not (tmp_path / "run").exists()
