"""`optimizer compare` and `optimizer solve --against`."""

from __future__ import annotations

import json
import re

import pytest

from .conftest import MINIMAL

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
    assert "excluded: procurement list" in done.stdout
    told = json.loads(invoke("compare", runs / "all", runs / "few", "--json").stdout)["result"]
    lcoc = next(row for row in told["figures"] if row["what"] == "lcoc_usd_per_eflop")
    assert sum(row["difference"][0] for row in told["costs"]) == pytest.approx(lcoc["difference"][0], rel=1e-10)
    assert [side["name"] for side in told["sides"]] == ["all", "few"]


def test_pages(runs, invoke, tmp_path):
    done = invoke("compare", runs / "all", runs / "few", "--markdown", "c.md", "--html", "c.html")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "c.md").read_text().startswith("# all against few")
    page = (tmp_path / "c.html").read_text()
    assert "<script" not in page
    assert "script-src 'none'" in page.replace("&#39;", "'")
    assert not re.search(r'(?:src|href)="(?!data:)', page)


def test_html_escapes_names(tmp_path):
    from optimizer.report.compare_html import to_html
    from optimizer.report.document import Bullets, Heading, Table

    bad = '"><script>alert(1)</script>{0.__class__}'
    page = to_html([Heading(bad, 1), Bullets((bad,)), Table((bad, bad), ((bad, bad),), frozenset({1}))], bad)
    assert "<script>" not in page
    assert page.count("{0.__class__}") == 8


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
