"""Bids for the minimal instance, as trees and as files, and small tenders with their optimum by enumeration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, Result, run
from optimizer.tender.bid import Bid
from optimizer.tender.offers import OfferRow, offer_rows, with_offers
from optimizer.tender.template import toml_text, workbook_bytes
from tests.tiny import tiny

HERE = Path(__file__).parent
SEARCH = Options(isolated=False, gap=1e-9)
QUICKLY = {"solve.hours": 168}
"""Prices and weather are flat, so a week stands for the year."""


def tree(bidder: str = "Acme", **item: Any) -> dict[str, Any]:
    """A bid of one item: quick accelerators at 20,000 USD, unless it says otherwise."""
    return {
        "bid_version": 1,
        "bidder": bidder,
        "instance": "minimal",
        "reference": "tender",
        "currency": "USD",
        "valid_until": date(2026, 12, 31),
        "items": [{"id": "chips", "accelerator": "quick", "unit_price": 20_000, **item}],
    }


FULL: dict[str, Any] = {
    **tree(
        min_accelerators=8,
        max_accelerators=400,
        server_price=39_000.5,
        earliest_delivery=date(2026, 6, 1),
        lead_time_weeks=18.5,
        warranty_years=2.0,
        maintenance_fraction=0.05,
        price_breaks=[
            {"from_accelerators": 80, "unit_price": 18_000},
            {"from_accelerators": 160, "unit_price": 17_500.25},
        ],
        deliveries=[{"delivery": date(2026, 12, 1), "accelerators": 80}],
        payments=[
            {"at": "order", "fraction": 0.3},
            {"at": "delivery", "fraction": 0.7, "after_weeks": 6.0},
        ],
        chip={
            "memory_gb": 96.0,
            "coolings": ["warm_water"],
            "utilisation": {"training": 0.55},
            "launch": date(2025, 1, 1),
        },
    ),
    "options": [{"name": "=Spare server", "price": 250_000, "unit": "each", "description": "with delivery"}],
}
"""A bid that says everything a bid can say."""


def as_toml(path: Path, bid: dict[str, Any]) -> Path:
    path.write_text(toml_text(bid), encoding="utf-8")
    return path


def as_xlsx(path: Path, bid: dict[str, Any]) -> Path:
    path.write_bytes(workbook_bytes(bid))
    return path


def bid_of(data: dict[str, Any]) -> Bid:
    return Bid.model_validate(data)


@dataclass(frozen=True)
class SmallTender:
    """An instance and three bids, of which every split can be tried."""

    instance: Instance
    bids: tuple[Bid, ...]
    target: float

    @property
    def rows(self) -> tuple[OfferRow, ...]:
        return offer_rows(self.instance, self.bids, fixed=False)

    def solved(self) -> Result:
        return run(with_offers(self.instance, self.rows), HERE, SEARCH)


POD = 8
PFLOPS = {"quick": 4.0, "frugal": 2.0}
ENERGY_USD = {"quick": 9_198.0, "frugal": 3_679.2}
SERVER_USD = {"quick": 40_000.0, "frugal": 30_000.0}


def small_tender(seed: int) -> SmallTender:
    """Two bids of quick accelerators and one of frugal ones; prices, breaks and bounds by chance."""
    dice = Random(seed)
    bids = []
    for bidder, chip, usual in (("Acme", "quick", 20_000), ("Bravo", "quick", 20_000), ("Charlie", "frugal", 10_000)):
        least, most = dice.choice((1, 8, 20)), dice.choice((24, 40, 64))
        price = usual * dice.uniform(0.8, 1.2)
        starts = sorted({dice.randint(least + 1, most) for _ in range(dice.randint(0, 2))})
        breaks = []
        for start in starts:
            price_there = price * dice.uniform(0.75, 1.02)
            breaks.append({"from_accelerators": start, "unit_price": price_there})
        item = {
            "accelerator": chip,
            "unit_price": price,
            "min_accelerators": least,
            "max_accelerators": most,
            "price_breaks": breaks,
        }
        bids.append(bid_of(tree(bidder, **item)))
    target = float(dice.choice((6, 10, 14, 18, 23)))
    return SmallTender(tiny({**QUICKLY, "phases.only.target_pflops": target}), tuple(bids), target)


def splits(tender: SmallTender) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Net cost in USD of every number of pods from every bidder that meets the target."""
    ranges = [range((bid.items[0].max_accelerators or 0) // POD + 1) for bid in tender.bids]
    for pods in product(*ranges):
        costs = [bought(bid, count) for bid, count in zip(tender.bids, pods, strict=True)]
        if any(cost is None for cost in costs):
            continue
        chips = [bid.items[0].accelerator for bid in tender.bids]
        able = {chip: sum(n * PFLOPS[chip] for n, c in zip(pods, chips, strict=True) if c == chip) for chip in PFLOPS}
        if sum(able.values()) < tender.target - 1e-9:
            continue
        frugal = min(able["frugal"], tender.target)
        energy = frugal / 2.0 * ENERGY_USD["frugal"] + (tender.target - frugal) / 4.0 * ENERGY_USD["quick"]
        yield sum(cost for cost in costs if cost is not None) + energy, pods


def bought(bid: Bid, pods: int) -> float | None:
    """Price of so many pods of a bid: all of them at the price of the whole quantity. None if it is not offered."""
    item, quantity = bid.items[0], pods * POD
    if not pods:
        return 0.0
    if quantity < item.min_accelerators or quantity > (item.max_accelerators or 0):
        return None
    price = item.unit_price
    for row in item.price_breaks:
        if quantity >= row.from_accelerators:
            price = row.unit_price
    return quantity * price + pods * SERVER_USD[item.accelerator]
