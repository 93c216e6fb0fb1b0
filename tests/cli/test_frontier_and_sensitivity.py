"""`optimizer frontier` and `optimizer sensitivity`: folders, answers, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import MINIMAL

ALONE = ("--workers", "1")
PRICES = "accelerators.quick.price_usd"
BOTH = ("--vary", f"{PRICES}=1:2", "--vary", "sites.paper.grid_mw=1:2")


@pytest.fixture
def formula(monkeypatch):
    import optimizer.study.cell
    from tests.study.analytic import work

    monkeypatch.setattr(optimizer.study.cell, "solve_cell", work)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_frontier(invoke):
    done = invoke("frontier", MINIMAL, "--x", "energy_mwh_per_year", "--points", "3", *ALONE, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)["result"]
    assert [point["kind"] for point in told["points"]] == ["least_x", "inner", "least_y"]
    folder = Path(told["folder"])
    assert {"frontier.csv", "table.csv", "table.parquet", "timing.csv", "STUDY_OK"} <= names(folder)
    header = (folder / "frontier.csv").read_text().splitlines()[0]
    measures = "energy_mwh_per_year,lcoc_usd_per_eflop,gap,verified,chip_set,key"
    assert header == f"point,kind,cap_x,{measures},usd_per_unit,x_per_eflop,effective_pflops,pue_annual"


def test_cost_over_the_target_in_one_command(invoke):
    done = invoke("frontier", MINIMAL, "--x", "target_pflops", "--points", "3", *ALONE)
    assert done.exit_code == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[3:6]] == ["19.00", "38.00", "57.00"]
    assert "_" not in done.stdout.partition("3 cells")[0], "names stand in place of ids"


def test_a_frontier_of_an_infeasible_instance(invoke):
    done = invoke("frontier", MINIMAL, "--set", "sites.paper.grid_mw=0.01", "--points", "3", *ALONE)
    assert done.exit_code == 4
    assert "no frontier" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--x", "pue_annual"), "lcoc_usd_per_eflop"),
        (("--x", "capex_musd", "--y", "capex_musd"), "two different measures"),
        (("--points", "1"), "--points"),
        (("--objective", "capex"), "--y"),
    ],
)
def test_frontiers_that_cannot_be(options, words, invoke):
    done = invoke("frontier", MINIMAL, *options)
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_tornado(formula, invoke):
    axes = ("--vary", f"{PRICES}=10000:30000", "--vary", "sites.paper.grid_mw=1:3")
    done = invoke("sensitivity", MINIMAL, *axes, *ALONE, "--json")
    told = json.loads(done.stdout)["result"]
    assert [axis["axis"] for axis in told["axes"]] == ["sites.paper.grid_mw", PRICES]
    assert told["base_lcoc"] == pytest.approx(6.0)
    folder = Path(told["folder"])
    assert {"tornado.csv", "table.csv", "STUDY_OK"} <= names(folder)
    first = (folder / "tornado.csv").read_text().splitlines()[1]
    assert first.startswith("sites.paper.grid_mw,FALSE,1.0,6.0,optimal,quick,3.0,14.0,optimal,quick,6.0,8.0")


def test_a_tornado_without_axes_takes_the_usual_ones(formula, invoke):
    done = invoke("sensitivity", MINIMAL, *ALONE)
    assert done.exit_code == 0
    assert "Quick: price" in done.stdout
    assert "Frugal: price" in done.stdout


def test_indices_without_axes_are_over_the_usual_ones(formula, invoke):
    pytest.importorskip("SALib")
    done = invoke("sensitivity", MINIMAL, *ALONE, "--method", "morris", "--samples", "2", "--json")
    assert done.exit_code == 0
    axes = {row["axis"] for row in json.loads(done.stdout)["result"]["indices"]}
    assert axes > {"accelerators.*.price_usd", "tariffs.*.energy.*.price_per_kwh", "sites.*.grid_mw"}


def test_indices(formula, invoke):
    pytest.importorskip("SALib")
    axes = ("--vary", f"{PRICES}=10000:30000", "--vary", "sites.paper.grid_mw=1:9")
    for method, column in (("morris", "mu_star"), ("sobol", "ST")):
        done = invoke("sensitivity", MINIMAL, *axes, *ALONE, "--method", method, "--samples", "8", "--json")
        told = json.loads(done.stdout)["result"]
        assert done.exit_code == 0
        assert told["indices"][0]["axis"] == "sites.paper.grid_mw"
        assert told["indices"][0][column] > told["indices"][1][column]
        assert "indices.csv" in names(Path(told["folder"]))


def test_no_indices_over_failed_cells(formula, invoke):
    pytest.importorskip("SALib")
    axes = ("--vary", f"{PRICES}=888,-1", "--vary", "sites.paper.grid_mw=1:3")
    done = invoke("sensitivity", MINIMAL, *axes, *ALONE, "--method", "morris")
    assert done.exit_code == 9
    assert "there are no indices" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--samples", "8"), "tornado takes no samples"),
        (("--method", "sobol", "--samples", "9", *BOTH), "power of"),
        (("--method", "morris", "--vary", f"{PRICES}=1:2"), "two axes"),
        (("--method", "morris", "--vary", f"{PRICES}=1:2", "--output", "lcocc"), "not a key figure"),
        (("--method", "morris", *BOTH, "--output", "training_days_max"), "no cell of this study reports"),
        (("--vary", f"{PRICES}=1"), "one value"),
    ],
)  # fmt: skip
def test_sensitivities_that_cannot_be(options, words, invoke):
    done = invoke("sensitivity", MINIMAL, *options)
    assert done.exit_code == 2
    assert words in done.stderr
