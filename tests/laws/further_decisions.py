"""Random halls, facilities and grids by the hour for small random facilities, by dice of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.crosscheck.dice import Changes, Dice
from tests.hall_cases import CAREFUL, FIRM, PLAIN

SITE = "sites.paper"
FILE = "grid.csv"


def halls(dice: Dice, changes: Changes) -> Changes:
    """Two classes of hall, with generators only where the site has sets; sometimes work that asks for the better."""
    backed = f"{SITE}.backup" in changes
    plain = {**PLAIN, "loss_fraction": dice.one_of((0.0, 0.02)), "space_factor": dice.one_of((1.0, 1.2))}
    firm = {
        **FIRM,
        "ups_redundancy_fraction": dice.one_of((0.2, 1.0)),
        "generator_fraction": dice.one_of((0.0, 0.5, 1.0)) if backed else 0.0,
    }
    found: Changes = {"halls.plain": plain, "halls.firm": firm}
    found[f"{SITE}.halls"] = dice.one_of((["plain", "firm"], ["firm"], ["firm", "plain"], ["plain"]))
    if "firm" in found[f"{SITE}.halls"] and dice.chance(0.5):
        phase = dice.one_of(tuple(changes["phases"]))
        found["workloads.careful"] = {**CAREFUL, "floor_pflops": {phase: dice.one_of((1.0, 3.0))}}
    return found


def facility(dice: Dice) -> Changes:
    """A facility with distribution by the MW, and design and contingency on top."""
    item = {"usd_per_mw": 1e5 * dice.whole(0, 5), "life_years": dice.one_of((1.0, 10.0)), "maintenance_fraction": 0.01}
    hall = {"name": "Hall", "lv_distribution": item, "life_years": 20.0}
    hall |= {"design_fraction": dice.one_of((0.0, 0.1)), "contingency_fraction": dice.one_of((0.0, 0.05))}
    hall["house_load_fraction"] = dice.one_of((0.0, 0.01))
    return {f"{SITE}.facility": "hall", "facilities.hall": hall}


def connection(dice: Dice, changes: Changes, grid_mw: float) -> Changes:
    """A connection that is called back, demand response, surplus sold, a cap of carbon."""
    first = dice.whole(0, 20)
    windows = [{"label": "called", "from_hour": first, "to_hour": first + dice.whole(1, 4)}]
    hours = {"hours_per_year": dice.one_of((100.0, 300.0)), "called": dice.one_of(("hottest", "coldest", "dearest"))}
    found: Changes = {}
    if dice.chance(0.6):
        firm: Changes = {"firm_mw": grid_mw * dice.one_of((0.0, 0.3, 0.8)), "windows": windows}
        if len(changes["phases"]) > 1 and dice.chance(0.5):
            firm["firm_stages"] = [{"from_phase": "b", "mw": grid_mw}]
        found[f"{SITE}.flexible_connection"] = firm | (hours if dice.chance(0.7) else {})
    if dice.chance(0.5):
        paid = {"usd_per_mw_year": 1000.0 * dice.whole(0, 80), "max_mw": dice.one_of((0.002, 0.03)), "windows": windows}
        found[f"{SITE}.demand_response"] = paid | (hours if dice.chance(0.7) else {})
    if dice.chance(0.3):
        found[f"{SITE}.carbon_t_per_year"] = 100.0 * dice.whole(1, 5)
    return found


def series(dice: Dice, folder: Path) -> Changes:
    """A file with a year of prices, carbon and limits of import, two or one of them."""
    told = {
        "price_per_kwh": dice.rng.uniform(0.02, 0.3, 24),
        "carbon_kg_per_kwh": dice.rng.uniform(0.1, 0.8, 24),
        "import_limit_mw": np.where(np.arange(24) == dice.whole(0, 23), dice.one_of((0.0, 0.01)), 0.1),
    }
    chosen = [name for name in told if dice.chance(0.6)] or ["price_per_kwh"]
    days = np.tile(np.round(np.array([told[name] for name in chosen]).T, 5), (365, 1))
    lines = [",".join(chosen), *(",".join(str(x) for x in row) for row in days)]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {f"{SITE}.grid_series": [{"path": FILE}]}


def decided_further(seed: int, changes: Changes, folder: Path) -> Changes:
    """Some of all these, by seed."""
    dice = Dice(9000 + seed)
    found: Changes = {}
    if dice.chance(0.5):
        found |= facility(dice)
    if dice.chance(0.5):
        found |= halls(dice, changes)
    if dice.chance(0.6):
        found |= connection(dice, changes, changes[f"{SITE}.grid_mw"])
    if dice.chance(0.3):
        found |= series(dice, folder)
    return found
