"""Valid inequalities: what the relaxation costs without and with each, on paper. No whole design may feel them.

With pods that can be split, 38 PFLOPS are 9.5 quick pods: 9.5 x 209,198 = 1,987,381 USD and 95 kW of IT power.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from optimizer.pipeline import Options, run
from tests.hand.on_paper import EFLOP, MINIMAL, ONLY_QUICK, QUICK, target, tightens
from tests.tiny import tiny

SPLIT = 9.5 * QUICK
AIR = {
    "name": "Air for the rest",
    "rack_kw_max": 15.0,
    "rack_units": 8,
    "capture_fraction": 1.0,
    "supply_c": 40.0,
    "return_c": 50.0,
    "approach_k": 5.0,
    "fan_pump_fraction": 0.05,
    "carnot_fraction": 0.5,
    "water_l_per_kwh": 0.0,
    "module_mw": 0.1,
    "spare_modules": 1,
    "usd_open": 100_000,
    "usd_per_module": 0,
    "usd_per_rack": 0,
    "m2_per_module": 1.0,
    "m2_per_rack": 3.0,
    "rack_footprint_m2": 1.2,
    "rack_kg": 100.0,
    "life_years": 1.0,
    "maintenance_fraction": 0.0,
    "lead_time_weeks": 20.0,
}


def test_tightening_site_whole_substation() -> None:
    """A substation of 0.5 MVA firm costs 100,000 USD; 95 kW x 1.05 use 0.1995 of it, but it comes whole."""
    changes = {**ONLY_QUICK, "transformers.ideal.usd_fixed": 100_000, "transformers.ideal.max_units": 2}
    changes |= {"transformers.ideal.life_years": 1.0}
    tightens("tightening.site", changes, SPLIT + 19_950, SPLIT + 100_000)


def test_tightening_plant_whole_opening() -> None:
    """95 kW <= 100 kW x (modules - opened) and modules <= 100 x opened need 0.95 / 99 of an opening."""
    changes = {**ONLY_QUICK, "coolings.warm_water.usd_open": 99_000, "coolings.warm_water.life_years": 1.0}
    tightens("tightening.plant", changes, SPLIT + 950, SPLIT + 99_000)


def test_tightening_stack_whole_adoption() -> None:
    """33 pods of 3 m2 fit on 100 m2, so 9.5 pods need 9.5 / 33 of an adoption at 33,000 USD."""
    changes = {**ONLY_QUICK, "stacks.mature.porting_usd": 33_000}
    tightens("tightening.stack", changes, SPLIT + 9_500, SPLIT + 33_000)


def test_tightening_fed_stack_grid_bounds_adoption() -> None:
    """The grid feeds 0.1 MW; 99.75 kW of import need 0.9975 of an adoption at 39,600 USD, not 9.5 / 33."""
    changes = {**ONLY_QUICK, "stacks.mature.porting_usd": 39_600, "sites.paper.grid_mw": 0.1}
    tightens("tightening.fed_stack", changes, SPLIT + 11_400, SPLIT + 0.9975 * 39_600)


def test_tightening_fed_plant_grid_bounds_opening() -> None:
    """The grid feeds 0.1 MW; 99.75 kW of import need 0.9975 of an opening at 99,000 USD, not 0.95 / 99."""
    changes = {**ONLY_QUICK, "coolings.warm_water.usd_open": 99_000, "coolings.warm_water.life_years": 1.0}
    changes |= {"sites.paper.grid_mw": 0.1}
    tightens("tightening.fed_plant", changes, SPLIT + 950, SPLIT + 0.9975 * 99_000)


ONE_RUN = {
    **ONLY_QUICK,
    **target(0.0),
    "models.ten": {"name": "Ten", "params_total_b": 10.0, "params_active_b": 10.0, "tokens_t": 1.0},
    "workloads.run": {
        "kind": "training_run",
        "model": "ten",
        "precisions": ["bf16"],
        "max_days": 100.0,
        "runs_per_year": 1.825,
        "bytes_per_parameter": 16.0,
    },
}
"""6e22 operations in 100 days: 6.94 PFLOPS, two quick pods that draw power all year."""


def test_tightening_task_stack_does_the_whole_run() -> None:
    """33 pods fit, so two need 2 / 33 of an adoption at 33,000 USD; but the run is all on their stack."""
    changes = {**ONE_RUN, "stacks.mature.porting_usd": 33_000}
    tightens("tightening.task_stack", changes, 2 * QUICK + 2_000, 2 * QUICK + 33_000)


def test_tightening_task_plant_does_the_whole_run() -> None:
    """20 kW <= 100 kW x 99 x opened need 0.2 / 99 of an opening at 99,000 USD; but the run is all in its racks."""
    changes = {**ONE_RUN, "coolings.warm_water.usd_open": 99_000, "coolings.warm_water.life_years": 1.0}
    tightens("tightening.task_plant", changes, 2 * QUICK + 200, 2 * QUICK + 99_000)


def test_tightening_residual_opens_with_the_loop() -> None:
    """Warm water takes 0.8 of 95 kW with at most 2 modules, so 76 kW <= 100 kW x (2 - 1) x opened: 0.76 of an opening.

    Air takes the other 19 kW: 0.19 / 99 of an opening at 100,000 USD, but no less than what it serves.
    """
    changes = {
        **ONLY_QUICK,
        "coolings.warm_water.capture_fraction": 0.8,
        "coolings.warm_water.residual": "air",
        "coolings.warm_water.max_modules": 2,
        "coolings.air": AIR,
    }
    tightens("tightening.residual", changes, SPLIT + 19_000 / 99, SPLIT + 76_000)


def test_tightening_standby_spare_and_one_at_work() -> None:
    """A tenth of 95 kW on sets of 100 kW: 0.095 sets, and a spare one for each substation.

    The relaxation builds 99.75 / 500 of a substation and of the spare set; really there are never fewer than 2 sets.
    """
    changes = {
        **ONLY_QUICK,
        "generators.set": {
            "name": "Set",
            "unit_mw": 0.1,
            "usd_per_unit": 10_000,
            "m2_per_unit": 1.0,
            "fuel_usd_per_mwh": 0.0,
            "carbon_kg_per_mwh": 0.0,
            "test_hours_per_year": 0.0,
            "run_hours_max": 100.0,
            "life_years": 1.0,
            "maintenance_fraction": 0.0,
            "lead_time_weeks": 20.0,
        },
        "sites.paper.backup": {"generator": "set", "critical_fraction": 0.1, "from_phase": "only"},
    }
    tightens("tightening.standby", changes, SPLIT + 2_945, SPLIT + 20_000)


def test_racks_that_leave_no_heat_need_no_plant_for_it() -> None:
    """Warm water takes all the heat and still names who would take a rest: that plant, 100,000 USD, stays closed."""
    changes = {"coolings.warm_water.residual": "air", "coolings.air": AIR}
    result = run(tiny(changes), Path(__file__).parent, Options(gap=1e-6, isolated=False))
    assert result.verified
    assert result.bound == pytest.approx(MINIMAL / (38 * EFLOP), rel=2e-6)
    assert [row.cooling for row in result.design.decisions.cooling if row.opened] == ["warm_water"]  # type: ignore[union-attr]


def test_what_may_not_be_opened_is_not_for_sale() -> None:
    """Old pods stand in air racks, which the site offers no more: their plant is not for sale, not even for nothing."""
    there = {"accelerator": "frugal", "cooling": "air", "pods": 2, "commissioned": date(2026, 6, 1)}
    changes = {"sites.paper.existing_pods": [there], "coolings.air": AIR | {"usd_open": 0}}
    changes |= {"accelerators.frugal.coolings": ["warm_water", "air"], "accelerators.frugal.life_years": 3.0}
    result = run(tiny(changes), Path(__file__).parent, Options(gap=1e-6, isolated=False))
    assert result.verified
    assert not result.problem.cooling.plants["paper", "air"].buyable
