"""A site with two chips, a year of constant weather, and a design whose every number can be worked out on paper."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

from optimizer.audit.audit import AuditReport, audit
from optimizer.inputs.design import Design, Entry, Reported
from optimizer.inputs.schema import Instance

Plain = dict[str, Any]
Change = Callable[[Plain, Plain], None]
"""Edits an instance and a design in place."""


def chip(**changes: Any) -> Plain:
    """An accelerator of 1,000 TFLOPS in BF16, eight to a server of 10 kW."""
    base: Plain = {
        "name": "US chip",
        "vendor": "Western",
        "architecture": "one",
        "tier": 1,
        "origin": "US",
        "stack": "cuda",
        "launch": date(2022, 9, 1),
        "bf16_tflops": 1000.0,
        "fp8_tflops": 2000.0,
        "memory_gb": 80.0,
        "memory_bandwidth_gbs": 3350.0,
        "link_gbs": 900.0,
        "die_mm2": 800.0,
        "price_usd": 30_000.0,
        "per_server": 8,
        "server_kw": 10.0,
        "server_rest_usd": 60_000.0,
        "server_units": 8,
        "server_kg": 100.0,
        "coolings": ("air",),
        "utilisation": {"training": 0.4},
        "fabric_exponent": 0.0,
        "repair_hours": 0.0,
        "life_years": 4.0,
        "lead_time_weeks": 26.0,
        "maintenance_fraction": 0.05,
    }
    return base | changes


def instance_dict() -> Plain:
    """One site in Singapore, one phase of four years, real rate 0, climate constant at 25 C dry and 20 C wet bulb."""
    month = {
        "dry_bulb_c": (25.0,) * 24,
        "wet_bulb_c": (20.0,) * 24,
        "wet_bulb_max_c": (30.0,) * 24,
        "day_quantiles_k": (0.0,) * 11,
    }
    return {
        "format_version": 1,
        "name": "tiny",
        "title": "Tiny",
        "currency": "USD",
        "planning_date": date(2026, 1, 1),
        "phases": {"p1": {"start": date(2027, 1, 1), "years": 4.0, "target_pflops": 120.0}},
        "finance": {
            "discount_rate": 0.0,
            "basis": "real",
            "price_year": 2026,
            "base_date": date(2027, 1, 1),
            "insurance_fraction": 0.01,
        },
        "sites": {"here": site_dict()},
        "workloads": {
            "train": {
                "kind": "throughput",
                "workload_class": "training",
                "precisions": ("bf16",),
                "step_fraction": 0.5,
            },
            "infer": {"kind": "throughput", "workload_class": "inference", "precisions": ("fp8",)},
        },
        "export": {"regime": "may_2026", "parent": "singapore"},
        "network": {"fabric": "ib", "cluster_accelerators": 512, "storage_usd_per_accelerator": 500.0},
        "staff": {
            "engineers_per_site": 2.0,
            "engineers_per_1000_accelerators": 10.0,
            "usd_per_engineer_year": 50_000.0,
        },
        "accelerators": {
            "us": chip(),
            "cn": chip(
                name="CN chip",
                vendor="Eastern",
                tier=3,
                origin="CN",
                stack="cann",
                bf16_tflops=500.0,
                price_usd=10_000.0,
            ),
        },
        "coolings": {"air": air()},
        "transformers": {"t1": transformer(), "t2": transformer() | {"unit_mva": 2.0}},
        "upses": {
            "ups": {
                "name": "UPS",
                "usd_per_mw": 500_000.0,
                "m2_per_mw": 50.0,
                "loss_fraction": 0.06,
                "redundancy_fraction": 0.25,
                "life_years": 8.0,
                "maintenance_fraction": 0.02,
                "lead_time_weeks": 20.0,
            }
        },
        "batteries": {
            "bess": {
                "name": "Battery",
                "usd_fixed": 10_000.0,
                "usd_per_mw": 100_000.0,
                "usd_per_mwh": 200_000.0,
                "c_rate_max_per_hour": 10.0,
                "usable_fraction": 0.88,
                "round_trip_fraction": 0.9,
                "m2_per_mwh": 400.0,
                "max_mwh": 1.0,
                "max_mw": 1.0,
                "life_years": 10.0,
                "maintenance_fraction": 0.0,
                "lead_time_weeks": 20.0,
            }
        },
        "generators": {
            "diesel": {
                "name": "Diesel",
                "unit_mw": 0.24,
                "usd_per_unit": 100_000.0,
                "m2_per_unit": 5.0,
                "fuel_usd_per_mwh": 250.0,
                "carbon_kg_per_mwh": 1000.0,
                "test_hours_per_year": 10.0,
                "test_load_fraction": 0.5,
                "run_hours_max": 500.0,
                "max_units": 4,
                "life_years": 20.0,
                "maintenance_fraction": 0.02,
                "lead_time_weeks": 20.0,
            }
        },
        "fabrics": {
            "ib": {
                "name": "InfiniBand",
                "tiers": (
                    {"up_to_accelerators": 100, "usd_per_accelerator": 700.0},
                    {"up_to_accelerators": 1000, "usd_per_accelerator": 1000.0},
                ),
                "kw_per_accelerator": 0.25,
            }
        },
        "stacks": {
            "cuda": {"name": "CUDA", "initial_maturity_fraction": 1.0, "ramp_months": 0.0, "porting_usd": 0.0},
            "cann": {"name": "CANN", "initial_maturity_fraction": 0.5, "ramp_months": 24.0, "porting_usd": 1_000_000.0},
        },
        "tariffs": {
            "flat": {
                "name": "Flat",
                "currency": "USD",
                "price_year": 2026,
                "energy": ({"label": "all", "price_per_kwh": 0.08},),
                "fuel_clause_per_kwh": 0.02,
                "demand_per_kva_month": 10.0,
            }
        },
        "climates": {"constant": {"name": "Constant", "months": (month,) * 12}},
    }


def air() -> Plain:
    """Air cooling whose chillers carry half the heat at a COP of 10 at 20 C wet bulb."""
    return {
        "name": "Air",
        "rack_kw_max": 40.0,
        "rack_units": 42,
        "capture_fraction": 1.0,
        "supply_c": 28.85,
        "return_c": 38.85,
        "approach_k": 13.85,
        "fan_pump_fraction": 0.05,
        "carnot_fraction": 0.5,
        "evaporator_approach_k": 2.0,
        "condenser_approach_k": 21.85,
        "water_l_per_kwh": 2.0,
        "module_mw": 0.24,
        "max_modules": 10,
        "usd_open": 100_000.0,
        "usd_per_module": 50_000.0,
        "usd_per_rack": 2000.0,
        "m2_per_module": 10.0,
        "m2_per_rack": 3.0,
        "rack_footprint_m2": 1.0,
        "rack_kg": 100.0,
        "life_years": 8.0,
        "maintenance_fraction": 0.04,
        "lead_time_weeks": 20.0,
    }


def transformer() -> Plain:
    """One MVA a unit."""
    return {
        "name": "1 MVA",
        "primary_kv": 11.0,
        "unit_mva": 1.0,
        "reactance_pu": 0.11,
        "no_load_loss_kw": 2.0,
        "usd_per_unit": 50_000.0,
        "usd_fixed": 100_000.0,
        "m2_per_unit": 5.0,
        "m2_fixed": 10.0,
        "max_units": 4,
        "life_years": 40.0,
        "maintenance_fraction": 0.01,
        "lead_time_weeks": 52.0,
    }


def site_dict() -> Plain:
    """The only site."""
    return {
        "name": "Here",
        "place": "singapore",
        "weather": {"kind": "normals", "place": "constant"},
        "tariff": "flat",
        "carbon_kg_per_kwh": 0.5,
        "carbon_price_usd_per_t": 10.0,
        "water_usd_per_m3": 1.0,
        "grid_mw": 1.0,
        "grid": {
            "transformers": ("t1",),
            "short_circuit_mva": 100.0,
            "ramp_mw_per_minute": 0.0024,
            "power_factor": 0.96,
        },
        "auxiliary_mw": 0.02,
        "distribution_loss_fraction": 0.04,
        "ups": "ups",
        "coolings": ("air",),
        "battery": "bess",
        "backup": {
            "generator": "diesel",
            "critical_fraction": 0.5,
            "from_phase": "p1",
            "ride_through_minutes": 5.0,
        },
        "building": {
            "white_space_m2": 40.0,
            "plant_m2": 120.0,
            "floor_loading_kpa": 10.0,
            "support_fraction": 0.1,
            "fitout_usd_per_m2": 1000.0,
            "plant_fitout_usd_per_m2": 500.0,
            "rent_usd_per_m2_year": 100.0,
            "fitout_life_years": 16.0,
        },
    }


def design_dict() -> Plain:
    """Ten pods and exactly the plant they need. See test_tiny.py for the derivation."""
    here: Plain = {"site": "here", "phase": "p1"}
    pods = here | {"accelerator": "us", "cooling": "air"}
    return {
        "format_version": 1,
        "instance": "tiny",
        "instance_sha256": "0" * 64,
        "planning_date": date(2026, 1, 1),
        "decisions": {
            "deliveries": (pods | {"pods": 10},),
            "retirements": (),
            "assignments": (pods | {"workload": "train", "pods": 10.0},),
            "cooling": (here | {"cooling": "air", "units": 3, "opened": True},),
            "substations": (here | {"transformer": "t1", "units": 2},),
            "ups": (here | {"mw": 0.6},),
            "batteries": (here | {"mw": 0.24, "mwh": 0.025, "opened": True},),
            "step_reserves": (here | {"mw": 0.024},),
            "generators": (here | {"units": 2},),
            "fitout": (here | {"white_m2": 33.0, "plant_m2": 100.0},),
            "stacks": ("cuda",),
        },
    }


def add_phase(instance: Plain, design: Plain) -> None:
    """A second phase of four years in which the pods' life is over and nothing is asked for."""
    instance["phases"]["p2"] = {"start": date(2031, 1, 1), "years": 4.0, "target_pflops": 0.0}
    design["decisions"]["substations"] += ({"site": "here", "phase": "p2", "transformer": "t1", "units": 2},)


