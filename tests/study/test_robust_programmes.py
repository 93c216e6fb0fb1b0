"""Robust plans with a training run and a porting programme: what starts at first is one for all scenarios."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from optimizer.pipeline import Options, run
from optimizer.report.robust import robust_json, stage_item
from optimizer.study.robust import Robust, robust
from optimizer.study.scenarios import scenario_instances
from tests.tiny import WORKING, tiny

HERE = Path(__file__).parent
OPTIONS = Options(gap=1e-6, isolated=False)
TREE: dict[str, Any] = {
    key: value for key, value in WORKING.items() if not key.startswith(("affordability", "staff", "workloads.chat"))
} | {
    "procurement.include": ["quick"],
    "phases.b.target_pflops": 8.0,
    "phases.b.demand_pflops": 8.0,
    "stacks.mature.initial_maturity_fraction": 0.3,
    "stacks.mature.ramp_months": 60.0,
    "stacks.mature.programme_usd": 300_000.0,
    "uncertainty": {
        "reveal_phase": "b",
        "scenarios": {
            "more": {"probability": 0.5, "demand_factor": 4.0},
            "less": {"probability": 0.5, "demand_factor": 0.5, "utilisation_factor": 1.5},
        },
    },
}
"""With four times the work in b the programme is worth its price; with half of it six pods without it are cheaper."""


@cache
def found() -> Robust:
    return robust(tiny(TREE), HERE, OPTIONS)


def alone(scenario: str) -> tuple[str, ...]:
    result = run(scenario_instances(tiny(TREE))[scenario], HERE, OPTIONS)
    assert result.verified
    assert result.design is not None
    return tuple(result.design.decisions.programmes)


def test_scenarios_alone_disagree_about_the_programme() -> None:
    assert alone("more") == ("mature",)
    assert alone("less") == ()


def test_a_programme_is_run_in_all_scenarios_or_in_none() -> None:
    programmes = {z: tuple(design.decisions.programmes) for z, design in found().designs.items()}
    assert len(set(programmes.values())) == 1, programmes
    assert found().verified


def test_the_programme_is_named_among_what_is_decided_now() -> None:
    decided = {row["decision"]: row for row in robust_json(found())["here_and_now"]}
    programmes = found().designs["more"].decisions.programmes
    assert ("porting.programme['mature', 'a']" in decided) == ("mature" in programmes)
    assert stage_item("porting.programme['mature', 'a']", tiny(TREE)) == ("a", "porting programme of stack mature")


def test_the_plan_is_no_better_than_knowing_and_no_worse_than_any_single_plan() -> None:
    plan = found().plan.expected_lcoc
    assert found().informed_lcoc <= plan * (1 + 1e-9)
    assert all(plan <= single.expected_lcoc * (1 + 1e-5) for single in found().single.values())


def test_runs_stay_as_they_are_whatever_the_demand() -> None:
    """`demand_factor` is about targets; each scenario trains the same run, on a cluster of its own in b."""
    for scenario, instance in scenario_instances(tiny(TREE)).items():
        assert instance.workloads["run"] == tiny(TREE).workloads["run"], scenario
    rows = {z: {row.phase for row in design.decisions.clusters} for z, design in found().designs.items()}
    assert set(map(frozenset, rows.values())) == {frozenset({"a", "b"})}
