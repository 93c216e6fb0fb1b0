"""Prices over time: discounting, trends, tariffs, residual values, and what is paid on what."""

from __future__ import annotations

import copy
import math
from datetime import date
from typing import Any

import pytest

from tests.hand.on_paper import (
    EFLOP,
    MINIMAL,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    account,
    best,
    is_close,
    lcoc,
    solve,
    target,
    two_phases,
)
from tests.tiny import tiny

TWO_PODS: dict[str, Any] = {**ONLY_QUICK, **target(8.0)}
"""8 PFLOPS from two quick pods: 400,000 USD, and 183,960 kWh for 18,396 USD."""
FOUR_YEARS_AHEAD = {"planning_date": date(2023, 1, 1)}
"""1,461 days before the first phase: exactly four years."""


def test_demand_charge_of_twelve_months() -> None:
    """21 kW at power factor 0.75 are 28 kVA: 12 months at 5 USD per kVA are 1,680 USD."""
    changes = {**TWO_PODS, "tariffs.flat.demand_per_kva_month": 5.0, "sites.paper.grid.power_factor": 0.75}
    result = solve(changes)
    assert is_close(account(result, "demand"), 0.00168)
    assert is_close(best(result), lcoc(2 * QUICK + 1_680, 8))


def test_demand_charge_of_one_hot_month() -> None:
    """In July the wet bulb is 45 C: full chiller. COP = 0.5 x 311.15 / 14 = 11.1125, 0.0899888 kW per kW.

    Eleven months at 21 kW and one at 22.799775 kW, 5 USD per kVA; July's 744 h cost 20 kW x 0.0899888 x 0.10 more.
    """
    months = [month.model_dump() for month in tiny().climates["always_20"].months]
    months[6] = months[6] | {"wet_bulb_c": [45.0] * 24, "wet_bulb_max_c": [45.0] * 24}
    changes = {**TWO_PODS, "climates.always_20.months": months, "tariffs.flat.demand_per_kva_month": 5.0}
    chiller = 14 / (0.5 * 311.15)
    result = solve(changes)
    demand = 5 * (11 * 21 + 20 * (1.05 + chiller))
    assert is_close(account(result, "demand"), demand / 1e6)
    assert is_close(best(result), lcoc(2 * QUICK + demand + 744 * 20 * chiller * 0.1, 8))


def test_weekend_price() -> None:
    """The year starts on a Monday: 52 weekends of 48 h, 2,496 h at 0.04 and 6,264 h at 0.10 USD/kWh on 21 kW."""
    hours = [
        {"label": "week", "price_per_kwh": 0.1, "days": "weekday"},
        {"label": "weekend", "price_per_kwh": 0.04, "days": "weekend"},
    ]
    result = solve({**TWO_PODS, "tariffs.flat.energy": hours})
    assert is_close(best(result), lcoc(400_000 + 21 * (6_264 * 0.1 + 2_496 * 0.04), 8))


def test_foreign_tariff_with_fuel_clause() -> None:
    """0.70 and a fuel clause of 0.08 HKD/kWh at 7.8 HKD per USD are 0.10 USD/kWh; 39 HKD per kVA are 5 USD."""
    changes = {
        **TWO_PODS,
        "tariffs.flat.currency": "HKD",
        "tariffs.flat.energy": [{"label": "all hours", "price_per_kwh": 0.7}],
        "tariffs.flat.fuel_clause_per_kwh": 0.08,
        "tariffs.flat.demand_per_kva_month": 39.0,
        "exchange_rates": {"HKD": {"per_usd": 7.8, "quoted": date(2026, 1, 1)}},
    }
    assert is_close(best(solve(changes)), lcoc(2 * QUICK + 12 * 5 * 21, 8))


def test_tariff_trend_to_the_middle_of_the_phase() -> None:
    """Four years to the first phase and two to its middle, four more to the second's: 1.05^6 and 1.05^10."""
    changes = {**two_phases(8.0, 8.0), **ONLY_QUICK, **FOUR_YEARS_AHEAD, "tariffs.flat.real_trend_fraction": 0.05}
    result = solve(changes)
    energy = 4 * 18_396 * (1.05**6 + 1.05**10)
    assert is_close(best(result), lcoc(400_000 + energy, 64))


def test_price_trend_of_accelerators() -> None:
    """160,000 USD of chips a pod fall by a fifth a year: 0.8^4 = 0.4096 after four years. The server does not."""
    changes = {**TWO_PODS, **FOUR_YEARS_AHEAD, "accelerators.quick.price_trend_fraction": -0.2}
    assert is_close(best(solve(changes)), lcoc(2 * (65_536 + 40_000 + QUICK_ENERGY), 8))


def test_residual_value_on_paper() -> None:
    """Pods live 5 years and are sold after one: 400,000 x 0.8 are left; two modules of 15,000 USD keep 14 / 15."""
    changes = {
        **TWO_PODS,
        "accelerators.quick.life_years": 5.0,
        "coolings.warm_water.usd_per_module": 15_000,
    }
    result = solve(changes)
    assert is_close(account(result, "residual_value"), -0.348)
    assert is_close(best(result), lcoc(2 * QUICK + 30_000 - 348_000, 8))


