"""Planted facts of time and data: each is named, and says what would do."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from optimizer.analysis.static_bounds import obstacles
from optimizer.analysis.unreachable import causes
from optimizer.model.derive import derive
from optimizer.study.infeasible import Asker, Verdict, explain
from optimizer.study.requirements import requirements
from tests.hall_cases import HALLS
from tests.sampling import every
from tests.study.test_infeasible import CONFLICTS, LISTS, TARGET, WHITE
from tests.tiny import EVERYTHING, TWO_PHASES, tiny

HERE = Path(__file__).parent
ASKER = Asker(folder=HERE, isolated=False)
QUICK, FRUGAL = "accelerators.quick", "accelerators.frugal"
LIFE, LAUNCH, COOLINGS = "accelerators.*.life_years", "accelerators.*.launch", "accelerators.*.coolings"
SUPPLY, QUARTERS = "accelerators.*.supply_per_year", "accelerators.*.supply_per_quarter"
LATE = date(2027, 6, 1)
LONG_SECOND = {
    "phases": {
        "a": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 8.0},
        "b": {"start": date(2028, 1, 1), "years": 3.0, "target_pflops": 12.0},
    },
}
AIR = {**tiny().coolings["warm_water"].model_dump(exclude_none=True), "name": "Air", "life_years": 1.0}
HALF = {"coolings.warm_water.capture_fraction": 0.5, "coolings.warm_water.residual": "air"}
CELL = {"sites.paper.battery": "cell", "batteries.cell": EVERYTHING["batteries.cell"]}
GENERATOR = {"generators.set": {**EVERYTHING["generators.set"], "max_units": 60}}
RIDE = {
    **CELL,
    **GENERATOR,
    "sites.paper.backup": {
        "generator": "set",
        "critical_fraction": 1.0,
        "from_phase": "only",
        "ride_through_minutes": 600.0,
    },
}
MODEL = {"models.big": {"name": "big", "params_total_b": 40.0, "params_active_b": 40.0, "tokens_t": 0.1}}
SERVING = {
    "kind": "serving",
    "model": "big",
    "precisions": ["bf16"],
    "input_tokens_b_per_day": 0.1,
    "output_tokens_b_per_day": 0.1,
    "context_tokens": 2048,
    "batch_max": 100,
}
SERVED = {
    **MODEL,
    "phases.only.target_pflops": 0.0,
    f"{QUICK}.utilisation": {"training": 0.5, "inference": 0.3},
    f"{FRUGAL}.utilisation": {"training": 0.25, "inference": 0.3},
}
RUN = {"kind": "training_run", "model": "big", "precisions": ["bf16"], "max_days": 2.0}


def of_both(key: str, value: Any) -> dict[str, Any]:
    return {f"{QUICK}.{key}": value, f"{FRUGAL}.{key}": value}


FACTS: dict[str, tuple[dict[str, Any], set[str], str]] = {
    # name: changes, the conflict, kind of cause that the reasons without a search name ("" if none is by itself)
    "life of every chip": ({**LONG_SECOND}, {LIFE}, "life"),
    "life, first phase": ({"phases.only.years": 2.5}, {LIFE}, "life"),
    "life of one, the other left out": (
        {"phases.only.years": 2.0, f"{FRUGAL}.life_years": 2.0, "procurement.include": ["quick"]},
        {LIFE, LISTS},
        "life",
    ),
    "launch": (of_both("launch", LATE), {LAUNCH}, "launch"),
    "launch of one, lead time of the other": (
        {f"{QUICK}.launch": LATE, f"{FRUGAL}.lead_time_weeks": 60.0},
        {LAUNCH, "planning_date"},
        "launch",
    ),
    "launch after the first of two phases": ({**TWO_PHASES, **of_both("launch", LATE)}, {LAUNCH}, "launch"),
    "lead time of chips": (of_both("lead_time_weeks", 60.0), {"planning_date"}, "lead time"),
    "lead time of cooling": ({"coolings.warm_water.lead_time_weeks": 60.0}, {"planning_date"}, "plant"),
    "lead time of the UPS": ({"upses.none.lead_time_weeks": 60.0}, {"planning_date"}, "plant"),
    "lead time of transformers": ({"transformers.ideal.lead_time_weeks": 60.0}, {"planning_date"}, "substation"),
    "no cooling fits": (of_both("coolings", ["cold"]) | {"coolings.cold": AIR}, {COOLINGS}, "cooling"),
    "a server above the rack's power": (
        {**of_both("server_kw", 16.0)},
        {COOLINGS},
        "cooling",
    ),
    "a server higher than the rack": (of_both("server_units", 9), {COOLINGS}, "cooling"),
    "floor loading": (
        {"sites.paper.building.floor_loading_kpa": 1.0},
        {"sites.paper.building.floor_loading_kpa"},
        "floor loading",
    ),
    "life of cooling": (
        {"phases.only.years": 2.0, **of_both("life_years", 5.0), "coolings.warm_water.life_years": 1.0},
        {"coolings.warm_water.life_years"},
        "plant",
    ),
    "life of what takes the residual heat": (
        {"phases.only.years": 2.0, **of_both("life_years", 5.0), **HALF, "coolings.air": AIR},
        {"coolings.air.life_years"},
        "plant",
    ),
    "life of the UPS": (
        {"phases.only.years": 2.0, **of_both("life_years", 5.0), "upses.none.life_years": 1.0},
        {"upses.none.life_years"},
        "plant",
    ),
    "life of the battery": (
        {
            **RIDE,
            "phases.only.years": 2.0,
            **of_both("life_years", 5.0),
            "batteries.cell": {**EVERYTHING["batteries.cell"], "life_years": 1.0, "max_mwh": 50.0, "max_mw": 9.0},
        },
        {"batteries.cell.life_years", "sites.paper.backup", "sites.paper.backup.ride_through_minutes"},
        "",
    ),
    "life of generators": (
        {
            **GENERATOR,
            "generators.set": {**EVERYTHING["generators.set"], "max_units": 60, "life_years": 1.0},
            "sites.paper.backup": {"generator": "set", "critical_fraction": 0.5, "from_phase": "only"},
            "phases.only.years": 2.0,
            **of_both("life_years", 5.0),
        },
        {"generators.set.life_years", "sites.paper.backup"},
        "",
    ),
    "life of the fit-out": (
        {"phases.only.years": 2.0, **of_both("life_years", 5.0), "sites.paper.building.fitout_life_years": 1.0},
        {"sites.paper.building.fitout_life_years"},
        "",
    ),
    "ride-through beyond the battery": (
        {**RIDE, "batteries.cell": {**EVERYTHING["batteries.cell"], "max_mwh": 0.06}},
        {TARGET, "sites.paper.backup", "sites.paper.backup.ride_through_minutes", "batteries.cell.max_mwh"},
        "",
    ),
    "modules of cooling": (
        {"coolings.warm_water.max_modules": 2, "coolings.warm_water.module_mw": 0.05},
        {TARGET, "coolings.warm_water.max_modules"},
        "",
    ),
    "availability": (
        {**HALLS, "sites.paper.halls": ["plain"], "workloads.training.availability_min": 0.95},
        {"workloads.training.availability_min"},
        "hall",
    ),
    "residency": (
        {"workloads.training.residency": ["hong_kong"]},
        {"workloads.training.residency"},
        "precision",
    ),
    "class that no chip does": (
        {"workloads.training.workload_class": "simulation"},
        {"workloads.training.precisions"},
        "precision",
    ),
    "precision that no chip has": (
        {"workloads.training.precisions": ["fp64"]},
        {"workloads.training.precisions"},
        "precision",
    ),
    "fabric that spans no servers": (
        {"fabrics.none.spans_servers": False, "workloads.training.job_accelerators": 64},
        {"fabrics"},
        "precision",
    ),
    "every accelerator left out": ({"procurement.exclude": ["*"]}, {LISTS}, "procurement list"),
    "supply below one pod": (of_both("supply_per_year", 1), {SUPPLY}, "supply"),
    "quarters that give nothing": (of_both("supply_by_quarter", {"2028Q1": 50}), {QUARTERS}, "supply"),
    "engineers": (
        {"staff.max_engineers": 1.0, "staff.engineers_per_1000_accelerators": 20.0},
        {TARGET, "staff.max_engineers"},
        "",
    ),
    "list price": (
        {"affordability": {"list_price_max_usd_per_eflop": 1.5}},
        {"affordability.list_price_max_usd_per_eflop"},
        "",
    ),
    "subsidy": (
        {"affordability": {"subsidy_fraction": 0.5, "subsidy_cap_musd": 0.5}},
        {TARGET, "affordability.subsidy_cap_musd"},
        "",
    ),
    "latency": (
        {**SERVED, "workloads": {"serve": {**SERVING, "user_tokens_per_s": 5000.0}}},
        {"workloads.serve", "workloads.serve.user_tokens_per_s"},
        "service",
    ),
    "latency beside a class that asks for nothing": (
        {**SERVED, "workloads.serve": {**SERVING, "user_tokens_per_s": 5000.0}},
        {"workloads.serve", "workloads.serve.user_tokens_per_s"},
        "service",
    ),
    "ride-through without a battery": (
        {**RIDE, "sites.paper.battery": None},
        {"sites.paper.backup", "sites.paper.backup.ride_through_minutes"},
        "",
    ),
    "days of a training run": (
        {**MODEL, TARGET: 0.0, "workloads": {"run": RUN}},
        {WHITE, "workloads.run", "workloads.run.max_days"},
        "run",
    ),
}


def test_there_are_sixty_planted_conflicts() -> None:
    assert len(CONFLICTS) + len(FACTS) >= 60


@pytest.mark.parametrize("name", every(3, FACTS))
def test_the_planted_fact_is_named(name: str) -> None:
    changes, expected, kind = FACTS[name]
    instance = tiny(changes)
    assert ASKER.ask(instance) is Verdict.INFEASIBLE
    found = explain(instance, ASKER)
    assert {group.path for group in found.conflict} == expected
    assert found.conflict_is_minimal
    assert found.repairs
    assert all(repair.verified for repair in found.repairs)
    problem = derive(instance, HERE)
    told = obstacles(problem)
    kinds = {obstacle.group for obstacle in told} - {"offer"}
    if any(obstacle.group == "offer" for obstacle in told):
        kinds |= {cause.kind for p in problem.calendar.phases for cause in causes(problem, p, None)}
    assert kind in kinds or not kind


def test_the_speed_that_users_can_get() -> None:
    """Way out by value: at the speed that is offered a design exists, at 1 % more none does."""
    changes = {**SERVED, "workloads": {"serve": {**SERVING, "user_tokens_per_s": 5000.0}}}
    found = explain(tiny(changes), ASKER)
    speed = next(repair for repair in found.repairs if repair.path.endswith("user_tokens_per_s"))
    assert speed.value is not None
    assert 0 < speed.value < 5000
    for factor, verdict in ((1.0, Verdict.FEASIBLE), (1.01, Verdict.INFEASIBLE)):
        slower = {**SERVING, "user_tokens_per_s": speed.value * factor}
        assert ASKER.ask(tiny({**SERVED, "workloads": {"serve": slower}})) is verdict


def test_requirements_can_be_dropped_after_any_other() -> None:
    """Backup and its ride-through are both requirements: the second of a pair finds the first gone already."""
    for changes in (RIDE, {**EVERYTHING, **RIDE}):
        instance = tiny(changes)
        groups = requirements(instance)
        for first, second in permutations(groups, 2):
            second.drop(first.drop(instance))
