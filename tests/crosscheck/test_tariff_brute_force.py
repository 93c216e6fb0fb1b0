"""Steps of a tariff by hand: the assignment of pods to two classes at every corner, a year of blocks hour by hour."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from optimizer.inputs.design import Status
from optimizer.pipeline import Options, run
from tests.crosscheck.test_generation_brute_force import EFLOP, FULL_SUN, LOAD_MW, POD_MUSD
from tests.crosscheck.test_generation_brute_force import dice as generation_dice
from tests.laws.denials import assert_not_denied
from tests.tiny import tiny

HERE = Path(__file__).parent
POD_KW, POD_PFLOPS = 10.5, 4.0
HOURS = np.array([24.0 * days for days in (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)])
REACHED = 1 - 1e-6


def two_classes(seed: int) -> dict[str, Any]:
    """A site of which one class is quieter at night, with rebates to be earned and blocks of energy."""
    rng = np.random.default_rng(20_000 + seed)
    price, fewest = float(rng.uniform(0.08, 0.2)), int(rng.integers(3, 9))
    steps = np.sort(rng.uniform(20_000, 80_000, 2))
    rise = np.sort(rng.uniform(0.0, 0.08, 2))
    hours = np.sort(rng.uniform(380, 680, 2))
    given: dict[str, Any] = {
        "procurement.include": ["quick"],
        "accelerators.quick.price_usd": float(rng.choice([5.0, 500.0, 25_000.0])),
        "sites.paper.auxiliary_mw": float(rng.choice([0.0, 0.005])),
        "sites.paper.grid_mw": 0.12,
        "phases.only.target_pflops": POD_PFLOPS * (fewest - 0.5),
        "phases.only.demand_pflops": POD_PFLOPS * (fewest - 0.5),
        "workloads.training.daily_profile": [1.0] * 12 + [float(rng.uniform(0.2, 0.7))] * 12,
        "workloads.training.floor_pflops": {"only": POD_PFLOPS * fewest * float(rng.uniform(0.3, 0.8))},
        "workloads.flat": {
            "kind": "throughput",
            "workload_class": "training",
            "precisions": ["bf16"],
            "job_accelerators": 1,
        },
        "tariffs.flat.energy": [{"label": "all", "price_per_kwh": price}],
        "tariffs.flat.demand_per_kva_month": float(rng.choice([0.0, 8.0])),
        "tariffs.flat.load_factor_rebates": [
            {"from_hours": float(hours[0]), "per_kwh": 0.2 * price},
            {"from_hours": float(hours[1]), "per_kwh": 0.8 * price},
        ],
        "tariffs.flat.load_factor_eligible_hours": float(rng.uniform(450, 720)),
    }
    if rng.random() < 0.7:
        given["tariffs.flat.energy_blocks"] = [
            {"from_kwh": float(kwh), "surcharge_per_kwh": float(usd)} for kwh, usd in zip(steps, rise, strict=True)
        ]
    return given


class TwoClasses:
    """A year of x pods of the class that is quieter at night and y of the other, in kWh, kVA and US dollars."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.night = given["workloads.training.daily_profile"][-1]
        self.standing_kw = 1000 * given["sites.paper.auxiliary_mw"]
        self.price = given["tariffs.flat.energy"][0]["price_per_kwh"]
        self.rebates = [(row["from_hours"], row["per_kwh"]) for row in given["tariffs.flat.load_factor_rebates"]]
        self.blocks = [
            (row["from_kwh"], row["surcharge_per_kwh"]) for row in given.get("tariffs.flat.energy_blocks", [])
        ]
        self.least = given["tariffs.flat.load_factor_eligible_hours"]

    def month(self, hours: float) -> tuple[np.ndarray, np.ndarray]:
        """Energy and demand of a month as (per x, per y, at rest)."""
        mean = (1 + self.night) / 2
        return (
            hours * np.array([POD_KW * mean, POD_KW, self.standing_kw]),
            np.array([POD_KW, POD_KW, self.standing_kw]),
        )

    def usd(self, x: float, y: float) -> float:
        """The bill."""
        at, total, months = np.array([x, y, 1.0]), 0.0, [self.month(hours) for hours in HOURS]
        energy, demand = (np.array([row[part] @ at for row in months]) for part in (0, 1))
        eligible = energy.sum() >= self.least * demand.sum() * REACHED
        total = self.price * energy.sum() + self.given["tariffs.flat.demand_per_kva_month"] * demand.sum()
        for rows, base, sign in ((self.rebates, demand, -1.0 if eligible else 0.0), (self.blocks, 1.0, 1.0)):
            before = 0.0
            for threshold, usd in rows:
                total += sign * (usd - before) * np.maximum(0.0, energy - threshold * base).sum()
                before = usd
        return float(total)

    def lines(self) -> list[np.ndarray]:
        """Where the bill bends or jumps: (a, b, c) with a x + b y + c = 0."""
        months = [self.month(hours) for hours in sorted(set(HOURS))]
        bends = [energy - hours * demand for energy, demand in months for hours, _ in self.rebates]
        bends += [energy - np.array([0, 0, kwh]) for energy, _ in months for kwh, _ in self.blocks]
        year = [self.month(hours) for hours in HOURS]
        reach = sum(energy for energy, _ in year) - self.least * sum(demand for _, demand in year)
        return [*bends, reach]

    def least_lcoc(self) -> float | None:
        """Least levelised cost over all numbers of pods and all corners of what they may do."""
        target, best = self.given["phases.only.target_pflops"] / POD_PFLOPS, None
        floor = self.given["workloads.training.floor_pflops"]["only"] / POD_PFLOPS
        most = (1000 * self.given["sites.paper.grid_mw"] - self.standing_kw) / POD_KW
        pod_usd = 8 * self.given["accelerators.quick.price_usd"] + 40_000
        for pods in range(int(np.ceil(target)), 11):
            edges = [np.array(row) for row in ((1, 0, -floor), (0, 1, 0), (1, 1, -target), (-1, -1, min(pods, most)))]
            for one, other in combinations([*edges, *self.lines()], 2):
                matrix = np.array([one[:2], other[:2]], dtype=float)
                if abs(np.linalg.det(matrix / np.abs(matrix).max(axis=1, keepdims=True).clip(1e-300))) < 1e-9:
                    continue
                x, y = np.linalg.solve(matrix, -np.array([one[2], other[2]], dtype=float))
                if all(edge @ (x, y, 1.0) >= -1e-9 for edge in edges):
                    usd = pods * pod_usd + self.usd(x, y)
                    best = usd if best is None else min(best, usd)
        return None if best is None else best / (self.given["phases.only.target_pflops"] * 31_536)


