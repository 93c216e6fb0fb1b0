"""`optimizer report` on the folder of a study, and the folders `robust` and `regimes` keep."""

from __future__ import annotations

import hashlib
import json

import pytest

from optimizer.report.html.study_source import PAGE_NAME
from tests.report.html.study_folders import TORNADO, made

from .conftest import MINIMAL

UNCERTAIN = """
extends = "minimal.toml"
name = "uncertain"
[uncertainty]
reveal_phase = "later"
[uncertainty.scenarios.cheap]
probability = 0.5
accelerator_price_factors = { "*" = 0.5 }
[uncertainty.scenarios.dear]
probability = 0.5
accelerator_price_factors = { "*" = 2.0 }
[phases.later]
start = 2028-01-01
years = 1.0
target_pflops = 40.0
[accelerators.quick]
life_years = 5.0
[accelerators.frugal]
life_years = 5.0
"""


@pytest.fixture
def folder(tmp_path):
    return made(tmp_path / "results", "tornado", *TORNADO)


def test_the_page_again_is_the_same_and_under_the_seal(folder, invoke):
    before = (folder / PAGE_NAME).read_bytes()
    (folder / PAGE_NAME).write_text("lost")
    done = invoke("report", folder, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)["result"]
    assert told["study"] == "tornado"
    assert told["stale"] == []
    assert (folder / PAGE_NAME).read_bytes() == before
    sealed = json.loads((folder / "STUDY_OK").read_text())["files"]
    assert sealed[PAGE_NAME] == hashlib.sha256(before).hexdigest()


def test_an_altered_or_unfinished_study_is_told(folder, invoke, tmp_path):
    table = folder / "tornado.csv"
    table.write_text(table.read_text().replace("-0.2", "-0.3"))
    done = invoke("report", folder, "--out", "a.html")
    assert "altered since the study: tornado.csv" in done.output
    (folder / "STUDY_OK").unlink()
    assert invoke("report", folder, "--out", "b.html").exit_code == 7
    assert "the study is not complete" in (tmp_path / "b.html").read_text(encoding="utf-8")


def test_nothing_is_written_over(folder, invoke, tmp_path):
    (tmp_path / "mine.html").write_text("years of work")
    assert invoke("report", folder, "--out", "mine.html").exit_code == 2
    assert invoke("report", folder, "--out", folder / "table.csv", "--overwrite").exit_code == 2
    assert (tmp_path / "mine.html").read_text() == "years of work"
    assert invoke("report", folder, "--out", "mine.html", "--overwrite").exit_code == 0


def test_what_belongs_to_a_run_is_refused(folder, invoke):
    done = invoke("report", folder, "--marginal")
    assert done.exit_code == 2
    assert "a study's page takes" in done.output


def test_damaged_files_are_told_without_a_traceback(folder, invoke):
    (folder / "tornado.csv").write_text("axis,base_lcoc\nx,1\n")
    done = invoke("report", folder)
    assert done.exit_code == 10
    assert "not those of a study" in done.output
    (folder / "table.csv").write_text("cell,status\n1,2,3\n")
    assert "table.csv is damaged" in invoke("report", folder).output


def test_regimes_keep_a_folder_with_a_page(invoke, tmp_path):
    done = invoke("regimes", MINIMAL, "--regime", "may_2026", "--name", "law", "--json")
    assert done.exit_code == 0
    folder = tmp_path / "results" / "minimal" / "studies" / "law"
    cases = json.loads(done.stdout)["result"]["cases"]
    assert json.loads((folder / "regimes.json").read_text())["cases"] == cases
    page = (folder / PAGE_NAME).read_text(encoding="utf-8")
    for case in cases:
        assert f'data-value="{case["lcoc_usd_per_eflop"]}"' in page
    assert {"regimes.json", PAGE_NAME} <= set(json.loads((folder / "STUDY_OK").read_text())["files"])
    assert invoke("regimes", MINIMAL, "--regime", "jan_2026", "--name", "law").exit_code == 10


def test_robust_keeps_a_folder_with_a_page(invoke, tmp_path):
    text = MINIMAL.read_text(encoding="utf-8")
    (tmp_path / "minimal.toml").write_text(text, encoding="utf-8")
    (tmp_path / "uncertain.toml").write_text(UNCERTAIN, encoding="utf-8")
    done = invoke("robust", "uncertain.toml", "--name", "futures", "--json")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "results" / "uncertain" / "studies" / "futures"
    found = json.loads((folder / "robust.json").read_text())
    page = (folder / PAGE_NAME).read_text(encoding="utf-8")
    assert f'data-value="{found["expected_lcoc_usd_per_eflop"]}"' in page
    for row in found["regret_usd_per_eflop"].values():
        for value in row.values():
            assert value is None or f'data-value="{value}"' in page
    assert "First-stage decisions" in page
    assert (folder / "STUDY_OK").is_file()


ROOMY = """
[halls.roomy]
name = "Roomy"
availability = 0.99
generator_fraction = 0.0
ups_redundancy_fraction = 0.0
distribution_redundancy_fraction = 0.0
space_factor = 1.5
loss_fraction = 0.05
"""
"""Takes more room and loses more."""


def test_regimes_price_a_decision_that_is_left_out(invoke, tmp_path):
    """Halls of one class beside the rules as stated: on the page, in the answer; an id that is none is refused."""
    text = MINIMAL.read_text(encoding="utf-8").replace("[sites.paper]\n", '[sites.paper]\nhalls = ["n", "roomy"]\n', 1)
    (tmp_path / "halls.toml").write_text(text + ROOMY, encoding="utf-8")
    done = invoke("regimes", "halls.toml", "--regime", "hall:roomy", "--name", "one", "--json")
    assert done.exit_code == 0, done.output
    *_, case = json.loads(done.stdout)["result"]["cases"]
    assert case["regime"] == "hall:roomy"
    assert case["price"].startswith("Only Roomy (hall:roomy) costs +")
    page = (tmp_path / "results" / "minimal" / "studies" / "one" / PAGE_NAME).read_text(encoding="utf-8")
    assert case["price"] in page
    assert case["without"] in page
    refused = invoke("regimes", "halls.toml", "--regime", "hall:three_n")
    assert refused.exit_code == 2
    assert "'hall:n'? Known: " in refused.output
