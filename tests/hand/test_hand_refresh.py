"""Retire or keep: what leaves before the end of its life, and what stays beyond it.

Phases are of four years, 1,461 days each. Prices per pod as in on_paper.py: quick 200,000 and 9,198.0 a year, 10 kW and
4 PFLOPS; frugal 110,000 and 3,679.2 a year, 4 kW and 2 PFLOPS.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from optimizer.pipeline import Result
from tests.hand.on_paper import (
    FRUGAL_ENERGY,
    FRUGAL_PRICE,
    ONLY_QUICK,
    QUICK_ENERGY,
    QUICK_PRICE,
    account,
    best,
    decides,
    pods,
    solve,
    two_phases,
)

NEWER_AND_THRIFTY: dict[str, Any] = {
    **two_phases(8.0, 10.0),
    "accelerators.frugal.launch": date(2030, 1, 1),
    "sites.paper.grid_mw": 0.021,
    "accelerators.quick.resale": [{"years": 4.0, "fraction": 0.4}, {"years": 8.0, "fraction": 0.0}],
    "accelerators.quick.removal_usd": 500.0,
}
"""21 kW feed two quick pods (8 PFLOPS) or five frugal ones (10 PFLOPS), which are on sale from 2030 on."""
REPLACED_USD = 2 * QUICK_PRICE + 4 * 2 * QUICK_ENERGY + 5 * FRUGAL_PRICE / 2 + 4 * 5 * FRUGAL_ENERGY
"""Half of the price of the frugal pods is left after half their life of eight years."""


def retired(result: Result) -> list[tuple[str, str | None, str, int]]:
    """Accelerator, phase of delivery, phase and pods of every retirement."""
    assert result.design is not None
    return [(row.accelerator, row.bought, row.phase, row.pods) for row in result.design.decisions.retirements]


def test_new_chips_do_more_per_mw_and_the_old_ones_are_sold() -> None:
    """In b five frugal pods do what is asked. The two quick ones fetch 0.4 of their price less 8 x 500 USD each."""
    sold_usd = 2 * (0.4 * QUICK_PRICE - 8 * 500)
    changes = {**NEWER_AND_THRIFTY, "procurement.refresh": True}
    result = solve(changes, "total_cost")
    assert best(result) * 1e6 == pytest.approx(REPLACED_USD - sold_usd)
    assert retired(result) == [("quick", "a", "b", 2)]
    assert account(result, "salvage", "b") == pytest.approx(-sold_usd / 1e6)
    assert account(result, "residual_value") == pytest.approx(-5 * FRUGAL_PRICE / 2 / 1e6)


def test_without_refresh_they_stand_idle_to_the_end_of_their_life() -> None:
    """At eight years they are worth nothing; what leaves at the end of the horizon is not removed."""
    result = solve(NEWER_AND_THRIFTY, "total_cost")
    assert best(result) * 1e6 == pytest.approx(REPLACED_USD)
    assert retired(result) == []


def test_a_removal_that_costs_more_than_they_fetch_keeps_them() -> None:
    """0.4 of 200,000 USD is 80,000 a pod; at 10,000 USD for each of eight accelerators nothing is left of it."""
    changes = {**NEWER_AND_THRIFTY, "procurement.refresh": True, "accelerators.quick.removal_usd": 10_001.0}
    result = solve(changes, "total_cost")
    assert best(result) * 1e6 == pytest.approx(REPLACED_USD)
    assert retired(result) == []


def test_retired_pods_free_the_floor() -> None:
    """15 m2 carry five racks of 3 m2: the quick pod goes before five frugal ones come. Without refresh: no design."""
    cramped = {**NEWER_AND_THRIFTY, "sites.paper.building.white_space_m2": 15.0, "sites.paper.grid_mw": 1.0}
    chips = {"accelerators.quick.supply_per_year": 8, "accelerators.quick.last_delivery": date(2028, 1, 1)}
    asked = {**cramped, **chips, "phases": two_phases(4.0, 10.0)["phases"]}
    result = solve({**asked, "procurement.refresh": True}, "total_cost")
    # One quick pod in a, and five frugal ones in its place in b.
    sold_usd = 0.4 * QUICK_PRICE - 8 * 500
    paper = QUICK_PRICE + 4 * QUICK_ENERGY - sold_usd + 5 * FRUGAL_PRICE / 2 + 4 * 5 * FRUGAL_ENERGY
    kept = QUICK_PRICE + 4 * QUICK_ENERGY + 3 * FRUGAL_PRICE / 2 + 4 * (3 * FRUGAL_ENERGY + QUICK_ENERGY)
    assert best(result) * 1e6 == pytest.approx(min(paper, kept))
    assert retired(result) == ([("quick", "a", "b", 1)] if paper < kept else [])


def _of_four_years(maintenance: float, failed: float) -> dict[str, Any]:
    return {
        **two_phases(8.0, 8.0),
        **ONLY_QUICK,
        "procurement.refresh": True,
        "accelerators.quick.life_years": 4.0,
        "accelerators.quick.life_max_years": 8.0,
        "accelerators.quick.ageing": {"maintenance_fraction_per_year": maintenance, "failed_fraction_per_year": failed},
    }


def test_kept_eight_years_while_upkeep_rises_slowly() -> None:
    """On the mean of b they are two years beyond their life: 0.1 of their price a year, 160,000 USD in all."""
    result = solve(_of_four_years(0.05, 0.0), "total_cost")
    energy = 8 * 2 * QUICK_ENERGY
    assert best(result) * 1e6 == pytest.approx(2 * QUICK_PRICE + energy + 4 * 0.1 * 2 * QUICK_PRICE)
    assert pods(result) == {"quick": 2}
    assert account(result, "maintenance", "b") == pytest.approx(0.04)


def test_replaced_at_four_years_where_upkeep_rises_fast() -> None:
    """0.3 of the price a year is 480,000 USD, against 400,000 for new ones; the old ones go, and fetch nothing."""
    result = solve(_of_four_years(0.15, 0.0), "total_cost")
    assert best(result) * 1e6 == pytest.approx(4 * QUICK_PRICE + 8 * 2 * QUICK_ENERGY)
    assert retired(result) == [("quick", "a", "b", 2)]


def test_what_has_failed_does_no_work_and_draws_no_power() -> None:
    """A tenth more a year: in b 0.8 of two pods work, 1.6; a third pod, bought now or then, does the rest."""
    result = decides(
        "compute.work", _of_four_years(0.0, 0.1), (3 * QUICK_PRICE + 8 * 2 * QUICK_ENERGY) / 1e6, "total_cost"
    )
    assert pods(result) == {"quick": 3}


def test_the_younger_one_goes_where_it_fetches_more() -> None:
    """One pod is asked for in a, two in b, one in c: one of the two leaves in c.

    At 4, 8 and 12 years they are worth 0.5, 0.4 and 0.4. Sold in c, the older fetches 0.4 and leaves one of 0.4 at the
    end; the younger fetches 0.5 and leaves one of 0.4.
    """
    result = solve(_three_phases(4.0), "total_cost")
    assert best(result) * 1e6 == pytest.approx(2 * QUICK_PRICE - 0.9 * QUICK_PRICE + 4 * 4 * QUICK_ENERGY)
    assert retired(result) == [("quick", "b", "c", 1)]


def test_compute_vintage_sells_no_more_of_a_delivery_than_came() -> None:
    """Nothing is asked of c. Sold then, the younger fetches 0.5 instead of 0.4 at the end; the older 0.4 either way.

    Selling two younger ones where one came would gain another 0.1.
    """
    paper = 2 * QUICK_PRICE - 0.9 * QUICK_PRICE + 4 * 3 * QUICK_ENERGY
    decides("compute.vintage", _three_phases(0.0), paper / 1e6, "total_cost")


def _three_phases(last: float) -> dict[str, Any]:
    return {
        "phases": {
            p: {"start": date(year, 1, 1), "years": 4.0, "target_pflops": asked, "demand_pflops": asked}
            for p, year, asked in (("a", 2027, 4.0), ("b", 2031, 8.0), ("c", 2035, last))
        },
        **ONLY_QUICK,
        "procurement.refresh": True,
        "accelerators.quick.life_years": 12.0,
        "accelerators.quick.resale": [{"years": 4.0, "fraction": 0.5}, {"years": 8.0, "fraction": 0.4}],
    }


def test_what_came_with_the_pods_leaves_with_them() -> None:
    """Racks of 5,000 USD and storage of 8 x 1,000: insured at 1 % a year for four years, and nothing comes back."""
    dear = {
        "coolings.warm_water.usd_per_rack": 5_000,
        "network.storage_usd_per_accelerator": 1_000.0,
        "finance.insurance_fraction": 0.01,
        "accelerators.quick.maintenance_fraction": 0.02,
    }
    result = solve({**NEWER_AND_THRIFTY, **dear, "procurement.refresh": True}, "total_cost")
    assert retired(result) == [("quick", "a", "b", 2)]
    assert account(result, "insurance", "a") == pytest.approx(0.01 * 2 * (QUICK_PRICE + 13_000) / 1e6)
    assert account(result, "insurance", "b") == pytest.approx(0.01 * 5 * (FRUGAL_PRICE + 13_000) / 1e6)
    assert account(result, "maintenance", "b") == 0
    assert account(result, "residual_value") == pytest.approx(-5 * (FRUGAL_PRICE + 13_000) / 2 / 1e6)


def test_existing_pods_are_kept_beyond_their_life_and_removed_at_its_end() -> None:
    """Two frugal pods of 2023 may stay to 2031. They are two years beyond their life in a, a fifth of them failed.

    1.6 pods do 3.2 PFLOPS: 4 x 1.6 x 3,679.2 of energy. Maintenance (0.01 + 2 x 0.02) of 2 x 110,000 for four years.
    Their removal in b: 2 x 8 x 100 USD. Nothing is asked of b.
    """
    changes = {
        **two_phases(3.2, 0.0, (3.2, 0.0)),
        "procurement.refresh": True,
        "accelerators.frugal.life_years": 4.0,
        "accelerators.frugal.life_max_years": 8.0,
        "accelerators.frugal.ageing": {"maintenance_fraction_per_year": 0.02, "failed_fraction_per_year": 0.1},
        "accelerators.frugal.maintenance_fraction": 0.01,
        "accelerators.frugal.removal_usd": 100.0,
        "sites.paper.existing_pods": [
            {"accelerator": "frugal", "cooling": "warm_water", "pods": 2, "commissioned": date(2023, 1, 1)}
        ],
    }
    result = solve(changes, "total_cost")
    assert pods(result) == {}
    paper = 4 * 1.6 * FRUGAL_ENERGY + 4 * 0.05 * 2 * FRUGAL_PRICE + 2 * 8 * 100
    assert best(result) * 1e6 == pytest.approx(paper)


def test_what_reaches_the_end_of_its_life_is_removed() -> None:
    """Pods of four years: those of a are removed when b begins, at 8 x 100 USD each; those of b stay to the end."""
    changes = {**two_phases(8.0, 8.0), **ONLY_QUICK, "accelerators.quick.life_years": 4.0}
    result = solve({**changes, "accelerators.quick.removal_usd": 100.0}, "total_cost")
    assert best(result) * 1e6 == pytest.approx(4 * QUICK_PRICE + 8 * 2 * QUICK_ENERGY + 2 * 8 * 100)
    assert account(result, "salvage", "b") == pytest.approx(0.0016)
