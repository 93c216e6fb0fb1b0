"""Quality marks, price marks and the final order of bids, by the rules of the instance's `[tender]`.

quality = sum of weight * marks of the criteria                       marks 0 .. 100, given by the buyer
price   = 100 * lowest / price     or     100 * max(0, 2 - price / lowest)
final   = w * quality + (1 - w) * price                               w = quality_weight_fraction
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.diagnostics import clean
from optimizer.errors import InputError, UsageError
from optimizer.inputs.tender import Tender
from optimizer.reading.document import load_document
from optimizer.tender.bid import identifier
from optimizer.tender.bid_file import BidFile
from optimizer.tender.spreadsheet import MOST_BYTES, refusal

FULL_MARKS = 100.0
MarksOfBids = Mapping[str, Mapping[str, float]]
"""Marks by bidder and criterion."""


@dataclass(frozen=True, kw_only=True)
class QualityMark:
    """The quality of one bid."""

    bidder: str
    marks: dict[str, float]
    total: float
    failed: str = ""
    """Why its price is not opened; empty if it is."""


def quality_marks(tender: Tender, files: Sequence[BidFile], marks: MarksOfBids) -> dict[str, QualityMark]:
    """The quality mark of every bid, by the bidder's key. Raises UsageError for marks that are missing or unknown."""
    by_bid = {}
    unknown = set(marks) - {file.bid.key for file in files}
    if unknown:
        raise UsageError(f"marks of {', '.join(sorted(unknown))}, who did not bid")
    for file in files:
        own = dict(marks.get(file.bid.key, {}))
        missing = [name for name in tender.quality if name not in own]
        strange = [name for name in own if name not in tender.quality]
        if missing or strange:
            text = f"{file.bid.bidder}: no marks for {', '.join(missing)}" if missing else f"no criterion {strange[0]}"
            raise UsageError(text, f"--marks FILE with [{file.bid.key}] and marks from 0 to 100 for each criterion")
        total = sum(row.weight_fraction * own[name] for name, row in tender.quality.items())
        by_bid[file.bid.key] = QualityMark(
            bidder=file.bid.bidder, marks=own, total=total, failed=_failed(tender, own, total)
        )
    return by_bid


def _failed(tender: Tender, marks: Mapping[str, float], total: float) -> str:
    for name, row in tender.quality.items():
        if marks[name] < row.minimum_marks:
            return f"{row.name}: {marks[name]:g} marks, at least {row.minimum_marks:g} are asked for"
    if total < tender.minimum_quality_marks:
        return f"quality {total:g}, at least {tender.minimum_quality_marks:g} is asked for"
    return ""


def checked_marks(marks: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Marks given as values, by the bidder's name or its key. Raises UsageError for what is no mark."""
    if not isinstance(marks, Mapping) or not all(isinstance(row, Mapping) for row in marks.values()):
        raise UsageError("marks are dicts by bidder and criterion", 'such as {"acme": {"service": 80}}')
    for bidder, row in marks.items():
        for name, value in row.items():
            if not is_mark(value):
                raise UsageError(f"{bidder}, {name}: {value!r} is no mark from 0 to 100")
    return {
        identifier(str(bidder)): {name: float(value) for name, value in row.items()} for bidder, row in marks.items()
    }


def is_mark(value: object) -> bool:
    """Whether a value is a mark: a number from 0 to 100."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= FULL_MARKS


def read_marks(path: Path) -> dict[str, dict[str, float]]:
    """Marks from a TOML file: a table for each bidder. Raises InputError or InputOutputError."""
    shown = clean(path.name)
    document, findings = load_document(path, shown, MOST_BYTES)
    if document is None:
        raise InputError(findings)
    wrong = []
    for bidder, row in document.tree.items():
        values = row if isinstance(row, dict) else {"": None}
        for name, value in values.items():
            if not is_mark(value):
                line = document.locations.positions.get((bidder, name), (1, 1))[0]
                text = f"{clean(bidder)}.{clean(name)} must be a mark from 0 to 100"
                wrong.append(refusal("E0312", text, f"{shown}:{line}"))
    if wrong:
        raise InputError(wrong)
    return {bidder: {name: float(value) for name, value in row.items()} for bidder, row in document.tree.items()}


def price_marks(tender: Tender, prices: Mapping[str, float]) -> dict[str, float]:
    """Marks of prices, of which the lowest has 100."""
    lowest = min(prices.values(), default=0.0)
    if tender.price_formula == "linear":
        return {
            name: FULL_MARKS * max(0.0, 2.0 - price / lowest) if lowest else FULL_MARKS
            for name, price in prices.items()
        }
    return {name: FULL_MARKS * lowest / price if price else FULL_MARKS for name, price in prices.items()}


def final_marks(tender: Tender, quality: Mapping[str, QualityMark], prices: Mapping[str, float]) -> dict[str, float]:
    """Final marks of the bids whose prices are known, the best first."""
    weight = tender.quality_weight_fraction
    of_price = price_marks(tender, prices)
    final = {
        name: weight * (quality[name].total if name in quality else 0.0) + (1 - weight) * mark
        for name, mark in of_price.items()
    }
    return dict(sorted(final.items(), key=lambda pair: (-pair[1], pair[0])))
