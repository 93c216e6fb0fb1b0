"""What blocks of energy and rebates that must be earned can never do: make a bill cheaper, or depend on a size."""

from __future__ import annotations

import itertools
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
