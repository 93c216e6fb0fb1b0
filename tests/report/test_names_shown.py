"""No identifier of the schema on a page, in the summary, or in what a study's page says: names and words instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from optimizer import pipeline
from optimizer.cli.main import root
from optimizer.ledger.accounts import ACCOUNTS
from optimizer.model.kpis import ALL_KPIS
from optimizer.reading.layers import DEFAULT
from optimizer.reading.read import values_of
from optimizer.report.html.page import render_report
from optimizer.report.html.source import ReportSource
from optimizer.report.names import reader_names, worded_figure
from optimizer.report.summary import About, summary_text
from tests.report.html.test_page import read
from tests.tiny import EVERYTHING, ROOT, tiny

HERE = Path()
TOKEN = re.compile(r"(?<![\w./-])[A-Za-z*]\w*(?:\.[\w*]+)*(?![\w/])(?!\.\w)")
COMMAND = re.compile(r"optimizer [a-z]+ .*")


@pytest.fixture(scope="module")
def everything():
    return pipeline.run(tiny(EVERYTHING), HERE, pipeline.Options(isolated=False))


def identifiers(instance) -> set[str]:
    """Fields, ids of rows, accounts, key figures and dotted keys: what the schema calls things."""
    paths = [[part for part in path if isinstance(part, str)] for path, _ in values_of(instance)]
    parts = {part for path in paths for part in path if "_" in part}
    figures = {kpi.id for kpi in ALL_KPIS} | {account.id for account in ACCOUNTS}
    return parts | {id_ for id_ in figures if "_" in id_} | {".".join(path) for path in paths if len(path) > 1}


def shown(text: str, known: set[str]) -> set[str]:
    return {token for token in TOKEN.findall(COMMAND.sub("", text)) if token in known}


def test_the_scan_sees_what_it_looks_for() -> None:
    known = identifiers(tiny())
    text = "warm_water and sites.paper.grid_mw bind, lcoc_usd_per_eflop too; optimizer show x.toml --set a_b=1"
    assert shown(text, known) == {"warm_water", "sites.paper.grid_mw", "lcoc_usd_per_eflop"}


def test_the_page_names_things(everything) -> None:
    instance = everything.problem.instance
    origins = {".".join(map(str, path)): DEFAULT for path, _ in values_of(instance)}
    page = render_report(ReportSource(result=everything, origins=origins))
    text = "\n".join(read(page).text)
    assert shown(text, identifiers(instance)) == set()
    assert 'title="sites.paper.grid_mw"' in page, "the key stays behind the name"


def test_the_summary_names_things(everything) -> None:
    text = summary_text(everything, About(instance_file="plan.toml"), 200)
    assert shown(text, identifiers(everything.problem.instance)) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("supply of quick_chip", "supply of quick_chip"),
        ("the warm_water plant", "the warm water plant"),
        ("read plan/warm_water.toml", "read plan/warm_water.toml"),
        (
            "optimizer explain x.toml --set sites.paper.grid_mw=2",
            "optimizer explain x.toml --set sites.paper.grid_mw=2",
        ),
        ("sites.paper.grid_mw binds", "A site on paper: grid power, MW binds"),
        ("capital at peak demand, energy and racks", "capital at peak demand, energy and racks"),
    ],
)
def test_whole_ids_alone_become_names(text, expected) -> None:
    assert reader_names([tiny()])(text) == expected


def test_charts_are_named_too() -> None:
    words = reader_names([tiny()])
    assert worded_figure({"x": ["warm_water", 1.0], "name": "npv_cost_musd"}, words) == {
        "x": ["warm water", 1.0],
        "name": "whole-life cost",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("generation.gas_engine_4mw.usd_per_unit moves it", "Gas engine, high speed, 4 MW: price per unit moves it"),
        ("accelerators.mi300x.price_usd", "AMD Instinct MI300X: price, USD"),
        ("generation.my_own.usd_per_unit", "Generation my own: price per unit"),
    ],
)
def test_a_study_without_an_instance_has_the_names_of_the_catalogue(text, expected) -> None:
    assert reader_names(())(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "grid import at A site on paper: 0.05000 MW [sites.paper.grid_mw]",
        "engineers that can be had: 3.000 engineers [staff.max_engineers]",
        "pods of 2024 [sites.paper.existing_pods[0].pods]",
    ],
)
def test_a_key_in_brackets_stays_for_it_is_what_is_to_be_written(text) -> None:
    assert reader_names([tiny()])(text) == text


def test_the_page_of_an_infeasible_instance_has_keys_with_their_values(tmp_path) -> None:
    """50 kW of import carry 23.8 of 38 PFLOPS; page, summary and what is read back from the folder say which keys."""
    plan = tmp_path / "plan.toml"
    plan.write_text((ROOT / "instances" / "minimal.toml").read_text())
    arguments = ["solve", str(plan), "--set", "sites.paper.grid_mw=0.05", "--set", "limits.carbon_t_per_year=9"]
    done = CliRunner().invoke(root, [*arguments, "--out", str(tmp_path / "run")], prog_name="optimizer")
    assert done.exit_code == 4
    again = CliRunner().invoke(root, ["explain", str(tmp_path / "run")], prog_name="optimizer")
    page = " ".join("\n".join(read((tmp_path / "run" / "report.html").read_text()).text).split())
    for text in (" ".join(done.stdout.split()), " ".join(again.stdout.split()), page):
        assert "grid import at A site on paper: 0.05000 MW [sites.paper.grid_mw]" in text
        assert "target of only: 38.00 PFLOPS [phases.only.target_pflops]" in text
    for text in (" ".join(done.stdout.split()), page):
        assert "outside the usual range 10 to 3e+06 [limits.carbon_t_per_year]" in text
