"""Small random instances with a facility and losses by loading: every number of pods and transformers is tried.

One phase of a year in which all that is bought dies, so nothing is left at the end. What works is known: a frugal pod
draws 2 kW per PFLOPS and a quick one 2.5, so frugal pods work first.
"""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from tests.hand.on_paper import FRUGAL_PRICE, QUICK_PRICE, best, is_close, lcoc, solve, target

USD_PER_KW_YEAR = 876.0


def draw(seed: int) -> dict[str, float]:
    """Prices and losses of an instance."""
    dice = random.Random(seed)
    return {
        "pflops": dice.choice([8.0, 9.0, 11.0, 14.0]),
        "busway_usd_per_mw": dice.choice([0.0, 4e5, 2e6, 6e6]),
        "controls_usd_per_mw": dice.choice([0.0, 3e5, 1e6]),
        "connection_usd": dice.choice([0.0, 20_000.0]),
        "design": dice.choice([0.0, 0.1]),
        "contingency": dice.choice([0.0, 0.075]),
        "house": dice.choice([0.0, 0.02]),
        "served_mw": dice.choice([0.0, 0.01]),
        "unit_usd": dice.choice([0.0, 200.0, 5_000.0]),
        "load_loss_kw": dice.choice([0.0, 300.0, 900.0]),
        "ups_usd_per_mw": dice.choice([0.0, 5e5]),
        "ups_idle": dice.choice([0.0, 0.01]),
        "ups_loss": dice.choice([0.0, 0.03]),
    }


def changes(g: dict[str, float]) -> dict[str, Any]:
    """The instance."""
    life = {"life_years": 1.0}
    return {
        **target(g["pflops"]),
        "sites.paper.facility": "hall",
        "sites.paper.existing_facility_mw": g["served_mw"],
        "facilities.hall": {
            "name": "Hall",
            "lv_distribution": {"usd_per_mw": g["busway_usd_per_mw"], **life},
            "controls": {"usd_per_mw": g["controls_usd_per_mw"], **life},
            "connection": {"usd_fixed": g["connection_usd"], **life},
            "design_fraction": g["design"],
            "contingency_fraction": g["contingency"],
            "house_load_fraction": g["house"],
            **life,
        },
        "transformers.ideal.load_loss_kw": g["load_loss_kw"],
        "transformers.ideal.usd_per_unit": g["unit_usd"],
        "transformers.ideal.max_units": 4,
        "transformers.ideal.life_years": 1.0,
        "upses.none.usd_per_mw": g["ups_usd_per_mw"],
        "upses.none.life_years": 1.0,
        "upses.none.no_load_loss_fraction": g["ups_idle"],
        "upses.none.loss_fraction": g["ups_loss"],
    }


def usd(g: dict[str, float], quick: int, frugal: int, units: int) -> float:
    """Cost of a design with so many pods and transformers; infinite if it does not do the work."""
    rest = g["pflops"] - 2.0 * frugal
    if rest > 4.0 * quick:
        return float("inf")
    work_kw = 2.0 * min(g["pflops"], 2.0 * frugal) + 2.5 * max(0.0, rest)
    installed_mw = (10.0 * quick + 4.0 * frugal) / 1000
    mean_kw = work_kw * (1.05 + g["ups_loss"] + g["house"]) + g["ups_idle"] * 1000 * installed_mw
    # Units of 500 kVA at a power factor of one.
    lost_kw = units * g["load_loss_kw"] * (mean_kw / (500.0 * units)) ** 2
    by_power = (g["busway_usd_per_mw"] + g["controls_usd_per_mw"]) * max(0.0, installed_mw - g["served_mw"])
    plant = by_power + g["connection_usd"] + units * g["unit_usd"] + g["ups_usd_per_mw"] * installed_mw
    facility = plant * (1 + g["design"]) * (1 + g["contingency"])
    return QUICK_PRICE * quick + FRUGAL_PRICE * frugal + facility + USD_PER_KW_YEAR * (mean_kw + lost_kw)


@pytest.mark.parametrize("seed", range(8))
def test_no_design_of_a_small_instance_is_better(seed: int) -> None:
    g = draw(seed)
    least = min(usd(g, *design) for design in product(range(5), range(9), (2, 3, 4)))
    assert is_close(best(solve(changes(g))), lcoc(least, g["pflops"]))
