"""What blocks of energy and rebates that must be earned can never do: make a bill cheaper, or depend on a size."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from optimizer.inputs.design import Status
from optimizer.pipeline import Options, run
from tests.crosscheck.test_tariff_brute_force import two_classes, year_of_blocks
from tests.tiny import tiny

HERE = Path(__file__).parent
BLOCKS, HOURS = "tariffs.flat.energy_blocks", "tariffs.flat.load_factor_eligible_hours"


def lcoc(given: dict[str, Any]) -> float:
    result = run(tiny(given), HERE, Options(gap=1e-7, isolated=False))
    assert result.status is Status.OPTIMAL, result.message
    assert result.verified
    assert result.design is not None
    assert result.design.solve is not None
    return result.design.solve.value


def rows(*told: tuple[float, float]) -> list[dict[str, float]]:
    return [{"from_kwh": kwh, "surcharge_per_kwh": usd} for kwh, usd in told]


@pytest.mark.parametrize("given", [two_classes(2), year_of_blocks(4)], ids=["classes", "year"])
def test_more_blocks_and_dearer_ones_are_never_cheaper(given: dict[str, Any]) -> None:
    bills = [
        lcoc({**given, BLOCKS: told})
        for told in (
            [],
            rows((30_000.0, 0.02)),
            rows((30_000.0, 0.02), (45_000.0, 0.05)),
            rows((20_000.0, 0.02), (45_000.0, 0.05)),
            rows((20_000.0, 0.04), (45_000.0, 0.05)),
        )
    ]
    assert all(dearer >= cheaper * (1 - 1e-6) for cheaper, dearer in itertools.pairwise(bills))
    assert bills[-1] > bills[0] * (1 + 1e-5)


def test_a_block_as_dear_as_the_one_before_is_none() -> None:
    given = year_of_blocks(4)
    one, two = rows((30_000.0, 0.05)), rows((30_000.0, 0.05), (45_000.0, 0.05))
    assert lcoc({**given, BLOCKS: two}) == pytest.approx(lcoc({**given, BLOCKS: one}), rel=1e-6)


@pytest.mark.parametrize("seed", [4, 9])
def test_the_more_hours_are_asked_for_the_dearer(seed: int) -> None:
    """From rebates without a condition to a tariff without rebates."""
    given = two_classes(seed)
    asked = [lcoc({**given, HOURS: hours}) for hours in (None, 450.0, 560.0, 650.0, 743.0)]
    none = lcoc({**given, HOURS: None, "tariffs.flat.load_factor_rebates": []})
    assert all(more >= less * (1 - 1e-6) for less, more in itertools.pairwise(asked))
    assert asked[-1] == pytest.approx(none, rel=1e-6)
    assert asked[0] < none * (1 - 1e-5)


SMALL_SITE: dict[str, Any] = {
    "phases": {
        "a": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 4.84, "demand_pflops": 8.65},
        "b": {"start": date(2028, 1, 1), "years": 1.0, "target_pflops": 4.54},
    },
    "accelerators.quick.life_years": 4.0,
    "accelerators.frugal.per_server": 32,
    "accelerators.frugal.utilisation": {"training": 0.311, "inference": 0.539},
    "workloads.inference": {
        "kind": "throughput",
        "workload_class": "inference",
        "precisions": ["bf16"],
        "job_accelerators": 8,
        "load_fraction": 0.8,
        "daily_profile": [1.0] * 12 + [0.7] * 12,
        "floor_pflops": {"b": 1.409},
    },
    "exchange_rates.EUR": {"per_usd": 0.8, "quoted": date(2026, 1, 1)},
    "sites.paper.grid.ramp_mw_per_minute": None,
    "sites.paper.grid.short_circuit_mva": 0.1,
    "workloads.training.daily_profile": [0.8] * 12 + [1.0] * 12,
    "upses.none.no_load_loss_fraction": 0.1,
    "upses.none.life_years": 15.0,
    "sites.paper.building.fitout_life_years": 15.0,
    "solve.hours": 8760,
    "tariffs.flat.load_factor_rebates": [{"from_hours": 235.026, "per_kwh": 0.05}],
}
"""Some 20 kW, of which a watt is more than what separates hours that are reached from hours that are not."""


def test_a_small_site_does_not_lean_on_the_tolerance_of_its_peak() -> None:
    """A flat load reaches 730 hours; what asks for a hair more is a tariff without rebates."""
    reached, missed = lcoc({**SMALL_SITE, HOURS: 729.999}), lcoc({**SMALL_SITE, HOURS: 730.001})
    assert missed == pytest.approx(lcoc({**SMALL_SITE, "tariffs.flat.load_factor_rebates": []}), rel=1e-6)
    assert reached <= missed * (1 + 1e-6)
