"""What must be delivered, what counts, and what a chip really delivers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from optimizer.inputs.design import Status
from tests.hand.on_paper import (
    EFLOP,
    FRUGAL,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    QUICK_PRICE,
    account,
    best,
    decides,
    ended,
    figures,
    is_close,
    lcoc,
    pods,
    solve,
    target,
    two_phases,
)

SERVING: dict[str, Any] = {"kind": "throughput", "workload_class": "inference", "precisions": ["bf16"]}
TWO_CLASSES: dict[str, Any] = {
    **target(8.0),
    "workloads.serving": SERVING | {"job_accelerators": 1, "floor_pflops": {"only": 4.0}},
    "accelerators.quick.utilisation": {"training": 0.5, "inference": 0.1},
    "accelerators.frugal.utilisation": {"training": 0.25, "inference": 0.25},
}
"""A quick pod trains with 4 PFLOPS and serves with 0.8; a frugal pod does either with 2."""
SERVED = lcoc(QUICK + 2 * FRUGAL, 8)
"""8 PFLOPS, 4 of them served: 2 frugal pods serve, 1 quick one trains. Two quick ones would do without the floor."""


def test_throughput_floor_of_a_class() -> None:
    """4 of 8 PFLOPS must be served: 2 frugal pods beside 1 quick one, 436,556.4 USD, where 2 quick cost 418,396."""
    result = decides("throughput.floor", TWO_CLASSES, SERVED)
    assert pods(result) == {"quick": 1, "frugal": 2}


def test_throughput_class_total_counts_the_class_alone() -> None:
    """With a floor of 6 PFLOPS of 10: 3 frugal pods serve, 1 quick one trains."""
    changes = {**TWO_CLASSES, **target(10.0)}
    changes["workloads.serving"] = changes["workloads.serving"] | {"floor_pflops": {"only": 6.0}}
    decides("throughput.class_total", changes, lcoc(QUICK + 3 * FRUGAL, 10))


def test_throughput_total_is_what_works() -> None:
    """10 PFLOPS in use: 2 quick pods and 1 frugal. If the sum were free nothing would be bought."""
    decides("throughput.total", target(10.0), lcoc(2 * QUICK + FRUGAL, 10))


def test_throughput_target_binds_beyond_the_demand() -> None:
    """8 PFLOPS must be in use though only 4 count: two quick pods for 4 PFLOPS."""
    decides("throughput.target", {**ONLY_QUICK, **target(8.0, 4.0)}, lcoc(2 * QUICK, 4))


def test_throughput_useful_counts_what_is_delivered() -> None:
    """38 PFLOPS are asked for, 40 can be used. Ten quick pods deliver 40 at 52,299.5 USD each, the least there is.

    9 quick and 1 frugal cost 52,538.5 per PFLOPS. Without the rule the demand, 40, would count whatever works.
    """
    result = decides("throughput.useful", target(38.0, 40.0), QUICK / 4 / EFLOP)
    assert pods(result) == {"quick": 10}


def test_nothing_counts_beyond_the_demand() -> None:
    """A site costs 100,000 USD a year, so more is cheaper: all 12 PFLOPS of demand are delivered, and no more."""
    changes = {
        **ONLY_QUICK,
        **target(4.0, 12.0),
        "staff.engineers_per_site": 1,
        "staff.usd_per_engineer_year": 100_000,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(3 * QUICK + 100_000, 12))
    assert figures(result)["effective_pflops"] == pytest.approx(12)


def test_fabric_fraction_of_a_large_job() -> None:
    """Twice the reference size at exponent 0.05: 2^-0.05 = 0.965936 of the utilisation; two pods for 7.727 PFLOPS."""
    kept = 2**-0.05
    changes = {
        **ONLY_QUICK,
        **target(8 * kept),
        "workloads.training.job_accelerators": 4096,
    }
    assert is_close(best(solve(changes)), lcoc(2 * QUICK, 8 * kept))
    # On a job of the reference size nothing is lost: 7.727 PFLOPS are 1.9319 pods at work.
    changes["workloads.training.job_accelerators"] = 2048
    assert is_close(best(solve(changes)), lcoc(2 * QUICK_PRICE + 2 * kept * QUICK_ENERGY, 8 * kept))


def test_availability_fraction() -> None:
    """1,000 accelerator-hours between interruptions, jobs of 100: every 10 hours, 2.5 lost: 10 / 12.5 = 0.8."""
    changes = {
        **ONLY_QUICK,
        **target(6.4),
        "workloads.training.job_accelerators": 100,
        "accelerators.quick.interruption_hours": 1_000.0,
        "accelerators.quick.repair_hours": 2.5,
    }
    assert is_close(best(solve(changes)), lcoc(2 * QUICK, 6.4))


def test_maturity_ramp_average() -> None:
    """From 0.4 to 1 in 96 months, 8 years: on average 0.55 in the first four and 0.85 in the last four."""
    changes = {
        **two_phases(2 * 2.2, 2 * 3.4),
        **ONLY_QUICK,
        "stacks.mature.initial_maturity_fraction": 0.4,
        "stacks.mature.ramp_months": 96,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * (QUICK_PRICE + 8 * QUICK_ENERGY), 4 * (4.4 + 6.8)))
    assert is_close(account(result, "effective_pflops", "b"), 6.8)


def test_maturity_ramp_of_an_earlier_adoption() -> None:
    """Adopted four years before: 0.85 in the first phase, 1 afterwards (a ramp of 8 years is over by 2031)."""
    changes = {
        **two_phases(2 * 3.4, 8.0),
        **ONLY_QUICK,
        "stacks.mature.initial_maturity_fraction": 0.4,
        "stacks.mature.ramp_months": 96,
        "stacks.mature.adopted": date(2023, 1, 1),
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * (QUICK_PRICE + 8 * QUICK_ENERGY), 4 * (6.8 + 8.0)))


def test_fastest_admissible_precision() -> None:
    """FP8 at 2,000 TFLOPS is admissible beside BF16: 8 PFLOPS a pod. FP4 is not, however fast."""
    changes = {
        **ONLY_QUICK,
        **target(16.0),
        "workloads.training.precisions": ["bf16", "fp8"],
        "accelerators.quick.fp8_tflops": 2_000.0,
        "accelerators.quick.fp4_tflops": 9_000.0,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * QUICK, 16))
    assert figures(result)["peak_pflops"] == pytest.approx(32)


def test_two_workloads_with_profiles_and_two_prices() -> None:
    """Training runs at 0.9 all day, serving at 1 from 8 to 20 h and at 0.5 at night. 4 PFLOPS each: two quick pods.

    Power is 0.20 USD/kWh from 8 to 20 h, 0.05 at night: 4,380 h each.
    Training 10 kW x 1.05 x 0.9 x (876 + 219) = 10,347.75 USD.  Serving 10 kW x 1.05 x (876 + 109.5) = 10,347.75 USD.
    By day 10.5 x 1.9 = 19.95 kW are imported: at 10 USD per kVA and month 2,394 USD.
    """
    night = {"label": "night", "price_per_kwh": 0.05}
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "workloads.training.load_fraction": 0.9,
        "workloads.training.floor_pflops": {"only": 4.0},
        "workloads.serving": SERVING
        | {
            "job_accelerators": 1,
            "floor_pflops": {"only": 4.0},
            "daily_profile": [0.5] * 8 + [1.0] * 12 + [0.5] * 4,
        },
        "accelerators.quick.utilisation": {"training": 0.5, "inference": 0.5},
        "tariffs.flat.energy": [
            night | {"to_hour": 8},
            {"label": "day", "price_per_kwh": 0.2, "from_hour": 8, "to_hour": 20},
            night | {"from_hour": 20},
        ],
        "tariffs.flat.demand_per_kva_month": 10.0,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(400_000 + 2 * 10_347.75 + 2_394, 8))
    assert figures(result)["peak_import_mw"] == pytest.approx(0.01995)


def test_throughput_milestone_comes_before_the_target() -> None:
    """8 PFLOPS on the last day of phase a, whose own target is 4: both quick pods are bought in a.

    A quick pod of a serves both phases and leaves nothing; one bought in b would leave half its price. 2 pods for
    8 years of 9,198 USD: 2 x (200,000 + 73,584) = 547,168 USD instead of 200,000 + 73,584 + 100,000 + 36,792.
    """
    milestone = {"milestones": [{"date": date(2030, 12, 31), "target_pflops": 8.0}]}
    changes = {**ONLY_QUICK, **two_phases(4.0, 8.0, (8.0, 8.0)), **milestone}
    result = decides("throughput.milestone", changes, 547_168 / 1e6, "total_cost")
    assert pods(result, "a") == {"quick": 2}


def test_a_milestone_on_the_first_day_of_a_phase_is_for_that_phase() -> None:
    """On 1 January 2031 phase b has begun: its own target already asks for 8, so the plan is as without it."""
    milestone = {"milestones": [{"date": date(2031, 1, 1), "target_pflops": 8.0}]}
    changes = {**ONLY_QUICK, **two_phases(4.0, 8.0, (8.0, 8.0))}
    without, with_it = (best(solve({**changes, **more}, "total_cost")) for more in ({}, milestone))
    assert is_close(with_it, without)
    assert is_close(without, 410_376 / 1e6)


IDLE = 0.8 + 0.2 * 0.3
"""Mean draw at an occupancy of 0.8 where idle pods draw 0.3 of what they draw at work: 0.86."""


def test_throughput_occupied_counts_what_is_delivered() -> None:
    """38 PFLOPS must stand and 40 can be used, at work 80 % of the year: ten quick pods deliver 0.8 * 40 = 32.

    Each costs 200,000 and draws 0.86 of 9,198: 207,910.28 USD for 3.2 PFLOPS-years; a frugal one 113,164.11 for 1.6.
    Without the rule the demand would count whatever stands.
    """
    changes = {**target(38.0, 40.0), "workloads.training.occupancy": 0.8}
    each = QUICK_PRICE + IDLE * QUICK_ENERGY
    result = decides("throughput.occupied", changes, lcoc(each, 3.2))
    assert pods(result) == {"quick": 10}
    assert figures(result)["effective_pflops"] == pytest.approx(40)
    assert figures(result)["delivered_pflops"] == pytest.approx(32)
    assert figures(result)["energy_mwh_per_year"] == pytest.approx(10 * IDLE * QUICK_ENERGY / 100)
    assert figures(result)["peak_import_mw"] == pytest.approx(0.105), "ten pods of 10 kW, 5 % of pumps, at full work"


def test_targets_are_of_capability() -> None:
    """8 PFLOPS must stand: two quick pods, whatever their use; half of the year they deliver 4 PFLOPS."""
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "workloads.training.occupancy": 0.5,
        "workloads.training.idle_fraction": 0.0,
    }
    result = solve(changes)
    assert pods(result) == {"quick": 2}
    assert is_close(best(result), lcoc(2 * (QUICK_PRICE + 0.5 * QUICK_ENERGY), 4))


def test_occupancy_by_phase_holds_until_the_next_one_named() -> None:
    """Phase a has what is first named, b what is named for it: 0.5 and 0.75 of 8 PFLOPS through four years each."""
    changes = {
        **ONLY_QUICK,
        **two_phases(8.0, 8.0),
        "workloads.training.occupancy_by_phase": {"b": 0.75},
        "workloads.training.idle_fraction": 1.0,
    }
    assert is_close(best(solve(changes)), lcoc(2 * (QUICK_PRICE + 8 * QUICK_ENERGY), 8 * 8 * 0.75))
    changes["workloads.training.occupancy_by_phase"] = {"a": 0.5, "b": 0.75}
    assert is_close(best(solve(changes)), lcoc(2 * (QUICK_PRICE + 8 * QUICK_ENERGY), 4 * 8 * (0.5 + 0.75)))


def test_demand_is_filled_from_the_most_occupied_down() -> None:
    """4 of 8 PFLOPS must be served. Training works all year and serving half of it; only 6 PFLOPS are wanted.

    All 4 of training count in full, of serving 2 at a half: 5 PFLOPS delivered. Two quick pods do either.
    """
    changes = {
        **ONLY_QUICK,
        **target(8.0, 6.0),
        "workloads.training.floor_pflops": {"only": 4.0},
        "workloads.serving": SERVING | {"job_accelerators": 1, "floor_pflops": {"only": 4.0}, "occupancy": 0.5},
        "accelerators.quick.utilisation": {"training": 0.5, "inference": 0.5},
        "accelerators.frugal.utilisation": {"training": 0.25, "inference": 0.25},
    }
    # Serving idles half of the year at 0.3: its pod draws 0.65.
    usd = 2 * QUICK_PRICE + (1 + 0.65) * QUICK_ENERGY
    result = decides("throughput.occupied", changes | target(8.0, 10.0), lcoc(usd, 6))
    assert figures(result)["delivered_pflops"] == pytest.approx(6), "4 of training and half of 4"
    result = solve(changes)
    assert is_close(best(result), lcoc(usd, 5))


def test_occupancy_lowers_the_energy_and_not_the_peak() -> None:
    """2 quick pods at work a quarter of the year, idle at nothing: a quarter of the energy, all of the demand charge.

    Peak 2 * 10 kW * 1.05 = 21 kW = 21 kVA, twelve months at 10 USD: 2,520 USD.
    """
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "workloads.training.occupancy": 0.25,
        "workloads.training.idle_fraction": 0.0,
        "tariffs.flat.demand_per_kva_month": 10.0,
    }
    result = solve(changes)
    assert is_close(best(result), lcoc(2 * (QUICK_PRICE + 0.25 * QUICK_ENERGY) + 2520, 2))
    assert account(result, "demand") * 1e6 == pytest.approx(2520)
    assert figures(result)["pue_annual"] == pytest.approx(1.05)
    assert figures(result)["pue_peak"] == pytest.approx(1.05)


def test_the_connection_carries_full_work() -> None:
    """A grid of 20 kW feeds one quick pod of 10.5 kW with its pumps and no second, though two need half on the mean."""
    changes = {
        **ONLY_QUICK,
        **target(8.0),
        "workloads.training.occupancy": 0.25,
        "workloads.training.idle_fraction": 0.0,
    }
    assert pods(solve(changes | {"sites.paper.grid_mw": 0.0211})) == {"quick": 2}
    assert ended(changes | {"sites.paper.grid_mw": 0.02}) is Status.INFEASIBLE
