"""Scenario trees with a later branch: what cannot be told apart yet is decided alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from math import inf
from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Design
from optimizer.inputs.schema import Instance
from optimizer.model.build import Built
from optimizer.pipeline import Options, run
from optimizer.study.robust import Robust, robust
from optimizer.study.scenarios import branches, scenario_instances
from tests.study.test_robust import TREE
from tests.tiny import tiny

HERE = Path(__file__).parent
OPTIONS = Options(gap=1e-7, isolated=False)
LATE = {"probability": 0.3, "refused": ["quick"], "follows": "granted", "from_phase": "c"}
THREE: dict[str, Any] = {
    **TREE,
    "phases": {
        "a": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 8.0, "demand_pflops": 8.0},
        "b": {"start": date(2028, 1, 1), "years": 1.0, "target_pflops": 8.0, "demand_pflops": 8.0},
        "c": {"start": date(2028, 12, 31), "years": 1.0, "target_pflops": 16.0, "demand_pflops": 16.0},
    },
    "phases.a.target_pflops": 8.0,
    "phases.b.target_pflops": 8.0,
    "phases.b.demand_pflops": 8.0,
    "accelerators.frugal.supply_per_year": 9,
    "uncertainty": {
        "reveal_phase": "b",
        "scenarios": {
            "granted": {"probability": 0.5, "accelerator_price_factors": {"qu*": 0.6}},
            "refused": {"probability": 0.2, "demand_factor": 0.5, "refused": ["quick"]},
            "late": LATE,
        },
    },
}
"""Until c nobody knows whether the licences of c are granted; without them c needs quick pods bought before."""


@cache
def staged() -> Robust:
    return robust(tiny(THREE), HERE, OPTIONS)


def bought(design: Design, phases: str) -> list[tuple[str, str, int]]:
    return sorted((r.phase, r.accelerator, r.pods) for r in design.decisions.deliveries if r.phase in phases)


def test_a_branch_is_the_scenario_it_follows_until_it_parts() -> None:
    instance = tiny(THREE)
    assert branches(instance) == {"late": ("granted", ("b",))}
    one = scenario_instances(instance)
    assert one["late"].phases["b"] == one["granted"].phases["b"]
    assert one["late"].phases["c"] == instance.phases["c"]
    (quota,) = one["late"].procurement.quotas.values()
    assert (quota.phases, quota.max_accelerators) == (("c",), 0)


def test_what_cannot_be_told_apart_is_bought_alike() -> None:
    plan = staged()
    assert plan.verified
    designs = plan.designs
    assert bought(designs["late"], "ab") == bought(designs["granted"], "ab")
    assert bought(designs["refused"], "a") == bought(designs["granted"], "a")
    assert not [row for row in bought(designs["late"], "c") if row[1] == "quick"]
    assert [row for row in bought(designs["late"], "ab") if row[1] == "quick"]


def test_not_knowing_costs_what_the_common_choice_costs() -> None:
    """Alone, the granted scenario buys its quick pods in c, which the late refusal does not allow: so it pays more."""
    granted = run(scenario_instances(tiny(THREE))["granted"], HERE, OPTIONS)
    assert granted.design is not None
    assert [row for row in bought(granted.design, "c") if row[1] == "quick"]
    plan = staged()
    assert plan.regret(plan.plan, "granted") > 1e-4
    assert plan.perfect_information > 1e-4
    assert plan.stochastic_solution >= -1e-7


def test_the_common_choice_is_the_best_of_all() -> None:
    """Every number of pods that b may buy, the same in granted and late; before it as planned, after it the best."""
    plan, best = staged(), inf
    one, chance = scenario_instances(tiny(THREE)), plan.probability
    first = {(p, chip): pods for p, chip, pods in bought(plan.designs["granted"], "a")}
    refused = _outcome(one["refused"], _held({("a", chip): first.get(("a", chip), 0) for chip in CHIPS}))
    for quick, frugal in product(range(4), range(2)):
        common = {("a", chip): first.get(("a", chip), 0) for chip in CHIPS} | {
            ("b", "quick"): quick,
            ("b", "frugal"): frugal,
        }
        found = {z: _outcome(one[z], _held(common)) for z in ("granted", "late")} | {"refused": refused}
        cost = sum(chance[z] * musd for z, (musd, _) in found.items())
        best = min(best, cost * 1e6 / sum(chance[z] * eflop for z, (_, eflop) in found.items()))
    assert plan.plan.expected_lcoc == pytest.approx(best, rel=1e-6)


CHIPS = ("quick", "frugal")


def _held(pods: dict[tuple[str, str], int]) -> Callable[[Built], None]:
    """Exactly so many pods of each phase and chip; the tiny instance has one cooling."""

    def restrict(built: Built) -> None:
        for (_, chip, _, phase), var in built.model.compute.deliver.items():
            if (phase, chip) in pods:
                var.setlb(pods[phase, chip])
                var.setub(pods[phase, chip])

    return restrict


def _outcome(instance: Instance, restrict: Callable[[Built], None]) -> tuple[float, float]:
    """Cost in MUSD and EFLOP; without end if there is no design."""
    design = run(instance, HERE, replace(OPTIONS, restrict=restrict)).design
    if design is None or design.reported is None:
        return inf, 1.0
    return design.reported.npv_cost_musd, design.reported.npv_eflop
