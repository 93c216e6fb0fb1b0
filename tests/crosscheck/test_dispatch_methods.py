"""Two ways to the same answer: cuts, and all hours in one model; and what each means of flexibility changes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Objective
from optimizer.pipeline import Method, Options, Result, run
from tests.hand.test_hand_generation import BRIDGE
from tests.operations.dispatching_cases import ALL, BATTERY, CASES, DAY_AND_NIGHT, FLEXIBLE_WORK, NO_CAPS, TIGHT_GRID
from tests.tiny import ENGINE, SUN, tiny

HERE = Path(__file__).parent
GAP = 1e-6


def solve(changes: dict[str, Any], method: Method = "decomposition", objective: Objective = "lcoc") -> Result:
    result = run(tiny(changes), HERE, Options(objective=objective, gap=GAP, method=method, isolated=False))
    assert result.status is Status.OPTIMAL, (result.status, result.message)
    assert result.design is not None
    return result


def value(result: Result) -> float:
    assert result.design is not None
    assert result.design.solve is not None
    return result.design.solve.value


def agree(first: Result, second: Result) -> bool:
    return value(first) == pytest.approx(value(second), rel=3 * GAP, abs=1e-9)


@cache
def decomposed(case: str) -> Result:
    return solve(CASES[case])


@pytest.mark.parametrize("case", CASES)
def test_decomposition_agrees_with_one_piece(case: str) -> None:
    first, second = decomposed(case), solve(CASES[case], "monolithic")
    assert agree(first, second)
    assert first.design is not None
    assert first.design.solve is not None
    assert second.design is not None
    assert second.design.solve is not None
    assert (first.design.solve.method, second.design.solve.method) == ("decomposition", "monolithic")
    assert first.design.solve.bound <= second.design.solve.value * (1 + 1e-7)


GRID_THERE: dict[str, Any] = {
    **BRIDGE,
    **{key: BATTERY[key] for key in ("batteries.cell", "sites.paper.battery", "sites.paper.battery_dispatch")},
    "tariffs.flat.energy": DAY_AND_NIGHT,
    "tariffs.flat.demand_per_kva_month": 10.0,
    "generation.engine": {**ENGINE, "life_years": 2.0, "usd_per_unit": 8_000.0, "max_units": 4},
    "generation.sun": {**SUN, "life_years": 2.0, "usd_per_unit": 10_000.0},
    "sites.paper.generation": [
        {"source": "engine", "fuel_usd_per_gj": 12.0, "spare_units": 1, "full_load_hours_per_year": 7000.0},
        {"source": "sun"},
    ],
    "sites.paper.grid_mw": 1.0,
    "sites.paper.grid_stages": [],
}
GENERATING: dict[str, dict[str, Any]] = {
    "with a battery": GRID_THERE | {"phases": {"a": BRIDGE["phases"]["a"]}},
    "before the grid comes": {key: value for key, value in GRID_THERE.items() if "grid_" not in key}
    | {key: BRIDGE[key] for key in ("sites.paper.grid_mw", "sites.paper.grid_stages")},
}


WITHIN = 1e-4


@pytest.mark.long
@pytest.mark.parametrize("hours", [168, 336])
@pytest.mark.parametrize("case", GENERATING)
def test_years_with_generation_agree_with_one_piece(case: str, hours: int) -> None:
    """Photovoltaics and engines with a spare beside a battery: neither bound lies above the other's value."""
    instance = tiny({**GENERATING[case], "solve.hours": hours})
    methods: tuple[Method, ...] = ("decomposition", "monolithic")
    first, second = (run(instance, HERE, Options(gap=WITHIN, method=m, isolated=False)) for m in methods)
    for one, other in ((first, second), (second, first)):
        assert one.status is Status.OPTIMAL
        assert one.verified, one.audit
        assert one.design is not None
        assert one.design.solve is not None
        assert one.design.solve.bound <= value(other) * (1 + GAP)
        assert {row.source for row in one.design.decisions.generation} == {"engine", "sun"}


