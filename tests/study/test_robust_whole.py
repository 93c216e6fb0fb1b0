"""Robust planning, a porting programme and dispatched hours in one small instance, against enumeration."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.model.build import Built
from optimizer.pipeline import Options, run
from optimizer.report.robust import hedge
from optimizer.study.robust import Robust, robust
from optimizer.study.scenarios import scenario_instances
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
OPTIONS = Options(gap=1e-7, isolated=False)
TREE: dict[str, Any] = {
    **TWO_PHASES,
    "phases.b.demand_pflops": 12.0,
    "procurement.include": ["quick"],
    "solve.hours": 168,
    # Work that can wait, and nights that cost a tenth: every hour is dispatched.
    "workloads.training.deferrable_fraction": 0.3,
    "workloads.training.daily_profile": [1.0] * 12 + [0.6] * 12,
    "tariffs.flat.energy": [
        {"label": "night", "price_per_kwh": 0.05, "from_hour": 0, "to_hour": 8},
        {"label": "day", "price_per_kwh": 0.5, "from_hour": 8},
    ],
    "stacks.mature.initial_maturity_fraction": 0.3,
    "stacks.mature.ramp_months": 60.0,
    "stacks.mature.programme_usd": 500_000.0,
    "stacks.mature.programme_ramp_months": 6.0,
    "uncertainty": {
        "reveal_phase": "b",
        "scenarios": {
            "more": {"probability": 0.4, "demand_factor": 2.0, "accelerator_price_factors": {"*": 5.6}},
            "less": {"probability": 0.6, "demand_factor": 0.4, "tariff_factor": 1.5},
        },
    },
}
"""What is asked for is what can be used, so compute is the same in every plan and the least cost is the least ratio."""
FEWEST = {False: 6, True: 3}
"""Pods of 4 PFLOPS in a for 8 PFLOPS: maturity 0.37 without the programme, 0.825 with it."""
MOST = {False: 12, True: 6}
"""Pods for 24 PFLOPS in b, at maturity 0.51 and 1: with so many none is bought later in any scenario."""


@cache
def found() -> Robust:
    return robust(tiny(TREE), HERE, OPTIONS)


def fixed(pods: int, programme: bool) -> Callable[[Built], None]:
    """Fix what is decided before uncertainty resolves."""

    def restrict(built: Built) -> None:
        # By bounds: what is fixed outright is no column, and so no decision that could be read back.
        built.model.compute.deliver["paper", "quick", "warm_water", "a"].setlb(pods)
        built.model.compute.deliver["paper", "quick", "warm_water", "a"].setub(pods)
        built.model.porting.programme["mature"].setlb(int(programme))
        built.model.porting.programme["mature"].setub(int(programme))

    return restrict


@cache
def enumerated() -> dict[tuple[int, bool], float]:
    """Expected levelised cost of every first stage that can be best."""
    chances = {z: future["probability"] for z, future in TREE["uncertainty"]["scenarios"].items()}
    values = {}
    for programme in (False, True):
        for pods in range(FEWEST[programme], MOST[programme] + 1):
            cost, eflop = 0.0, 0.0
            for z, instance in scenario_instances(tiny(TREE)).items():
                how = Options(objective="total_cost", gap=1e-7, isolated=False, restrict=fixed(pods, programme))
                result = run(instance, HERE, how)
                assert result.verified, (pods, programme, z)
                assert result.design is not None
                assert result.design.reported is not None
                cost += chances[z] * result.design.reported.npv_cost_musd
                eflop += chances[z] * result.design.reported.npv_eflop
            values[pods, programme] = cost * 1e6 / eflop
    return values


def test_the_plan_is_the_best_of_all_first_stages() -> None:
    assert found().plan.expected_lcoc == pytest.approx(min(enumerated().values()), rel=2e-6)
    best = min(enumerated(), key=lambda key: enumerated()[key])
    design = found().designs["more"].decisions
    assert sum(row.pods for row in design.deliveries if row.phase == "a") == best[0]
    assert ("mature" in design.programmes) == best[1]
    # Three pods and the programme: the plan for `more` has six and it, the plan for `less` six and no programme.
    assert best == (3, True)


def test_the_audit_accepts_every_scenario() -> None:
    assert found().verified
    assert {z: report.passed for z, report in found().audits.items()} == {"more": True, "less": True}


def test_hours_are_dispatched_in_every_scenario() -> None:
    for design in found().designs.values():
        assert {row.phase for row in design.decisions.dispatch} == {"a", "b"}
        assert all(part.moved_mw for row in design.decisions.dispatch for part in row.moved)


def test_the_hedge_counts_accelerators_beside_every_other_plan() -> None:
    first = hedge(found())[0]
    assert first == (
        "2027: 24 Quick, 24 fewer than the plan for less (the single-scenario plans: 48 for more, 48 for less)"
    )


def test_the_first_stage_is_shared() -> None:
    stages = [
        (tuple(d.decisions.programmes), [row for row in d.decisions.deliveries if row.phase == "a"])
        for d in found().designs.values()
    ]
    assert stages[0] == stages[1]
    values = enumerated()
    assert found().stochastic_solution == pytest.approx(values[6, False] - values[3, True], rel=1e-4)
    assert found().perfect_information > 0
