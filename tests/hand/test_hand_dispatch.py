"""Dispatch. Ten quick pods, 100 kW of IT and 105 kW of load all day; 365 days a year, of which seven are looked at.

At 0.10 USD/kWh, but 0.02 from 3 to 4 h and 0.50 from 18 to 19 h, a rigid day costs
105 x (22 x 0.10 + 0.52) = 285.60 USD, a year 104,244. The battery costs nothing, keeps nine tenths each way and gives
all of its energy.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.hand.on_paper import (
    ONLY_QUICK,
    account,
    best,
    decides,
    figures,
    is_close,
    lcoc,
    solve,
    target,
    tightens,
)
from tests.hand.test_hand_battery import CELL, SET

WEEK: dict[str, Any] = {**ONLY_QUICK, **target(40.0), "solve.hours": 168}
RIGID = 104_244.0


def prices(*rows: tuple[float, int, int]) -> dict[str, Any]:
    """Energy prices in USD per kWh by hour of the day."""
    told = [{"label": f"{a} to {b} h", "price_per_kwh": usd, "from_hour": a, "to_hour": b} for usd, a, b in rows]
    return {"tariffs.flat.energy": told}


def cell(mw: float, mwh: float, each_way: float = 0.9, **more: Any) -> dict[str, Any]:
    """A battery of at most this size, for nothing, that may dispatch."""
    kind = {"max_mw": mw, "max_mwh": mwh, "round_trip_fraction": each_way**2, "usable_fraction": 1.0}
    return {
        "batteries.cell": {**CELL, **kind, **more},
        "sites.paper.battery": "cell",
        "sites.paper.battery_dispatch": True,
    }


def profile(*parts: tuple[float, int]) -> dict[str, Any]:
    """IT power by hour of the day: share, hours."""
    return {"workloads.training.daily_profile": [share for share, hours in parts for _ in range(hours)]}


TWO_HOURS = prices((0.10, 0, 3), (0.02, 3, 4), (0.10, 4, 18), (0.50, 18, 19), (0.10, 19, 24))
ARBITRAGE = {**WEEK, **TWO_HOURS, **cell(0.02, 1.0)}
SPIKE = {**WEEK, **prices((0.10, 0, 24)), **profile((0.5, 12), (1.0, 1), (0.5, 11)), **cell(0.02, 1.0, each_way=1.0)}
SPIKE_ENERGY = (105 + 23 * 52.5) * 0.1 * 365
"""20 of the 105 kW of the hour after noon come from the battery: the import peaks at 85 kW."""


def paper(usd: float) -> float:
    """LCOC of ten quick pods and so much a year."""
    return lcoc(2_000_000 + usd, 40)


def test_hours_from_which_all_work_moved_away_have_no_pue() -> None:
    """All of it may wait: some hours are left with no IT power, beside 1 kW that runs always.

    They are left out. 19 frugal pods, 76 kW, are the least that deliver 38 PFLOPS; at a mean of 17.5 / 24 of it the
    highest hour has 55.4 kW, and hours that count have a thousandth of that: 0.0554 kW beside the 1 kW, no less.
    """
    profile = [0.5] * 8 + [0.9] * 10 + [0.7] * 5 + [1.0]
    prices = [
        {"label": "n", "price_per_kwh": 0.05, "from_hour": 0, "to_hour": 8},
        {"label": "d", "price_per_kwh": 0.13, "from_hour": 8, "to_hour": 18},
        {"label": "e", "price_per_kwh": 0.09, "from_hour": 18, "to_hour": 24},
    ]
    changes = {
        "workloads.training.daily_profile": profile,
        "workloads.training.deferrable_fraction": 1.0,
        "tariffs.flat.energy": prices,
        "sites.paper.auxiliary_mw": 0.001,
        "solve.hours": 168,
    }
    result = solve(changes)
    assert 1.05 < figures(result)["pue_peak"] <= 1.05 + 1 / (0.001 * 76 * 17.5 / 24)


def test_two_hour_arbitrage_at_full_power() -> None:
    """20 kWh are sold at 0.50. They need 22.2222 kWh in store: 18 from 3 h (20 kWh at 0.02), the rest at 0.10.

    10 - 0.40 - (22.2222 - 18) / 0.9 x 0.10 = 9.130864 USD a day.
    """
    result = decides("hours.charging", ARBITRAGE, paper(RIGID - 365 * (10 - 0.4 - (20 / 0.9 - 18) / 0.9 * 0.1)))
    assert figures(result)["dispatch_savings_musd_per_year"] == pytest.approx(365 * 9.130864e-6, rel=1e-6)
    assert figures(result)["battery_cycles_per_year"] > 0
    # 5 % of pumps; that 20 kW charge in an hour is no overhead of it.
    assert figures(result)["pue_peak"] == pytest.approx(1.05, rel=1e-6)
    decides("hours.discharging", ARBITRAGE, best(result))
    decides("hours.store", ARBITRAGE, best(result))
    decides("hours.balance", ARBITRAGE, best(result))
    decides("battery.free_power", ARBITRAGE, best(result))
    decides("operations.at", ARBITRAGE, best(result))
    decides("operations.price", ARBITRAGE, best(result))


def test_wear_is_paid_per_mwh_discharged() -> None:
    """20 kWh a day at 100 USD per MWh: 2 USD a day, 730 a year."""
    result = solve({**ARBITRAGE, **cell(0.02, 1.0, degradation_usd_per_mwh=100.0)})
    assert is_close(best(result), paper(RIGID - 365 * (9.130864197530864 - 2)))
    assert is_close(account(result, "degradation") * 1e6, 730.0)


def test_two_hour_arbitrage_with_little_energy() -> None:
    """10 kWh in store: 9 kWh sold at 0.50 for 11.1111 kWh bought at 0.02."""
    small = {**WEEK, **TWO_HOURS, **cell(0.02, 0.01)}
    result = decides("hours.holding", small, paper(RIGID - 365 * (4.5 - 10 / 0.9 * 0.02)))
    decides("battery.free_ramp", small, best(result))


def test_ride_through_is_not_sold() -> None:
    """Of 15 kWh, 5 are held for six minutes of 50 kW: the 10 kWh above are left."""
    ride = {"generator": "set", "critical_fraction": 0.5, "from_phase": "only", "ride_through_minutes": 6.0}
    changes = {**WEEK, **TWO_HOURS, **cell(0.06, 0.015), "generators.set": SET, "sites.paper.backup": ride}
    decides("battery.free_ride", changes, paper(RIGID - 365 * (4.5 - 10 / 0.9 * 0.02)))


def test_reserves_are_held_once() -> None:
    """40 kW are reserved for a step, with 4/3 kWh up and as much room down; 5 kWh for the ride: the larger, plus room.

    Of 60 kW and 16.3333 kWh, 20 kW and 16.3333 - 5 - 1.3333 = 10 kWh are free (0.1 % for the straight lines).
    """
    from tests.hand.test_hand_battery import STEPS

    ride = {"generator": "set", "critical_fraction": 0.5, "from_phase": "only", "ride_through_minutes": 6.0}
    both = {**STEPS, "sites.paper.grid.ramp_mw_per_minute": 0.01, "sites.paper.backup": ride, "generators.set": SET}
    changes = {**WEEK, **TWO_HOURS, **both, **cell(0.06, 0.049 / 3)}
    saved = (paper(RIGID) - best(solve(changes))) / (paper(RIGID) - paper(RIGID - 365 * (4.5 - 10 / 0.9 * 0.02)))
    assert 0.999 <= saved <= 1 + 1e-6


def test_grid_limit_holds_while_charging() -> None:
    """110 kW from the grid leave 5 kW to charge at 3 h: 4.5 kWh in store; 17.7222 kWh more at 0.10, 5 kW at a time."""
    saved = 10 - 0.1 - (20 / 0.9 - 4.5) / 0.9 * 0.1
    decides("hours.limit", {**ARBITRAGE, "sites.paper.grid_mw": 0.11}, paper(RIGID - 365 * saved))


def test_energy_cap_limits_the_losses() -> None:
    """3 kWh a day may be lost: 3 / (1 / 0.81 - 1) = 12.7895 kWh sold at 0.50, 15.7895 bought at 0.02."""
    sold = 3 / (1 / 0.81 - 1)
    changes = {**ARBITRAGE, "limits.energy_mwh_per_year": 919.8 + 1.095}
    decides("hours.cap", changes, paper(RIGID - 365 * (sold * 0.5 - (sold + 3) * 0.02)))


def test_spike_is_shaved_by_the_battery() -> None:
    """85 kW x 10 USD x 12 months."""
    result = decides(
        "hours.highest", {**SPIKE, "tariffs.flat.demand_per_kva_month": 10.0}, paper(SPIKE_ENERGY + 10_200)
    )
    assert figures(result)["shaved_peak_mw"] == pytest.approx(0.02)
    assert figures(result)["peak_import_mw"] == pytest.approx(0.085)


JANUARY = {**SPIKE, "sites.paper.measured_pue": [1.5] + [1.2] * 11}
"""Of the hour after noon 20 kW come from the battery: 130 kW in January, one of the seven months, and 100 in others."""
JANUARY_ENERGY = 1_250 * 0.1 * 365 * (1.5 + 6 * 1.2) / 7


def basic(**row: float) -> dict[str, Any]:
    """January's instance with one charge on the demand of all hours."""
    return {**JANUARY, "tariffs.flat.demand": [{"label": "basic", **row}]}


