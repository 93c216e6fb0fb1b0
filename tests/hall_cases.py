"""Halls for small instances: a plain one without generators, and one with everything twice."""

from __future__ import annotations

from typing import Any

from tests.tiny import FACILITY, TWO_PHASES

PLAIN: dict[str, Any] = {
    "name": "Plain",
    "ups_redundancy_fraction": 0.0,
    "protected_fraction": 0.5,
    "distribution_redundancy_fraction": 0.0,
    "generator_fraction": 0.0,
    "availability": 0.9,
}
"""A UPS for half of it, no generators, nine tenths of the time."""
FIRM: dict[str, Any] = {
    "name": "Firm",
    "ups_redundancy_fraction": 1.0,
    "distribution_redundancy_fraction": 0.5,
    "generator_fraction": 0.5,
    "loss_fraction": 0.02,
    "availability": 1.0,
    "space_factor": 1.1,
}
"""2N, generators for half of what is critical."""
HALLS: dict[str, Any] = {"halls.plain": PLAIN, "halls.firm": FIRM}
TWO_HALLS: dict[str, Any] = {**HALLS, "sites.paper.halls": ["plain", "firm"]}
SET: dict[str, Any] = {
    "name": "Set",
    "unit_mw": 0.02,
    "usd_per_unit": 10_000,
    "m2_per_unit": 0.0,
    "fuel_usd_per_mwh": 0.0,
    "carbon_kg_per_mwh": 0.0,
    "test_hours_per_year": 0.0,
    "run_hours_max": 100.0,
    "life_years": 1.0,
    "maintenance_fraction": 0.0,
    "lead_time_weeks": 20.0,
}
BACKUP: dict[str, Any] = {"generator": "set", "critical_fraction": 1.0, "from_phase": "only", "spare_units": 1}
CAREFUL: dict[str, Any] = {
    "kind": "throughput",
    "workload_class": "training",
    "precisions": ["bf16"],
    "job_accelerators": 1,
    "availability_min": 0.95,
}
"""A class that only the firm hall is good enough for."""
BACKED: dict[str, Any] = {
    **TWO_PHASES,
    **FACILITY,
    **TWO_HALLS,
    "generators.set": {**SET, "life_years": 20.0},
    "sites.paper.backup": {**BACKUP, "from_phase": "b"},
    "workloads.careful": {**CAREFUL, "floor_pflops": {"b": 2.0}},
}
"""Both halls over two phases, with a facility and generators from the second on."""
