"""Offers and tender rules that do not fit together: each finding with its code and place."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.reading.checks import run_checks
from tests.tiny import tiny


def offers(*tiers: tuple[str, int, int]) -> dict[str, Any]:
    rows = [{"accelerator": a, "from_accelerators": low, "to_accelerators": high} for a, low, high in tiers]
    return {"offers.maker": {"supplier": "A maker", "tiers": rows}}


CRITERION = {"name": "Warranty", "weight_fraction": 0.4}


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        (offers(("quick", 100, 50)), "E0481", "offers.maker.tiers.0"),
        (offers(("quick", 1, 100), ("frugal", 100, 200)), "E0481", "offers.maker.tiers.1"),
        (offers(("quick", 1, 100), ("quick", 101, 200)), "E0482", "offers.maker.tiers.1"),
        ({"tender": {"quality": {"warranty": CRITERION}}}, "E0483", "tender.quality"),
        ({"tender": {"quality_weight_fraction": 0.3}}, "E0483", "tender.quality_weight_fraction"),
        ({"accelerators.quick.payment": ({"at": "order", "fraction": 0.3},)}, "E0457", "accelerators.quick.payment"),
    ],
)
def test_finding(changes: dict[str, Any], code: str, path: str) -> None:
    found = {(row.code, ".".join(map(str, row.path))) for row in run_checks(tiny(changes))}
    assert (code, path) in found


def test_prices_that_rise_by_quantity_are_no_finding() -> None:
    assert not [row for row in run_checks(tiny(offers(("quick", 1, 100), ("frugal", 101, 200)))) if row.code < "E05"]
