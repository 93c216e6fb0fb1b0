"""Demand response and prices by the hour: every number of units is tried, each with a day as a linear programme."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from optimizer.pipeline import Options, run
from tests.crosscheck.test_generation_brute_force import EFLOP, FULL_SUN, LOAD_MW, POD_MUSD
from tests.crosscheck.test_generation_brute_force import dice as generation_dice
from tests.laws.denials import assert_not_denied
from tests.tiny import tiny

HERE = Path(__file__).parent
DAYS = 365


def dice(seed: int) -> tuple[dict[str, Any], np.ndarray]:
    """The site with engines and photovoltaics, a programme for load that is dropped, and a price of each hour."""
    rng = np.random.default_rng(40_000 + seed)
    first = int(rng.integers(0, 20))
    window = {"label": "called", "from_hour": first, "to_hour": first + int(rng.integers(1, 5))}
    price = np.round(rng.uniform(0.02, 0.30, 24), 6)
    programme = {
        "usd_per_mw_year": float(rng.choice([10.0, 5_000.0, 60_000.0])),
        "max_mw": float(rng.choice([0.02, 0.2])),
        "windows": [window],
    }
    given = generation_dice(seed) | {"sites.paper.grid_mw": 0.12, "sites.paper.demand_response": programme}
    return given | {"sites.paper.grid_series": [{"path": "grid.csv"}]}, price


def write(folder: Path, price: np.ndarray) -> None:
    """A year of days alike."""
    rows = "\n".join(f"{value:.6f}" for value in np.tile(price, DAYS))
    (folder / "grid.csv").write_text(f"price_per_kwh\n{rows}\n", encoding="utf-8")


def by_hand(given: dict[str, Any], price: np.ndarray) -> float:
    """Least levelised cost over all numbers of units; of each, enrolled or not."""
    engine, sun = given["generation.engine"], given["generation.sun"]
    row, rule = given["sites.paper.generation"][0], given["sites.paper.demand_response"]
    carbon_usd = given["sites.paper.carbon_price_usd_per_t"] * engine["carbon_kg_per_mwh"] / 1000
    usd_per_mwh = 8 * row["fuel_usd_per_gj"] + engine["running_usd_per_mwh"] + carbon_usd
    window, hour = rule["windows"][0], np.arange(24)
    called = np.flatnonzero((window["from_hour"] <= hour) & (hour < window["to_hour"]))
    best = np.inf
    for engines, panels in product(range(engine["max_units"] + 1), range(sun["max_units"] + 1)):
        if 10 * engines + 30 * panels > given["sites.paper.generation_m2"]:
            continue
        power_mw = engine["unit_mw"] * max(0, engines - row["spare_units"])
        rest = np.maximum(0.0, LOAD_MW - np.where(np.isin(hour, FULL_SUN), panels * sun["unit_mw"], 0.0))
        # Columns: what the engines give in each hour, and what is enrolled: no more than they give beyond their mean.
        cost = np.append(DAYS * (usd_per_mwh - 1000 * price), -rule["usd_per_mw_year"])
        drop = np.array([np.append(np.full(24, 1 / 24) - (hour == t), 1.0) for t in called])
        bounds = [*((0.0, min(power_mw, mw)) for mw in rest), (0.0, min(rule["max_mw"], 0.12))]
        units_usd = engines * engine["usd_per_unit"] + panels * sun["usd_per_unit"]
        for enrols in (True, False):
            most = bounds if enrols else [*bounds[:-1], (0.0, 0.0)]
            found = linprog(
                cost, drop if enrols else None, np.zeros(len(called)) if enrols else None, bounds=most, method="highs"
            )
            assert found.status == 0
            best = min(best, units_usd + found.fun + DAYS * 1000 * float(price @ rest))
    return float((POD_MUSD * 1e6 + best) / EFLOP)


def agrees(seed: int, folder: Path) -> bool:
    """The design is the one by hand, and the audit accepts it; whether anything is enrolled."""
    given, price = dice(seed)
    write(folder, price)
    result = run(tiny(given), folder, Options(gap=1e-7, isolated=False))
    assert_not_denied(result)
    assert result.verified
    assert result.design is not None
    assert result.design.solve is not None
    assert result.design.reported is not None
    assert result.design.solve.value == pytest.approx(by_hand(given, price), rel=1e-6)
    return result.design.reported.kpis["demand_response_mw"] > 1e-6


def test_what_is_enrolled_is_that_by_hand(tmp_path: Path) -> None:
    assert 1 <= sum(agrees(seed, tmp_path) for seed in range(5)) < 5


@pytest.mark.long
def test_what_is_enrolled_is_that_by_hand_many_times(tmp_path: Path) -> None:
    assert 4 <= sum(agrees(seed, tmp_path) for seed in range(200, 220)) < 20