def test_discounting_on_paper() -> None:
    """100 % a year from the phase's start: r' = ln 2. A year's even payments weigh 0.5 / ln 2 = 0.721348, its end 0.5.

    Capital 400,000, left 320,000 at half; energy 18,396 and the EFLOP at 0.721348.
    """
    changes = {
        **TWO_PODS,
        "finance.discount_rate": 1.0,
        "finance.base_date": date(2027, 1, 1),
        "accelerators.quick.life_years": 5.0,
    }
    even = 0.5 / math.log(2)
    result = solve(changes)
    assert is_close(best(result), lcoc(400_000 - 160_000 + even * 18_396, even * 8))


def test_base_date_scales_cost_and_compute_alike() -> None:
    """Worth at the planning date, four years earlier: everything is worth a sixteenth, and the LCOC is the same."""
    changes = {**TWO_PODS, **FOUR_YEARS_AHEAD, "finance.discount_rate": 1.0}
    early = solve(changes)
    late = solve({**changes, "finance.base_date": date(2027, 1, 1)})
    assert is_close(best(early), best(late))
    assert is_close(figure(early, "npv_eflop") * 16, figure(late, "npv_eflop"))


def figure(result: Any, name: str) -> float:
    """One key figure."""
    return float(result.design.reported.kpis[name])


def test_insurance_and_maintenance() -> None:
    """2 % insurance on 400,000 of pods and 20,000 of modules, not on 50,000 of porting; 5 % upkeep of the pods alone.

    Racks, storage and fabric (1,000 + 8 x 100 + 8 x 200 = 3,400 a pod) are insured and not maintained.
    """
    changes = {
        **TWO_PODS,
        "finance.insurance_fraction": 0.02,
        "accelerators.quick.maintenance_fraction": 0.05,
        "coolings.warm_water.usd_per_module": 10_000,
        "coolings.warm_water.life_years": 1.0,
        "coolings.warm_water.usd_per_rack": 1_000,
        "network.storage_usd_per_accelerator": 100.0,
        "fabrics.none.tiers": [{"up_to_accelerators": 10, "usd_per_accelerator": 200}],
        "stacks.mature.porting_usd": 50_000,
    }
    result = solve(changes)
    assert is_close(account(result, "insurance"), 0.02 * 0.4268)
    assert is_close(account(result, "maintenance"), 0.02)
    assert is_close(best(result), lcoc(2 * QUICK + 20_000 + 6_800 + 50_000 + 8_536 + 20_000, 8))


@pytest.mark.parametrize(("cluster", "usd"), [(4, 100.0), (5, 250.0), (16, 250.0), (17, 400.0), (1_000, 400.0)])
def test_fabric_tier_of_the_cluster(cluster: int, usd: float) -> None:
    """The first tier that reaches the cluster's size, else the last; 16 accelerators."""
    tiers = [(4, 100.0), (16, 250.0), (64, 400.0)]
    changes = {
        **TWO_PODS,
        "network.cluster_accelerators": cluster,
        "fabrics.none.tiers": [{"up_to_accelerators": n, "usd_per_accelerator": price} for n, price in tiers],
    }
    assert is_close(best(solve(changes)), lcoc(2 * QUICK + 16 * usd, 8))


def test_fabric_power() -> None:
    """A quarter of a kW per accelerator: pods of 12 kW."""
    assert is_close(
        best(solve({**TWO_PODS, "fabrics.none.kw_per_accelerator": 0.25})),
        lcoc(400_000 + 2 * 1.2 * QUICK_ENERGY, 8),
    )


def test_staff_by_site_and_by_fleet() -> None:
    """2 engineers for the site and 50 per 1,000 accelerators, 80 of them: 6 engineers at 1,000 USD."""
    changes = {
        "staff.engineers_per_site": 2,
        "staff.engineers_per_1000_accelerators": 50,
        "staff.usd_per_engineer_year": 1_000,
    }
    assert is_close(best(solve(changes)), lcoc(MINIMAL + 6_000, 38))


def test_porting_is_paid_once() -> None:
    """Pods of both phases run the stack; 10,000 USD at the start of the first."""
    short = {"accelerators.quick.life_years": 4.0}
    changes = {**two_phases(8.0, 8.0), **ONLY_QUICK, **short, "stacks.mature.porting_usd": 10_000}
    result = solve(copy.deepcopy(changes))
    assert is_close(best(result), (4 * 236_792 + 10_000) / (64 * EFLOP))


def test_resale_takes_the_place_of_the_straight_line() -> None:
    """Worth nothing after two years and half its price after one: of 400,000 USD half comes back after the year."""
    resale = [{"years": 0.0, "fraction": 1.0}, {"years": 2.0, "fraction": 0.0}]
    result = solve({**TWO_PODS, "accelerators.quick.resale": resale})
    assert is_close(account(result, "residual_value"), -0.2)
    assert is_close(best(result), lcoc(2 * QUICK - 200_000, 8))


