"""Planted conflicts: the exact set is recovered, and every repair works when applied and not at 1 % less."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from optimizer.report.document import to_text
from optimizer.report.explanation import explanation_blocks, repair_text
from optimizer.solve.outcome import Hooks
from optimizer.study.infeasible import Asker, Explanation, Verdict, explain
from optimizer.study.requirements import all_targets, requirements
from tests.sampling import every
from tests.tiny import EVERYTHING, TWO_PHASES, tiny

HERE = Path(__file__).parent
ASKER = Asker(folder=HERE, isolated=False)
TARGET, GRID = "phases.only.target_pflops", "sites.paper.grid_mw"
WHITE, PLANT = "sites.paper.building.white_space_m2", "sites.paper.building.plant_m2"
LISTS = "procurement.include"
QUOTA = {"quota": {"match": {}, "max_accelerators": 24}}
COLD = {**tiny().coolings["warm_water"].model_dump(exclude_none=True), "name": "Cold plates"}
PHYSICS = {"kind": "throughput", "workload_class": "simulation", "precisions": ["bf16"], "job_accelerators": 1}

MODEL = {"name": "Ten", "params_total_b": 10.0, "params_active_b": 10.0, "tokens_t": 1.0}
IN_TIME = {
    "kind": "serving",
    "model": "ten",
    "precisions": ["bf16"],
    "input_tokens_b_per_day": 0.1,
    "output_tokens_b_per_day": 0.1,
    "context_tokens": 1000,
    "prompt_tokens": 10_000,
    "first_token_s": 0.3,
}
HASTE = {
    TARGET: 0.0,
    "models.ten": MODEL,
    "accelerators.quick.utilisation": {"training": 0.5, "inference": 0.5},
    "accelerators.frugal.utilisation": {"training": 0.25, "inference": 0.25},
}
"""Reading 10,000 tokens takes quick 0.4 s and frugal 0.8: not within 0.3."""
RUN = {"kind": "training_run", "model": "ten", "precisions": ["bf16"], "max_days": 100.0, "runs_per_year": 1.0}

CONFLICTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    # The run, and then its days, are tried away first: a row that is gone stays gone.
    "haste": (
        {**HASTE, "workloads.run": RUN, "workloads.chat": IN_TIME},
        {"workloads.chat", "workloads.chat.first_token_s"},
    ),
    "power": ({GRID: 0.05}, {TARGET, GRID}),
    "floor": ({WHITE: 20}, {TARGET, WHITE}),
    # 94 kW need two modules and a spare one, beside two transformers: 5 m2.
    "plant": ({PLANT: 4, "coolings.warm_water.module_mw": 0.05}, {TARGET, PLANT}),
    "quota": ({"procurement.quotas": QUOTA}, {TARGET, "procurement.quotas.quota"}),
    "budget": ({"limits.capex_musd": 1.0}, {TARGET, "limits.capex_musd"}),
    "energy": ({"limits.energy_mwh_per_year": 500.0}, {TARGET, "limits.energy_mwh_per_year"}),
    "total cost": ({"limits.total_cost_musd": 1.5}, {TARGET, "limits.total_cost_musd"}),
    # The best that any number of pods reaches is 1.658: the cap alone cannot be met.
    "levelised cost": ({"limits.lcoc_usd_per_eflop": 1.5}, {"limits.lcoc_usd_per_eflop"}),
    "substation": ({"transformers.ideal.unit_mva": 0.02}, {TARGET, "sites.paper.grid.transformers"}),
    "lead time": ({"planning_date": date(2026, 12, 1)}, {"planning_date"}),
    "supply": (
        # What is made in the year from planning to the phase; no lead time would change that.
        {"accelerators.quick.supply_per_year": 17, "accelerators.frugal.supply_per_year": 17},
        {TARGET, "accelerators.*.supply_per_year"},
    ),
    "supply by quarter": (
        {"accelerators.quick.supply_per_quarter": 4, "accelerators.frugal.supply_per_quarter": 4},
        # Made since the launch, two years before: planning earlier does not help.
        {TARGET, "accelerators.*.supply_per_quarter"},
    ),
    "export rules": ({"export.regime": "domestic_only"}, {"export"}),
    "floor of a class": (
        {TARGET: 8.0, "workloads.training.floor_pflops": {"only": 38.0}, GRID: 0.05, "phases.only.demand_pflops": 40.0},
        {"workloads.training.floor_pflops.only", GRID},
    ),
    "power and space": (
        # quick: 4 PFLOPS on 10 kW and 3 m2; frugal: 2 PFLOPS on 4 kW and 3 m2. 0.09 MW feeds 8.57 quick pods at most
        # and 30 m2 hold ten pods: with both limits the best mix stays below 38, with either alone it does not.
        {GRID: 0.088, WHITE: 33.0},
        {TARGET, GRID, WHITE},
    ),
    "share": (
        {
            "procurement.shares": {"all_frugal": {"match": {"accelerator": "frugal"}, "min_fraction": 1.0}},
            WHITE: 45,
        },
        {TARGET, WHITE, "procurement.shares.all_frugal"},
    ),
    # The rest of the list: quantities in the comments follow from the table in instances/minimal.toml.
    "carbon": (
        # 864.6 MWh at 0.5 kg/kWh are 432 t; frugal alone 699 MWh, 349.5 t.
        {"sites.paper.carbon_kg_per_kwh": 0.5, "limits.carbon_t_per_year": 300.0},
        {TARGET, "limits.carbon_t_per_year"},
    ),
    "water": (
        {"coolings.warm_water.water_l_per_kwh": 1.0, "limits.water_m3_per_year": 500.0},
        {TARGET, "limits.water_m3_per_year"},
    ),
    # The fewest that deliver 38 PFLOPS are 9 quick pods and one more, 80 accelerators.
    "accelerators": ({"limits.accelerators": 79.0}, {TARGET, "limits.accelerators"}),
    # The best that any number of pods reaches is 1.658, which is the list price if all is sold.
    "list price": (
        {"affordability": {"list_price_max_usd_per_eflop": 1.5}},
        {"affordability.list_price_max_usd_per_eflop"},
    ),
    "subsidies": (
        {"affordability": {"subsidy_fraction": 0.5, "subsidy_cap_musd": 0.5}},
        {TARGET, "affordability.subsidy_cap_musd"},
    ),
    "floor area": ({"limits.floor_area_m2": 25.0}, {TARGET, "limits.floor_area_m2"}),
    "floor loading": ({"sites.paper.building.floor_loading_kpa": 1.0}, {"sites.paper.building.floor_loading_kpa"}),
    "cooling limits": (
        # Warm water carries one module of 0.1 MW and a spare one, so 0.1 MW of heat: cold plates the rest, if allowed.
        {
            TARGET: 60.0,
            "coolings.warm_water.max_modules": 2,
            "coolings.cold": {**COLD, "max_modules": 2},
            "sites.paper.coolings": ["warm_water", "cold"],
            "accelerators.quick.coolings": ["warm_water", "cold"],
            "accelerators.frugal.coolings": ["warm_water", "cold"],
            "sites.paper.max_coolings": 1,
            WHITE: 1000,
        },
        {TARGET, "sites.paper.max_coolings", "coolings.warm_water.max_modules", "coolings.cold.max_modules"},
    ),
    "load steps": (
        {"workloads.training.step_fraction": 1.0, "sites.paper.grid.short_circuit_mva": 0.5},
        {TARGET, "sites.paper.grid.voltage_step_max_fraction"},
    ),
    "backup": (
        # One set of 0.01 MW and a spare one carry 0.01 MW of the 0.076 MW that 38 PFLOPS take at least.
        {
            "sites.paper.backup": {"generator": "set", "critical_fraction": 1.0, "from_phase": "only"},
            "generators.set": {**EVERYTHING["generators.set"], "max_units": 2},
        },
        {TARGET, "sites.paper.backup"},
    ),
    "quota of one, space for the other": (
        # 19 frugal pods take 57 m2, 10 quick pods 30 m2: with 16 quick chips (2 pods) 30 m2 hold 2 * 4 + 8 * 2 PFLOPS.
        {
            "procurement.quotas": {"q": {"match": {"accelerator": "quick"}, "max_accelerators": 16}},
            WHITE: 30,
        },
        {TARGET, WHITE, "procurement.quotas.q"},
    ),
    "quotas of both": (
        {
            "procurement.quotas": {
                "q": {"match": {"accelerator": "quick"}, "max_accelerators": 40},
                "f": {"match": {"accelerator": "frugal"}, "max_accelerators": 64},
            }
        },
        {TARGET, "procurement.quotas.q", "procurement.quotas.f"},
    ),
    "quota of a tier": (
        {
            "procurement.quotas": {"tier": {"match": {"tier": 1}, "max_accelerators": 16}},
            "limits.energy_mwh_per_year": 600.0,
        },
        {TARGET, "limits.energy_mwh_per_year"},
    ),
    "left out by a list": (
        # Only quick may be bought: 10 pods of 10 kW, of which 9.5 work, import 0.09975 MW.
        {"procurement.include": ["quick"], GRID: 0.09},
        {TARGET, GRID, LISTS},
    ),
    "excluded by a list": (
        {"procurement.exclude": ["quick"], WHITE: 40},
        {TARGET, WHITE, LISTS},
    ),
    "supply of the only chip": (
        # 76 chips would do, 50 do not; frugal, which is not on the list, is supplied without limit.
        {"procurement.include": ["quick"], "accelerators.quick.supply_per_year": 50},
        {TARGET, "accelerators.*.supply_per_year", LISTS},
    ),
    "integers only, quota": (
        # 76 chips are 9.5 pods of quick, which deliver 38 PFLOPS; whole pods stop at 9, and only quick is on the list.
        {
            "procurement.include": ["quick"],
            "procurement.quotas": {"q": {"match": {}, "max_accelerators": 76}},
        },
        {TARGET, "procurement.quotas.q"},
    ),
    "integers only, space": (
        {"procurement.include": ["quick"], WHITE: 28.6},
        {TARGET, WHITE},
    ),
    "budget and power": (
        # 10 quick pods cost 2.0 MUSD and import 0.09975 MW, 19 frugal ones 2.09 and 0.0798: both is too much.
        {"limits.capex_musd": 1.95, GRID: 0.09},
        {TARGET, "limits.capex_musd", GRID},
    ),
    "budget and carbon": (
        {"limits.capex_musd": 1.95, "sites.paper.carbon_kg_per_kwh": 1.0, "limits.carbon_t_per_year": 800.0},
        {TARGET, "limits.capex_musd", "limits.carbon_t_per_year"},
    ),
    "space and energy": (
        {WHITE: 33, "limits.energy_mwh_per_year": 800.0},
        {TARGET, WHITE, "limits.energy_mwh_per_year"},
    ),
    "share and budget": (
        {
            "procurement.shares": {"frugal": {"match": {"accelerator": "frugal"}, "min_fraction": 0.5}},
            "limits.capex_musd": 1.95,
        },
        {TARGET, "limits.capex_musd", "procurement.shares.frugal"},
    ),
    "two shares": (
        {
            "procurement.shares": {
                "much_quick": {"match": {"accelerator": "quick"}, "min_fraction": 0.6},
                "much_frugal": {"match": {"accelerator": "frugal"}, "min_fraction": 0.6},
            }
        },
        {"procurement.shares.much_quick", "procurement.shares.much_frugal"},
    ),
    "share of what is not there": (
        {"procurement.shares": {"domestic": {"match": {"origin": "CN"}, "min_fraction": 0.1}}},
        {"procurement.shares.domestic"},
    ),
    "a phase of two": (
        {**TWO_PHASES, GRID: 0.02},
        {"phases.b.target_pflops", GRID},
    ),
    "two classes": (
        {
            TARGET: 20.0,
            "phases.only.demand_pflops": 60.0,
            "workloads.training.floor_pflops": {"only": 20.0},
            "workloads.physics": {**PHYSICS, "floor_pflops": {"only": 30.0}},
            "accelerators.quick.utilisation": {"training": 0.5, "simulation": 0.5},
            "accelerators.frugal.utilisation": {"training": 0.25, "simulation": 0.25},
            WHITE: 36,
        },
        {"workloads.training.floor_pflops.only", "workloads.physics.floor_pflops.only", WHITE},
    ),
    "staged grid": (
        {**TWO_PHASES, GRID: 0.05, "sites.paper.grid_stages": [{"from_phase": "b", "mw": 0.02}]},
        {"phases.b.target_pflops", f"{GRID}, and every row of its grid_stages by as many MW"},
    ),
}


def explained(changes: dict[str, Any]) -> Explanation:
    instance = tiny(changes)
    assert ASKER.ask(instance) is Verdict.INFEASIBLE
    return explain(instance, ASKER)


@pytest.mark.parametrize("name", every(3, CONFLICTS))
def test_the_exact_conflict_is_recovered_and_repairs_work(name: str) -> None:
    changes, expected = CONFLICTS[name]
    found = explained(changes)
    assert {group.path for group in found.conflict} == expected
    assert found.conflict_is_minimal
    assert not found.undecided
    groups = {group.path: group for group in (*requirements(tiny(changes)), all_targets(tiny(changes)))}
    for repair in found.repairs:
        assert repair.verified
        group = groups[repair.path]
        if repair.value is None:
            assert ASKER.ask(group.drop(tiny(changes))) is Verdict.FEASIBLE
            continue
        assert group.move is not None
        assert ASKER.ask(group.move(tiny(changes), repair.value)) is Verdict.FEASIBLE
        short = repair.value * (0.99 if group.more_is_easier else 1.01)
        if repair.unit != "accelerators" or round(short) != round(repair.value):
            assert ASKER.ask(group.move(tiny(changes), short)) is Verdict.INFEASIBLE


def test_power_repair_on_paper() -> None:
    """38 PFLOPS need at least 76 kW of frugal pods (19 of 4 kW), times 1.05 of pumps: 0.0798 MW."""
    found = explained({GRID: 0.05})
    value = next(repair.value for repair in found.repairs if repair.path == GRID)
    assert value == pytest.approx(0.0798, rel=1e-3)


def test_only_whole_numbers_is_said() -> None:
    """38 PFLOPS cost 1.9 MUSD as 9.5 quick pods; in whole pods the cheapest are 9 quick and 1 frugal, 1.91 MUSD."""
    found = explained({"limits.capex_musd": 1.905})
    assert found.only_whole_numbers
    assert {group.path for group in found.conflict} == {TARGET, "limits.capex_musd"}
    assert not explained({"limits.capex_musd": 1.0}).only_whole_numbers


def test_undecided_is_said_as_undecided() -> None:
    """A question that is stopped is never answered with infeasible."""
    stop = Event()
    stop.set()
    stopped = Asker(folder=HERE, isolated=False, hooks=Hooks(stop=stop))
    assert stopped.ask(tiny({GRID: 0.05})) is not Verdict.FEASIBLE
    found = explain(tiny({GRID: 0.05}), stopped)
    # What presolve alone decides, or a design that is there before the stop is heard, is an answer all the same.
    assert all(repair.verified for repair in found.repairs)
    assert GRID not in {repair.path for repair in found.repairs}


class Unsure(Asker):
    """Cannot tell whether an instance with much white space has a design."""

    def ask(self, instance: Any) -> Verdict:
        wide = instance.sites["paper"].building.white_space_m2 > 1000
        return Verdict.UNDECIDED if wide else super().ask(instance)


def test_one_open_question_is_named_and_the_rest_is_answered() -> None:
    found = explain(tiny({GRID: 0.05}), Unsure(folder=HERE, isolated=False))
    assert found.undecided == (WHITE,)
    assert not found.conflict_is_minimal
    assert {group.path for group in found.conflict} == {TARGET, GRID, WHITE}
    assert {repair.path for repair in found.repairs} == {TARGET, GRID}


def test_there_are_at_least_thirty_conflicts() -> None:
    assert len(CONFLICTS) >= 30


def test_a_feasible_instance_is_feasible() -> None:
    assert ASKER.ask(tiny()) is Verdict.FEASIBLE


def test_the_whole_explanation_keeps_to_its_time() -> None:
    """No question is put after the time is over, and what was not tried is said as not tried."""
    late = Asker(folder=HERE, isolated=False, until_s=time.monotonic() - 1)
    found = explain(tiny({GRID: 0.05}), late)
    assert found.ended_by_time
    assert not found.repairs
    assert set(found.undecided) == {group.path for group in requirements(tiny({GRID: 0.05}))}
    words = to_text(explanation_blocks(found), 200)
    assert "Not known: the time limit was over" in words
    assert "two or more have to give way" not in words


def test_no_per_cent_of_zero() -> None:
    """A cap of zero is raised to a value, not by a share of it."""
    found = explained({"sites.paper.carbon_kg_per_kwh": 0.5, "limits.carbon_t_per_year": 0.0})
    words = next(repair_text(repair) for repair in found.repairs if repair.path == "limits.carbon_t_per_year")
    assert words.startswith("limit carbon_t_per_year: 0 -> ")
    assert "%" not in words
