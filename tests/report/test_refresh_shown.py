"""Pods that leave early are seen where a reader looks: first screen, plan, calendar, files (test_hand_refresh.py)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from optimizer.analysis.comparison import _chosen
from optimizer.analysis.decision_table import decision_rows
from optimizer.analysis.retirements import retirement_lines
from optimizer.analysis.sides import Side
from optimizer.analysis.tasks import installed_pods
from optimizer.inputs.design import Design
from optimizer.pipeline import Options, Result, run
from optimizer.report.baselines import PlanRow, Plans
from optimizer.report.export import Order, export
from optimizer.report.first_screen import bought_text, first_screen
from optimizer.report.plan import order_rows
from tests.hand.test_hand_refresh import NEWER_AND_THRIFTY
from tests.tiny import tiny

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def refreshed() -> Result:
    """Two quick pods of a go in b, when five frugal ones come."""
    return run(tiny({**NEWER_AND_THRIFTY, "procurement.refresh": True}), HERE, Options(isolated=False))


def test_the_first_screen_says_what_goes_and_what_that_is_worth(refreshed: Result) -> None:
    row = PlanRow(
        id="no_refresh",
        name="No refresh",
        rule="",
        status="optimal",
        objective=1.25,
        saving_fraction=0.2,
        saving_musd=3.0,
        buys="",
        reason="",
        figures={"lcoc_usd_per_eflop": 1.25},
    )
    plans = Plans(instance="x", instance_sha256="", objective="lcoc", best=1.0, rows=(row,))
    screen = first_screen(refreshed, plans, None)
    assert bought_text(refreshed.problem.instance, screen.phases[1]) == "40 Frugal; retire 16 Quick"
    (tile,) = [tile for tile in screen.tiles if tile.name == "Without refresh"]
    assert tile.value == "+25.0 %"
    assert tile.note == "3.00 MUSD more; 1.250 USD/EFLOP: the best plan without refresh"
    unasked = run(tiny(), HERE, Options(isolated=False))
    assert "Without refresh" not in {tile.name for tile in first_screen(unasked, plans, None).tiles}


def test_the_plan_names_the_delivery_that_goes(refreshed: Result) -> None:
    retired = [row for row in order_rows(refreshed) if row[2] == "retire"]
    assert retired == [("b", "paper", "retire", "quick", "warm_water", "2", "2", "16", "of Jan 2027")]


def test_the_calendar_has_the_day(refreshed: Result) -> None:
    assert refreshed.design is not None
    (line,) = retirement_lines(refreshed.problem, refreshed.design.decisions)
    assert (line.day, line.pods, line.accelerators, line.came) == (date(2031, 1, 1), 2, 16, date(2027, 1, 1))
    text = export(refreshed, Order(format="icalendar")).decode()
    assert "SUMMARY:Retire today: 2 pods of Quick at paper" in text
    assert text.count("CATEGORIES:RETIREMENT") == 1
    assert text.count("CATEGORIES:DELIVERY") == text.count("CATEGORIES:ORDER") > 0


def test_files_keep_the_delivery(refreshed: Result) -> None:
    assert refreshed.design is not None
    again = Design.model_validate_json(refreshed.design.model_dump_json())
    assert again.decisions.retirements == refreshed.design.decisions.retirements
    assert again.decisions.retirements[0].bought == "a"


def test_what_stands_is_counted_without_it(refreshed: Result) -> None:
    assert refreshed.design is not None
    problem, decisions = refreshed.problem, refreshed.design.decisions
    assert sum(installed_pods(problem, decisions, "a").values()) == 2
    assert sum(installed_pods(problem, decisions, "b").values()) == 5
    gone = [row for row in decision_rows(problem, decisions) if row[0] == "pods retired"]
    assert [(row[1], row[3], row[8]) for row in gone] == [("b", "quick", 2)]


def test_a_comparison_tells_bought_pods_from_those_there_before(refreshed: Result) -> None:
    quantities = _chosen(Side(name="refreshed", result=refreshed))
    assert quantities["bought pods retired", "quick in warm_water", "pods"] == 2
    assert not any(key[0] == "existing pods retired" for key in quantities)
