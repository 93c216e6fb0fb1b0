"""Fabrics chosen pod by pod: the optimiser against the list of all designs, a type for each fabric in it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from tests.crosscheck.dice import Dice
from tests.crosscheck.random_instances import random_changes
from tests.crosscheck.test_brute_force import compare, optimised
from tests.sampling import every
from tests.tiny import tiny

SEEDS = (300, 301, 302, 303, 305, 306, 307, 308, 311, 312, 317, 320, 324, 329, 332, 339, 341)
"""Of the first forty or so, those with few enough designs to list."""
SITE = "paper"


def with_fabrics(seed: int) -> Instance:
    """A random instance whose pods are on one of two or three fabrics, some of them for some chips only."""
    changes = random_changes(seed)
    dice = Dice(10_000 + seed)
    fast = {"usd_per_accelerator": 100 * dice.whole(5, 30), "kw_per_accelerator": dice.real(0.05, 0.3)}
    slow = {"usd_per_accelerator": 100 * dice.whole(1, 10), "kw_per_accelerator": dice.real(0.02, 0.2)}
    rows = {
        "fast": _fabric(fast, exponent_factor=dice.one_of((0.5, 1.0))),
        "slow": _fabric(slow, exponent_factor=dice.one_of((2.0, 4.0, 8.0))),
        "inside": _fabric({"usd_per_accelerator": 0, "kw_per_accelerator": 0.0}, spans_servers=False),
    }
    if dice.chance(0.3):
        rows[dice.one_of(("fast", "slow"))]["origins"] = [dice.one_of(("US", "CN"))]
    names = dice.one_of((["fast", "slow"], ["slow", "fast"], ["fast", "inside"], ["slow", "inside"]))
    where = dice.one_of(("network", f"sites.{SITE}"))
    changes |= {f"fabrics.{name}": row for name, row in rows.items()}
    changes |= {f"{where}.fabrics": names, f"{where}.fabric": None}
    for name in changes["procurement.include"]:
        changes["workloads.training.job_accelerators"] = dice.one_of((8, 64, 512))
        changes |= _chip(changes, name, {"fabric_reference_accelerators": 16, "fabric_exponent": dice.real(0.0, 0.1)})
    return tiny(changes)


def _fabric(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    tiers = [{"up_to_accelerators": 4, "usd_per_accelerator": 9}, {"up_to_accelerators": 8}]
    tiers[1]["usd_per_accelerator"] = row["usd_per_accelerator"]
    return {"name": "Fabric", "tiers": tiers, "kw_per_accelerator": row["kw_per_accelerator"]} | more


def _chip(changes: dict[str, Any], name: str, figures: dict[str, Any]) -> dict[str, Any]:
    if f"accelerators.{name}" in changes:
        return {f"accelerators.{name}": changes[f"accelerators.{name}"] | figures}
    return {f"accelerators.{name}.{key}": value for key, value in figures.items()}


@pytest.mark.parametrize("seed", every(3, SEEDS))
def test_no_design_on_any_fabric_is_better_than_the_one_found(seed: int) -> None:
    instance = with_fabrics(seed)
    compare(instance, optimised(instance))


def test_the_instances_meet_what_they_promise() -> None:
    """Each kind of fabric is bought somewhere, and pods of two types somewhere."""
    met: Counter[str] = Counter()
    for seed in SEEDS:
        result = optimised(with_fabrics(seed))
        met[result.status.value] += 1
        if result.status is Status.OPTIMAL and result.design is not None:
            rows = result.design.decisions.deliveries
            met.update({row.fabric or "none named" for row in rows})
            met["several types"] += len({(row.accelerator, row.cooling, row.fabric) for row in rows}) > 1
    wanted = {"optimal": 10, "infeasible": 2, "fast": 3, "slow": 3, "inside": 3, "several types": 3}
    assert not {what: met[what] for what, least in wanted.items() if met[what] < least}, met
    assert "none named" not in met
