"""Corners where the model and the audit must say the same, and what docs/model.md says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from optimizer.inputs.design import Status
from tests.hand.on_paper import (
    EFLOP,
    MINIMAL,
    ONLY_QUICK,
    QUICK,
    QUICK_ENERGY,
    best,
    decides,
    ended,
    is_close,
    lcoc,
    solve,
    target,
    two_phases,
)
from tests.hand.test_hand_battery import RIDE, TEN
from tests.hand.test_hand_cooling import another_loop
from tests.hand.test_hand_objectives import another_site
from tests.hand.test_hand_power import BACKUP, SET

FRUGAL_THERE: dict[str, Any] = {
    "accelerator": "frugal",
    "cooling": "warm_water",
    "pods": 2,
    "commissioned": date(2027, 1, 1),
}


def test_ride_through_needs_a_battery() -> None:
    """Somebody has to carry the critical load until the generators do. Where no battery may stand, nothing can."""
    still = {**TEN, **RIDE, "workloads.training.step_fraction": 0.0, "sites.paper.battery": None}
    assert ended(still) is Status.INFEASIBLE


def test_existing_entries_of_one_type_first_named_first_retired() -> None:
    """Two old frugal pods, the second worth 60,000 USD. By contract the one named first goes first, for nothing.

    For 2 PFLOPS one of the two is enough, and retiring one fetches nothing: only energy is paid.
    """
    changes = {
        **ONLY_QUICK,
        **target(2.0),
        "accelerators.frugal.life_years": 8.0,
        "sites.paper.existing_pods": [
            FRUGAL_THERE | {"pods": 1},
            FRUGAL_THERE | {"pods": 1, "salvage_usd_per_pod": 60_000},
        ],
    }
    decides("compute.first compute.then", changes, lcoc(3_679.2, 2))


def test_existing_entries_of_one_type_both_retired() -> None:
    """They fetch 203,000 USD; a quick pod and its energy cost 209,198: 6,198 more, less than 7,358.4 of old energy.

    Both go in the same phase, in one row of the design.
    """
    changes = {
        **ONLY_QUICK,
        **target(4.0),
        "accelerators.frugal.life_years": 8.0,
        "sites.paper.existing_pods": [
            FRUGAL_THERE | {"pods": 1, "salvage_usd_per_pod": 101_000},
            FRUGAL_THERE | {"pods": 1, "salvage_usd_per_pod": 102_000},
        ],
    }
    assert is_close(best(solve(changes)), lcoc(QUICK - 203_000, 4))


def test_existing_generators_beyond_the_most() -> None:
    """No more than 2 sets may stand there, and 4 existing ones never expire: there is no design."""
    changes = {"generators.set": SET | {"max_units": 2}, "sites.paper.backup": BACKUP | {"existing_units": 4}}
    assert ended(changes) is Status.INFEASIBLE
    assert ended({**changes, "generators.set": SET | {"max_units": 4}}) is Status.OPTIMAL


def test_existing_modules_beyond_the_most() -> None:
    """No more than 2 modules may stand there, and 3 existing ones never expire: there is no design."""
    changes = {"coolings.warm_water.max_modules": 2, "sites.paper.existing_cooling_modules": {"warm_water": 3}}
    assert ended(changes) is Status.INFEASIBLE
    assert ended({**changes, "coolings.warm_water.max_modules": 3}) is Status.OPTIMAL


def test_existing_substation_beyond_the_most() -> None:
    """An existing substation starts as it is, whatever the limits on units."""
    changes = {"transformers.ideal.max_units": 1, "sites.paper.grid.existing": {"transformer": "ideal", "units": 3}}
    assert is_close(best(solve(changes)), lcoc(MINIMAL, 38))


def test_existing_pods_on_a_floor_that_no_longer_carries_them() -> None:
    """1.6344 kPa on a floor of 1.6: quick pods cannot be bought, and by contract old frugal ones cannot stand either.

    Only procurement lists and export rulings exempt what is there (docs/model.md, section 3).
    """
    changes = {
        **two_phases(4.0, 4.0),
        "sites.paper.building.floor_loading_kpa": 1.6,
        "sites.paper.existing_pods": [FRUGAL_THERE],
    }
    assert ended(changes) is Status.INFEASIBLE


def test_existing_pods_in_a_technology_not_offered() -> None:
    """Racks of a technology that is not among the site's: by contract the pods cannot stand, though its plant is there.

    The quick pods may be bought; the old ones have to go.
    """
    changes = {
        **ONLY_QUICK,
        **target(4.0),
        "accelerators.frugal.life_years": 8.0,
        "accelerators.frugal.coolings": ["warm_water", "other"],
        "coolings.other": another_loop(name="Other"),
        "sites.paper.existing_pods": [FRUGAL_THERE | {"cooling": "other"}],
        "sites.paper.existing_cooling_modules": {"other": 2},
    }
    assert is_close(best(solve(changes)), lcoc(QUICK, 4))


def test_existing_pods_that_no_list_and_no_ruling_would_let_in() -> None:
    """Existing pods are exempt from the procurement lists and the export rules."""
    changes = {
        "procurement.include": ["none"],
        "export.regime": "domestic_only",
        **target(4.0),
        "accelerators.frugal.life_years": 8.0,
        "sites.paper.existing_pods": [FRUGAL_THERE],
    }
    assert is_close(best(solve(changes)), lcoc(2 * 3_679.2, 4))


def test_ruling_quota_counts_what_is_delivered_under_the_licence() -> None:
    """3 pods of 25,000 accelerators exhaust the licence for Hong Kong; in Singapore the chip is free.

    Four pods are wanted, power there is half the price and TPP 4,800 pays no tariff: three there, one in Singapore.
    """
    chip = {
        "accelerators.quick.bf16_tflops": 300.0,
        "accelerators.quick.per_server": 25_000,
        "accelerators.quick.price_usd": 6,
        "accelerators.quick.server_rest_usd": 0,
    }
    changes = {
        **ONLY_QUICK,
        **target(15_000.0),
        **chip,
        **another_site(place="hong_kong"),
        "export.regime": "may_2026",
    }
    assert is_close(best(solve(changes)), (4 * 150_000 + 2.5 * QUICK_ENERGY) / (15_000 * EFLOP))


@pytest.mark.parametrize("ramp", [0.0])
def test_ramp_limit_of_nothing(ramp: float) -> None:
    """A utility that accepts no ramp at all: a step cannot be taken by any battery, for the ramp would never end."""
    changes = {**TEN, "sites.paper.grid.ramp_mw_per_minute": ramp}
    assert ended(changes) is Status.INFEASIBLE


def test_site_that_is_not_used_costs_nothing() -> None:
    """A second site with large losses would need a spare generator if it held anything. It holds nothing."""
    unused = another_site(tariff="flat", distribution_loss_fraction=0.4, backup=BACKUP)
    assert is_close(best(solve({**unused, "generators.set": SET})), lcoc(MINIMAL, 38))


def test_site_where_no_substation_has_a_unit_to_spare() -> None:
    """Two transformers at most, and two must be spare: nothing can be fed, which is an answer and not an error."""
    changes = {"transformers.ideal.max_units": 2, "sites.paper.grid.spare_units": 2}
    assert ended(changes) is Status.INFEASIBLE
    # Beside a site that can be fed it is merely not used.
    site = another_site()["sites.there"]
    beside = another_site(grid=site["grid"] | {"spare_units": 2})
    assert is_close(best(solve(beside)), lcoc(MINIMAL, 38))
