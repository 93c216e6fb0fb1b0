"""Trees planned one scenario at a time, against one model of all scenarios and against enumeration."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import NoDesignError, SolverCrash
from optimizer.inputs.design import Status
from optimizer.pipeline import Options
from optimizer.report.document import to_text
from optimizer.report.robust import robust_blocks, robust_json
from optimizer.report.robust_tables import regret_grid
from optimizer.study import robust as planned
from optimizer.study import scenario_decomposition as decomposition
from optimizer.study.cell import Question, StudyContext
from optimizer.study.pools import Serial
from optimizer.study.processes import Processes
from optimizer.study.robust import Robust, robust
from optimizer.study.scenario_models import SearchRoom, room_of, search_form
from optimizer.study.scenario_reduction import stood_for
from optimizer.study.scenario_tasks import solve_scenario
from optimizer.study.scenario_tree import Tree, answered_by
from optimizer.study.scenarios import scenario_instances
from tests.study.test_robust import CHANCE, OPTIONS, TREE, enumerated
from tests.tiny import tiny

HERE = Path(__file__).parent
TOLERANCE = 1e-9
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2)))


def drawn(seed: int, count: int = 5) -> dict[str, Any]:
    """The small tree of licences under futures drawn at random, some without a licence."""
    draw = random.Random(seed)
    futures = {
        f"f{n}": {
            "probability": 1.0 / count,
            "accelerator_price_factors": {"qu*": draw.uniform(0.4, 1.6), "frugal": draw.uniform(0.7, 1.4)},
            "demand_factor": draw.uniform(0.5, 1.0),
            "tariff_factor": draw.uniform(0.5, 3.0),
            "refused": draw.choice([[], [], ["quick"]]),
        }
        for n in range(count)
    }
    return {**TREE, "uncertainty": {"reveal_phase": "b", "scenarios": futures}}


def one_by_one(data: dict[str, Any], monkeypatch: pytest.MonkeyPatch, options: Options = OPTIONS) -> Robust:
    monkeypatch.setattr(planned, "MOST_AT_ONCE", 1)
    return robust(tiny(data), HERE, options, executor=Serial())


@cache
def least(seed: int) -> tuple[SearchRoom, float, float]:
    """What searches share, and value and bound of one model of all scenarios."""
    instance = tiny(drawn(seed))
    room = room_of(instance, scenario_instances(instance), HERE, OPTIONS)
    outcome, _ = search_form(room.form(tuple(room.problems), "shared"), room.budget, "lcoc")
    return room, outcome.value, outcome.bound


def test_one_by_one_the_plan_is_the_best_of_all_enumerated_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    found = one_by_one(TREE, monkeypatch)
    assert found.plan.status is Status.OPTIMAL
    assert found.plan.expected_lcoc == pytest.approx(enumerated(), rel=1e-6)
    assert found.verified
    for scenario in CHANCE:
        assert found.best_lcoc[scenario] == pytest.approx(enumerated(weights={scenario: 1.0}), rel=1e-6)
    assert found.perfect_information >= -TOLERANCE
    assert found.stochastic_solution >= -TOLERANCE


@pytest.mark.parametrize("seed", SEEDS)
def test_bound_and_plan_enclose_what_one_model_of_all_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two scenarios stand for five, so that neither bound nor plan comes from the whole tree."""
    monkeypatch.setattr(decomposition, "FEW", 2)
    monkeypatch.setattr(decomposition, "MORE", 0)
    monkeypatch.setattr(decomposition, "ROUNDS", 2)
    found = one_by_one(drawn(seed), monkeypatch)
    _, value, bound = least(seed)
    lower = found.plan.expected_lcoc * (1 - found.plan.gap)
    assert found.plan.expected_lcoc >= bound - 1e-7
    assert lower <= value * (1 + 1e-7)
    assert found.plan.gap < 0.1, "a few whole pods leave a gap of duality, and no more"
    assert found.verified


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_prices_the_bound_lies_below_every_plan(seed: int) -> None:
    room, value, _ = least(seed)
    instances = scenario_instances(tiny(drawn(seed)))
    pool = Serial().open(solve_scenario, StudyContext(HERE, Question(gap=1e-7)))
    tree = Tree(room=room, instances=instances, ask=answered_by(pool))
    whole = room.form(tuple(instances), "shared")
    first = next(iter(whole.shared.values()))
    draw = random.Random(seed)
    prices = {z: {key: draw.uniform(-0.05, 0.05) for key in first} for z in instances}
    for key in first:
        mean = sum(room.probability[z] * prices[z][key] for z in instances)
        for z in instances:
            prices[z][key] -= mean
    records = tree.answers(tree.tasks(trial=value, prices=prices))
    assert tree.mean(records, "bound") <= 1e-9, "at the least ratio no bound of N - r D is above zero"


def test_no_common_start_is_said_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tight = {**drawn(0), "accelerators.frugal.supply_per_year": 1, "accelerators.quick.supply_per_year": 1}
    with pytest.raises(NoDesignError, match=r"f\d has no design"):
        one_by_one(tight, monkeypatch)


def test_a_search_that_cannot_be_had_is_an_error_with_its_reason() -> None:
    room, _, _ = least(0)
    instances = scenario_instances(tiny(drawn(0)))
    tree = Tree(room=room, instances=instances, ask=lambda tasks: [{"status": "failed", "reason": "died"}] * 5)
    with pytest.raises(SolverCrash, match="f0: died"):
        tree.answers(tree.tasks())


def test_the_page_of_a_large_tree_tells_largest_and_mean_regret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.report.robust_tables.MOST_COLUMNS", 2)
    found = one_by_one(drawn(0, 3), monkeypatch, Options(gap=1e-2, isolated=False))
    text = " ".join(to_text(robust_blocks(found)).split())
    assert "Plan Mean Largest In scenario Fails in Expected LCOC" in text
    assert "single-scenario plan has" not in text, "only one of them was followed"
    told = robust_json(found)
    mine = told["regret_usd_per_eflop"]["robust"]
    worst = max(mine, key=lambda z: mine[z])
    row = regret_grid(told).rows[0]
    assert [str(cell) for cell in (row[0], *row[3:5])] == ["robust", worst, "0"]
    assert row[2].value == mine[worst]
    assert row[1].value == pytest.approx(sum(mine.values()) / 3, rel=1e-12)
    assert set(told["regret_usd_per_eflop"]) == {"robust", found.likeliest}


@pytest.mark.long
def test_two_workers_give_the_same_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "MOST_AT_ONCE", 1)
    here = robust(tiny(drawn(2)), HERE, OPTIONS, executor=Serial())
    there = robust(tiny(drawn(2)), HERE, OPTIONS, executor=Processes(2))
    assert there.plan == here.plan
    assert there.best_lcoc == here.best_lcoc


def test_if_all_are_among_the_few_each_stands_for_itself() -> None:
    """Scenarios that value the first stage alike are told apart all the same: their own bound is then the tree's."""
    chance = np.array([0.2, 0.3, 0.5])
    alike = np.array([[1.0, 2.0], [1.0, 2.0], [4.0, 0.0]])
    assert stood_for(alike, chance, (0, 1, 2)) == pytest.approx(chance, rel=0, abs=0)
    assert stood_for(np.zeros((3, 0)), chance, (2, 0, 1)) == pytest.approx([0.5, 0.2, 0.3], rel=0, abs=0)
    # Of two of them the third stands with the nearer one.
    assert stood_for(alike, chance, (2, 1)) == pytest.approx([0.5, 0.5], rel=0, abs=1e-15)
