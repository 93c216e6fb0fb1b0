"""Tariffs at a site that dispatches nothing: ten quick pods draw 105 kW all year, 919.8 MWh at 0.10 USD: 91,980 USD."""

from __future__ import annotations

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
