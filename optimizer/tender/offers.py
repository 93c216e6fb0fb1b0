"""From bids to an instance in which what they offer can be bought, at their prices and on their terms.

Every price of an item becomes an accelerator of its own, and an item an offer with one tier for each price:
docs/model.md, sections 10 and 16.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from optimizer.inputs.compute import Accelerator
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Stack
from optimizer.inputs.tender import OfferTier, SupplierOffer
from optimizer.reading.catalogue import catalogue_rows
from optimizer.setting.matching import matches
from optimizer.tender.bid import Bid, BidItem

NO_END = 1_000_000
"""Last quantity of an offer that states none."""


@dataclass(frozen=True, kw_only=True)
class OfferRow:
    """One item of a bid as an instance holds it."""

    id: str
    bid: Bid
    item: BidItem
    tiers: tuple[tuple[int, int, float], ...]
    """First and last quantity, and the price in USD."""
    deliveries: dict[str, int] | None
    available: dict[str, int] | None
    product: str | None
    chip: Accelerator

    def accelerator(self, tier: int) -> str:
        """Id of the row that has the price of a tier."""
        return f"{self.id[:60]}_{tier + 1}"


def usd_per_unit(instance: Instance, currency: str) -> float | None:
    """US dollars in one unit of a currency; None if the instance has no rate."""
    if currency == "USD":
        return 1.0
    rate = instance.exchange_rates.get(currency)
    return 1.0 / rate.per_usd if rate else None


def catalogue_row(table: str, row: str) -> dict[str, Any] | None:
    """A row of the catalogue, or None."""
    table_row: dict[str, Any] | None = catalogue_rows(table).get(row)
    return table_row


def chip_of(instance: Instance, item: BidItem) -> dict[str, Any] | None:
    """Facts of an item's accelerator: a row of the instance or the catalogue, and what the bid says over it."""
    if item.accelerator in instance.accelerators:
        row: dict[str, Any] | None = instance.accelerators[item.accelerator].model_dump(exclude_none=True)
    else:
        row = catalogue_row("accelerators", item.accelerator)
    if row is None and not item.chip:
        return None
    return {**(row or {}), **item.chip}


def phase_of(instance: Instance, day: date) -> str | None:
    """The first phase that what is delivered on a day is there for."""
    return next((name for name, phase in instance.phases.items() if phase.start >= day), None)


def most_of(item: BidItem) -> int:
    """Most accelerators of an item: as it says, or as many as it delivers."""
    return item.max_accelerators or sum(row.accelerators for row in item.deliveries) or NO_END


def priced(item: BidItem, usd: float) -> Iterator[tuple[int, int, float]]:
    """Quantities and prices of an item in USD; prices that no quantity within its bounds can have are left out."""
    starts = [
        (item.min_accelerators, item.unit_price),
        *((b.from_accelerators, b.unit_price) for b in item.price_breaks),
    ]
    last = most_of(item)
    for at, (start, price) in enumerate(starts):
        end = starts[at + 1][0] - 1 if at + 1 < len(starts) else last
        first, end = max(start, item.min_accelerators), min(end, last)
        if first <= end:
            yield first, end, price * usd


def offer_rows(instance: Instance, bids: Iterable[Bid], fixed: bool) -> tuple[OfferRow, ...]:
    """What the bids offer; with `fixed`, the quantities and days that they state are taken as they stand."""
    rows = []
    for bid in bids:
        usd = usd_per_unit(instance, bid.currency)
        assert usd is not None, "checked when the bid was read"
        for item in bid.items:
            tiers, deliveries, available = tuple(priced(item, usd)), None, _available(instance, item)
            if fixed and item.deliveries:
                deliveries, available = _by_phase(instance, item), None
                total = sum(deliveries.values())
                tiers = tuple(tier for tier in tiers if tier[0] <= total <= tier[1])
            rows.append(
                OfferRow(
                    id=f"{bid.key}_{item.id}"[:60],
                    bid=bid,
                    item=item,
                    tiers=tiers,
                    deliveries=deliveries,
                    available=available,
                    product=item.accelerator if item.accelerator in instance.accelerators else None,
                    chip=_chip(instance, bid, item),
                )
            )
    return tuple(rows)


def _by_phase(instance: Instance, item: BidItem) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in item.deliveries:
        phase = phase_of(instance, row.delivery)
        assert phase is not None, "checked when the bid was read"
        counts[phase] = counts.get(phase, 0) + row.accelerators
    return {phase: count for phase, count in counts.items() if count}


