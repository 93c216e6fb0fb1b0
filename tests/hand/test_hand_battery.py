"""The battery. Ten quick pods at work, 100 kW, of which half swings: 50 kW.

The grid (80 per unit) and one transformer of 0.5 MVA at 6 % (0.12) together: 1 / (1/12.5 + 0.06/0.5) = 5 MVA of fault
level. A voltage step of 0.2 % allows 10 kW, so 40 kW are reserved. Batteries live one year: nothing is left of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.assets.battery.coefficients import ramp_scale, tangent_points
from tests.hand.on_paper import (
    EFLOP,
    MINIMAL,
    ONLY_QUICK,
    QUICK,
    account,
    best,
    decides,
    figures,
    is_close,
    lcoc,
    pods,
    solve,
    target,
    two_phases,
)

CELL: dict[str, Any] = {
    "name": "Cell",
    "usd_per_mw": 0,
    "usd_per_mwh": 0,
    "c_rate_max_per_hour": 20.0,
    "usable_fraction": 0.8,
    "round_trip_fraction": 0.9,
    "m2_per_mwh": 0.0,
    "max_mwh": 1.0,
    "max_mw": 1.0,
    "life_years": 1.0,
    "maintenance_fraction": 0.0,
    "lead_time_weeks": 20.0,
}
SET: dict[str, Any] = {
    "name": "Set",
    "unit_mw": 1.0,
    "usd_per_unit": 0,
    "m2_per_unit": 0.0,
    "fuel_usd_per_mwh": 0.0,
    "carbon_kg_per_mwh": 0.0,
    "test_hours_per_year": 0.0,
    "run_hours_max": 100.0,
    "life_years": 1.0,
    "maintenance_fraction": 0.0,
    "lead_time_weeks": 20.0,
}
STEPS: dict[str, Any] = {
    "workloads.training.step_fraction": 0.5,
    "sites.paper.battery": "cell",
    "sites.paper.grid.short_circuit_mva": 12.5,
    "sites.paper.grid.voltage_step_max_fraction": 0.002,
    "batteries.cell": CELL,
}
TEN: dict[str, Any] = {**ONLY_QUICK, **target(40.0), **STEPS}
RIDE: dict[str, Any] = {
    "generators.set": SET,
    "sites.paper.backup": {
        "generator": "set",
        "critical_fraction": 0.5,
        "from_phase": "only",
        "ride_through_minutes": 6.0,
    },
}
"""Half of 100 kW must be carried for 6 minutes: 50 kW, 5 kWh."""


def paper(usd: float) -> float:
    """LCOC of ten quick pods and something more."""
    return lcoc(10 * QUICK + usd, 40)


def cell(**changes: Any) -> dict[str, Any]:
    """Another battery."""
    return {"batteries.cell": CELL | changes}


def test_battery_step_beyond_the_limit_is_reserved() -> None:
    """40 kW at 1,000 USD per kW."""
    result = decides("battery.step", {**TEN, **cell(usd_per_mw=1e6)}, paper(40_000))
    assert result.design is not None
    assert [row.mw for row in result.design.decisions.step_reserves] == [pytest.approx(0.04)]


def test_battery_hold_the_reserve_with_smoothing() -> None:
    """The servers' own stores take a tenth of the swing: 45 - 10 = 35 kW, and 7,000 USD for opening."""
    changes = {**TEN, **cell(usd_per_mw=1e6, usd_fixed=7_000), "accelerators.quick.power_smoothing_fraction": 0.1}
    decides("battery.hold", changes, paper(42_000))


def test_battery_ramp_energy() -> None:
    """At 0.01 MW per minute the grid takes 4 minutes to follow 40 kW: 0.04^2 / 1.2 = 1.3333 kWh each way.

    2 x 1.3333 / 0.8 = 3.3333 kWh of nameplate at 3,000 USD: 10,000 USD.
    """
    changes = {**TEN, **cell(usd_per_mwh=3e6), "sites.paper.grid.ramp_mw_per_minute": 0.01}
    result = decides("battery.ramp", changes, paper(10_000))
    assert figures(result)["battery_mwh"] == pytest.approx(0.01 / 3, rel=1e-6)


def test_battery_store_ramp_up_and_down() -> None:
    """The same with all of the energy usable: 2.6667 kWh, 8,000 USD at 3,000 per kWh."""
    changes = {**TEN, **cell(usd_per_mwh=3e6, usable_fraction=1.0), "sites.paper.grid.ramp_mw_per_minute": 0.01}
    decides("battery.store_ramp", changes, paper(8_000))


