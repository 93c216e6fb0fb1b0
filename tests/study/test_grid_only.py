"""What generation is worth: the plan in which nothing but the grid feeds the sites."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.analysis.static_bounds import obstacles
from optimizer.model.derive import derive
from optimizer.pipeline import Options, run
from optimizer.preparation import SharedPreparation
from optimizer.report.baselines import SEARCHED_BY, PlanRow, Plans, plans
from optimizer.report.first_screen import first_screen
from optimizer.study.baselines import Baseline, baseline, restricted
from optimizer.study.plan_rules import rules
from optimizer.study.search_settings import SearchSettings
from tests.hand.test_hand_generation import BRIDGE, ENERGY, TEN, engine, paper
from tests.study.quick import quick_baselines
from tests.tiny import tiny

HERE = Path(__file__).parent
SEARCH = SearchSettings(options=Options(isolated=False, gap=1e-9))


def grid_only(changes: dict[str, object]) -> Baseline:
    preparation = SharedPreparation(derive(tiny(changes), HERE))
    (rule,) = [rule for rule in rules(preparation.problem) if rule.id == "grid_only"]
    return baseline(preparation, rule, SEARCH)


def test_the_grid_alone_costs_its_energy() -> None:
    """An engine at 0.05 USD saves; without it all energy is bought."""
    plan = grid_only({**TEN, **engine(5.0)})
    assert plan.result is not None
    assert plan.result.design is not None
    assert plan.result.design.solve is not None
    assert not plan.result.design.decisions.generation
    assert plan.result.design.solve.value == pytest.approx(paper(ENERGY), rel=1e-9)


def test_before_the_grid_comes_there_is_no_such_plan() -> None:
    plan = grid_only({**BRIDGE, **engine(12.5)})
    assert plan.result is None
    assert plan.status.value == "infeasible"
    problem = derive(tiny({**BRIDGE, **engine(12.5)}), HERE)
    assert {obstacle.group for obstacle in obstacles(restricted(problem, plan.rule))} == {"grid"}
    assert not obstacles(problem)


def test_the_first_screen_says_what_generation_is_worth() -> None:
    base = run(tiny({**TEN, **engine(5.0)}), HERE, SEARCH.options)
    row = PlanRow(
        id="grid_only",
        name="Grid only",
        rule="",
        status="optimal",
        objective=1.25,
        saving_fraction=0.2,
        saving_musd=3.0,
        buys="",
        reason="",
        figures={"lcoc_usd_per_eflop": 1.25},
    )
    compared = Plans(instance="x", instance_sha256="", objective="lcoc", best=1.0, rows=(row,))
    (tile,) = [tile for tile in first_screen(base, compared, None).tiles if tile.name == "On the grid alone"]
    assert tile.value == "+25.0 %"
    assert tile.note == "3.00 MUSD more; 1.250 USD/EFLOP: the best plan without generation"
    without = run(tiny(TEN), HERE, SEARCH.options)
    assert "On the grid alone" not in {tile.name for tile in first_screen(without, compared, None).tiles}


def test_it_is_asked_only_where_something_may_be_built_and_then_among_the_first() -> None:
    assert "grid_only" not in {rule.id for rule in rules(derive(tiny(TEN), HERE))}
    base = run(tiny({**TEN, **engine(5.0)}), HERE, replace(SEARCH.options, keep_model=True))
    assert quick_baselines(base, SEARCH, 60.0, 1e-9)[0].rule.id == "grid_only"


def test_a_rival_comes_second_however_many_rules_are_priced() -> None:
    """A year that is dispatched takes seconds a plan: the first screen has to have something to hold it against."""
    chips = {"procurement.include": ["quick", "frugal"], "procurement.refresh": True, **engine(5.0)}
    base = run(tiny({**BRIDGE, **chips, "sites.paper.grid_mw": 1.0}), HERE, replace(SEARCH.options, keep_model=True))
    asked = [plan.rule.id for plan in quick_baselines(base, SEARCH, 0.0, 1e-9)]
    assert asked[:3] == ["no_refresh", "greedy_cost", "grid_only"]
    screen = first_screen(base, plans(base, quick_baselines(base, SEARCH, 0.0, 1e-9)), None)
    told = {tile.name: tile for tile in screen.tiles}
    assert told["Saving against baselines"].value == told["On the grid alone"].value == "not known"
    names = "Cheapest to buy first, Least power first"
    assert told["Saving against baselines"].note == f"no baseline was found ({names}); {SEARCHED_BY}"
    assert told["On the grid alone"].note.endswith(f"the time of all baselines was over; {SEARCHED_BY}")
