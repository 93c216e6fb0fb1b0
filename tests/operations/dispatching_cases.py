"""Instances that dispatch, for the tests of cuts and of the two methods."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.tiny import EVERYTHING

DAY_AND_NIGHT = [
    {"label": "night", "price_per_kwh": 0.05, "from_hour": 0, "to_hour": 8},
    {"label": "day", "price_per_kwh": 0.20, "from_hour": 8, "to_hour": 20},
    {"label": "evening", "price_per_kwh": 0.08, "from_hour": 20, "to_hour": 24},
]
BATTERY: dict[str, Any] = {
    **EVERYTHING,
    "solve.hours": 168,
    "sites.paper.battery_dispatch": True,
    "tariffs.flat.energy": DAY_AND_NIGHT,
    "tariffs.flat.demand_per_kva_month": 10.0,
}
FLEXIBLE_WORK: dict[str, Any] = {
    **EVERYTHING,
    "solve.hours": 168,
    "workloads.training.deferrable_fraction": 0.3,
    "workloads.training.daily_profile": [1.0] * 12 + [0.5] * 12,
    "tariffs.flat.energy": DAY_AND_NIGHT,
    "tariffs.flat.demand_per_kva_month": 10.0,
    "coolings.warm_water.water_l_per_kwh": 1.0,
    "sites.paper.water_usd_per_m3": 2.0,
}
ALL: dict[str, Any] = {
    **FLEXIBLE_WORK,
    **BATTERY,
    "sites.paper.backup": {**EVERYTHING["sites.paper.backup"], "peak_shaving_hours_per_year": 20.0},
    "batteries.cell": {**EVERYTHING["batteries.cell"], "degradation_usd_per_mwh": 1.0},
    "sites.paper.carbon_price_usd_per_t": 40.0,
    "tariffs.flat.demand": [
        {"label": "on-peak", "per_kva_month": 5.0, "days": "weekday", "from_hour": 9, "to_hour": 21}
    ],
    "tariffs.flat.demand_block_kva": 20.0,
    "tariffs.flat.demand_above_block_per_kva_month": 15.0,
    "tariffs.flat.contracted_per_kw_month": 3.0,
    "tariffs.flat.uncontracted_per_kw_month": 7.0,
}
TIGHT_GRID: dict[str, Any] = {
    **BATTERY,
    "sites.paper.grid_mw": 0.034,
    "workloads.training.daily_profile": [1.0] * 6 + [0.8] * 18,
}
NO_CAPS: dict[str, Any] = {**BATTERY, "limits": {}}
CASES: dict[str, dict[str, Any]] = {
    "battery": BATTERY,
    "work": FLEXIBLE_WORK,
    "all": ALL,
    "tight_grid": TIGHT_GRID,
    "no_caps": NO_CAPS,
    "trend": {**NO_CAPS, "tariffs.flat.real_trend_fraction": 0.05},
}


def long(years: int, changes: dict[str, Any]) -> dict[str, Any]:
    """The instance with more and longer phases of one year each, targets rising."""
    phases = {
        f"y{n}": {"start": date(2027 + n, 1, 1), "years": 1.0, "target_pflops": 8.0 + 2 * n} for n in range(years)
    }
    told = {key: value for key, value in changes.items() if key != "phases"}
    told["workloads.training.floor_pflops"] = {}
    told["sites.paper.backup"] = {**told["sites.paper.backup"], "from_phase": "y0"}
    return {**told, "phases": phases, "limits": {}, "procurement.quotas": {}, "procurement.shares": {}}
