"""Few kinds, no lot too small, one cooling for each accelerator, and the plan with the fewest of all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hand.on_paper import (
    MINIMAL,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    best,
    decides,
    is_close,
    lcoc,
    pods,
    solve,
    target,
)
from tests.hand.test_hand_cooling import another_loop

TEN_QUICK = 2_000_000 + 9.5 * QUICK_ENERGY
"""38 PFLOPS of quick pods alone: 2,087,381 USD, where 9 of them and a frugal one cost 1,996,461.2."""
EIGHT_AND_THREE = 8 * QUICK + 3 * 113_679.2
"""The same of 8 quick pods and 3 frugal ones: 2,014,621.6 USD."""


def test_at_most_one_kind() -> None:
    """The lone frugal pod goes: ten quick ones, of which 9.5 work. 19 frugal ones would cost 2,159,904.8 USD."""
    result = decides("simple_purchase.kinds", {"procurement.max_kinds": 1}, lcoc(TEN_QUICK, 38))
    assert pods(result) == {"quick": 10}


def test_a_kind_is_counted_where_it_is_bought() -> None:
    """Without the rule that ties pods to their kind nothing would count."""
    decides("simple_purchase.of_kind", {"procurement.max_kinds": 1}, lcoc(TEN_QUICK, 38))


def test_as_many_kinds_as_the_optimum_has_change_nothing() -> None:
    """Two kinds are what is bought anyway."""
    assert is_close(best(solve({"procurement.max_kinds": 2})), lcoc(MINIMAL, 38))


def test_no_lone_pod() -> None:
    """Lots of two at least: 8 quick and 3 frugal pods do the 38 PFLOPS without a pod to spare."""
    result = decides("simple_purchase.least", {"procurement.min_lot": 2}, lcoc(EIGHT_AND_THREE, 38))
    assert pods(result) == {"quick": 8, "frugal": 3}


def test_a_lot_is_there_where_something_is_delivered() -> None:
    """Without the rule that ties pods to their lot no lot would be too small."""
    decides("simple_purchase.in_lot", {"procurement.min_lot": 2}, lcoc(EIGHT_AND_THREE, 38))


def test_a_lot_may_be_larger_than_what_can_work() -> None:
    """4 PFLOPS are one quick pod; of lots of three, three are bought and one works."""
    changes = {**ONLY_QUICK, **target(4.0), "procurement.min_lot": 3, "sites.paper.grid_mw": 0.011}
    result = solve(changes)
    assert pods(result) == {"quick": 3}
    assert is_close(best(result), lcoc(600_000 + QUICK_ENERGY, 4))


TWO_COOLINGS: dict[str, Any] = {
    **ONLY_QUICK,
    **target(8.0),
    "coolings.warm_water.module_mw": 0.01,
    "coolings.warm_water.spare_modules": 0,
    "coolings.warm_water.max_modules": 1,
    "coolings.warm_water.life_years": 1.0,
    "coolings.dear": another_loop(usd_per_rack=10_000, life_years=1.0),
    "sites.paper.coolings": ["warm_water", "dear"],
    "accelerators.quick.coolings": ["warm_water", "dear"],
}
"""Warm water carries one pod; racks of the other loop cost 10,000 USD each."""


def test_one_cooling_for_an_accelerator() -> None:
    """One pod in each loop would cost 10,000 USD more than two pods do; both in the dear one cost 20,000."""
    assert is_close(best(solve(TWO_COOLINGS)), lcoc(2 * QUICK + 10_000, 8))
    changes = {**TWO_COOLINGS, "procurement.one_cooling_per_accelerator": True}
    decides("simple_purchase.one", changes, lcoc(2 * QUICK + 20_000, 8))


def test_pods_are_in_the_cooling_that_is_chosen() -> None:
    """Without the rule that ties pods to the cooling chosen nothing would be chosen."""
    changes = {**TWO_COOLINGS, "procurement.one_cooling_per_accelerator": True}
    decides("simple_purchase.in_cooling", changes, lcoc(2 * QUICK + 20_000, 8))


def test_the_simplest_plan_is_the_cheapest_of_the_simplest() -> None:
    """One kind and one lot make 1,001: ten quick pods or 19 frugal ones; the ten cost less."""
    result = solve({}, "simplicity")
    assert best(result) == pytest.approx(1001)
    assert pods(result) == {"quick": 10}
    assert result.design is not None
    assert result.design.reported is not None
    assert is_close(result.design.reported.lcoc_usd_per_eflop, lcoc(TEN_QUICK, 38))


def test_the_simplest_plan_within_a_limit() -> None:
    """4 % more than 1,996,461.2 USD are not enough for one kind (2,087,381, 4.55 %): two kinds, two lots."""
    result = solve({"limits.lcoc_usd_per_eflop": 1.04 * lcoc(MINIMAL, 38)}, "simplicity")
    assert best(result) == pytest.approx(2002)
    assert pods(result) == {"quick": 9, "frugal": 1}
    assert best(solve({"limits.lcoc_usd_per_eflop": 1.05 * lcoc(MINIMAL, 38)}, "simplicity")) == pytest.approx(1001)
