"""Rules of simple purchase against every choice of pods of three chips: same cost, same fewest kinds and lots.

Pods of minimal.toml with prices at random. What is bought costs its price; what works, its energy, so that the PFLOPS
asked for are done by the pods that draw least for them.
"""

from __future__ import annotations

from itertools import product
from math import ceil, inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.inputs.design import Status
from optimizer.model.figures import simplicity
from optimizer.pipeline import Options, run
from tests.tiny import tiny

HERE = Path(__file__).parent
NAMES = ("quick", "frugal", "third")
KW_USD = 1.05 * 8760 * 0.10
"""Energy of one kW at work all year, pumps included."""


class Drawn:
    """A random instance and every choice of pods that meets its target."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.server_usd = {name: int(rng.integers(60, 220)) * 1000 for name in NAMES}
        self.kw = {name: float(rng.integers(3, 12)) for name in NAMES}
        self.pflops = {name: float(rng.choice([1.0, 2.0, 4.0])) for name in NAMES}
        self.target = float(rng.integers(6, 15))
        self.max_kinds = int(rng.integers(1, 4))
        self.min_lot = int(rng.integers(1, 5))

    def changes(self) -> dict[str, Any]:
        third = tiny().accelerators["quick"].model_dump(exclude_none=True)
        changes: dict[str, Any] = {
            "accelerators.third": third,
            "procurement.include": list(NAMES),
            "phases.only.target_pflops": self.target,
        }
        for name in NAMES:
            row = {"price_usd": 0, "server_rest_usd": self.server_usd[name], "server_kw": self.kw[name]}
            row |= {"utilisation": {"training": self.pflops[name] / 8}}
            if name == "third":
                third.update(row)
            else:
                changes |= {f"accelerators.{name}.{key}": value for key, value in row.items()}
        return changes

    def energy_usd(self, pods: tuple[int, ...]) -> float:
        left, usd = self.target, 0.0
        for name in sorted(NAMES, key=lambda name: self.kw[name] / self.pflops[name]):
            done = min(left, pods[NAMES.index(name)] * self.pflops[name])
            left -= done
            usd += done / self.pflops[name] * self.kw[name] * KW_USD
        return usd

    def designs(self) -> list[tuple[float, tuple[int, ...]]]:
        most = [max(ceil(self.target / self.pflops[name]), self.min_lot) for name in NAMES]
        found = []
        for pods in product(*(range(n + 1) for n in most)):
            if sum(n * self.pflops[name] for n, name in zip(pods, NAMES, strict=True)) >= self.target - 1e-9:
                bought = sum(n * self.server_usd[name] for n, name in zip(pods, NAMES, strict=True))
                found.append((bought + self.energy_usd(pods), pods))
        return found


def kinds(pods: tuple[int, ...]) -> int:
    return sum(n > 0 for n in pods)


@pytest.mark.parametrize("seed", range(12))
def test_no_choice_of_pods_within_the_rules_is_cheaper(seed: int) -> None:
    drawn = Drawn(seed)
    rules = {"procurement.max_kinds": drawn.max_kinds, "procurement.min_lot": drawn.min_lot}
    best = min(
        (
            cost
            for cost, pods in drawn.designs()
            if kinds(pods) <= drawn.max_kinds and all(n == 0 or n >= drawn.min_lot for n in pods)
        ),
        default=inf,
    )
    result = run(tiny(drawn.changes() | rules), HERE, Options(objective="total_cost", gap=1e-8, isolated=False))
    assert result.status is Status.OPTIMAL
    assert result.verified
    assert result.design is not None
    assert result.design.solve is not None
    assert result.design.solve.value * 1e6 == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", range(20, 28))
def test_no_choice_of_pods_within_the_limit_is_simpler(seed: int) -> None:
    drawn = Drawn(seed)
    least = min(cost for cost, _ in drawn.designs())
    limit = least * 1.03
    fewest = min(kinds(pods) for cost, pods in drawn.designs() if cost <= limit)
    cheapest = min(cost for cost, pods in drawn.designs() if cost <= limit and kinds(pods) == fewest)
    changes = drawn.changes() | {"limits.total_cost_musd": limit / 1e6}
    result = run(tiny(changes), HERE, Options(objective="simplicity", gap=1e-8, isolated=False))
    assert result.verified
    assert result.design is not None
    assert result.design.reported is not None
    assert simplicity(result.design.decisions) == 1001 * fewest
    assert result.design.reported.npv_cost_musd * 1e6 == pytest.approx(cheapest, rel=1e-6)
