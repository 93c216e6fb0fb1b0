"""Small random instances with halls: every number of pods by accelerator and hall is tried, priced on paper.

One phase of a year in which all that is bought dies. Work goes to the pods that draw least for it: first the class that
asks for availability, on halls that have it, then the rest on what is left. No code of the model or the audit is used.
"""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

import pytest

from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.model.objectives import GOALS
from optimizer.solve.search import Budget, compile_built, search
from tests.hall_cases import BACKUP, CAREFUL, SET
from tests.hand.on_paper import CLOSE, FRUGAL_PRICE, GAP, HERE, QUICK_PRICE, best, lcoc, solve, target
from tests.tiny import tiny

USD_PER_KW_YEAR = 876.0
PUMPS = 0.05
CHIPS = {"quick": (QUICK_PRICE, 10.0, 4.0, 3), "frugal": (FRUGAL_PRICE, 4.0, 2.0, 4)}
"""USD, kW and PFLOPS of a pod, and the most that are tried in a hall."""
LIFE = {"life_years": 1.0}


def draw(seed: int) -> dict[str, Any]:
    """Halls, prices and tasks of an instance."""
    dice = random.Random(seed)
    halls = {
        name: {
            "name": name,
            "ups_redundancy_fraction": dice.choice([0.0, 0.25, 1.0]),
            "distribution_redundancy_fraction": dice.choice([0.0, 0.5, 1.0]),
            "generator_fraction": dice.choice([0.0, 0.5, 1.0]),
            "loss_fraction": dice.choice([0.0, 0.01, 0.05]),
            "availability": dice.choice([0.8, 0.9, 0.95, 1.0]),
            "space_factor": dice.choice([1.0, 1.2]),
            **({"protected_fraction": dice.choice([0.0, 0.5])} if dice.random() < 0.4 else {}),
        }
        for name in ("one", "two")
    }
    pflops = dice.choice([5.0, 6.4, 7.2, 8.0])
    careful = dice.choice([0.0, 1.0, 2.0, 3.0])
    return {
        "halls": halls,
        "pflops": pflops,
        "careful": careful,
        "availability_min": min(dice.choice([0.9, 0.95]), max(hall["availability"] for hall in halls.values())),
        "ups_usd_per_mw": dice.choice([0.0, 1e6, 5e6]),
        "ups_loss": dice.choice([0.0, 0.03]),
        "ups_idle": dice.choice([0.0, 0.01]),
        "protected": dice.choice([0.5, 1.0]),
        "busway_usd_per_mw": dice.choice([0.0, 2e6]),
        "set_usd": dice.choice([1_000.0, 20_000.0]),
        "set_mw": dice.choice([0.008, 0.02]),
        "spare": dice.choice([0, 1]),
        "critical": dice.choice([0.3, 1.0]),
        "white_m2": dice.choice([10.0, 100.0, 100.0]),
    }


def changes(g: dict[str, Any]) -> dict[str, Any]:
    """The instance."""
    asks = {**CAREFUL, "availability_min": g["availability_min"], "floor_pflops": {"only": g["careful"]}}
    return {
        **target(g["pflops"]),
        **{f"halls.{name}": hall for name, hall in g["halls"].items()},
        "sites.paper.halls": list(g["halls"]),
        "sites.paper.building.white_space_m2": g["white_m2"],
        "sites.paper.facility": "hall",
        "facilities.hall": {"name": "Hall", "lv_distribution": {"usd_per_mw": g["busway_usd_per_mw"], **LIFE}, **LIFE},
        "upses.none.usd_per_mw": g["ups_usd_per_mw"],
        "upses.none.loss_fraction": g["ups_loss"],
        "upses.none.no_load_loss_fraction": g["ups_idle"],
        "upses.none.protected_fraction": g["protected"],
        "upses.none.life_years": 1.0,
        "generators.set": {**SET, "unit_mw": g["set_mw"], "usd_per_unit": g["set_usd"]},
        "sites.paper.backup": {**BACKUP, "critical_fraction": g["critical"], "spare_units": g["spare"]},
        **({"workloads.careful": asks} if g["careful"] else {}),
    }


def usd(g: dict[str, Any], pods: dict[tuple[str, str], int]) -> float:
    """Cost of so many pods by (accelerator, hall); infinite if they do not do the work, or have no room."""
    total = ups_mw = busway_mw = critical_mw = white = 0.0
    able: list[tuple[float, float, bool]] = []
    for (chip, name), count in pods.items():
        price, kw, pflops, _ = CHIPS[chip]
        hall = g["halls"][name]
        protected, installed_mw = hall.get("protected_fraction", g["protected"]), count * kw / 1000
        total += count * price
        ups_mw += protected * (1 + hall["ups_redundancy_fraction"]) * installed_mw
        busway_mw += (1 + hall["distribution_redundancy_fraction"]) * installed_mw
        critical_mw += g["critical"] * hall["generator_fraction"] * installed_mw
        white += 3.0 * count * hall["space_factor"]
        over = 1 + PUMPS + hall["loss_fraction"] + protected * g["ups_loss"]
        each = hall["availability"] * pflops
        able.append((USD_PER_KW_YEAR * kw * over / each, count * each, hall["availability"] >= g["availability_min"]))
    sets = math.ceil(critical_mw / g["set_mw"] - 1e-9) + g["spare"] if critical_mw else 0
    total += g["ups_usd_per_mw"] * ups_mw + g["busway_usd_per_mw"] * busway_mw + g["set_usd"] * sets
    energy = _energy_usd(sorted(able), g["careful"], g["pflops"])
    return total + energy + USD_PER_KW_YEAR * 1000 * g["ups_idle"] * ups_mw if white <= g["white_m2"] else math.inf


def _energy_usd(able: list[tuple[float, float, bool]], careful: float, pflops: float) -> float:
    """Least energy of the work, on pods by rising energy for a PFLOPS: (USD, PFLOPS, good enough for the class)."""
    left, cost = [row[1] for row in able], 0.0
    for asked, only_good in ((careful, True), (pflops - careful, False)):
        for at, (each, _, good) in enumerate(able):
            done = min(left[at], asked) if good or not only_good else 0.0
            left[at] -= done
            asked -= done
            cost += each * done
        if asked > 1e-9:
            return math.inf
    return cost


def least_usd(g: dict[str, Any]) -> float:
    """The best of all designs; infinite if there is none."""
    types = list(product(CHIPS, g["halls"]))
    counts = product(*(range(CHIPS[chip][3] + 1) for chip, _ in types))
    return min(usd(g, dict(zip(types, each, strict=True))) for each in counts)


def check(g: dict[str, Any], value: float | None) -> None:
    """Whether a search found the best of all designs, or rightly none."""
    paper = least_usd(g)
    assert (value is None) == math.isinf(paper)
    assert value is None or value == pytest.approx(lcoc(paper, g["pflops"]), rel=CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_no_design_with_halls_is_better(seed: int) -> None:
    """With the audit's word on the design."""
    g = {**draw(seed), "white_m2": 100.0}
    check(g, best(solve(changes(g))))


@pytest.mark.long
@pytest.mark.parametrize("batch", range(8))
def test_no_design_of_two_hundred_instances_is_better(batch: int) -> None:
    for seed in range(25 * batch, 25 * batch + 25):
        g = draw(seed)
        compiled = compile_built(build(derive(tiny(changes(g)), HERE)))[0]
        found = search(compiled, GOALS["lcoc"], Budget(gap=GAP, time_limit_s=60.0, seed=0, isolated=False))
        check(g, None if found.x is None else found.value)
