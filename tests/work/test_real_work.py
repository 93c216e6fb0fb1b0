"""The flagship with named work: what its runs and its service ask for, against published figures."""

from __future__ import annotations

import pytest

from optimizer.model.derive import Problem, derive
from optimizer.reading.read import ReadOptions, read_instance
from optimizer.setting.demand import busy_fraction, is_active, model_of, need_pflops, run_flop, runs, servings
from tests.tiny import ROOT

FILE = ROOT / "instances" / "hong_kong_cyberport.toml"


@pytest.fixture(scope="module")
def problem() -> Problem:
    return derive(read_instance(FILE, ReadOptions(scenario="real_work")).instance, FILE.parent)


def test_the_frontier_run_is_that_of_llama_3_1_405b(problem: Problem) -> None:
    """3.8e25 operations as published; in 270 days 1,625 PFLOPS, and 1,202 through the year."""
    run = runs(problem.instance)["frontier_model"]
    assert run_flop(run, model_of(problem.instance, run)) == pytest.approx(3.8e25, rel=0.01)
    assert need_pflops(problem.instance, run) == pytest.approx(3.79e25 / (270 * 86_400) / 1e15, rel=1e-3)
    assert busy_fraction(run) == pytest.approx(270 / 365)


def test_the_service_is_a_tenth_of_deepseeks(problem: Problem) -> None:
    load = servings(problem.instance)["assistant"]
    assert load.input_tokens_b_per_day == pytest.approx(60.8, rel=0.02)
    assert load.output_tokens_b_per_day == pytest.approx(16.8, rel=0.02)


def test_everything_can_be_done_in_every_phase_it_is_asked_for(problem: Problem) -> None:
    instance, types = problem.instance, problem.compute.types.values()
    for w, load in (runs(instance) | servings(instance)).items():
        for p in instance.phases:
            able = {pod.accelerator for pod in types if (w, p) in pod.duties.possible}
            assert bool(able) == is_active(instance, load, p), (w, p)


def test_a_cluster_that_supply_cannot_have_brought_by_then_is_no_choice(problem: Problem) -> None:
    """8,832 chips of CloudMatrix by November 2028 are more than two years of supply; by 2029 there are enough."""
    pods = problem.compute.types["cyberport", "cloudmatrix384_npu", "direct_to_chip"]
    chip = problem.instance.accelerators["cloudmatrix384_npu"]
    assert chip.supply_per_year is not None
    days = {p: (start - problem.instance.planning_date).days for p, start in problem.calendar.starts.items()}
    for p in ("y2027", "y2028", "y2029"):
        assert pods.standing_max[p] == int(chip.supply_per_year * days[p] / 365.25 / 384)
    assert ("frontier_model", "y2028") not in pods.duties.clusters
    assert pods.duties.clusters["frontier_model", "y2029"] <= pods.standing_max["y2029"]
