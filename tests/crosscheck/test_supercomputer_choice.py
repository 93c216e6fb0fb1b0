"""Sites that may not be supercomputers by law: the optimiser against the list of all designs the audit accepts."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder
from optimizer.audit.fleet import read_fleet
from optimizer.audit.own_rules import Rulings
from optimizer.audit.periods import read_periods
from optimizer.audit.supercomputer import allowances
from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result
from tests.crosscheck.dice import SITE, Changes, Dice
from tests.crosscheck.random_instances import random_changes
from tests.crosscheck.test_brute_force import compare, optimised
from tests.tiny import tiny

PEAKS = {"fp64": "fp64_vector_tflops", "fp32": "fp32_tflops"}
SOONER = (400, 401, 402, 404, 409, 410, 417, 418)
LATER = tuple(seed for seed in range(403, 428) if seed not in SOONER)


def drawn_changes(seed: int) -> Changes:
    """A random instance in Hong Kong, some of whose chips have peaks in FP64 or FP32."""
    changes, dice = random_changes(seed), Dice(20_000 + seed)
    changes |= {
        f"sites.{SITE}.place": "hong_kong",
        "export.supercomputer": "warn",
        "export.regime": dice.one_of(("open_market", "open_market", "open_market", "jul_2026")),
        "export.parent": "hong_kong",
    }
    building, height = f"sites.{SITE}.building", dice.one_of((3.5, 20.0, 50.0))
    if building in changes:
        changes[building]["clear_height_m"] = height
    else:
        changes[f"{building}.clear_height_m"] = height
    for name in changes["procurement.include"]:
        # Vector peaks are not counted by 3A090, so that the rulings stay as they were drawn.
        for key in PEAKS.values():
            _put(changes, name, key, dice.real(100.0, 500.0) if dice.chance(0.6) else 0.0)
    return changes


@cache
def bound_changes(seed: int) -> Changes:
    """The same, bound by law, with peaks so high that what is best without it is just beyond the limit, or near it."""
    changes, dice = drawn_changes(seed), Dice(30_000 + seed)
    result = optimised(tiny(changes))
    changes["export.supercomputer"] = "bind"
    if result.design is None:
        return changes
    instance, periods = tiny(changes), read_periods(tiny(changes))
    case = AuditCase(instance, result.design.decisions, periods, Rulings(instance, periods.starts))
    fleet = read_fleet(case, Recorder())
    most = dict.fromkeys(PEAKS, 0.0)
    for p in range(len(periods.phases)):
        for found in allowances(case, SITE, fleet.installed_at(SITE, p)):
            most[found.measure] = max(most[found.measure], found.peak_pflops / found.limit_pflops)
    for measure, key in PEAKS.items():
        factor = dice.real(0.8, 1.6) / most[measure] if most[measure] else 1.0
        for name in changes["procurement.include"]:
            _put(changes, name, key, factor * _of(changes, name, key))
    return changes


def _of(changes: Changes, name: str, key: str) -> float:
    whole = changes.get(f"accelerators.{name}")
    return float(whole[key] if whole else changes[f"accelerators.{name}.{key}"])


def _put(changes: Changes, name: str, key: str, value: float) -> None:
    whole = changes.get(f"accelerators.{name}")
    if whole:
        whole[key] = value
    else:
        changes[f"accelerators.{name}.{key}"] = value


def bound_instance(seed: int) -> Instance:
    return tiny(bound_changes(seed))


@cache
def solved(seed: int) -> Result:
    return optimised(bound_instance(seed))


@pytest.mark.parametrize("seed", SOONER)
def test_no_lawful_design_is_better_than_the_one_found(seed: int) -> None:
    compare(bound_instance(seed), solved(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", LATER)
def test_no_lawful_design_is_better_on_many_more_instances(seed: int) -> None:
    compare(bound_instance(seed), solved(seed))


def test_the_law_matters_in_the_instances() -> None:
    """It changes the answer of some, and makes some infeasible."""
    met: Counter[str] = Counter()
    for seed in SOONER:
        bound, free = solved(seed), optimised(tiny(bound_changes(seed) | {"export.supercomputer": "warn"}))
        met[bound.status.value] += 1
        if bound.status is Status.OPTIMAL and bound.audit and free.audit:
            dearer = bound.audit.lcoc_usd_per_eflop > free.audit.lcoc_usd_per_eflop * (1 + 1e-5)
            met["dearer by the law"] += dearer
        met["infeasible by the law"] += free.status is Status.OPTIMAL and bound.status is Status.INFEASIBLE
    wanted = {"optimal": 4, "dearer by the law": 2, "infeasible by the law": 3}
    assert not {what: met[what] for what, least in wanted.items() if met[what] < least}, met
