"""Corners that random instances rarely reach: nothing to buy, no space ever, existing things that fit no rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import Options, run
from tests.crosscheck.designs import best_design
from tests.laws.denials import assert_not_denied
from tests.tiny import EVERYTHING, tiny

HERE = Path(__file__).parent
SITE = "sites.paper"
SET = {"generators.set": EVERYTHING["generators.set"]}
CELL = {"batteries.cell": EVERYTHING["batteries.cell"], f"{SITE}.battery": "cell"}
COLD: dict[str, Any] = {
    "coolings.cold": tiny().coolings["warm_water"].model_dump(exclude_none=True) | {"supply_c": 18.0, "return_c": 30.0},
}


def backup(**changes: Any) -> dict[str, Any]:
    row = {"generator": "set", "critical_fraction": 0.2, "from_phase": "only"}
    return SET | {f"{SITE}.backup": row | changes}


def pods(*salvage_usd: float) -> dict[str, Any]:
    """Two existing quick pods for each salvage price, and modules to cool them."""
    row = {"accelerator": "quick", "cooling": "warm_water", "pods": 2, "commissioned": date(2026, 6, 1)}
    return {
        "accelerators.quick.life_years": 5.0,
        f"{SITE}.existing_cooling_modules": {"warm_water": 4},
        f"{SITE}.existing_pods": [row | {"salvage_usd_per_pod": usd} for usd in salvage_usd],
    }


NONE = {"export.regime": "domestic_only"}
POSSIBLE: dict[str, dict[str, Any]] = {
    "a cap on water where none is drunk": {"limits.water_m3_per_year": 5.0},
    "a chip that dies before the phase ends": {"accelerators.quick.life_years": 0.5},
    "a share of nobody, at most": {"procurement.shares": {"s": {"match": {"origin": "CN"}, "max_fraction": 0.1}}},
    "no plant space, and none needed": {
        f"{SITE}.building.plant_m2": 0.0,
        "coolings.warm_water.m2_per_module": 0.0,
        "transformers.ideal.m2_per_unit": 0.0,
    },
    "an existing substation beyond the type's limit": {
        f"{SITE}.grid.existing": {"transformer": "ideal", "units": 9},
    },
    "an existing substation too small to use": {f"{SITE}.grid.existing": {"transformer": "ideal", "units": 1}},
    "residual heat for a technology the site does not list": COLD
    | {"coolings.warm_water.capture_fraction": 0.75, "coolings.warm_water.residual": "cold"},
    "racks only in the technology that takes residual heat": COLD
    | {"coolings.warm_water.capture_fraction": 0.75, "coolings.warm_water.residual": "cold"}
    | {"coolings.warm_water.usd_open": 500_000, f"{SITE}.coolings": ["warm_water", "cold"]}
    | {f"accelerators.{name}.coolings": ["warm_water", "cold"] for name in ("quick", "frugal")},
    "existing modules of a technology the site does not list": COLD | {f"{SITE}.existing_cooling_modules": {"cold": 4}},
    "existing pods and nothing to buy": pods(0.0) | {"procurement.exclude": ["*"], "phases.only.target_pflops": 8.0},
    "existing pods worth more sold than kept": pods(250_000.0),
    "existing pods of one type, the dear ones named last": pods(1000.0, 300_000.0),
    "money that loses value": {"finance.discount_rate": -0.02},
    "generators and a battery for the critical load": backup(ride_through_minutes=10.0) | CELL,
    "a utility that allows no ramp at all, and steps the grid takes": CELL | {f"{SITE}.grid.ramp_mw_per_minute": 0.0},
}
IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "nothing allowed by the rules": NONE,
    "nothing in time": {f"accelerators.{name}.lead_time_weeks": 80.0 for name in ("quick", "frugal")},
    "nothing allowed, water capped": NONE | {"limits.water_m3_per_year": 5.0},
    "nothing allowed, carbon and energy capped": NONE
    | {"limits.carbon_t_per_year": 5.0, "limits.energy_mwh_per_year": 5.0},
    "nothing allowed, space existing": NONE | {f"{SITE}.building.existing_white_m2": 50.0},
    "nothing allowed, backup and battery": NONE | backup(ride_through_minutes=10.0) | CELL,
    "every chip dies too soon": {f"accelerators.{name}.life_years": 0.5 for name in ("quick", "frugal")},
    "fit-out that never lasts a phase": {f"{SITE}.building.fitout_life_years": 0.5},
    "modules that never last a phase": {"coolings.warm_water.life_years": 0.5},
    "no grid": {f"{SITE}.grid_mw": 0.0},
    "no white space": {f"{SITE}.building.white_space_m2": 0.0},
    "no plant space": {f"{SITE}.building.plant_m2": 0.0},
    "no capital": {"limits.capex_musd": 0.0},
    "a quota of none": {"procurement.quotas": {"q": {"match": {}, "max_accelerators": 0}}},
    "a share of nobody, at least": {"procurement.shares": {"s": {"match": {"origin": "CN"}, "min_fraction": 0.1}}},
    "existing generators beyond the limit": {"generators.set": EVERYTHING["generators.set"] | {"max_units": 2}}
    | {f"{SITE}.backup": backup(existing_units=10)[f"{SITE}.backup"]},
    "a battery to ride through on, and none may be built": backup(ride_through_minutes=10.0),
    "a battery to ride through on, and none in time": backup(ride_through_minutes=10.0)
    | {"batteries.cell": EVERYTHING["batteries.cell"] | {"lead_time_weeks": 60.0}, f"{SITE}.battery": "cell"},
}


@pytest.mark.parametrize("name", POSSIBLE)
def test_the_best_of_all_designs_is_found(name: str) -> None:
    instance = tiny(POSSIBLE[name])
    best, result = best_design(instance), run(instance, HERE, Options(gap=1e-6, isolated=False))
    assert not best.rejected, [report.findings for report in best.rejected]
    assert best.decisions is not None
    assert result.status is Status.OPTIMAL
    assert result.audit is not None
    assert_not_denied(result)
    assert result.audit.lcoc_usd_per_eflop == pytest.approx(best.lcoc, rel=1e-5)


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_no_design_meets_is_called_infeasible(name: str) -> None:
    instance = tiny(IMPOSSIBLE[name])
    best = best_design(instance)
    assert not best.rejected
    assert best.decisions is None
    assert run(instance, HERE, Options(isolated=False)).status is Status.INFEASIBLE