def agrees(given: dict[str, Any], paper: float | None) -> bool:
    """Whether there is a design; it is the one by hand, and the audit accepts it."""
    result = run(tiny(given), HERE, Options(gap=1e-7, isolated=False))
    if paper is None:
        assert result.status is Status.INFEASIBLE
        return False
    assert_not_denied(result)
    assert result.verified
    assert result.design is not None
    assert result.design.solve is not None
    assert result.design.solve.value == pytest.approx(paper, rel=1e-6)
    return True


def classes_agree(seed: int) -> bool:
    given = two_classes(seed)
    return agrees(given, TwoClasses(given).least_lcoc())


def year_of_blocks(seed: int) -> dict[str, Any]:
    """The site with engines and photovoltaics, with two blocks of energy; each month has 730 hours."""
    rng = np.random.default_rng(30_000 + seed)
    steps, rise = np.sort(rng.uniform(5_000, 80_000, 2)), np.sort(rng.uniform(0.0, 0.15, 2))
    return generation_dice(seed) | {
        "sites.paper.grid_mw": float(rng.choice([0.06, 0.12])),
        "tariffs.flat.energy_blocks": [
            {"from_kwh": float(kwh), "surcharge_per_kwh": float(usd)} for kwh, usd in zip(steps, rise, strict=True)
        ],
    }


