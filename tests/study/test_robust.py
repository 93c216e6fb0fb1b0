"""The robust plan against enumeration by hand, and the laws of information, regret and risk."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import inf
from pathlib import Path
from typing import Any

import pytest

from optimizer.analysis.orders import procurement
from optimizer.errors import NoDesignError
from optimizer.pipeline import Options, run
from optimizer.report.document import to_text
from optimizer.report.robust import hedge, robust_blocks, robust_json
from optimizer.report.robust_orders import orders_by_stage, orders_json
from optimizer.study.robust import Robust, robust, tail
from optimizer.study.scenarios import scenario_instances, shared_phases
from tests.study.study_cases import DAY_AND_NIGHT
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
OPTIONS = Options(gap=1e-7, isolated=False)
TREE: dict[str, Any] = {
    **TWO_PHASES,
    "phases.a.target_pflops": 8.0,
    "phases.a.demand_pflops": 8.0,
    "phases.b.target_pflops": 14.0,
    "phases.b.demand_pflops": 16.0,
    "export.regime": "jan_2026",
    "export.parent": "hong_kong",
    "sites.paper.place": "hong_kong",
    "accelerators.frugal.origin": "CN",
    "accelerators.frugal.supply_per_year": 17,
    # With TPP 16,000 in the first band of the tariff: 25 % of the accelerators' price.
    "accelerators.quick.memory_bandwidth_gbs": 4800.0,
    "uncertainty": {
        "reveal_phase": "b",
        "scenarios": {
            "granted": {"probability": 0.6, "accelerator_price_factors": {"qu*": 0.6}},
            "refused": {"probability": 0.4, "refused": ["quick"]},
        },
    },
}
"""Licences of the quick chip are granted in b, and it is cheaper then, or they are refused. 2 frugal pods a phase."""


@cache
def found() -> Robust:
    return robust(tiny(TREE), HERE, OPTIONS)


LEFT_A = 1 - (365 / 365.25 + 1) / 5
LEFT_B = 1 - 1 / 5


def on_paper(first: tuple[int, int], then: tuple[int, int], factor: float) -> tuple[float, float] | None:
    """Cost in USD and PFLOPS-years of quick and frugal pods bought in a and in b; None if a target is missed.

    A quick pod: 160,000 USD of accelerators (25 % fee on these), 40,000 of server; frugal 110,000 USD. Energy as in
    instances/minimal.toml; the frugal pods work first.
    """
    usd, served = 0.0, 0.0
    for (quick, frugal), share, left in ((first, 1.0, LEFT_A), (then, factor, LEFT_B)):
        price = 160_000 * share
        usd += quick * ((price + 40_000) * (1 - left) + 0.25 * price) + frugal * 110_000 * (1 - left)
    for phase, (target, demand) in enumerate(((8.0, 8.0), (14.0, 16.0))):
        quick, frugal = (first[k] + (then[k] if phase else 0) for k in (0, 1))
        if 4 * quick + 2 * frugal < target:
            return None
        work = min(demand, 4.0 * quick + 2 * frugal)
        slow = min(work, 2.0 * frugal)
        usd += slow / 2 * 3_679.2 + (work - slow) / 4 * 9_198.0
        served += work
    return usd, served


MOST = 4
SECOND = {"granted": (0.6, tuple(product(range(MOST + 1), range(3)))), "refused": (1.0, tuple(product((0,), range(3))))}
CHANCE = {"granted": 0.6, "refused": 0.4}
FIRST = tuple(product(range(MOST + 1), range(3)))


def enumerated(stages: tuple[tuple[int, int], ...] = FIRST, weights: dict[str, float] | None = None) -> float:
    """Least expected cost over expected compute, every combination tried."""
    chance, best = weights or CHANCE, inf
    for first in stages:
        ways = [
            [(chance[z] * r[0], chance[z] * r[1]) for then in plans if (r := on_paper(first, then, factor)) is not None]
            for z, (factor, plans) in SECOND.items()
            if z in chance
        ]
        for parts in product(*ways):
            best = min(best, sum(p[0] for p in parts) / (sum(p[1] for p in parts) * 31_536))
    return best


def test_the_robust_plan_is_the_best_of_all_enumerated_ones() -> None:
    assert found().plan.expected_lcoc == pytest.approx(enumerated(), rel=1e-6)
    assert found().verified


@pytest.mark.parametrize("scenario", ["granted", "refused"])
def test_each_single_plan_is_the_best_of_its_scenario(scenario: str) -> None:
    assert found().best_lcoc[scenario] == pytest.approx(enumerated(weights={scenario: 1.0}), rel=1e-6)
    alone = run(scenario_instances(tiny(TREE))[scenario], HERE, OPTIONS)
    assert alone.verified
    assert alone.design is not None
    assert alone.design.solve is not None
    assert alone.design.solve.value == pytest.approx(found().best_lcoc[scenario], rel=1e-6)


def stage_of(plan: Any) -> tuple[int, int]:
    count = {"quick": 0.0, "frugal": 0.0}
    for key, value in plan.stage.items():
        for name in count:
            if key.startswith("compute.deliver") and f"'{name}'" in key:
                count[name] += value
    return round(count["quick"]), round(count["frugal"])


def test_plans_made_for_one_scenario_cost_what_enumeration_says() -> None:
    for plan in found().single.values():
        paper = enumerated(stages=(stage_of(plan),))
        assert plan.expected_lcoc == pytest.approx(paper, rel=1e-6) or (plan.expected_lcoc == inf and paper == inf)


def test_information_is_never_worth_less_than_nothing() -> None:
    assert found().perfect_information >= 0
    assert found().stochastic_solution >= -1e-7
    each = [
        min(
            (r for first in FIRST for then in plans if (r := on_paper(first, then, factor)) is not None),
            key=lambda r: r[0] / r[1],
        )
        for factor, plans in SECOND.values()
    ]
    assert found().informed_lcoc <= sum(p * r[0] for p, r in zip(CHANCE.values(), each, strict=True)) / sum(
        p * r[1] * 31_536 for p, r in zip(CHANCE.values(), each, strict=True)
    ) * (1 + 1e-7)


def test_regret_is_never_negative_and_nothing_on_the_diagonal() -> None:
    for name, plan in found().single.items():
        for z in found().scenarios:
            assert found().regret(plan, z) >= 0
        assert found().regret(plan, name) <= 1e-6 * found().best_lcoc[name]


def test_what_is_decided_before_the_reveal_is_the_same_and_known_law_is_not_touched() -> None:
    assert shared_phases(tiny(TREE)) == ("a",)
    designs = found().designs
    before = [
        sorted((r.accelerator, r.cooling, r.pods) for r in design.decisions.deliveries if r.phase == "a")
        for design in designs.values()
    ]
    assert before[0] == before[1]
    assert not [r for r in designs["refused"].decisions.deliveries if r.phase == "b" and r.accelerator == "quick"]
    for one in scenario_instances(tiny(TREE)).values():
        assert one.phases["a"] == tiny(TREE).phases["a"]
        assert one.uncertainty is None


def test_factors_on_supply_hold_from_the_reveal_on() -> None:
    """Those of the instance's phase and of the scenario multiply; before uncertainty resolves nothing changes."""
    tree = {
        "reveal_phase": "b",
        "scenarios": {
            "scarce": {"probability": 0.5, "accelerator_supply_factors": {"qu*": 0.5, "frugal": 0.0}},
            "as_now": {"probability": 0.5},
        },
    }
    phases = {name: dict(phase) for name, phase in TREE["phases"].items()}
    phases["b"]["accelerator_supply_factors"] = {"qu*": 0.8}
    scarce, as_now = scenario_instances(tiny({**TREE, "phases": phases, "uncertainty": tree})).values()
    assert scarce.phases["b"].accelerator_supply_factors == {"qu*": pytest.approx(0.4), "frugal": 0.0}
    assert as_now.phases["b"].accelerator_supply_factors == {"qu*": 0.8}
    assert scarce.phases["a"].accelerator_supply_factors == {}


