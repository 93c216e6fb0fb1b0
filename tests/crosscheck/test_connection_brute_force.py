"""Units beside a connection that is called back, by hand: every number of each is tried, surplus is sold hourly."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import Options, run
from tests.crosscheck.test_generation_brute_force import EFLOP, FULL_SUN, LOAD_MW, POD_MUSD
from tests.crosscheck.test_generation_brute_force import dice as generation_dice
from tests.laws.denials import assert_not_denied
from tests.tiny import tiny

HERE = Path(__file__).parent


def dice(seed: int) -> dict[str, Any]:
    """The site of the other test, with hours called back in a window and a price for surplus."""
    rng = np.random.default_rng(10_000 + seed)
    given = generation_dice(seed)
    cheapest = min(row["price_per_kwh"] for row in given["tariffs.flat.energy"])
    first = int(rng.integers(0, 22))
    window = {"label": "called", "from_hour": first, "to_hour": first + int(rng.integers(1, 3))}
    given["generation.sun"]["unit_mw"] *= float(rng.choice([1.0, 4.0]))
    return given | {
        "sites.paper.grid_mw": float(rng.choice([0.08, 0.12, 0.2])),
        "sites.paper.flexible_connection": {"firm_mw": float(rng.choice([0.0, 0.05, 0.075])), "windows": [window]},
        "sites.paper.export_price_per_kwh": float(rng.uniform(0.0, 1.0)) * cheapest,
        "sites.paper.export_max_mw": float(rng.choice([0.02, 1.0])),
    }


def by_hand(given: dict[str, Any]) -> float | None:
    """Least levelised cost over all numbers of units; None if none of them carries the load."""
    engine, sun = given["generation.engine"], given["generation.sun"]
    row, window = given["sites.paper.generation"][0], given["sites.paper.flexible_connection"]["windows"][0]
    carbon_usd = given["sites.paper.carbon_price_usd_per_t"] * engine["carbon_kg_per_mwh"] / 1000
    usd_per_mwh = 8 * row["fuel_usd_per_gj"] + engine["running_usd_per_mwh"] + carbon_usd
    day, night = (1000 * row["price_per_kwh"] for row in given["tariffs.flat.energy"][:2])
    sold, grid_mw = 1000 * given["sites.paper.export_price_per_kwh"], given["sites.paper.grid_mw"]
    best = None
    for engines, panels in product(range(engine["max_units"] + 1), range(sun["max_units"] + 1)):
        if 10 * engines + 30 * panels > given["sites.paper.generation_m2"]:
            continue
        power_mw = engine["unit_mw"] * max(0, engines - row["spare_units"])
        usd = engines * engine["usd_per_unit"] + panels * sun["usd_per_unit"]
        for hour in range(24):
            sun_mw = panels * sun["unit_mw"] if hour in FULL_SUN else 0.0
            rest, surplus = max(0.0, LOAD_MW - sun_mw), max(0.0, sun_mw - LOAD_MW)
            price = day if 8 <= hour < 20 else night
            called = window["from_hour"] <= hour < window["to_hour"]
            limit = min(grid_mw, given["sites.paper.flexible_connection"]["firm_mw"]) if called else grid_mw
            needed = max(0.0, rest - limit)
            fed = min(rest, power_mw) if usd_per_mwh < price else needed
            most = min(grid_mw, given["sites.paper.export_max_mw"])
            free = min(surplus, most)
            burnt = min(power_mw - fed, most - free) if usd_per_mwh < sold and fed == rest else 0.0
            hourly = fed * usd_per_mwh + (rest - fed) * price + burnt * (usd_per_mwh - sold) - free * sold
            usd += hourly * 365 if needed <= power_mw + 1e-12 else np.inf
        lcoc = (POD_MUSD * 1e6 + usd) / EFLOP
        best = lcoc if np.isfinite(lcoc) and (best is None or lcoc < best) else best
    return best


def compared(seed: int) -> bool:
    """Whether there is a design; it is the one by hand, and the audit accepts it."""
    given = dice(seed)
    paper, result = by_hand(given), run(tiny(given), HERE, Options(gap=1e-7, isolated=False))
    if paper is None:
        assert result.status is Status.INFEASIBLE
        return False
    assert_not_denied(result)
    assert result.verified
    assert result.design is not None
    assert result.design.solve is not None
    assert result.design.solve.value == pytest.approx(paper, rel=1e-6)
    return True


def test_units_are_those_by_hand() -> None:
    assert 4 <= sum(compared(seed) for seed in range(10)) < 10


@pytest.mark.long
def test_units_are_those_by_hand_many_times() -> None:
    assert 20 <= sum(compared(seed) for seed in range(200, 230)) < 30