def test_the_shaved_peak_of_the_year() -> None:
    """130 kVA at 100 USD, once."""
    decides("hours.yearly", basic(per_kva_year=100.0), paper(JANUARY_ENERGY + 13_000))


def test_a_ratchet_on_shaved_peaks() -> None:
    """January 130, the other six 0.9 x 130 = 117, each for 12 / 7 months at 10 USD."""
    changes = basic(per_kva_month=10.0, ratchet_fraction=0.9)
    usd = JANUARY_ENERGY + (130 + 6 * 117) * 120 / 7
    decides("hours.ratchet", changes, paper(usd))
    decides("hours.charged", changes, paper(usd))


def test_a_minimum_bill_leaves_nothing_to_shave() -> None:
    """14 % of 1 MW are billed in every month; January's 150 kW are shaved to 140 and no further."""
    changes = basic(per_kva_month=10.0, minimum_fraction=0.14)
    decides("hours.least", changes, paper(JANUARY_ENERGY + 140 * 120))


def test_second_block_of_demand() -> None:
    """60 kVA at 10 and 25 at 30 USD: 1,350 a month."""
    block = {"demand_per_kva_month": 10.0, "demand_block_kva": 60.0, "demand_above_block_per_kva_month": 30.0}
    changes = {f"tariffs.flat.{key}": usd for key, usd in block.items()}
    decides("hours.tier", {**SPIKE, **changes}, paper(SPIKE_ENERGY + 16_200))


