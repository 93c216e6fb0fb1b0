"""Cooling plant: modules, openings, technologies, and the heat that one leaves to another."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.hand.on_paper import (
    EFLOP,
    FRUGAL,
    MINIMAL,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    account,
    best,
    decides,
    figures,
    is_close,
    lcoc,
    pods,
    solve,
    target,
    two_phases,
)
from tests.tiny import tiny

ONE_YEAR = {"coolings.warm_water.life_years": 1.0}


def another_loop(**changes: Any) -> dict[str, Any]:
    """A copy of the warm-water technology with changes."""
    row = tiny().coolings["warm_water"].model_dump(exclude_none=True)
    return copy.deepcopy(row) | changes


def test_cooling_duty_decides_the_chips() -> None:
    """Modules of 80 kW at 200,000 USD each, one of them spare.

    9 quick and 1 frugal pod, 94 kW: 3 modules, 1,996,461.2 + 600,000. 2 quick and 15 frugal, 80 kW: 2 modules,
    2 x 209,198 + 15 x 113,679.2 + 400,000 = 2,523,584 USD, which is less.
    """
    changes = {**ONE_YEAR, "coolings.warm_water.module_mw": 0.08, "coolings.warm_water.usd_per_module": 200_000}
    result = decides("cooling.duty", changes, lcoc(2_523_584, 38))
    assert pods(result) == {"quick": 2, "frugal": 15}


def test_cooling_duty_spare_modules() -> None:
    """94 kW: one module of 100 kW at work and two spare ones, at 10,000 USD."""
    changes = {**ONE_YEAR, "coolings.warm_water.spare_modules": 2, "coolings.warm_water.usd_per_module": 10_000}
    result = decides("cooling.duty", changes, lcoc(MINIMAL + 30_000, 38))
    assert figures(result)["cooling_modules"] == 3


def test_cooling_gate_opening_is_paid() -> None:
    """Opening the technology costs 100,000 USD; without modules open nothing is cooled."""
    decides("cooling.gate", {**ONE_YEAR, "coolings.warm_water.usd_open": 100_000}, lcoc(MINIMAL + 100_000, 38))


CRAMPED: dict[str, Any] = {
    **two_phases(8.0, 10.0),
    "accelerators.quick.life_years": 4.0,
    "accelerators.frugal.life_years": 4.0,
    "coolings.warm_water.module_mw": 0.021,
    "coolings.warm_water.max_modules": 2,
}
"""Two modules of 21 kW, one of them spare: 21 kW of heat in either phase. Pods live one phase.

    a, 8 PFLOPS    2 quick, 20 kW:   2 x (200,000 + 4 x 9,198) = 473,584
    b, 10 PFLOPS   5 frugal, 20 kW:  5 x (110,000 + 4 x 3,679.2) = 623,584     (2 quick and 1 frugal would be 24 kW)