def year_by_hand(given: dict[str, Any]) -> float | None:
    """Least levelised cost over all numbers of units, the day of each a linear programme; None if none will do."""
    engine, sun = given["generation.engine"], given["generation.sun"]
    row, best = given["sites.paper.generation"][0], None
    carbon_usd = given["sites.paper.carbon_price_usd_per_t"] * engine["carbon_kg_per_mwh"] / 1000
    usd_per_mwh = 8 * row["fuel_usd_per_gj"] + engine["running_usd_per_mwh"] + carbon_usd
    day, night = (1000 * told["price_per_kwh"] for told in given["tariffs.flat.energy"][:2])
    price = np.where((np.arange(24) >= 8) & (np.arange(24) < 20), day, night)
    steps = [(told["from_kwh"] / 1000 * 12 / 365, 1000 * told["surcharge_per_kwh"]) for told in _blocks(given)]
    rises = np.diff([0.0, *(usd for _, usd in steps)])
    for engines, panels in product(range(engine["max_units"] + 1), range(sun["max_units"] + 1)):
        if 10 * engines + 30 * panels > given["sites.paper.generation_m2"]:
            continue
        power_mw = engine["unit_mw"] * max(0, engines - row["spare_units"])
        sunny = np.isin(np.arange(24), FULL_SUN)
        rest = np.maximum(0.0, LOAD_MW - np.where(sunny, panels * sun["unit_mw"], 0.0))
        # Columns: import of each hour; beyond each block. The engine gives the rest.
        cost = np.concatenate([price - usd_per_mwh, rises])
        beyond = np.hstack([np.ones((2, 24)), -np.eye(2)])
        low = np.maximum(0.0, rest - power_mw)
        high = np.minimum(rest, given["sites.paper.grid_mw"])
        if (low > high + 1e-12).any():
            continue
        bounds = [*zip(low, np.maximum(low, high), strict=True), (0, None), (0, None)]
        found = linprog(cost, beyond, [mwh for mwh, _ in steps], bounds=bounds, method="highs")
        assert found.status == 0
        usd = engines * engine["usd_per_unit"] + panels * sun["usd_per_unit"]
        usd += 365 * (found.fun + usd_per_mwh * rest.sum())
        lcoc = (POD_MUSD * 1e6 + usd) / EFLOP
        best = lcoc if best is None else min(best, lcoc)
    return best


def _blocks(given: dict[str, Any]) -> list[dict[str, float]]:
    return list(given["tariffs.flat.energy_blocks"])


def year_agrees(seed: int) -> bool:
    given = year_of_blocks(seed)
    return agrees(given, year_by_hand(given))


def test_classes_are_those_by_hand() -> None:
    assert sum(classes_agree(seed) for seed in range(8)) == 8


def test_the_random_tariffs_are_on_both_sides_of_what_they_ask_for() -> None:
    """Some years earn their rebates, some do not, and some would have to change to earn them."""
    paid = changed = 0
    for seed in range(16):
        year = TwoClasses(two_classes(seed))
        best = year.least_lcoc()
        assert best is not None
        year.least = 0.0
        free = year.least_lcoc()
        year.least = 1e4
        never = year.least_lcoc()
        assert free is not None
        assert never is not None
        assert free <= best <= never * (1 + 1e-12)
        paid += best < never * (1 - 1e-9)
        changed += free * (1 + 1e-9) < best < never * (1 - 1e-9)
    assert 4 <= paid < 16
    assert changed >= 2


def test_years_of_blocks_are_those_by_hand() -> None:
    assert sum(year_agrees(seed) for seed in range(8)) >= 4


@pytest.mark.long
def test_classes_are_those_by_hand_many_times() -> None:
    assert sum(classes_agree(seed) for seed in range(200, 230)) == 30


@pytest.mark.long
def test_years_of_blocks_are_those_by_hand_many_times() -> None:
    assert sum(year_agrees(seed) for seed in range(200, 220)) >= 10
