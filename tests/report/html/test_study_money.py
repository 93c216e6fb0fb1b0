"""Studies of an instance in Hong Kong dollars: terminal and page tell those, files keep US dollars."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from optimizer.analysis.money import DOLLARS
from optimizer.cli.main import root
from optimizer.report.html.study_money import in_currency
from optimizer.report.html.study_page import render_study
from optimizer.report.html.study_source import StudySource, from_study
from tests.report.html.study_folders import GRID, MINIMAL, PRICE, hostile_robust
from tests.report.html.test_page import read
from tests.study import analytic

RATE = 7.8
HONG_KONG = f"\n[exchange_rates.HKD]\nper_usd = {RATE}\nquoted = 2026-01-01\n"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """What the command says, and the folder of its study, of formula cells."""
    return run(tmp_path_factory.mktemp("sweep"), "sweep", "--vary", f"{PRICE}=1000:4000:1000", "--vary", f"{GRID}=1,2")


def run(results, command, *arguments):
    import optimizer.study.cell

    plan = results / "plan.toml"
    text = MINIMAL.read_text(encoding="utf-8").replace('currency = "USD"', 'currency = "HKD"', 1) + HONG_KONG
    plan.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(optimizer.study.cell, "solve_cell", analytic.work)
        options = ("--results", str(results), "--name", "hk", "--workers", "1")
        done = CliRunner().invoke(root, [command, str(plan), *arguments, *options])
    assert done.exit_code == 0, done.output
    return done, results / "minimal" / "studies" / "hk"


def test_the_terminal_tells_the_instances_currency(sweep):
    done, folder = sweep
    costs = [row["lcoc_usd_per_eflop"] for row in from_study(folder).cells]
    assert "HKD/EFLOP" in done.stdout
    assert "USD/EFLOP" not in done.output
    assert f"{RATE * min(costs):.4g}"[:4] in done.stdout


def test_the_page_tells_the_instances_currency_and_inputs_as_they_were_written(sweep):
    _, folder = sweep
    kept = from_study(folder)
    told = in_currency(kept)
    for before, after in zip(kept.cells, told.cells, strict=True):
        assert after["lcoc_usd_per_eflop"] == pytest.approx(RATE * before["lcoc_usd_per_eflop"], rel=1e-12)
        assert after[PRICE] == before[PRICE]
        assert after["gap"] == before["gap"]
    text = " ".join(read((folder / "study.html").read_text(encoding="utf-8")).text)
    assert "HKD/EFLOP" in text
    assert "USD/EFLOP" not in text.split("Words")[0]


def test_a_tornado_is_told_in_the_instances_currency(tmp_path):
    done, folder = run(tmp_path, "sensitivity", "--vary", f"{PRICE}=-20%:+20%:2")
    assert "HKD/EFLOP" in done.stdout
    assert "USD/EFLOP" not in done.output
    (before,), (after,) = from_study(folder).tornado, in_currency(from_study(folder)).tornado
    for name in ("low_lcoc", "high_lcoc", "base_lcoc", "swing"):
        assert after[name] == pytest.approx(RATE * before[name], rel=1e-12)
    assert (after["low_value"], after["high_value"]) == (before["low_value"], before["high_value"])


def test_a_robust_plan_is_converted_but_for_its_chances_and_its_gap():
    definition = {"command": "robust", "instance": {"currency": "HKD", "per_usd": RATE}}
    kept = StudySource(name="x", definition=definition, robust=hostile_robust())
    told = in_currency(kept)
    before, after = kept.robust, told.robust
    assert after["expected_lcoc_usd_per_eflop"] == RATE * before["expected_lcoc_usd_per_eflop"]
    assert after["gap_fraction"] == before["gap_fraction"]
    for name, row in before["scenarios"].items():
        assert after["scenarios"][name]["cost_musd"] == RATE * row["cost_musd"]
        assert after["scenarios"][name]["probability"] == row["probability"]
    for plan, row in before["regret_usd_per_eflop"].items():
        for name, value in row.items():
            assert after["regret_usd_per_eflop"][plan][name] == (None if value is None else RATE * value)
    page = render_study(kept)
    assert "regret, HKD/EFLOP" in page
    assert "regret, USD/EFLOP" not in page


@pytest.mark.parametrize(
    "instance", [{}, {"currency": "HKD"}, {"currency": "H<b", "per_usd": 2}, {"currency": "HKD", "per_usd": 0}]
)
def test_a_folder_that_names_no_sound_rate_is_told_in_us_dollars(instance):
    assert StudySource(name="x", definition={"instance": instance}).money == DOLLARS
