"""A fabric that is chosen pod by pod, against instances that have no such choice.

Every accelerator is split: one for each fabric, with the fabric's price in the price of its server, its power in the
server's, and its exponent in the accelerator's own. The site then has one fabric that costs and does nothing. The best
of all designs of the split instance is found by enumeration (designs.py, scored by the audit), and is the best design
of the instance with the choice. The model needs no more than this from the fabric, and shares no code with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Options, Result, run
from optimizer.solve.search import Budget, compile_built, search
from tests.crosscheck.designs import best_design
from tests.crosscheck.dice import SITE, Changes, Dice
from tests.sampling import every
from tests.tiny import tiny

HERE = Path(__file__).parent
GAP = 1e-8
CLOSE = 1e-6
SEEDS = range(20)
CHIPS = ("quick", "frugal")


def random_choice(seed: int) -> tuple[Changes, list[str]]:
    """Changes to the minimal instance, and the fabrics to choose from: one that spans, one that may, one of either."""
    dice = Dice(seed)
    names = ["one", "two"] + (["three"] if dice.chance(0.4) else [])
    changes: Changes = {f"fabrics.{name}": _fabric(dice, name) for name in names}
    for name in CHIPS:
        about = f"accelerators.{name}"
        changes[f"{about}.fabric_reference_accelerators"] = dice.one_of((8, 16))
        changes[f"{about}.fabric_exponent"] = dice.one_of((0.02, 0.05, 0.1))
        changes[f"{about}.price_usd"] = 1000 * dice.whole(8, 20)
    changes["workloads.training.job_accelerators"] = dice.one_of((8, 16, 16, 40))
    changes["workloads.small"] = {
        "kind": "throughput",
        "workload_class": "training",
        "precisions": ["bf16"],
        "job_accelerators": dice.one_of((1, 8)),
        "floor_pflops": {"only": float(dice.whole(1, 4))},
    }
    changes["workloads.training.floor_pflops"] = {"only": float(dice.whole(1, 4))}
    changes["phases.only.target_pflops"] = float(dice.whole(7, 9))
    changes[f"sites.{SITE}.grid_mw"] = dice.one_of((0.02, 0.06, 1.0, 1.0))
    changes[f"sites.{SITE}.building.white_space_m2"] = float(dice.one_of((15, 60)))
    changes["coolings.warm_water.rack_kw_max"] = 40.0
    return changes, names


def _fabric(dice: Dice, name: str) -> dict[str, Any]:
    spans = name == "one" or dice.chance(0.4)
    tiers = [
        {"up_to_accelerators": 4, "usd_per_accelerator": 9_000},
        {"up_to_accelerators": 64, "usd_per_accelerator": 100 * dice.whole(0, 40)},
    ]
    power = dice.one_of((0.0, 0.0, 0.05, 0.2))
    factor = dice.one_of((0.5, 1.0, 1.5, 3.0))
    return {
        "name": name,
        "tiers": tiers,
        "kw_per_accelerator": power,
        "spans_servers": spans,
        "exponent_factor": factor,
    }


def with_choice(seed: int) -> Instance:
    """The instance whose site chooses among the fabrics of a seed."""
    changes, names = random_choice(seed)
    return tiny({**changes, f"sites.{SITE}.fabrics": names})


def split(seed: int) -> Instance:
    """The same with an accelerator for each fabric; what stays inside servers does the small jobs alone."""
    changes, names = random_choice(seed)
    whole = tiny(changes)
    jobs = whole.workloads["training"].job_accelerators
    apart: Changes = {key: value for key, value in changes.items() if not key.startswith(("fabrics.", "accelerators."))}
    apart["procurement.include"] = [f"{chip}_{name}" for chip in CHIPS for name in names]
    # Both classes train. What stays inside servers runs only the one whose jobs fit a server.
    apart["workloads.small.workload_class"] = "inference"
    for chip in CHIPS:
        data = whole.accelerators[chip]
        for name in names:
            fabric = whole.fabrics[name]
            usd = fabric.tiers[1].usd_per_accelerator
            rate = data.utilisation["training"]
            apart[f"accelerators.{chip}_{name}"] = data.model_dump(exclude_none=True) | {
                "server_kw": data.server_kw + data.per_server * fabric.kw_per_accelerator,
                "server_rest_usd": data.server_rest_usd + data.per_server * usd,
                "fabric_exponent": data.fabric_exponent * fabric.exponent_factor,
                "utilisation": {"inference": rate} | ({"training": rate} if fabric.spans_servers or jobs <= 8 else {}),
            }
    apart["fabrics.none"] = tiny().fabrics["none"].model_dump()
    return tiny(apart)


def solved(instance: Instance, every_fabric: bool = True) -> tuple[Status, float]:
    """Least LCOC of the model, without or with what a fabric makes needless left out."""
    compiled = compile_built(build(derive(instance, HERE), every_fabric=every_fabric))[0]
    found = search(compiled, GOALS["lcoc"], Budget(gap=GAP, time_limit_s=60.0, seed=0, isolated=False))
    return found.status, found.value


@pytest.mark.parametrize("seed", every(4, SEEDS))
def test_the_best_choice_of_fabrics_is_the_best_of_all_designs(seed: int) -> None:
    best = best_design(split(seed))
    assert not best.rejected
    status, value = solved(with_choice(seed))
    if best.decisions is None:
        assert status is Status.INFEASIBLE
        return
    assert status is Status.OPTIMAL
    assert value == pytest.approx(best.lcoc, rel=CLOSE)


@pytest.mark.parametrize("seed", every(4, range(40)))
def test_nothing_is_lost_with_the_fabrics_left_out(seed: int) -> None:
    """What another fabric makes needless changes no optimum, and no instance becomes impossible without it."""
    instance = with_choice(seed)
    with_all, without = solved(instance), solved(instance, every_fabric=False)
    assert with_all[0] is without[0]
    if with_all[0] is Status.OPTIMAL:
        assert without[1] == pytest.approx(with_all[1], rel=CLOSE)


def test_the_random_choices_meet_what_they_promise() -> None:
    """Some designs mix fabrics, some leave a fabric out, and no fabric always wins."""
    mixed, winners, needless, impossible = 0, set(), 0, 0
    for seed in SEEDS:
        result = run(with_choice(seed), HERE, Options(gap=GAP, isolated=False))
        impossible += result.status is Status.INFEASIBLE
        needless += bool(result.problem.compute.needless)
        used = fabrics_of(result)
        mixed += len(used) > 1
        winners |= used
    assert mixed >= 2
    assert 1 <= impossible <= len(SEEDS) / 3
    assert len(winners) >= 3
    assert needless >= 3


def fabrics_of(result: Result) -> set[str | None]:
    """Fabrics of the pods delivered."""
    return {row.fabric for row in result.design.decisions.deliveries} if result.design else set()
