"""Refresh against every plan, phase by phase: what stands, by kind and age, is a state; what comes and goes, a step.

Pods of minimal.toml with prices, values by age, upkeep and failures at random, on a floor for three. The cost of a
step is worked out here, from section 2 of the contract alone; the cheapest path is found by looking at all of them.
"""

from __future__ import annotations

import itertools
from datetime import date
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import Options, run
from tests.laws.denials import assert_not_denied
from tests.tiny import tiny

HERE = Path(__file__).parent
NAMES = ("quick", "frugal")
PHASES = ("a", "b", "c")
STARTS = (date(2027, 1, 1), date(2031, 1, 1), date(2035, 1, 1))
YEARS = 4
"""Of a phase: 1,461 days, so that ages are whole."""
OLD = -1
"""Place in time of the pods that are there: a phase before the first."""
KW_USD = 1.05 * 8760 * 0.10
"""Energy of one kW at work all year, pumps included."""
FLOOR = 3

Standing = tuple[tuple[str, int, int], ...]
"""Kind, phase of delivery, pods: sorted, none of zero pods."""


class Drawn:
    """A random instance, and its cheapest plan."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        each = dict.fromkeys(NAMES, rng)
        self.usd = {name: int(r.integers(60, 220)) * 1000 for name, r in each.items()}
        self.kw = {name: float(r.integers(3, 12)) for name, r in each.items()}
        self.pflops = {name: float(r.choice([1.0, 2.0, 4.0])) for name, r in each.items()}
        self.life = {name: int(r.choice([4, 8])) for name, r in each.items()}
        self.longest = {name: self.life[name] + 4 * int(r.integers(0, 2)) for name, r in each.items()}
        self.upkeep = {name: float(r.choice([0.0, 0.02, 0.05])) for name, r in each.items()}
        self.rise = {name: float(r.choice([0.0, 0.02, 0.1])) for name, r in each.items()}
        self.failing = {name: float(r.choice([0.0, 0.05, 0.2])) for name, r in each.items()}
        self.removal = {name: int(r.choice([0, 1_000])) for name, r in each.items()}
        self.trend = {name: float(r.choice([0.0, -0.1])) for name, r in each.items()}
        worth = {name: np.sort(r.uniform(0.0, 0.9, 3))[::-1] for name, r in each.items()}
        self.worth = {name: tuple(worth[name]) if rng.random() < 0.7 else () for name in NAMES}
        """At 4, 8 and 12 years; not stated: nothing when retired, a straight line at the end."""
        self.late = int(rng.integers(0, 3))
        """The phase from which frugal pods are on sale."""
        self.old = int(rng.integers(0, 3))
        self.rate = float(rng.choice([0.0, 0.05]))
        self.insurance = float(rng.choice([0.0, 0.01]))
        self.rack_usd = int(rng.choice([0, 10_000]))
        self.refresh = bool(rng.random() < 0.85)
        self.target = [float(rng.choice([0.0, 2.0, 4.0, 5.0, 7.0])) for _ in PHASES]
        if not any(self.target):
            self.target[0] = 2.0
        self.grid_mw = float(rng.choice([0.012, 0.02, 0.5]))

    def changes(self) -> dict[str, Any]:
        phases = {
            p: {"start": day, "years": float(YEARS), "target_pflops": asked}
            for p, day, asked in zip(PHASES, STARTS, self.target, strict=True)
        }
        changes: dict[str, Any] = {
            "phases": phases,
            "planning_date": date(2026, 1, 1),
            "finance": {"discount_rate": self.rate, "basis": "real", "price_year": 2026, "base_date": STARTS[0]},
            "finance.insurance_fraction": self.insurance,
            "procurement.refresh": self.refresh,
            "sites.paper.grid_mw": self.grid_mw,
            "sites.paper.building.white_space_m2": 3.0 * FLOOR,
            "coolings.warm_water.usd_per_rack": self.rack_usd,
            "accelerators.frugal.launch": STARTS[self.late],
        }
        for name in NAMES:
            row: dict[str, Any] = {
                "price_usd": self.usd[name] // 8,
                "price_trend_fraction": self.trend[name],
                "server_rest_usd": 0,
                "server_kw": self.kw[name],
                "utilisation": {"training": self.pflops[name] / 8},
                "life_years": float(self.life[name]),
                "life_max_years": float(self.longest[name]),
                "maintenance_fraction": self.upkeep[name],
                "removal_usd": self.removal[name],
                "ageing": {
                    "maintenance_fraction_per_year": self.rise[name],
                    "failed_fraction_per_year": self.failing[name],
                },
                "resale": [
                    {"years": years, "fraction": worth}
                    for years, worth in zip((4.0, 8.0, 12.0), self.worth[name], strict=False)
                ],
            }
            changes |= {f"accelerators.{name}.{key}": value for key, value in row.items()}
        if self.old:
            old = {"accelerator": "quick", "cooling": "warm_water", "pods": self.old, "commissioned": date(2023, 1, 1)}
            changes["sites.paper.existing_pods"] = [old]
        return changes

    def price_usd(self, name: str, q: int) -> float:
        """Of a pod without its rack; existing ones are worth what they cost at the planning date."""
        if q == OLD:
            return float(self.usd[name])
        return float(self.usd[name] * (1 + self.trend[name]) ** ((STARTS[q] - date(2026, 1, 1)).days / 365.25))

    def lasts(self, name: str) -> int:
        """Years in service."""
        return self.longest[name] if self.refresh else self.life[name]

    def beyond(self, name: str, q: int, p: int) -> float:
        """Years beyond the life on the mean of a phase: lives are whole phases, so all of it is, or nothing."""
        age = YEARS * (p - q)
        return (
            age - self.life[name] + YEARS / 2 if self.lasts(name) > self.life[name] and age >= self.life[name] else 0.0
        )

    def at(self, p: int) -> float:
        """Weight of a payment on the first day of a phase."""
        return float((1 + self.rate) ** (-YEARS * p))

    def through(self, p: int) -> float:
        """Weight of a payment per year of a phase."""
        if not self.rate:
            return float(YEARS)
        return float((self.at(p) - self.at(p + 1)) / np.log1p(self.rate))

    def fetched(self, name: str, q: int, p: int) -> float:
        """What a pod fetches at the start of a phase, by its age, less its removal."""
        worth = self.worth[name][(p - q) - 1] if self.worth[name] else 0.0
        return worth * self.price_usd(name, q) - 8 * self.removal[name]

    def gone(self, name: str, q: int, p: int, by_age: bool) -> float:
        """Cost of a pod that leaves at the start of a phase. Existing ones that reach the end fetch nothing."""
        earned = self.fetched(name, q, p)
        if by_age and q == OLD:
            earned = -8.0 * self.removal[name]
        return -earned * self.at(p)

    def left(self, name: str, q: int) -> float:
        """Worth of a pod that is there at the end."""
        racks = 0 if q == OLD else self.rack_usd * max(0.0, 1 - YEARS * (len(PHASES) - q) / self.life[name])
        if self.worth[name]:
            age = len(PHASES) - q
            own = self.worth[name][min(age, 3) - 1] * self.price_usd(name, q)
        elif q == OLD:
            own = 0.0
        else:
            own = self.price_usd(name, q) * max(0.0, 1 - YEARS * (len(PHASES) - q) / self.life[name])
        return own + racks

    def run_usd(self, standing: Standing, p: int) -> float:
        """Cost per year of what stands in a phase; inf if it cannot do what is asked."""
        usd, able = 0.0, dict.fromkeys(NAMES, 0.0)
        for name, q, pods in standing:
            beyond, price = self.beyond(name, q, p), self.price_usd(name, q)
            usd += pods * (self.upkeep[name] + self.rise[name] * beyond) * price
            usd += 0.0 if q == OLD else pods * self.insurance * (price + self.rack_usd)
            able[name] += pods * max(0.0, 1 - self.failing[name] * beyond)
        asked, kw = self.target[p], 0.0
        for name in sorted(NAMES, key=lambda name: self.kw[name] / self.pflops[name]):
            working = min(able[name], asked / self.pflops[name])
            asked -= working * self.pflops[name]
            kw += working * self.kw[name]
        if asked > 1e-9 or 1.05 * kw > 1000 * self.grid_mw * (1 + 1e-9):
            return inf
        return usd + kw * KW_USD

    def best_usd(self) -> float:
        """Least whole-life cost in USD; inf if there is no plan."""

        @cache
        def onward(standing: Standing, p: int) -> float:
            """From the start of a phase, with what stood in the one before."""
            if p == len(PHASES):
                return sum(-pods * self.left(name, q) for name, q, pods in standing) * self.at(p)
            aged = [lot for lot in standing if YEARS * (p + 1 - lot[1]) > self.lasts(lot[0])]
            usd = sum(pods * self.gone(name, q, p, True) for name, q, pods in aged)
            kept = [lot for lot in standing if lot not in aged]
            return usd + min(
                (self._step(lots, kept, p) + onward(lots, p + 1) for lots in self._next(kept, p)), default=inf
            )

        start: Standing = (("quick", OLD, self.old),) if self.old else ()
        if self.old and self.lasts("quick") < YEARS * 2:
            start = ()  # Past its time before the plan begins: none of the plan's.
        return onward(start, 0)

    def _next(self, kept: list[tuple[str, int, int]], p: int) -> list[Standing]:
        """What may stand in a phase: what is kept of what was there, and what is bought."""
        stays = [range(pods + 1) if self.refresh or q == OLD else (pods,) for _, q, pods in kept]
        bought = [range(FLOOR + 1) if name == "quick" or p >= self.late else (0,) for name in NAMES]
        found = []
        for old in itertools.product(*stays):
            room = FLOOR - sum(old)
            for new in itertools.product(*bought) if room >= 0 else ():
                if sum(new) <= room:
                    lots = [(name, q, pods) for (name, q, _), pods in zip(kept, old, strict=True) if pods]
                    lots += [(name, p, pods) for name, pods in zip(NAMES, new, strict=True) if pods]
                    found.append(tuple(lots))
        return found

    def _step(self, lots: Standing, kept: list[tuple[str, int, int]], p: int) -> float:
        """What is bought and retired in a phase, and what it costs to run it."""
        there = {(name, q): pods for name, q, pods in lots}
        usd = sum(pods * (self.price_usd(name, q) + self.rack_usd) * self.at(p) for name, q, pods in lots if q == p)
        usd += sum((pods - there.get((name, q), 0)) * self.gone(name, q, p, False) for name, q, pods in kept)
        return usd + self.run_usd(lots, p) * self.through(p)


def agree(seed: int) -> tuple[bool, bool]:
    """Whether the two find the same least cost; there is a design, and something bought is retired in it."""
    drawn = Drawn(seed)
    result = run(tiny(drawn.changes()), HERE, Options(objective="total_cost", gap=1e-8, isolated=False))
    best = drawn.best_usd()
    if best == inf:
        assert result.status is Status.INFEASIBLE
        return False, False
    assert_not_denied(result)
    assert result.design is not None
    assert result.design.solve is not None
    assert result.design.solve.value * 1e6 == pytest.approx(best, rel=1e-6, abs=0.5)
    return True, any(row.bought for row in result.design.decisions.retirements)


def test_no_plan_is_cheaper_than_the_one_found() -> None:
    """And the instances are no easy ones: most have a plan, and pods that were bought leave early in some."""
    found = [agree(seed) for seed in range(24)]
    assert sum(solved for solved, _ in found) >= 10
    assert sum(retires for _, retires in found) >= 3


@pytest.mark.long
@pytest.mark.parametrize("first", range(100, 300, 40))
def test_no_plan_is_cheaper_on_many_more_instances(first: int) -> None:
    for seed in range(first, first + 40):
        agree(seed)