@pytest.mark.parametrize("objective", ["total_cost", "energy", "carbon", "capex", "max_throughput"])
def test_other_objectives_agree(objective: Objective) -> None:
    changes = {**NO_CAPS, "phases": {**NO_CAPS["phases"]}}
    assert agree(solve(changes, objective=objective), solve(changes, "monolithic", objective))


def test_fans_and_pumps_that_run_on_agree() -> None:
    """They are standing load of a plant that is decided: a part of what a year is cut in."""
    changes = {**NO_CAPS, "coolings.warm_water.fan_pump_standing_fraction": 0.7, "coolings.warm_water.module_mw": 0.03}
    cut, whole = solve(changes), solve(changes, "monolithic")
    assert agree(cut, whole)
    assert value(cut) > value(decomposed("no_caps")) * (1 + 1e-5)


def test_yearly_caps_agree() -> None:
    """A cap on energy that the battery's losses feel, and one on carbon with generators beside the grid."""
    base = decomposed("no_caps")
    assert base.design is not None
    assert base.design.reported is not None
    mwh = base.design.reported.kpis["energy_mwh_per_year"]
    for limits in ({"energy_mwh_per_year": mwh * 0.999}, {"carbon_t_per_year": mwh * 0.5 * 1.0005}):
        changes = {**ALL, "limits": limits}
        assert agree(solve(changes), solve(changes, "monolithic"))


def test_the_ledger_is_what_the_search_paid() -> None:
    """The bill of the hours, split into accounts, adds up to the ratio that was proven."""
    for case in CASES:
        result = decomposed(case)
        assert result.design is not None
        assert result.design.reported is not None
        assert result.design.reported.lcoc_usd_per_eflop == pytest.approx(value(result), rel=1e-6)


def test_the_same_decisions_are_dispatched_the_same() -> None:
    """Both methods end in the same programme, asked from nothing, so ties are settled alike."""
    once, again = solve(ALL), solve(ALL)
    assert once.design is not None
    assert again.design is not None
    assert once.design.decisions == again.design.decisions


def test_each_kind_of_flexibility_changes_the_design() -> None:
    """Without it the answer costs more, and something else is built."""
    rigid = {key: entry for key, entry in BATTERY.items() if key != "sites.paper.battery_dispatch"}
    assert value(solve(rigid)) > value(decomposed("battery")) * (1 + 1e-5)
    assert built(solve(rigid)) != built(decomposed("battery"))
    stiff = {**FLEXIBLE_WORK, "workloads.training.deferrable_fraction": 0.0}
    assert value(solve(stiff)) > value(decomposed("work")) * (1 + 1e-5)
    cheap = {**BATTERY, "tariffs.flat.demand_per_kva_month": 0.0}
    assert built(solve(cheap)) != built(decomposed("battery"))


def built(result: Result) -> tuple[Any, ...]:
    assert result.design is not None
    decisions = result.design.decisions
    sizes = tuple((row.phase, round(row.mw, 6), round(row.mwh, 6)) for row in decisions.batteries)
    return (sizes, decisions.deliveries, decisions.generators)


def test_the_grid_limit_is_kept_in_every_hour() -> None:
    from optimizer.model.figures import Figures

    result = solve(TIGHT_GRID)
    assert result.design is not None
    assert result.design.reported is not None
    figures = Figures(result.problem, result.design.decisions, result.design.reported.ledger)
    for phase in result.problem.calendar.phases:
        hours = figures.hours("paper", phase)
        assert hours.import_mw.max() <= 0.034 * (1 + 1e-6) + 1e-6
        assert hours.import_mw.min() >= -1e-6
        assert hours.soc_mwh.min() >= -1e-6


def test_child_process_gives_the_same() -> None:
    alone = run(tiny(BATTERY), HERE, Options(gap=GAP))
    assert alone.design is not None
    assert agree(alone, decomposed("battery"))
    assert alone.split["cuts"] > 0
