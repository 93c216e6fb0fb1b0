"""Tariffs at a site that dispatches nothing: ten quick pods draw 105 kW all year, 919.8 MWh at 0.10 USD: 91,980 USD."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.hand.on_paper import ONLY_QUICK, account, decides, is_close, lcoc, solve, target

TEN: dict[str, Any] = {**ONLY_QUICK, **target(40.0)}
ENERGY = 91_980.0
REBATES = [{"from_hours": 500.0, "per_kwh": 0.01}, {"from_hours": 600.0, "per_kwh": 0.03}]


def paper(usd: float) -> float:
    """LCOC of ten quick pods and so much a year."""
    return lcoc(2_000_000 + usd, 40)


def test_demand_of_some_hours() -> None:
    """105 kVA on weekdays from 9 to 21 h at 10 USD."""
    row = {"label": "on-peak", "per_kva_month": 10.0, "days": "weekday", "from_hour": 9, "to_hour": 21}
    decides("operations.window", {**TEN, "tariffs.flat.demand": [row]}, paper(ENERGY + 12_600))


def test_demand_of_some_hours_and_months_sees_only_those() -> None:
    """Half load from 9 h on; 52.5 kVA in three months at 10 USD."""
    row = {"label": "summer", "per_kva_month": 10.0, "months": [6, 7, 8], "from_hour": 9, "to_hour": 21}
    profile = [1.0] * 9 + [0.5] * 15
    changes = {**TEN, "tariffs.flat.demand": [row], "workloads.training.daily_profile": profile}
    decides("operations.window", changes, paper(ENERGY * 16.5 / 24 + 52.5 * 30))


JANUARY = {**TEN, "sites.paper.measured_pue": [1.5] + [1.2] * 11}
"""100 kW of IT power: 150 kVA in January and 120 in any other month; 1.5 x 744 + 1.2 x 8,016 = 10,735.2 hours."""
JANUARY_ENERGY = 107_352.0


def basic(**row: float) -> dict[str, Any]:
    """January's instance with one charge on the demand of all hours."""
    return {**JANUARY, "tariffs.flat.demand": [{"label": "basic", **row}]}


def test_the_highest_demand_of_the_year_is_charged_once() -> None:
    """150 kVA at 100 USD."""
    decides("operations.yearly", basic(per_kva_year=100.0), paper(JANUARY_ENERGY + 15_000))


def test_a_ratchet_bills_a_share_of_the_highest_month() -> None:
    """January 150; the others 0.9 x 150 = 135 in place of 120: 1,635 kVA-months at 10 USD."""
    changes = basic(per_kva_month=10.0, ratchet_fraction=0.9)
    decides("operations.ratchet", changes, paper(JANUARY_ENERGY + 16_350))
    decides("operations.charged", changes, paper(JANUARY_ENERGY + 16_350))


def test_a_ratchet_below_every_month_changes_nothing() -> None:
    """0.75 x 150 is less than 120."""
    result = solve(basic(per_kva_month=10.0, ratchet_fraction=0.75))
    assert is_close(account(result, "demand") * 1e6, 10 * (150 + 11 * 120))


def test_a_minimum_bill_is_a_share_of_the_connection() -> None:
    """14 % of 1 MW is 140 kVA: January 150, the others 140; 1,690 kVA-months at 10 USD."""
    changes = basic(per_kva_month=10.0, minimum_fraction=0.14)
    decides("operations.least", changes, paper(JANUARY_ENERGY + 16_900))


def test_a_minimum_bill_rises_with_the_connection() -> None:
    """The second phase holds 2 MW available: 280 kVA in all twelve months."""
    two = {
        **basic(per_kva_month=10.0, minimum_fraction=0.14),
        "phases": {
            "a": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 40.0},
            "b": {"start": date(2028, 1, 1), "years": 1.0, "target_pflops": 40.0},
        },
        "sites.paper.grid_stages": [{"from_phase": "b", "mw": 2.0}],
    }
    result = solve(two)
    assert is_close(account(result, "demand", "a") * 1e6, 16_900)
    assert is_close(account(result, "demand", "b") * 1e6, 12 * 280 * 10)