def _available(instance: Instance, item: BidItem) -> dict[str, int] | None:
    """How many can have been delivered up to each phase; None if the bid states no days."""
    if not item.deliveries:
        return None
    there, counts, total = _by_phase(instance, item), {}, 0
    for phase in instance.phases:
        total += there.get(phase, 0)
        counts[phase] = total
    return counts


def _chip(instance: Instance, bid: Bid, item: BidItem) -> Accelerator:
    """The accelerator of an item, on the terms of the bid; its price is set by tier."""
    facts = chip_of(instance, item)
    assert facts is not None, "checked when the bid was read"
    usd = usd_per_unit(instance, bid.currency) or 1.0
    terms: dict[str, Any] = {
        "price_usd": item.unit_price * usd,
        "price_trend_fraction": 0.0,
        "payment": tuple(part.model_dump() for part in item.payments) or facts.get("payment", ()),
        "supply_by_quarter": {},
        "roadmap": False,
    }
    given = {
        "server_rest_usd": None if item.server_price is None else item.server_price * usd,
        "lead_time_weeks": item.lead_time_weeks,
        "warranty_years": item.warranty_years,
        "maintenance_fraction": item.maintenance_fraction,
    }
    terms |= {key: value for key, value in given.items() if value is not None}
    if item.earliest_delivery is not None:
        terms["launch"] = max(item.earliest_delivery, facts.get("launch", item.earliest_delivery))
    left = {key: value for key, value in facts.items() if key not in ("supply_per_year", "supply_per_quarter")}
    return Accelerator.model_validate({**left, **terms})


def with_offers(instance: Instance, rows: Sequence[OfferRow], factors: dict[str, float] | None = None) -> Instance:
    """The instance in which nothing can be bought but what is offered; `factors` multiply prices by bidder."""
    chips: dict[str, Accelerator] = {}
    offers: dict[str, SupplierOffer] = {}
    admitted: list[str] = []
    for row in rows:
        if not row.tiers:
            continue
        factor = (factors or {}).get(row.bid.key, 1.0)
        for t, (first, _, price) in enumerate(row.tiers):
            start = f", from {first:,}" if len(row.tiers) > 1 else ""
            update = {
                "name": f"{row.chip.name[:120]} ({row.bid.bidder[:50]}{start})",
                "price_usd": price * factor,
                "product": row.product,
            }
            chips[row.accelerator(t)] = row.chip.model_copy(update=update)
        if _admitted(instance, row):
            admitted += [row.accelerator(t) for t in range(len(row.tiers))]
        tiers = [
            OfferTier(accelerator=row.accelerator(t), from_accelerators=first, to_accelerators=last)
            for t, (first, last, _) in enumerate(row.tiers)
        ]
        offers[row.id] = SupplierOffer(
            supplier=row.bid.bidder, tiers=tuple(tiers), available=row.available, deliveries=row.deliveries
        )
    lists = instance.procurement.model_copy(update={"include": tuple(admitted), "exclude": ()})
    measured = dict(instance.measured_serving)
    for row in rows:
        for t in range(len(row.tiers)):
            for name, rates in instance.measured_serving.items():
                if rates.accelerator == row.product:
                    copy = rates.model_copy(update={"accelerator": row.accelerator(t)})
                    measured[f"{name[:30]}_{row.accelerator(t)[-33:]}"] = copy
    return instance.model_copy(
        update={
            "accelerators": {**instance.accelerators, **chips},
            "offers": {**offers},
            "procurement": lists,
            "stacks": {**_stacks(rows), **instance.stacks},
            "measured_serving": measured,
        }
    )


def _admitted(instance: Instance, row: OfferRow) -> bool:
    """Whether the planner's lists let an item's product be bought; what is not named by them is."""
    lists, name = instance.procurement, row.item.accelerator
    known = row.product is not None
    return (matches(name, lists.include) or not known) and not matches(name, lists.exclude)


def _stacks(rows: Sequence[OfferRow]) -> dict[str, Stack]:
    """Software of what the instance does not know."""
    stacks = {}
    for row in rows:
        stack = catalogue_row("stacks", row.chip.stack)
        if stack is not None:
            stacks[row.chip.stack] = Stack.model_validate(stack)
    return stacks