def build(*changes: Change) -> tuple[Instance, Design]:
    """The tiny instance and its design after some changes."""
    instance, design = copy.deepcopy(instance_dict()), copy.deepcopy(design_dict())
    for change in changes:
        change(instance, design)
    return Instance.model_validate(instance), Design.model_validate(design)


def run(*changes: Change) -> AuditReport:
    """Audit of the tiny design after some changes."""
    return audit(*build(*changes))


def failed(report: AuditReport) -> set[str]:
    """Ids of the checks that failed."""
    return {finding.check for finding in report.findings}


def with_report(*changes: Change) -> tuple[Instance, Design]:
    """The tiny design with a true report of itself."""
    instance, design = build(*changes)
    report = audit(instance, design)
    entries = tuple(
        Entry.model_validate(
            {
                "account": line.account,
                "unit": "MUSD",
                "timing": line.timing,
                "phase": line.phase,
                "site": line.site,
                "label": "x",
                "amount": line.amount,
            }
        )
        for line in report.ledger
    )
    reported = Reported(
        lcoc_usd_per_eflop=report.lcoc_usd_per_eflop,
        npv_cost_musd=report.npv_cost_musd,
        npv_eflop=report.npv_eflop,
        kpis=report.figures,
        ledger=entries,
    )
    return instance, design.model_copy(update={"reported": reported})
