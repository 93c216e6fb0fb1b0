"""Small instances for tests: instances/minimal.toml with changes by dotted path."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from optimizer.inputs.schema import Instance

ROOT = Path(__file__).resolve().parents[1]


@cache
def _minimal() -> dict[str, Any]:
    with (ROOT / "instances" / "minimal.toml").open("rb") as stream:
        return tomllib.load(stream)


def tiny(changes: Mapping[str, Any] | None = None) -> Instance:
    """The minimal instance with some values changed; a value of None removes the key."""
    data = copy.deepcopy(_minimal())
    for path, value in (changes or {}).items():
        *tables, key = path.split(".")
        table = data
        for name in tables:
            table = table.setdefault(name, {})
        if value is None:
            table.pop(key, None)
        else:
            table[key] = copy.deepcopy(value)
    return Instance.model_validate(data)


TWO_PHASES: dict[str, Any] = {
    "phases": {
        "a": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 8.0},
        "b": {"start": date(2028, 1, 1), "years": 1.0, "target_pflops": 12.0, "demand_pflops": 16.0},
    },
    "accelerators.quick.life_years": 5.0,
    "accelerators.frugal.life_years": 5.0,
}
"""Two yearly phases with pods that live through both."""

FACILITY: dict[str, Any] = {
    "sites.paper.facility": "hall",
    "facilities.hall": {
        "name": "Hall",
        "shell": {"usd_per_mw": 100_000.0, "life_years": 40.0},
        "mv_ring": {"usd_per_mw": 50_000.0, "life_years": 20.0, "maintenance_fraction": 0.01, "lead_time_weeks": 20.0},
        "lv_distribution": {"usd_per_mw": 130_000.0, "life_years": 20.0, "maintenance_fraction": 0.02},
        "controls": {"usd_per_mw": 60_000.0, "life_years": 10.0, "maintenance_fraction": 0.05},
        "hall_fitout": {"usd_per_mw": 40_000.0, "life_years": 15.0},
        "commissioning": {"usd_per_mw": 20_000.0, "life_years": 15.0},
        "connection": {"usd_fixed": 5_000.0, "life_years": 30.0},
        "design_fraction": 0.1,
        "contingency_fraction": 0.05,
        "life_years": 20.0,
        "house_load_fraction": 0.01,
        "fitout_weeks": 2.0,
        "commissioning_weeks": 1.0,
    },
    "sites.paper.existing_facility_mw": 0.008,
    "upses.none.no_load_loss_fraction": 0.01,
    "transformers.ideal.load_loss_kw": 4.0,
}
"""A hall with every item, its losses by loading, and the time it takes; 8 kW are there already."""

EVERYTHING: dict[str, Any] = {
    **TWO_PHASES,
    **FACILITY,
    "milestones": [{"date": date(2028, 7, 1), "target_pflops": 11.0}],
    "finance.discount_rate": 0.05,
    "finance.insurance_fraction": 0.01,
    "workloads.training.step_fraction": 0.5,
    "workloads.training.floor_pflops": {"b": 10.0},
    "sites.paper.max_coolings": 1,
    "sites.paper.battery": "cell",
    "sites.paper.grid.short_circuit_mva": 0.5,
    "sites.paper.grid.ramp_mw_per_minute": 0.01,
    "sites.paper.grid.existing": {"transformer": "ideal", "units": 2},
    "transformers.ideal.max_units": 4,
    "sites.paper.backup": {
        "generator": "set",
        "critical_fraction": 0.2,
        "from_phase": "b",
        "ride_through_minutes": 10.0,
    },
    "sites.paper.existing_pods": [
        {"accelerator": "frugal", "cooling": "warm_water", "pods": 2, "commissioned": date(2025, 1, 1)},
    ],
    "sites.paper.carbon_kg_per_kwh": 0.5,
    "sites.paper.building.fitout_usd_per_m2": 1000,
    "sites.paper.building.plant_fitout_usd_per_m2": 500,
    "batteries.cell": {
        "name": "Cell",
        "usd_fixed": 1000,
        "usd_per_mw": 50_000,
        "usd_per_mwh": 100_000,
        "c_rate_max_per_hour": 2.0,
        "usable_fraction": 0.8,
        "round_trip_fraction": 0.9,
        "m2_per_mwh": 10.0,
        "max_mwh": 1.0,
        "max_mw": 1.0,
        "life_years": 10.0,
        "maintenance_fraction": 0.02,
        "lead_time_weeks": 20.0,
    },
    "generators.set": {
        "name": "Set",
        "unit_mw": 0.01,
        "usd_per_unit": 5000,
        "m2_per_unit": 2.0,
        "fuel_usd_per_mwh": 300.0,
        "carbon_kg_per_mwh": 700.0,
        "test_hours_per_year": 10.0,
        "run_hours_max": 100.0,
        "life_years": 20.0,
        "maintenance_fraction": 0.02,
        "lead_time_weeks": 20.0,
    },
    "accelerators.quick.supply_per_year": 40,
    "transformers.ideal.resale": [{"years": 0.0, "fraction": 0.5}],
    "procurement.max_kinds": 2,
    "procurement.one_cooling_per_accelerator": True,
    "procurement.quotas": {"quick_total": {"match": {"accelerator": "quick"}, "max_accelerators": 48}},
    "procurement.shares": {
        "some_frugal": {"match": {"accelerator": "frugal"}, "min_fraction": 0.1},
        "not_all_quick": {"match": {"vendor": "Example", "tier": 1}, "max_fraction": 0.9},
    },
    "limits": {
        "capex_musd": 50.0,
        "total_cost_musd": 50.0,
        "energy_mwh_per_year": 5000.0,
        "carbon_t_per_year": 5000.0,
        "water_m3_per_year": 5000.0,
        "floor_area_m2": 200.0,
        "lcoc_usd_per_eflop": 50.0,
        "accelerators": 500.0,
    },
}
"""Every asset and every rule at once: the instance of the golden files."""

WORKING: dict[str, Any] = {
    **TWO_PHASES,
    "models.small": {
        "name": "Small",
        "params_total_b": 20.0,
        "params_active_b": 10.0,
        "tokens_t": 1.0,
        "kv_bytes_per_token": 400_000.0,
    },
    "workloads.run": {
        "kind": "training_run",
        "model": "small",
        "precisions": ["bf16"],
        "max_days": 100.0,
        "runs_per_year": 1.825,
        "step_fraction": 0.5,
    },
    "workloads.chat": {
        "kind": "serving",
        "model": "small",
        "precisions": ["bf16"],
        "input_tokens_b_per_day": 10.0,
        "output_tokens_b_per_day": 1.728,
        "context_tokens": 1000,
        "prompt_tokens": 500,
        "first_token_s": 3600.0,
        "batch_max": 50,
        "from_phase": "b",
    },
    "accelerators.quick.utilisation": {"training": 0.5, "inference": 0.5},
    "accelerators.frugal.utilisation": {"training": 0.25, "inference": 0.5},
    "stacks.mature.initial_maturity_fraction": 0.5,
    "stacks.mature.ramp_months": 24.0,
    "stacks.mature.programme_usd": 50_000.0,
    "stacks.mature.programme_ramp_months": 6.0,
    "staff.engineers_per_1000_accelerators": 100.0,
    "staff.max_engineers": 8.0,
    "affordability": {
        "sold_fraction": 0.8,
        "subsidy_fraction": 0.7,
        "subsidy_cap_musd": 50.0,
        "list_price_max_usd_per_eflop": 50.0,
        "cloud": {"accelerator": "quick", "workload": "training", "usd_per_hour": 2.0},
    },
}
"""A training run, a service, a porting programme, scarce engineers, prices: the second instance of the golden files."""


def _sunny() -> list[dict[str, Any]]:
    """Months of always 20 C with 1,000 W/m2 from 11 to 14 h and none else."""
    sun = [0.0] * 11 + [1000.0] * 3 + [0.0] * 10
    return [{**month, "ghi_w_per_m2": sun} for month in _minimal()["climates"]["always_20"]["months"]]


ENGINE: dict[str, Any] = {
    "kind": "engine",
    "name": "Engine",
    "unit_mw": 0.06,
    "usd_per_unit": 1000.0,
    "m2_per_unit": 10.0,
    "max_units": 2,
    "life_years": 1.0,
    "maintenance_fraction": 0.0,
    "lead_time_weeks": 20.0,
    "heat_rate_gj_per_mwh": 8.0,
    "running_usd_per_mwh": 10.0,
    "carbon_kg_per_mwh": 450.0,
}
"""60 kW; 10 USD and 8 GJ for a MWh."""
SUN: dict[str, Any] = {
    "kind": "pv",
    "name": "Photovoltaics",
    "unit_mw": 0.05,
    "usd_per_unit": 0.0,
    "m2_per_unit": 30.0,
    "max_units": 3,
    "life_years": 1.0,
    "maintenance_fraction": 0.0,
    "lead_time_weeks": 20.0,
    "performance_ratio": 1.0,
}
"""50 kW from 11 to 14 h."""
GENERATION: dict[str, Any] = {
    "generation.engine": ENGINE,
    "generation.sun": SUN,
    "climates.always_20": {"name": "Three hours of sun", "months": _sunny()},
}
"""Both kinds, and the weather of the second; a site still has to name them."""
