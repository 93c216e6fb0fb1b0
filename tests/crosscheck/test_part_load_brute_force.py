"""Small random instances whose fans and pumps run on at part load: every number of pods and way of cooling is tried.

One phase of a year in which all that is bought dies, so nothing is left at the end. Frugal pods stand in warm water or
in air, quick ones in warm water alone, which leaves a part of its heat to air. It is never too warm for free cooling.
"""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

import pytest

from tests.hand.on_paper import FRUGAL_PRICE, QUICK_PRICE, best, is_close, lcoc, solve, target
from tests.tiny import tiny

USD_PER_KW_YEAR = 876.0
IDLE_FRACTION = 0.3
SOONER, LATER = range(6), range(6, 110)
PLANTS = ("warm_water", "air")


def draw(seed: int) -> dict[str, Any]:
    """Plant, loads and prices of an instance."""
    dice = random.Random(seed)
    plants = {
        name: {
            "fan_pump_fraction": dice.choice(fractions),
            "fan_pump_standing_fraction": dice.choice([0.0, 0.3, 0.7, 1.0]),
            "module_mw": dice.choice([0.004, 0.011, 0.02, 0.05]),
            "spare_modules": dice.choice([0, 1, 2]),
            "usd_open": dice.choice([0.0, 3_000.0, 40_000.0]),
            "usd_per_module": dice.choice([0.0, 1_000.0, 15_000.0]),
        }
        for name, fractions in (("warm_water", [0.02, 0.05, 0.1]), ("air", [0.1, 0.2, 0.35]))
    }
    return {
        "pflops": dice.choice([8.0, 9.0, 11.0, 14.0]),
        "capture": dice.choice([0.6, 0.8, 1.0]),
        "existing": {name: dice.choice([0, 0, 1, 4]) for name in PLANTS},
        "load": dice.choice([1.0, 0.7, 0.4]),
        "occupancy": dice.choice([1.0, 0.6]),
        "ups_loss": dice.choice([0.0, 0.03]),
        "kva_usd_per_month": dice.choice([0.0, 10.0, 60.0]),
        "measured_pue": dice.choice([None, None, None, 1.3]),
        "plants": plants,
    }


def changes(g: dict[str, Any]) -> dict[str, Any]:
    """The instance."""
    row = tiny().coolings["warm_water"].model_dump(exclude_none=True) | {"life_years": 1.0}
    warm = row | g["plants"]["warm_water"] | {"capture_fraction": g["capture"], "residual": "air"}
    return {
        **target(g["pflops"], g["pflops"]),
        "coolings.warm_water": warm,
        "coolings.air": row | g["plants"]["air"] | {"name": "Air"},
        "accelerators.frugal.coolings": list(PLANTS),
        "sites.paper.coolings": list(PLANTS),
        "sites.paper.existing_cooling_modules": {name: n for name, n in g["existing"].items() if n},
        "sites.paper.measured_pue": g["measured_pue"],
        "workloads.training.load_fraction": g["load"],
        "workloads.training.occupancy": g["occupancy"],
        "upses.none.loss_fraction": g["ups_loss"],
        "tariffs.flat.demand_per_kva_month": g["kva_usd_per_month"],
    }


def plant_of(g: dict[str, Any], name: str, heat_mw: float) -> tuple[float, float]:
    """USD of a plant for so much rated heat, and kW of it that run at any load."""
    row, existing = g["plants"][name], g["existing"][name]
    needed = math.ceil(heat_mw / row["module_mw"] - 1e-9) if heat_mw > 1e-12 else 0
    modules = needed + row["spare_modules"] if needed or existing else 0
    bought = max(0, modules - existing)
    usd = bought * row["usd_per_module"] + (row["usd_open"] if needed and not existing else 0.0)
    at_work = max(0, modules, existing) - (row["spare_modules"] if modules else 0)
    kw = 1000 * row["fan_pump_standing_fraction"] * row["fan_pump_fraction"] * row["module_mw"] * at_work
    return usd, 0.0 if g["measured_pue"] else kw


def usd(g: dict[str, Any], quick: int, in_water: int, in_air: int) -> float:
    """Cost of a design with so many pods; infinite if it does not do the work."""
    rest, least = g["pflops"], float("inf")
    follow = {n: (1 - r["fan_pump_standing_fraction"]) * r["fan_pump_fraction"] for n, r in g["plants"].items()}
    wet_heat = 0.010 * quick + 0.004 * in_water
    heat = {"warm_water": g["capture"] * wet_heat, "air": (1 - g["capture"]) * wet_heat + 0.004 * in_air}
    bought = [plant_of(g, name, heat[name]) for name in PLANTS]
    standing_kw = sum(kw for _, kw in bought)
    wet = g["capture"] * follow["warm_water"] + (1 - g["capture"]) * follow["air"]
    over = [g["measured_pue"] or 1 + g["ups_loss"] + cool for cool in (wet, wet, follow["air"])]
    # PFLOPS that a kind may do, and kW of import for each at full work: 2.5 kW a PFLOPS of quick pods, 2.0 of frugal.
    kinds = sorted(
        zip((2.5 * over[0], 2.0 * over[1], 2.0 * over[2]), (4.0 * quick, 2.0 * in_water, 2.0 * in_air), strict=True)
    )
    full_kw = 0.0
    for kw, most in kinds:
        full_kw += g["load"] * kw * min(rest, most)
        rest -= min(rest, most)
    if rest > 1e-9:
        return least
    mean = g["occupancy"] + (1 - g["occupancy"]) * IDLE_FRACTION
    power = (mean * full_kw + standing_kw) * USD_PER_KW_YEAR + (full_kw + standing_kw) * 12 * g["kva_usd_per_month"]
    pods = QUICK_PRICE * quick + FRUGAL_PRICE * (in_water + in_air)
    return pods + sum(money for money, _ in bought) + power


def compare(seed: int) -> None:
    """The optimum is the least of the list."""
    g = draw(seed)
    least = min(usd(g, *design) for design in product(range(5), range(9), range(9)))
    assert is_close(best(solve(changes(g))), lcoc(least, g["pflops"] * g["occupancy"]))


@pytest.mark.parametrize("seed", SOONER)
def test_no_design_of_a_small_instance_is_better(seed: int) -> None:
    compare(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", LATER)
def test_no_design_of_any_small_instance_is_better(seed: int) -> None:
    compare(seed)
