"""Pods delivered, kept, retired and put to work."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.hand.on_paper import (
    EFLOP,
    MINIMAL,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    QUICK_PRICE,
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

FRUGAL_THERE: dict[str, Any] = {
    "accelerator": "frugal",
    "cooling": "warm_water",
    "pods": 2,
    "commissioned": date(2027, 1, 1),
}


def test_compute_work_needs_installed_pods() -> None:
    """38 PFLOPS: 9 quick pods and 1 frugal one, all at work. If pods worked without being there, none were bought."""
    result = decides("compute.work", {}, lcoc(MINIMAL, 38))
    assert pods(result) == {"quick": 9, "frugal": 1}


def test_compute_keep_retires_each_pod_once() -> None:
    """Two old frugal pods fetch 120,000 USD each; new ones cost 110,000 (55,000 in the second phase, half their life).

    20 PFLOPS need 10 frugal pods. 8 are bought at once, 880,000. In b both old ones are retired and replaced:
    2 x (55,000 - 120,000). Energy 8 years x 10 x 3,679.2 = 294,336. Together 1,044,336 USD.
    Retiring two in each phase would fetch another 2 x (120,000 - 110,000).
    """
    changes = {
        **two_phases(20.0, 20.0),
        "procurement.include": ["frugal"],
        "sites.paper.existing_pods": [FRUGAL_THERE | {"salvage_usd_per_pod": 120_000}],
    }
    result = decides("compute.keep", changes, lcoc(1_044_336, 160))
    assert account(result, "salvage", "b") == -0.24


def test_compute_port_pays_for_a_stack() -> None:
    """Quick pods run a stack that costs 150,000 USD to port to: still better than 19 frugal pods, 2,159,904.8."""
    stack = {"name": "New", "initial_maturity_fraction": 1.0, "ramp_months": 0, "porting_usd": 150_000}
    changes = {"stacks.new": stack, "accelerators.quick.stack": "new"}
    result = decides("compute.port", changes, lcoc(MINIMAL + 150_000, 38))
    assert is_close(account(result, "capex_porting"), 0.15)
    # At 170,000 USD the 19 frugal pods win.
    dear = solve({**changes, "stacks.new.porting_usd": 170_000})
    assert is_close(best(dear), lcoc(2_159_904.8, 38))
    assert account(dear, "capex_porting") == 0


def test_retirement_saves_no_space_but_fetches_salvage() -> None:
    """Old frugal pods are worth 60,000 USD each and work 8 more years for 2 x 29,433.6 USD of energy.

    For 4 PFLOPS in both phases: keep both and retire none until b, when a quick pod (half its life is left at the end:
    100,000 USD, and 36,792 of energy) costs 136,792 less 120,000 salvage, against 29,433.6 of energy: it takes over.
    """
    changes = {
        **two_phases(4.0, 4.0),
        **ONLY_QUICK,
        "sites.paper.existing_pods": [FRUGAL_THERE | {"salvage_usd_per_pod": 60_000}],
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(29_433.6 + 136_792 - 120_000, 32))
    assert pods(result, "b") == {"quick": 1}
    # At 50,000 USD each the old ones stay: 36,792 would beat 29,433.6.
    changes["sites.paper.existing_pods"][0]["salvage_usd_per_pod"] = 50_000
    assert is_close(best(solve(changes)), lcoc(58_867.2, 32))


def test_existing_pods_pay_maintenance_on_todays_price() -> None:
    """2 frugal pods at 110,000 USD, 5 % a year; no price, no residual value."""
    changes = {
        **two_phases(4.0, 4.0),
        **ONLY_QUICK,
        "accelerators.frugal.maintenance_fraction": 0.05,
        "accelerators.frugal.price_trend_fraction": -0.2,
        "sites.paper.existing_pods": [FRUGAL_THERE],
    }
    result = solve(changes)
    assert is_close(account(result, "maintenance", "b"), 0.011)
    assert is_close(best(result), lcoc(8 * (11_000 + 7_358.4), 32))


def test_existing_pods_leave_at_the_end_of_their_life() -> None:
    """In b the old pods are beyond 8 years: one quick pod (half its life left) does their work."""
    old = FRUGAL_THERE | {"commissioned": date(2023, 1, 1)}
    result = solve({**two_phases(4.0, 4.0), **ONLY_QUICK, "sites.paper.existing_pods": [old]})
    assert is_close(best(result), lcoc(29_433.6 + 136_792, 32))


def test_floor_loading_excludes_the_heavy_rack() -> None:
    """(1 x 100 kg + 100 kg of rack) x 9.80665 / 1000 / 1.2 m2 = 1.6344 kPa; a quick server of 101 kg makes 1.6426."""
    floor = {"sites.paper.building.floor_loading_kpa": 1.64, "accelerators.quick.server_kg": 101.0}
    result = solve(floor)
    assert pods(result) == {"frugal": 19}
    assert is_close(best(result), lcoc(2_159_904.8, 38))
    assert pods(solve({**floor, "sites.paper.building.floor_loading_kpa": 1.65})) == {"quick": 9, "frugal": 1}


def test_rack_scale_system_is_one_pod() -> None:
    """A system of 2 racks and 72 chips: 72 x 0.5 = 36 PFLOPS, 130 kW, fabric inside. Two for 72 PFLOPS.

    72 x 20,000 + 40,000 = 1,480,000 USD, 2 racks x 5,000; energy 130 kW x 1.05 x 8,760 x 0.10 = 119,574 USD.
    Two systems stand on 2 x 2 x 3 m2. Other fabrics would cost 1,000 USD and 0.1 kW a chip: not these.
    """
    changes = {
        **ONLY_QUICK,
        **target(72.0),
        "accelerators.quick.per_server": 72,
        "accelerators.quick.server_kw": 130.0,
        "accelerators.quick.server_units": 96,
        "accelerators.quick.rack_scale": {"racks": 2, "densest_rack_kw": 14.0, "fabric_included": True},
        "coolings.warm_water.usd_per_rack": 5_000,
        "fabrics.none.kw_per_accelerator": 0.1,
        "fabrics.none.tiers": [{"up_to_accelerators": 1_000_000, "usd_per_accelerator": 1_000}],
        "sites.paper.building.white_space_m2": 12.0,
    }
    result = solve(changes)
    assert is_close(best(result), 2 * (1_480_000 + 10_000 + 119_574) / (72 * EFLOP))
    assert figures(result)["racks"] == 4
    assert figures(result)["it_mw"] == 0.26
    # Its own fabric apart, it pays 72,000 USD and 7.2 kW x 1.05 x 876 = 6,622.56 USD more.
    changes["accelerators.quick.rack_scale"] = {"racks": 2, "densest_rack_kw": 14.0}
    changes["sites.paper.building.white_space_m2"] = 13.0
    assert is_close(best(solve(changes)), 2 * (1_609_574 + 72_000 + 6_622.56) / (72 * EFLOP))


def test_rack_scale_system_that_no_rack_carries() -> None:
    """The densest rack draws 15.1 kW, the technology carries 15: only frugal pods are left."""
    changes = {"accelerators.quick.rack_scale": {"racks": 1, "densest_rack_kw": 15.1}}
    assert pods(solve(changes)) == {"frugal": 19}


def test_servers_of_a_rack_by_power_and_by_height() -> None:
    """15 kW hold 3 frugal servers, 24 U hold 3: pods of 3. 20 U hold 2. A rack is 3,000 USD: the fewer the better."""
    base = {
        "procurement.include": ["frugal"],
        **target(12.0),
        "coolings.warm_water.usd_per_rack": 3_000,
    }
    three = solve({**base, "coolings.warm_water.rack_units": 24})
    assert is_close(best(three), lcoc(6 * 113_679.2 + 2 * 3_000, 12))
    two = solve({**base, "coolings.warm_water.rack_units": 20})
    assert is_close(best(two), lcoc(6 * 113_679.2 + 3 * 3_000, 12))


def test_half_a_pod_may_work() -> None:
    """10 PFLOPS are 2.5 quick pods: 3 are bought, and 2.5 draw power."""
    result = solve({**ONLY_QUICK, **target(10.0)})
    assert is_close(best(result), lcoc(3 * QUICK_PRICE + 2.5 * QUICK_ENERGY, 10))
    assert figures(result)["it_mw"] == 0.03


def test_quick_pods_alone() -> None:
    """8 PFLOPS: two quick pods."""
    assert is_close(best(solve({**ONLY_QUICK, **target(8.0)})), lcoc(2 * QUICK, 8))