"""


def test_cooling_once_opened_a_second_time_would_double_it() -> None:
    """Were the technology opened again in b, 4 modules less 2 spare ones would carry 42 kW."""
    result = decides("cooling.once", CRAMPED, lcoc(473_584 + 623_584, 72))
    assert pods(result, "b") == {"frugal": 5}


def test_cooling_gate_most_modules() -> None:
    """Each phase may buy two modules, but no more than two are in service."""
    decides("cooling.gate", CRAMPED, lcoc(473_584 + 623_584, 72))


def test_cooling_variety_one_technology() -> None:
    """Quick pods in warm water, frugal ones in another loop, and only one may be opened: 10 quick pods, 9.5 at work."""
    changes = {
        "coolings.other": another_loop(name="Other"),
        "accelerators.frugal.coolings": ["other"],
        "sites.paper.coolings": ["warm_water", "other"],
        "sites.paper.max_coolings": 1,
    }
    result = decides("cooling.variety", changes, lcoc(2_000_000 + 9.5 * QUICK_ENERGY, 38))
    assert pods(result) == {"quick": 10}


def test_residual_heat_goes_to_another_plant() -> None:
    """100 kW of quick pods: 80 kW to modules of 50 kW (2 and a spare), 20 kW to modules of 25 kW (1 and a spare).

    The residual technology is opened at 7,000 USD though no rack is cooled by it alone; modules cost 1,000 and 2,000.
    Cooling takes 0.8 x 0.05 + 0.2 x 0.30 = 0.10 kW per kW: energy 100 kW x 1.10 x 876 = 96,360 USD.
    """
    air = another_loop(name="Air", module_mw=0.025, usd_open=7_000, usd_per_module=2_000, fan_pump_fraction=0.3)
    changes = {
        **ONLY_QUICK,
        **ONE_YEAR,
        **target(40.0),
        "coolings.air": air | {"life_years": 1.0},
        "coolings.warm_water.capture_fraction": 0.8,
        "coolings.warm_water.residual": "air",
        "coolings.warm_water.module_mw": 0.05,
        "coolings.warm_water.usd_per_module": 1_000,
    }
    result = decides("cooling.duty", changes, lcoc(2_000_000 + 96_360 + 3 * 1_000 + 2 * 2_000 + 7_000, 40))
    assert figures(result)["pue_annual"] == pytest.approx(1.1)


def test_existing_modules_are_free_and_open() -> None:
    """Two modules are there: neither the opening (50,000) nor a module (10,000) is paid for 94 kW."""
    changes = {
        **ONE_YEAR,
        "coolings.warm_water.usd_open": 50_000,
        "coolings.warm_water.usd_per_module": 10_000,
        "sites.paper.existing_cooling_modules": {"warm_water": 2},
    }
    assert is_close(best(solve(changes)), lcoc(MINIMAL, 38))


def test_chiller_and_water_on_paper() -> None:
    """Wet bulb 20, supply 18, return 28, approach 5: chiller share 0.7.

    COP = 0.5 x (16 + 273.15) / max(27 - 16, 10) = 13.1432; compressor 0.7 / 13.1432 = 0.0532594 kW per kW.
    Import of 40 kW: 40 x (1 + 0.05 + 0.0532594) = 44.130378 kW. Water 2 l/kWh x 1.0532594 x 350.4 MWh = 738.124 m3.
    """
    compressor = 0.7 / (0.5 * 289.15 / 11)
    changes = {
        **ONLY_QUICK,
        **target(16.0),
        "coolings.warm_water.supply_c": 18.0,
        "coolings.warm_water.return_c": 28.0,
        "coolings.warm_water.water_l_per_kwh": 2.0,
        "sites.paper.water_usd_per_m3": 3.0,
    }
    result = solve(changes)
    energy = 40 * (1.05 + compressor) * 876
    water = 2 * (1 + compressor) * 350.4
    assert water == pytest.approx(738.124, rel=1e-6)
    assert is_close(account(result, "water_m3"), water)
    assert is_close(best(result), (4 * 200_000 + energy + 3 * water) / (16 * EFLOP))


def test_modules_wear_out_and_are_bought_again() -> None:
    """Modules live 4 years of 8: 2 of them in each phase at 10,000 USD; the opening, 5,000, is paid once."""
    changes = {
        **two_phases(8.0, 8.0),
        **ONLY_QUICK,
        "coolings.warm_water.life_years": 4.0,
        "coolings.warm_water.usd_open": 5_000,
        "coolings.warm_water.usd_per_module": 10_000,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * (200_000 + 8 * QUICK_ENERGY) + 45_000, 64))


def test_mixed_technologies_without_a_limit() -> None:
    """The optimum of the smallest instance holds when each chip has its own loop."""
    changes = {
        "coolings.other": another_loop(name="Other"),
        "accelerators.frugal.coolings": ["other"],
        "sites.paper.coolings": ["warm_water", "other"],
    }
    assert is_close(best(solve(changes)), lcoc(9 * QUICK + FRUGAL, 38))