def test_scenarios_that_are_alike_need_no_hedge() -> None:
    alike = {"one": {"probability": 0.5}, "two": {"probability": 0.5}}
    same = robust(tiny({**TREE, "uncertainty": {"reveal_phase": "b", "scenarios": alike}}), HERE, OPTIONS)
    assert same.perfect_information == pytest.approx(0.0, abs=1e-6)
    assert same.stochastic_solution == pytest.approx(0.0, abs=1e-6)
    certain = run(tiny({**TREE, "uncertainty": None}), HERE, OPTIONS)
    assert certain.design is not None
    assert certain.design.solve is not None
    assert same.plan.expected_lcoc == pytest.approx(certain.design.solve.value, rel=1e-6)


def test_the_largest_regret_is_least_in_its_own_mode() -> None:
    tree = {**TREE["uncertainty"], "mode": "min_max_regret"}
    careful = robust(tiny({**TREE, "uncertainty": tree}), HERE, OPTIONS)
    assert careful.verified
    assert careful.plan.expected_lcoc >= found().plan.expected_lcoc * (1 - 1e-7)

    def worst(study: Robust) -> float:
        return max(
            outcome.cost_musd - study.best_lcoc[z] * outcome.eflop / 1e6 for z, outcome in study.plan.outcomes.items()
        )

    assert worst(careful) <= worst(found()) + 1e-6


