"""mpi-sppy on small trees: other code, the same answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.errors import UsageError
from optimizer.study.robust import robust
from optimizer.study.second_opinion import Known, second_opinion
from tests.study.test_robust import OPTIONS, TREE
from tests.study.test_robust_branches import THREE
from tests.tiny import tiny

HERE = Path(__file__).parent


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("chance", [0.6, 0.2])
def test_mpi_sppy_finds_the_same_expected_cost(chance: float) -> None:
    pytest.importorskip("mpisppy")
    scenarios = {
        z: {**data, "probability": p}
        for (z, data), p in zip(TREE["uncertainty"]["scenarios"].items(), (chance, 1 - chance), strict=True)
    }
    tree = tiny({**TREE, "uncertainty": {**TREE["uncertainty"], "scenarios": scenarios}})
    found = second_opinion(tree, HERE)
    assert found.expected_lcoc == pytest.approx(robust(tree, HERE, OPTIONS).plan.expected_lcoc, rel=2e-6)
    assert found.steps >= 2


@pytest.mark.filterwarnings("ignore")
def test_a_known_plan_is_confirmed_in_one_step_and_a_bad_one_is_not_believed() -> None:
    pytest.importorskip("mpisppy")
    tree = tiny(TREE)
    ours = robust(tree, HERE, OPTIONS)
    cost = sum(ours.probability[z] * outcome.cost_musd for z, outcome in ours.plan.outcomes.items())
    found = second_opinion(tree, HERE, 1e-6, Known(ours.plan.expected_lcoc, cost))
    assert (found.steps, found.expected_lcoc) == (1, pytest.approx(ours.plan.expected_lcoc, rel=2e-6))
    for wrong in (0.8, 1.3):
        told = second_opinion(tree, HERE, 1e-6, Known(wrong * ours.plan.expected_lcoc, wrong * cost))
        assert told.expected_lcoc == pytest.approx(ours.plan.expected_lcoc, rel=2e-6)
        assert told.steps > 1


def test_trees_it_is_not_asked_about_are_refused() -> None:
    with pytest.raises(UsageError, match="two stages only"):
        second_opinion(tiny(THREE), HERE)
