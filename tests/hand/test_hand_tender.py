"""Offers with price breaks, and what a bid fixes; warranty; an accelerator's own payments."""

from __future__ import annotations

from typing import Any

from optimizer.inputs.compute import Accelerator
from tests.hand.on_paper import (
    FRUGAL,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    account,
    best,
    decides,
    is_close,
    lcoc,
    pods,
    solve,
    target,
    two_phases,
)
from tests.tiny import tiny


def offered(price_usd: float, *bounds: tuple[int, int], **fixed: Any) -> dict[str, Any]:
    """Quick accelerators at 20,000 USD within the first bounds, at another price within the second."""
    quick: Accelerator = tiny().accelerators["quick"]
    names = ("quick", "many")
    tiers = [
        {"accelerator": name, "from_accelerators": low, "to_accelerators": high}
        for name, (low, high) in zip(names, bounds, strict=False)
    ]
    return {
        "accelerators.many": quick.model_dump(exclude_none=True) | {"price_usd": price_usd},
        "procurement.include": [*names[: len(bounds)], "frugal"],
        "offers.maker": {"supplier": "A maker", "tiers": tiers, **fixed},
    }


def test_offers_least_an_all_units_discount_is_reached_by_buying_more() -> None:
    """15,000 USD for each of 80 or more: 10 pods of 160,000, of which 9.5 work, for the 38 PFLOPS.

    1,600,000 + 9.5 x 9,198 = 1,687,381 USD; without the break 9 pods and a frugal one would do. All dearer: 9 at
    20,000 USD and a frugal one, 1,996,461.2.
    """
    changes = offered(15_000, (8, 79), (80, 400))
    result = decides("offers.least", changes, lcoc(10 * 160_000 + 9.5 * QUICK_ENERGY, 38))
    assert pods(result) == {"many": 10}


def test_offers_most_a_supplier_has_no_more() -> None:
    """40 quick accelerators at most over both phases, 5 pods; 20 PFLOPS in each, and pods live through one.

    Quick 200,000 + 4 x 9,198 = 236,792 USD, frugal 110,000 + 4 x 3,679.2 = 124,716.8. 20 PFLOPS from 5 quick pods, 20
    from 10 frugal ones.
    """
    changes = {
        **two_phases(20.0, 20.0),
        **offered(0, (8, 40)),
        "accelerators.quick.life_years": 4.0,
        "accelerators.frugal.life_years": 4.0,
    }
    decides("offers.most", changes, lcoc(5 * 236_792 + 10 * 124_716.8, 160))


def test_offers_tier_one_price_for_the_whole_quantity() -> None:
    """Up to 40 at 20,000 USD, 48 and more at 21,000, a pod 217,198 with its energy: 54,299.5 a PFLOPS.

    9 pods at the higher price and a frugal one cost 2,068,461.2 USD; 5 at the lower and 9 frugal ones 2,069,102.8. Both
    prices side by side would be cheaper: 3 and 6 pods, and a frugal one.
    """
    changes = offered(21_000, (8, 40), (48, 400))
    result = decides("offers.tier", changes, lcoc(9 * (208_000 + QUICK_ENERGY) + FRUGAL, 38))
    assert pods(result) == {"many": 9, "frugal": 1}


def test_offers_fixed_by_a_bid() -> None:
    """A bid of 16 quick accelerators, 2 pods, whatever more of them would save: 15 frugal pods do the rest."""
    changes = offered(0, (8, 400), deliveries={"only": 16})
    result = decides("offers.fixed", changes, lcoc(2 * QUICK + 15 * FRUGAL, 38))
    assert pods(result) == {"quick": 2, "frugal": 15}


def test_offers_within_what_is_there_by_then() -> None:
    """16 quick accelerators by phase a and 56 by b, 2 and 7 pods in all; 20 PFLOPS in each, of pods that live a phase.

    In a 2 quick and 6 frugal pods, in b 5 quick ones (7 in all: no more are needed).
    """
    changes = {
        **two_phases(20.0, 20.0),
        **offered(0, (8, 400), available={"a": 16, "b": 56}),
        "accelerators.quick.life_years": 4.0,
        "accelerators.frugal.life_years": 4.0,
    }
    result = decides("offers.within", changes, lcoc(7 * 236_792 + 6 * 124_716.8, 160))
    assert pods(result, "a") == {"quick": 2, "frugal": 6}


def test_warranty_frees_part_of_the_year_from_maintenance() -> None:
    """10 % of 200,000 USD a year for each of two pods, a quarter of the year under warranty: 30,000 USD."""
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "accelerators.quick.maintenance_fraction": 0.1,
        "accelerators.quick.warranty_years": 0.25,
    }
    result = solve(changes)
    assert is_close(account(result, "maintenance"), 0.03)
    assert is_close(best(result), lcoc(2 * QUICK + 30_000, 8))


def test_own_payment_takes_the_place_of_the_plans() -> None:
    """Half of 400,000 USD a year after delivery at 5 %: 200,000 x (1 / 1.05 - 1), whatever the plan's terms are."""
    half = [{"at": "delivery", "fraction": 0.5}, {"at": "delivery", "fraction": 0.5, "after_weeks": 365.25 / 7}]
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "finance.discount_rate": 0.05,
        "procurement.payment": [{"at": "order", "fraction": 1.0}],
        "accelerators.quick.payment": half,
    }
    days = 365
    assert is_close(account(solve(changes), "prepayment"), 0.2 * (1.05 ** (-days / 365.25) - 1))