def test_a_weight_on_the_tail_never_makes_it_heavier() -> None:
    tree = {**TREE["uncertainty"], "cvar_weight": 5.0, "cvar_level": 0.6}
    wary = robust(tiny({**TREE, "uncertainty": tree}), HERE, OPTIONS)
    assert wary.verified
    costs = {z: o.cost_musd for z, o in found().plan.outcomes.items()}
    eflop = sum(CHANCE[z] * o.eflop for z, o in wary.plan.outcomes.items())
    neutral = sum(CHANCE[z] * o.eflop for z, o in found().plan.outcomes.items())
    risk = wary.tail_cost_musd(wary.plan)
    mean = sum(CHANCE[z] * o.cost_musd for z, o in wary.plan.outcomes.items())
    other = sum(CHANCE[z] * cost for z, cost in costs.items()) + 5.0 * tail(costs, CHANCE, 0.6)
    assert (mean + 5.0 * risk) / eflop <= other / neutral * (1 + 1e-6)


def test_the_tail_by_hand() -> None:
    """The worst 20 % of 100 (0.9) and 200 (0.1) is half of each."""
    assert tail({"x": 100.0, "y": 200.0}, {"x": 0.9, "y": 0.1}, 0.8) == pytest.approx(150.0)
    assert tail({"x": 100.0, "y": 200.0}, {"x": 0.9, "y": 0.1}, 0.0) == pytest.approx(110.0)
    assert tail({"x": 100.0, "y": inf}, {"x": 0.9, "y": 0.1}, 0.8) == inf


def test_no_common_start_is_said() -> None:
    tree = {
        "reveal_phase": "b",
        "scenarios": {"x": {"probability": 0.5}, "y": {"probability": 0.5, "demand_factor": 9.0}},
    }
    with pytest.raises(NoDesignError, match="scenario y has no design of its own"):
        robust(tiny({**TREE, "uncertainty": tree, "sites.paper.grid_mw": 0.06}), HERE, OPTIONS)


def test_the_page_and_its_data_say_the_same() -> None:
    text, data = to_text(robust_blocks(found()), 100), robust_json(found())
    assert "VERIFIED" in text
    assert f"{data['regret_usd_per_eflop']['robust']['granted']:.4f}" in text
    assert data["fallbacks"][0]["scenario"] == "refused"
    assert data["fallbacks"][0]["refused"] == "Quick"
    assert tuple(data["hedge"]) == hedge(found())
    assert data["here_and_now"]


DISPATCHING: dict[str, Any] = {
    **TREE,
    "solve.hours": 168,
    **DAY_AND_NIGHT,
}


def test_every_plan_is_without_regret_in_its_own_scenario() -> None:
    plan = found()
    assert [plan.regret(plan.single[z], z) for z in plan.scenarios] == [0.0, 0.0]
    assert min(plan.regret(one, z) for one in (plan.plan, *plan.single.values()) for z in plan.scenarios) >= 0.0


def test_dispatch_is_paid_for_in_every_scenario() -> None:
    """The audit replays the hours; known from the start, each scenario costs what it costs alone."""
    plan = robust(tiny(DISPATCHING), HERE, OPTIONS)
    assert plan.verified
    assert all(design.decisions.dispatch for design in plan.designs.values())
    for z, one in scenario_instances(tiny(DISPATCHING)).items():
        alone = run(one, HERE, OPTIONS)
        assert alone.design is not None
        assert alone.design.reported is not None
        assert plan.best_lcoc[z] == pytest.approx(alone.design.reported.lcoc_usd_per_eflop, rel=1e-6)


def test_orders_of_now_and_of_later_add_up_to_each_scenarios_plan() -> None:
    """Before the reveal every scenario orders the same; with what each orders later it is its whole calendar."""
    plan = found()
    now, later = orders_by_stage(plan)
    assert now
    for scenario, design in plan.designs.items():
        lines = procurement(plan.problems[scenario], design.decisions)
        assert sorted(map(repr, lines)) == sorted(map(repr, (*now, *later[scenario])))
    told = orders_json(plan)
    assert {row["scenario"] for row in told} <= {None, *plan.designs}
    assert sum(row["scenario"] is None for row in told) == len(now)