def test_a_holiday_is_a_day_of_the_weekend() -> None:
    """2,520 kWh a day. Tuesday 2 January is one of 261 weekdays, Saturday the 6th is none: 260 and 105 are left."""
    week = [
        {"label": "weekdays", "price_per_kwh": 0.10, "days": "weekday"},
        {"label": "weekend", "price_per_kwh": 0.04, "days": "weekend"},
    ]
    result = solve({**TEN, "tariffs.flat.energy": week, "tariffs.flat.holidays": ["01-02", "01-06"]})
    assert is_close(account(result, "energy") * 1e6, 2_520 * (260 * 0.10 + 105 * 0.04))


def test_second_block() -> None:
    """60 kVA at 10 and 45 at 30 USD: 1,950 a month."""
    block = {"demand_per_kva_month": 10.0, "demand_block_kva": 60.0, "demand_above_block_per_kva_month": 30.0}
    changes = {f"tariffs.flat.{key}": usd for key, usd in block.items()}
    decides("operations.tier", {**TEN, **changes}, paper(ENERGY + 23_400))


def test_contract() -> None:
    """105 kW at 5 USD; beyond it would be 8."""
    changes = {"tariffs.flat.contracted_per_kw_month": 5.0, "tariffs.flat.uncontracted_per_kw_month": 8.0}
    result = decides("operations.excess", {**TEN, **changes}, paper(ENERGY + 6_300))
    assert result.design is not None
    assert [row.mw for row in result.design.decisions.contracts] == [pytest.approx(0.105)]


def test_high_load_factor_rebate() -> None:
    """105 kW all year: (8,760 - 6,000) x 105 x 0.01 and (8,760 - 7,200) x 105 x 0.02 = 6,174 USD, proven beforehand."""
    decides("operations.rebate", {**TEN, "tariffs.flat.load_factor_rebates": REBATES}, paper(ENERGY - 6_174))


def test_high_load_factor_rebate_in_between() -> None:
    """Half load at night: 0.75 x the month's hours, 558, 540 or 504 kWh per kVA, all between the two thresholds.

    (7 x 58 + 4 x 40 + 4) x 105 x 0.01 = 598.50 USD; a piece has to be chosen in every month.
    """
    profile = [1.0] * 12 + [0.5] * 12
    changes = {**TEN, "tariffs.flat.load_factor_rebates": REBATES, "workloads.training.daily_profile": profile}
    decides("operations.one", changes, paper(0.75 * ENERGY - 598.5))


def test_a_short_year_with_rebates_is_verified() -> None:
    """Seven days in seven months: each stands for 730 h, of which 330 at full load lie beyond 400."""
    beyond = {"tariffs.flat.load_factor_rebates": [{"from_hours": 400.0, "per_kwh": 0.01}], "solve.hours": 168}
    result = solve({**ONLY_QUICK, **target(40.0), **beyond})
    assert result.verified
    assert is_close(account(result, "energy") * 1e6, 105 * (8760 * 0.10 - 12 * 330 * 0.01))


def test_a_closed_cap_beside_a_rebate_is_solved() -> None:
    """The cap is in million USD and binds nothing; the rebate is told in the same unit."""
    rebate = {"tariffs.flat.load_factor_rebates": [{"from_hours": 400.0, "per_kwh": 0.01}]}
    free = solve({**ONLY_QUICK, **target(40.0), **rebate})
    capped = solve({**ONLY_QUICK, **target(40.0), **rebate, "limits.total_cost_musd": 900.0})
    assert capped.verified
    assert capped.design is not None
    assert free.design is not None
    assert is_close(capped.design.solve.value, free.design.solve.value)  # type: ignore[union-attr]
