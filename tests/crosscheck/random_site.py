"""The random part of an instance that belongs to its site: cooling, climate, tariff, building, power, backup."""

from __future__ import annotations

from datetime import date

import numpy as np

from tests.crosscheck.dice import SITE, Changes, Dice
from tests.tiny import tiny


def coolings(dice: Dice) -> Changes:
    """One or two technologies; the second may be cold air, or cold plates that leave the rest to cold air."""
    changes = {f"coolings.warm_water.{key}": value for key, value in _plant(dice).items()}
    names = ["warm_water"]
    if dice.chance(0.5):
        cold = _whole_cooling(dice) | {"name": "Cold air", "supply_c": 18.0, "return_c": 30.0}
        changes["coolings.cold_air"] = cold | {"fan_pump_fraction": dice.real(0.05, 0.2)}
        names.append("cold_air")
        if dice.chance(0.5):
            changes["coolings.warm_water.capture_fraction"] = dice.one_of((0.6, 0.75, 0.9))
            changes["coolings.warm_water.residual"] = "cold_air"
    changes[f"sites.{SITE}.coolings"] = names
    changes[f"sites.{SITE}.max_coolings"] = dice.one_of((None, None, 1, 2))
    return changes


def _plant(dice: Dice) -> Changes:
    return {
        "rack_kw_max": dice.one_of((12.0, 15.0, 25.0)),
        "rack_units": dice.one_of((8, 16)),
        "fan_pump_fraction": dice.real(0.02, 0.1),
        "water_l_per_kwh": dice.one_of((0.0, 1.5)),
        "module_mw": dice.one_of((0.01, 0.02, 0.05)),
        "spare_modules": dice.whole(0, 2),
        "max_modules": dice.one_of((6, 20, 100)),
        "usd_open": 1000 * dice.whole(0, 40),
        "usd_per_module": 1000 * dice.whole(0, 30),
        "usd_per_rack": 1000 * dice.whole(0, 8),
        "life_years": 15.0,
        "maintenance_fraction": dice.one_of((0.0, 0.03)),
        "lead_time_weeks": 60.0 if dice.chance(0.03) else 20.0,
    }


def _whole_cooling(dice: Dice) -> Changes:
    rest = {
        "capture_fraction": 1.0,
        "approach_k": 5.0,
        "carnot_fraction": 0.4,
        "m2_per_module": 2.0,
        "m2_per_rack": 4.0,
        "rack_footprint_m2": 1.2,
        "rack_kg": 100.0,
    }
    return rest | _plant(dice)


def tariff(dice: Dice) -> Changes:
    """Two prices by hour, sometimes in another currency, sometimes a demand charge; carbon and water."""
    night = {"label": "night", "price_per_kwh": dice.real(0.02, 0.1), "from_hour": 0, "to_hour": 8}
    day = {"label": "day", "price_per_kwh": dice.real(0.1, 0.4), "from_hour": 8, "to_hour": 24}
    return {
        "exchange_rates.EUR": {"per_usd": 0.8, "quoted": date(2026, 1, 1)},
        "tariffs.flat.energy": [night, day],
        "tariffs.flat.currency": dice.one_of(("USD", "EUR")),
        "tariffs.flat.fuel_clause_per_kwh": dice.one_of((0.0, 0.02)),
        "tariffs.flat.demand_per_kva_month": dice.one_of((0.0, 0.0, 12.0, 40.0)),
        "tariffs.flat.real_trend_fraction": dice.one_of((0.0, 0.03)),
        f"sites.{SITE}.carbon_kg_per_kwh": dice.one_of((0.0, 0.5)),
        f"sites.{SITE}.carbon_price_usd_per_t": dice.one_of((0.0, 40.0)),
        f"sites.{SITE}.water_usd_per_m3": dice.one_of((0.0, 3.0)),
    }


def climate(dice: Dice) -> Changes:
    """Twelve months, each with a night and a day; no departures, so that few hours differ."""
    mean, swing, by_day = dice.real(8, 24), dice.real(0, 8), dice.real(0, 4)
    months = []
    for month in range(12):
        night = round(mean - swing * float(np.cos(2 * np.pi * month / 12)), 3)
        wet = [night] * 8 + [night + by_day] * 16
        flat = {"wet_bulb_max_c": [60.0] * 24, "day_quantiles_k": [0.0] * 11}
        months.append({"dry_bulb_c": [c + 4 for c in wet], "wet_bulb_c": wet} | flat)
    return {"climates.always_20": {"name": "Twelve months of two hours each", "months": months}}


def building(dice: Dice) -> Changes:
    """Space, what fit-out costs, and space that is there already."""
    building = {
        "white_space_m2": float(dice.one_of((30, 100))),
        "support_fraction": dice.one_of((0.0, 0.1)),
        "fitout_usd_per_m2": 1000 * dice.whole(0, 4),
        "plant_fitout_usd_per_m2": 500 * dice.whole(0, 4),
        "rent_usd_per_m2_year": dice.one_of((0.0, 300.0)),
        "maintenance_fraction": dice.one_of((0.0, 0.01)),
        "existing_white_m2": dice.one_of((0.0, 0.0, 6.0)),
        "existing_plant_m2": dice.one_of((0.0, 0.0, 5.0)),
    }
    return {f"sites.{SITE}.building.{key}": value for key, value in building.items()}


