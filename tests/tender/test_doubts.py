"""Bids that can be weighed and are probably not meant so: other units, other currencies, items no plan can hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from optimizer.diagnostics import Diagnostic
from optimizer.errors import InputError
from optimizer.tender.bid_file import read_bid
from optimizer.tender.checks import check_bids
from optimizer.tender.doubts import bid_doubts
from tests.tender.bid_cases import QUICKLY, as_toml, as_xlsx, tree
from tests.tiny import tiny

RATES = {"exchange_rates": {"HKD": {"per_usd": 7.8, "quoted": date(2026, 1, 1)}}}


def doubts(tmp_path: Path, bid: dict[str, Any], changes: dict[str, Any] | None = None) -> tuple[Diagnostic, ...]:
    instance = tiny({**QUICKLY, **(changes or {})})
    file = read_bid(as_toml(tmp_path / "bid.toml", bid))
    check_bids([file], instance)
    return bid_doubts([file], instance, tmp_path)


@pytest.mark.parametrize(
    ("item", "code", "path", "hint"),
    [
        ({"unit_price": 20}, "W0711", "items.0.unit_price", "20000 (thousand USD given?)"),
        ({"unit_price": 2e6}, "W0711", "items.0.unit_price", "20000 (cents given?)"),
        ({"warranty_years": 36.0}, "W0711", "items.0.warranty_years", "3 (months given?)"),
        ({"maintenance_fraction": 0.9}, "W0711", "items.0.maintenance_fraction", "0.009 (per cent given?)"),
        ({"server_price": 40.0}, "W0711", "items.0.server_price", "40000 (thousand USD given?)"),
        ({"chip": {"memory_gb": 9.6e10}}, "W0711", "items.0.chip.memory_gb", "96 (bytes given?)"),
        ({"unit_price": 156_000}, "W0712", "items.0.unit_price", 'currency = "HKD"'),
        (
            {"price_breaks": [{"from_accelerators": 80, "unit_price": 5_000}]},
            "W0712",
            "items.0.price_breaks.0.unit_price",
            "check price and currency",
        ),
    ],
)
def test_slips_of_unit_and_currency(tmp_path: Path, item: dict[str, Any], code: str, path: str, hint: str) -> None:
    (found,) = doubts(tmp_path, tree(**item), RATES)
    assert (found.code, found.path) == (code, path)
    assert hint in (found.help or "")
    assert found.line


@pytest.mark.parametrize("item", [{}, {"unit_price": 8_000}, {"unit_price": 50_000}, {"warranty_years": 5.0}])
def test_a_usual_bid_is_silent(tmp_path: Path, item: dict[str, Any]) -> None:
    assert not doubts(tmp_path, tree(**item))


@pytest.mark.parametrize(
    ("item", "changes", "words"),
    [
        ({"earliest_delivery": date(2030, 1, 1)}, {}, "launched on 2030-01-01"),
        ({"lead_time_weeks": 200.0}, {}, "chips may not be bought"),
        ({"max_accelerators": 7}, {}, "no quantity from 1 to 7 is a whole number of pods of 8"),
        ({"min_accelerators": 9, "max_accelerators": 15}, {}, "no quantity from 9 to 15"),
        ({"deliveries": [{"delivery": date(2026, 12, 1), "accelerators": 30}]}, {}, "no whole number of pods of 8"),
        ({}, {"procurement.exclude": ["quick"]}, "the planner's lists leave it out"),
        ({}, {"export.regime": "domestic_only"}, "may not be bought"),
    ],
)
def test_an_item_that_no_plan_can_hold(
    tmp_path: Path, item: dict[str, Any], changes: dict[str, Any], words: str
) -> None:
    (found,) = doubts(tmp_path, tree(**item), changes)
    assert (found.code, found.path) == ("W0713", "items.0.accelerator")
    assert words in found.message


def test_a_bid_for_another_procedure(tmp_path: Path) -> None:
    """By its reference; where the instance states no tender, any reference will do."""
    file = read_bid(as_xlsx(tmp_path / "bid.xlsx", {**tree(), "reference": "T-2025-09"}))
    check_bids([file], tiny(QUICKLY))
    with pytest.raises(InputError, match="answers T-2025-09, not T-2026-01"):
        check_bids([file], tiny({**QUICKLY, "tender": {"reference": "T-2026-01"}}))
