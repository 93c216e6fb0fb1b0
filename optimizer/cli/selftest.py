"""A facility small enough to be solved on paper: two chips, one site, one year, nothing else that costs.

    pod       accelerators   effective PFLOPS            kW    price USD              energy USD a year
    quick     8              8 x 1 x 0.50 = 4            10    8 x 20,000 + 40,000    10 x 1.05 x 8,760 x 0.10 = 9,198
    frugal    8              8 x 1 x 0.25 = 2             4    8 x 10,000 + 30,000     4 x 1.05 x 8,760 x 0.10 = 3,679.2

38 PFLOPS: nine quick pods and one frugal cost 1,910,000 + 9 x 9,198 + 3,679.2 = 1,996,461.2 USD; ten quick pods, of
which 9.5 work, cost 2,087,381. Over a year 38 PFLOPS are 38 x 31,536 EFLOP.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance

EXPECTED_USD_PER_EFLOP = 1_996_461.2 / (38 * 31_536)


def paper_instance() -> tuple[Instance, Path, float]:
    """The instance, the folder its (absent) series would lie in, and its levelised cost in USD per EFLOP."""
    from optimizer.inputs.schema import Instance

    return Instance.model_validate(_question() | _plant() | _rows()), Path(), EXPECTED_USD_PER_EFLOP


def _question() -> dict[str, Any]:
    return {
        "format_version": 1,
        "name": "self_test",
        "title": "Self-test",
        "currency": "USD",
        "planning_date": date(2026, 1, 1),
        "phases": {"only": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 38.0}},
        "finance": {"discount_rate": 0.0, "basis": "real", "price_year": 2026},
        "workloads": {
            "training": {
                "kind": "throughput",
                "workload_class": "training",
                "precisions": ["bf16"],
                "job_accelerators": 1,
            }
        },
        "export": {"regime": "open_market", "parent": "singapore"},
        "network": {"fabric": "none", "cluster_accelerators": 8},
        "staff": {"engineers_per_site": 0.0, "engineers_per_1000_accelerators": 0.0, "usd_per_engineer_year": 0.0},
        "sites": {"paper": _site()},
    }


def _site() -> dict[str, Any]:
    return {
        "name": "Paper",
        "place": "singapore",
        "weather": {"kind": "normals", "place": "constant"},
        "tariff": "flat",
        "carbon_kg_per_kwh": 0.0,
        "grid_mw": 1.0,
        "distribution_loss_fraction": 0.0,
        "ups": "none",
        "coolings": ["warm_water"],
        "grid": {"transformers": ["ideal"], "short_circuit_mva": 1000.0, "power_factor": 1.0},
        "building": {
            "white_space_m2": 100.0,
            "plant_m2": 100.0,
            "fitout_usd_per_m2": 0.0,
            "plant_fitout_usd_per_m2": 0.0,
        },
    }


def _chip(price_usd: float, rest_usd: float, kw: float, share: float) -> dict[str, Any]:
    return {
        "name": "Paper chip",
        "vendor": "Paper",
        "architecture": "none",
        "tier": 1,
        "origin": "US",
        "stack": "mature",
        "launch": date(2025, 1, 1),
        "bf16_tflops": 1000.0,
        "memory_gb": 80.0,
        "memory_bandwidth_gbs": 3000.0,
        "link_gbs": 900.0,
        "price_usd": price_usd,
        "per_server": 8,
        "server_kw": kw,
        "server_rest_usd": rest_usd,
        "server_units": 8,
        "server_kg": 100.0,
        "coolings": ["warm_water"],
        "utilisation": {"training": share},
        "repair_hours": 0.0,
        "life_years": 1.0,
        "lead_time_weeks": 20.0,
    }


def _plant() -> dict[str, Any]:
    plant = {"life_years": 30.0, "maintenance_fraction": 0.0, "lead_time_weeks": 20.0}
    cooling = {
        "name": "Warm water",
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
        "usd_open": 0.0,
        "usd_per_module": 0.0,
        "usd_per_rack": 0.0,
        "m2_per_module": 1.0,
        "m2_per_rack": 3.0,
        "rack_footprint_m2": 1.2,
        "rack_kg": 100.0,
    }
    transformer = {
        "name": "Ideal",
        "primary_kv": 11.0,
        "unit_mva": 0.5,
        "reactance_pu": 0.06,
        "no_load_loss_kw": 0.0,
        "usd_per_unit": 0.0,
        "usd_fixed": 0.0,
        "m2_per_unit": 1.0,
        "m2_fixed": 0.0,
        "max_units": 2,
    }
    ups = {"name": "None", "usd_per_mw": 0.0, "m2_per_mw": 0.0, "loss_fraction": 0.0, "redundancy_fraction": 0.0}
    return {
        "coolings": {"warm_water": cooling | plant},
        "transformers": {"ideal": transformer | plant},
        "upses": {"none": ups | plant},
    }


def _rows() -> dict[str, Any]:
    day = [20.0] * 24
    month = {"dry_bulb_c": day, "wet_bulb_c": day, "wet_bulb_max_c": day, "day_quantiles_k": [0.0] * 11}
    fabric = {
        "name": "None",
        "tiers": [{"up_to_accelerators": 1_000_000, "usd_per_accelerator": 0.0}],
        "kw_per_accelerator": 0.0,
    }
    return {
        "accelerators": {
            "quick": _chip(20_000.0, 40_000.0, 10.0, 0.5),
            "frugal": _chip(10_000.0, 30_000.0, 4.0, 0.25),
        },
        "fabrics": {"none": fabric},
        "stacks": {
            "mature": {"name": "Mature", "initial_maturity_fraction": 1.0, "ramp_months": 0.0, "porting_usd": 0.0}
        },
        "tariffs": {
            "flat": {
                "name": "Flat",
                "currency": "USD",
                "price_year": 2026,
                "energy": [{"label": "all", "price_per_kwh": 0.1}],
            }
        },
        "climates": {"constant": {"name": "Constant", "months": [month] * 12}},
    }
