"""Fans and pumps at part load: a share of them runs whatever the load, with the modules at work."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.hand.on_paper import ONLY_QUICK, account, best, figures, is_close, lcoc, solve, target
from tests.tiny import tiny

USD_PER_KW_YEAR = 876.0
FOUR_PODS: dict[str, Any] = {
    **ONLY_QUICK,
    **target(16.0),
    "coolings.warm_water.life_years": 1.0,
    "coolings.warm_water.module_mw": 0.02,
    "coolings.warm_water.fan_pump_standing_fraction": 0.5,
}
"""40 kW in modules of 20 kW: two at work and a spare one; half of the fans and pumps (5 % of the heat) runs on."""
HALF_LOAD = {"workloads.training.load_fraction": 0.5}


def test_full_load_of_the_plant_is_the_fraction_itself() -> None:
    """40 kW x (1 + 0.025) and 0.5 x 0.05 x 40 kW: 42 kW, as without the key."""
    result = solve(FOUR_PODS)
    assert is_close(best(result), lcoc(800_000 + 42.0 * USD_PER_KW_YEAR, 16))
    assert figures(result)["pue_annual"] == pytest.approx(1.05)


def test_half_load_pays_for_half_of_it_twice() -> None:
    """20 kW x (1 + 0.025) and 1 kW: 21.5 kW, 1.5 times 5 % on top of the heat."""
    result = solve(FOUR_PODS | HALF_LOAD)
    assert is_close(best(result), lcoc(800_000 + 21.5 * USD_PER_KW_YEAR, 16))
    assert figures(result)["pue_annual"] == pytest.approx(1.075)
    assert account(result, "standing_mw") == pytest.approx(0.001)


def test_occupancy_lowers_the_heat_and_not_what_runs_on() -> None:
    """At work half of the year and idle at 30 %: 0.65 x 40 kW x 1.025 and 1 kW. Full work draws 42 kW."""
    result = solve(FOUR_PODS | {"workloads.training.occupancy": 0.5, "tariffs.flat.demand_per_kva_month": 10.0})
    kw = 26.0 * 1.025 + 1.0
    assert is_close(best(result), lcoc(800_000 + kw * USD_PER_KW_YEAR + 42.0 * 120.0, 8))
    assert figures(result)["peak_import_mw"] == pytest.approx(0.042)


def test_a_plant_that_slows_down_is_worth_its_pumps() -> None:
    """Pumps of 6 % that follow the load take 1.2 kW of 20 kW; those of 5 % that run on take 2 kW."""
    row = tiny().coolings["warm_water"].model_dump(exclude_none=True)
    other = copy.deepcopy(row) | {"name": "Slow", "fan_pump_fraction": 0.06, "life_years": 1.0, "module_mw": 0.02}
    changes = {
        **FOUR_PODS,
        "coolings.warm_water.fan_pump_standing_fraction": 1.0,
        "coolings.slow": other,
        "accelerators.quick.coolings": ["warm_water", "slow"],
        "sites.paper.coolings": ["warm_water", "slow"],
    }
    assert is_close(best(solve(changes)), lcoc(800_000 + 40.0 * 1.05 * USD_PER_KW_YEAR, 16))
    assert is_close(best(solve(changes | HALF_LOAD)), lcoc(800_000 + 20.0 * 1.06 * USD_PER_KW_YEAR, 16))


def test_a_plant_for_residual_heat_runs_on_too() -> None:
    """Half of the heat goes to modules of 25 kW (20 kW: one at work) with fans of 30 %, all of which run on: 7.5 kW.

    Warm water carries 20 kW, one module: 0.5 x 0.05 x 20 = 0.5 kW, and 0.025 of what it takes. 20 kW at work.
    """
    row = tiny().coolings["warm_water"].model_dump(exclude_none=True)
    air = row | {"name": "Air", "module_mw": 0.025, "fan_pump_fraction": 0.3, "fan_pump_standing_fraction": 1.0}
    changes = {
        **FOUR_PODS,
        **HALF_LOAD,
        "coolings.air": air,
        "coolings.warm_water.capture_fraction": 0.5,
        "coolings.warm_water.residual": "air",
    }
    kw = 20.0 + 10.0 * 0.025 + 0.5 + 7.5
    assert is_close(best(solve(changes)), lcoc(800_000 + kw * USD_PER_KW_YEAR, 16))


def test_modules_of_before_run_beyond_the_spare_ones() -> None:
    """Five are there: four at work, 0.5 x 0.05 x 80 = 2 kW, though 40 kW need two."""
    changes = FOUR_PODS | {"sites.paper.existing_cooling_modules": {"warm_water": 5}}
    assert is_close(best(solve(changes)), lcoc(800_000 + (40.0 * 1.025 + 2.0) * USD_PER_KW_YEAR, 16))


def test_plant_of_before_stands_still_until_its_site_has_a_substation() -> None:
    """A second site with modules of before and no grid: nothing runs there."""
    base = tiny(FOUR_PODS)
    site = base.sites["paper"].model_dump(exclude_none=True)
    site["grid_mw"] = 0.0
    site["existing_cooling_modules"] = {"warm_water": 9}
    result = solve(FOUR_PODS | {"sites.other": site})
    assert is_close(best(result), lcoc(800_000 + 42.0 * USD_PER_KW_YEAR, 16))
    assert account(result, "standing_mw", site="other") == 0.0


def test_a_measured_pue_holds_all_of_it() -> None:
    """20 kW at 1.2, whatever runs on."""
    changes = FOUR_PODS | HALF_LOAD | {"sites.paper.measured_pue": 1.2}
    assert is_close(best(solve(changes)), lcoc(800_000 + 24.0 * USD_PER_KW_YEAR, 16))


def test_fewer_modules_of_before_than_spare_ones_are_all_spare() -> None:
    """One is there and two are kept in reserve: three more are bought, two of four run, 0.5 x 0.05 x 40 = 1 kW."""
    changes = {
        **FOUR_PODS,
        **HALF_LOAD,
        "coolings.warm_water.spare_modules": 2,
        "coolings.warm_water.usd_per_module": 1_000,
        "sites.paper.existing_cooling_modules": {"warm_water": 1},
    }
    assert is_close(best(solve(changes)), lcoc(800_000 + 3_000 + 21.5 * USD_PER_KW_YEAR, 16))