def test_tangents_lie_below_the_ramp_energy_and_not_far() -> None:
    """P^2 / (120 r) from the smallest point on: never above, at most 1 % below."""
    scale, points = ramp_scale(0.5), tangent_points(ramp_scale(0.5), 10.0)
    for n in range(200):
        mw = 0.01 * 1000 ** (n / 199)
        exact = mw**2 / 60
        assert exact * 0.99 <= max(scale * point * (2 * mw - point) for point in points) <= exact * (1 + 1e-12)


def test_battery_ride_mw_carries_the_critical_load() -> None:
    """No steps: 50 kW at 1,000 USD per kW. With steps the larger of 50 and 40, not the sum."""
    still = {**TEN, **RIDE, **cell(usd_per_mw=1e6), "workloads.training.step_fraction": 0.0}
    decides("battery.ride_mw", still, paper(50_000))
    both = {**TEN, **RIDE, **cell(usd_per_mw=1e6)}
    assert is_close(best(solve(both)), paper(50_000))


def test_battery_store_ride_through() -> None:
    """5 kWh for the ride at 0.8 usable: 6.25 kWh at 8,000 USD per kWh = 50,000 USD."""
    still = {**TEN, **RIDE, **cell(usd_per_mwh=8e6), "workloads.training.step_fraction": 0.0}
    decides("battery.store_ride", still, paper(50_000))


def test_battery_store_ride_beside_the_ramp() -> None:
    """5 kWh for the ride and 1.3333 kWh of room for a step down: 6.3333 / 0.8 = 7.9167 kWh."""
    changes = {**TEN, **RIDE, **cell(usd_per_mwh=8e6), "sites.paper.grid.ramp_mw_per_minute": 0.01}
    assert figures(solve(changes))["battery_mwh"] == pytest.approx(0.019 / 3 / 0.8, rel=1e-6)


def test_battery_c_rate_asks_for_energy() -> None:
    """40 kW at 2 kW per kWh: 20 kWh at 1,000 USD."""
    decides("battery.c_rate", {**TEN, **cell(usd_per_mwh=1e6, c_rate_max_per_hour=2.0)}, paper(20_000))


GROWING: dict[str, Any] = {
    **two_phases(40.0, 48.0),
    **STEPS,
    "accelerators.frugal.power_smoothing_fraction": 1.0,
    "batteries.cell": CELL | {"life_years": 8.0, "max_mw": 0.04},
}
"""10 quick pods from a on: 10 x (200,000 + 73,584) = 2,735,840 USD. In b 8 more PFLOPS, half of each price is left:

    2 quick     2 x (100,000 + 36,792)   = 273,584.0    but 60 kW of steps, 50 kW of battery
    4 frugal    4 x ( 55,000 + 14,716.8) = 278,867.2    which do not swing                    <- with 40 kW of battery
"""
GROWN = lcoc(2_735_840 + 278_867.2, 352)


def test_battery_space_mw_holds_over_all_purchases() -> None:
    """40 kW may stand there, however many times a battery is bought."""
    result = decides("battery.space_mw", GROWING, GROWN)
    assert pods(result, "b") == {"frugal": 4}


def test_battery_space_mwh_holds_over_all_purchases() -> None:
    """20 kWh may stand there: 40 kW at 2 kW per kWh."""
    small = CELL | {"life_years": 8.0, "max_mwh": 0.02, "c_rate_max_per_hour": 2.0}
    decides("battery.space_mwh", {**GROWING, "batteries.cell": small}, GROWN)


def test_battery_once_opened_a_second_time_would_double_it() -> None:
    """Were the battery opened again in b, 80 kW might stand there."""
    decides("battery.once", GROWING, GROWN)


def test_battery_space_opens_before_it_buys() -> None:
    """Opening costs 25,000 USD; power and energy are free but 0 until then."""
    changes = {**TEN, **cell(usd_fixed=25_000)}
    decides("battery.space_mw battery.space_mwh", changes, paper(25_000))


def test_no_steps_no_battery() -> None:
    """Without a swing nothing is bought, however cheap."""
    result = solve({**STEPS, "workloads.training.step_fraction": 0.0})
    assert is_close(best(result), lcoc(MINIMAL, 38))
    assert account(result, "capex_battery") == 0
    assert figures(result)["battery_mw"] == 0


def test_step_includes_losses_and_load() -> None:
    """Load 0.8, losses 25 %: 0.5 x 0.8 x 1.25 x 100 = 50 kW again; energy 100 x 0.8 x 1.3 x 876 = 91,104 USD."""
    changes = {
        **TEN,
        **cell(usd_per_mw=1e6),
        "workloads.training.load_fraction": 0.8,
        "sites.paper.distribution_loss_fraction": 0.25,
    }
    assert is_close(best(solve(changes)), (2_000_000 + 91_104 + 40_000) / (40 * EFLOP))
