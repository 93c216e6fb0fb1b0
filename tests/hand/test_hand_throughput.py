"""What must be delivered, what counts, and what a chip really delivers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

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