def test_contract_for_the_shaved_peak() -> None:
    """85 kW are contracted at 5 USD; beyond it would be 8."""
    changes = {"tariffs.flat.contracted_per_kw_month": 5.0, "tariffs.flat.uncontracted_per_kw_month": 8.0}
    result = decides("hours.excess", {**SPIKE, **changes}, paper(SPIKE_ENERGY + 5_100))
    assert result.design is not None
    assert [row.mw for row in result.design.decisions.contracts] == [pytest.approx(0.085)]


def test_work_waits_for_cheap_hours() -> None:
    """IT 100 kW to noon at 0.20, 50 kW after it at 0.05; 80 % may wait: 1,440 kWh a day.

    After noon there is room for 90 kW x 12 = 1,080; 360 stay. (240 + 360) x 0.20 + (120 + 1,080) x 0.05 = 180 USD,
    and 5 % of pumps where the work is done.
    """
    changes = {
        **WEEK,
        **prices((0.20, 0, 12), (0.05, 12, 24)),
        **profile((1.0, 12), (0.5, 12)),
        "workloads.training.deferrable_fraction": 0.8,
    }
    result = decides("hours.room", changes, paper(180 * 1.05 * 365))
    decides("hours.day", changes, best(result))
    assert figures(result)["moved_mwh_per_year"] == pytest.approx((1080 - 480) * 0.365)


BESIDE = {
    **WEEK,
    **prices((0.05, 0, 18), (0.50, 18, 19), (0.05, 19, 24)),
    "generators.set": {**SET, "unit_mw": 0.06, "max_units": 2, "fuel_usd_per_mwh": 100.0, "run_hours_max": 1000.0},
}
"""One of two sets of 60 kW is spare (N+1). At 18 h a kWh from the other saves 0.40 USD: 24 USD in an hour."""
BESIDE_RIGID = 105 * (0.5 + 23 * 0.05) * 365


def backup(hours: float) -> dict[str, Any]:
    """Sets that may run so many hours beside the grid."""
    row = {"generator": "set", "critical_fraction": 0.5, "from_phase": "only", "peak_shaving_hours_per_year": hours}
    return {"sites.paper.backup": row}


def test_generators_run_beside_the_grid_with_one_spare() -> None:
    """60 kW, not 120, in the 365 dear hours."""
    result = decides("hours.parallel", {**BESIDE, **backup(730.0)}, paper(BESIDE_RIGID - 24 * 365))
    assert is_close(account(result, "fuel") * 1e6, 6 * 365)


def test_generators_run_no_longer_than_they_may() -> None:
    """100 full-load hours: 2,400 USD."""
    decides("hours.fuelled", {**BESIDE, **backup(100.0)}, paper(BESIDE_RIGID - 2_400))


def test_paid_for_import_the_battery_wastes_what_one_inverter_can() -> None:
    """At 0.10 - 0.20 USD/kWh waste pays. The part u of an hour charges: 0.9 u = (1 - u) / 0.9, u = 1 / 1.81.

    20 kW import 20 (2 u - 1) = 2.09945 kW more, all year: 1,839.12 USD on top of the 91,980 for 105 kW. Charging and
    discharging at full power at once would waste 19 % of 20 kW, 3,328.8 USD.
    """
    paid = {**WEEK, "tariffs.flat.fuel_clause_per_kwh": -0.20, **cell(0.02, 1.0)}
    decides("hours.trading", paid, paper(-91_980 - 20 * (2 / 1.81 - 1) * 876))


WIRED = {
    **ARBITRAGE,
    "transformers.ideal.usd_per_unit": 10_000,
    "transformers.ideal.life_years": 1.0,
}
"""Two transformers, 20,000 USD, carry 500 kW with one out: of a split one, 40 USD per kW."""


def test_tightening_feed_counts_the_battery_power() -> None:
    """Of 105 kW the battery gives 55 at most: 50 kW from the substation, 2,000 USD."""
    tightens("tightening.feed", {**WIRED, **cell(0.055, 1.0)}, 2_000_000, 2_002_000)


def test_tightening_carry_counts_the_stored_energy() -> None:
    """Over a day 240 kWh give 9 kW: 96 kW from the substation, 3,840 USD."""
    tightens("tightening.carry", {**WIRED, **cell(1.0, 0.24)}, 2_000_000, 2_003_840)