def test_resale_below_the_first_and_beyond_the_last_age() -> None:
    """One row is one fraction, whatever the age."""
    result = solve({**TWO_PODS, "accelerators.quick.resale": [{"years": 3.0, "fraction": 0.25}]})
    assert is_close(best(result), lcoc(2 * QUICK - 100_000, 8))


def test_what_leaves_service_inside_the_horizon_is_sold_then() -> None:
    """Pods live four years. Those of a are sold when b begins, those of b at the end, each for 0.3 of 200,000 USD.

    At 10 % a year both are discounted from the day they are sold to the first day of a.
    """
    changes = {
        **two_phases(8.0, 8.0),
        **ONLY_QUICK,
        "accelerators.quick.life_years": 4.0,
        "accelerators.quick.resale": [{"years": 4.0, "fraction": 0.3}],
    }
    result = solve(copy.deepcopy(changes))
    assert is_close(account(result, "salvage", phase="b"), -0.12)
    assert is_close(account(result, "residual_value"), -0.12)
    assert is_close(best(result), 4 * (236_792 - 60_000) / (64 * EFLOP))
    dear = solve(changes | {"finance.discount_rate": 0.1, "finance.base_date": date(2027, 1, 1)})
    energy = 4 * QUICK_ENERGY * (1 - 1.1**-8) / math.log(1.1) / 2
    bought = 400_000 * (1 + 1.1**-4)
    sold = 120_000 * (1.1**-4 + 1.1**-8)
    assert best(dear) == pytest.approx((bought + energy - sold) / (8 * (1 - 1.1**-8) / math.log(1.1) * EFLOP), rel=1e-6)


def test_plant_may_state_its_resale() -> None:
    """UPS for 20 kW at 1 million USD per MW: 20,000 USD, of which a fifth comes back instead of nothing."""
    changes = {
        **TWO_PODS,
        "upses.none.usd_per_mw": 1_000_000,
        "upses.none.life_years": 1.0,
        "upses.none.resale": [{"years": 0.0, "fraction": 0.2}],
    }
    assert is_close(best(solve(changes)), lcoc(2 * QUICK + 20_000 - 4_000, 8))


def test_racks_keep_their_straight_line() -> None:
    """Racks of 5,000 USD live one year and are worth nothing after it, whatever the accelerators fetch."""
    changes = {
        **TWO_PODS,
        "coolings.warm_water.usd_per_rack": 5_000,
        "accelerators.quick.resale": [{"years": 0.0, "fraction": 0.5}],
    }
    assert is_close(best(solve(changes)), lcoc(2 * QUICK - 200_000 + 10_000, 8))


def test_existing_pods_that_are_kept_count_what_they_are_worth() -> None:
    """2 frugal pods of 2025 do the 4 PFLOPS of 2027: 7,358.4 USD of energy. At the end they fetch 0.4 of 110,000 each.

    Sold at once they fetch 0.52, and two new ones would lose 0.24 of their price in the year.
    """
    changes = {
        **target(4.0),
        "procurement.include": ["frugal"],
        "accelerators.frugal.life_years": 4.0,
        "accelerators.frugal.resale": [
            {"years": 0.0, "fraction": 1.0},
            {"years": 2.5, "fraction": 0.4},
            {"years": 4.0, "fraction": 0.4},
        ],
        "sites.paper.existing_pods": [
            {"accelerator": "frugal", "cooling": "warm_water", "pods": 2, "commissioned": date(2025, 1, 1)}
        ],
    }
    result = solve(changes, "total_cost")
    assert best(result) * 1e6 == pytest.approx(7_358.4 - 88_000)
    assert account(result, "residual_value") == pytest.approx(-0.088)


def test_existing_pods_that_are_retired_fetch_their_resale() -> None:
    """Nothing is asked of the second four years: at their start the pods of 2025 are six years old, and worth 0.1."""
    changes = {
        **two_phases(4.0, 0.0, (4.0, 4.0)),
        "procurement.include": ["frugal"],
        "accelerators.frugal.life_years": 12.0,
        "accelerators.frugal.resale": [{"years": 3.0, "fraction": 0.1}, {"years": 8.0, "fraction": 0.0}],
        "accelerators.frugal.maintenance_fraction": 0.1,
        "sites.paper.existing_pods": [
            {"accelerator": "frugal", "cooling": "warm_water", "pods": 2, "commissioned": date(2025, 1, 1)}
        ],
    }
    result = solve(changes, "total_cost")
    # 2191 days from 2025 to 2031: 0.1 - 0.1 * (5.9986 - 3) / 5 of 110,000 each.
    worth = 0.1 * (1 - (2191 / 365.25 - 3) / 5)
    assert account(result, "salvage", phase="b") * 1e6 == pytest.approx(-2 * 110_000 * worth)