def staff(dice: Dice) -> Changes:
    """People, fabric and storage."""
    return {
        "staff.engineers_per_site": dice.one_of((0.0, 0.2)),
        "staff.engineers_per_1000_accelerators": dice.one_of((0.0, 3.0)),
        "staff.usd_per_engineer_year": 80_000,
        "fabrics.none.kw_per_accelerator": dice.one_of((0.0, 0.05)),
        "fabrics.none.tiers": [
            {"up_to_accelerators": 16, "usd_per_accelerator": 500},
            {"up_to_accelerators": 128, "usd_per_accelerator": 900},
        ],
        "network.cluster_accelerators": dice.one_of((8, 64, 1000)),
        "network.storage_usd_per_accelerator": dice.one_of((0.0, 200.0)),
    }


def power(dice: Dice, phases: tuple[str, ...]) -> Changes:
    """Grid, transformers and UPS."""
    small = tiny().transformers["ideal"].model_dump() | {"name": "Small transformer"}
    changes: Changes = {
        f"sites.{SITE}.grid_mw": dice.one_of((0.08, 0.2, 1.0)),
        f"sites.{SITE}.auxiliary_mw": dice.one_of((0.0, 0.002)),
        f"sites.{SITE}.distribution_loss_fraction": dice.one_of((0.0, 0.03)),
        f"sites.{SITE}.grid.power_factor": dice.one_of((1.0, 0.95)),
        f"sites.{SITE}.grid.spare_units": dice.whole(0, 1),
        f"sites.{SITE}.grid.transformers": dice.one_of((["ideal"], ["ideal", "small"])),
        "transformers.ideal": _transformer(dice, small, 0.1),
        "transformers.small": _transformer(dice, small, 0.05),
        "upses.none.usd_per_mw": 1000 * dice.whole(0, 800),
        "upses.none.m2_per_mw": 20.0,
        "upses.none.loss_fraction": dice.one_of((0.0, 0.04)),
        "upses.none.redundancy_fraction": dice.one_of((0.0, 0.2)),
        "upses.none.protected_fraction": dice.one_of((1.0, 0.5)),
        f"sites.{SITE}.existing_ups_mw": dice.one_of((0.0, 0.0, 0.02)),
    }
    if len(phases) == 2 and dice.chance(0.4):
        changes[f"sites.{SITE}.grid_stages"] = [{"from_phase": "b", "mw": dice.one_of((0.08, 0.2))}]
    return changes


def _transformer(dice: Dice, base: Changes, unit_mva: float) -> Changes:
    return base | {
        "unit_mva": unit_mva,
        "no_load_loss_kw": dice.one_of((0.0, 0.5)),
        "usd_per_unit": 1000 * dice.whole(0, 30),
        "usd_fixed": 1000 * dice.whole(0, 20),
        "m2_per_unit": 1.5,
        "m2_fixed": dice.one_of((0.0, 3.0)),
        "max_units": dice.whole(2, 3),
        "maintenance_fraction": dice.one_of((0.0, 0.01)),
        "lead_time_weeks": 60.0 if dice.chance(0.05) else 20.0,
    }


def backup_and_battery(dice: Dice, phases: tuple[str, ...]) -> Changes:
    """Sets for a critical load, a battery for it and for load steps, and a grid that minds the steps."""
    battery = dice.chance(0.6)
    changes = _battery(dice) if battery else {}
    if dice.chance(0.35):
        changes["generators.set"] = {
            "name": "Set",
            "unit_mw": dice.one_of((0.005, 0.02)),
            "usd_per_unit": 1000 * dice.whole(1, 20),
            "m2_per_unit": 2.0,
            "fuel_usd_per_mwh": 300.0,
            "carbon_kg_per_mwh": 700.0,
            "test_hours_per_year": 10.0,
            "run_hours_max": 100.0,
            "max_units": dice.one_of((4, 60)),
            "life_years": 20.0,
            "maintenance_fraction": dice.one_of((0.0, 0.02)),
            "lead_time_weeks": 20.0,
        }
        changes[f"sites.{SITE}.backup"] = {
            "generator": "set",
            "critical_fraction": dice.one_of((0.2, 0.5)),
            "from_phase": dice.one_of(phases),
            "spare_units": dice.whole(0, 1),
            "ride_through_minutes": dice.one_of((0.0, 10.0)) if battery else 0.0,
            "existing_units": dice.one_of((0, 0, 1)),
        }
    changes[f"sites.{SITE}.grid.short_circuit_mva"] = dice.one_of((0.1, 0.4) if battery else (3.0, 1000.0))
    return changes


def _battery(dice: Dice) -> Changes:
    return {
        f"sites.{SITE}.battery": "cell",
        f"sites.{SITE}.grid.ramp_mw_per_minute": dice.one_of((None, 0.005, 0.05)),
        "batteries.cell": {
            "name": "Cell",
            "usd_fixed": 1000 * dice.whole(0, 20),
            "usd_per_mw": 1000 * dice.whole(50, 300),
            "usd_per_mwh": 1000 * dice.whole(50, 300),
            "c_rate_max_per_hour": dice.one_of((0.5, 2.0)),
            "usable_fraction": dice.one_of((0.8, 0.9)),
            "round_trip_fraction": 0.9,
            "m2_per_mwh": dice.one_of((0.0, 30.0)),
            "max_mwh": 1.0,
            "max_mw": dice.one_of((0.02, 1.0)),
            "life_years": 10.0,
            "maintenance_fraction": dice.one_of((0.0, 0.02)),
            "lead_time_weeks": 60.0 if dice.chance(0.1) else 20.0,
        },
    }
