"""What is doubtful about a bid that can be weighed: values in another unit or currency, and items no plan can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from optimizer.diagnostics import Diagnostic
from optimizer.inputs.schema import Instance
from optimizer.model.derive import derive
from optimizer.reading.messages import InputFinding, diagnose
from optimizer.reading.plausibility import implausible
from optimizer.tender.bid import Bid, BidItem
from optimizer.tender.bid_file import BidFile
from optimizer.tender.offers import catalogue_row, offer_rows, usd_per_unit, with_offers
from optimizer.tender.shortfall import shortfalls

OWN_KEYS = {
    "server_price": "server_rest_usd",
    "lead_time_weeks": "lead_time_weeks",
    "warranty_years": "warranty_years",
    "maintenance_fraction": "maintenance_fraction",
}
"""Keys of an item, and the key of an accelerator whose usual range is theirs."""
FAR = 3.0
"""Prices this many times above or below the instance's are doubted: no market moves so far in a tender."""
NEAR = 2.0
"""A currency in which the price comes so close to the instance's was probably meant."""


def bid_doubts(files: Sequence[BidFile], instance: Instance, folder: Path) -> tuple[Diagnostic, ...]:
    """Warnings about bids that answer the instance. `folder` is where its series are read from."""
    diagnostics = []
    for file in files:
        doubts = [*_values(file.bid, instance), *_idle(file.bid, instance, folder)]
        diagnostics += [diagnose(doubt, file.layer, file.shown) for doubt in doubts]
    return tuple(diagnostics)


def _values(bid: Bid, instance: Instance) -> Iterator[InputFinding]:
    usd = usd_per_unit(instance, bid.currency) or 1.0
    for at, item in enumerate(bid.items):
        stated = {key: getattr(item, key) for key in OWN_KEYS}
        stated["server_price"] = None if item.server_price is None else item.server_price * usd
        for key, value in stated.items():
            if value:
                yield from _odd(("accelerators", item.id, OWN_KEYS[key]), value, ("items", at, key))
        for key, value in item.chip.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and value:
                yield from _odd(("accelerators", item.id, key), value, ("items", at, "chip", key))
        prices: list[tuple[tuple[str | int, ...], float]] = [(("items", at, "unit_price"), item.unit_price)]
        prices += [
            (("items", at, "price_breaks", b, "unit_price"), row.unit_price) for b, row in enumerate(item.price_breaks)
        ]
        for where, price in prices:
            odd = list(_odd(("accelerators", item.id, "price_usd"), price * usd, where))
            yield from odd or _far(bid, item, instance, (where, price))


def _odd(like: tuple[str, ...], value: float, where: tuple[str | int, ...]) -> Iterator[InputFinding]:
    """A value outside the usual range of the key of an instance that means the same."""
    doubt = implausible(like, value)
    if doubt is not None:
        message = doubt.message.replace(f"{like[-1]} =", f"{where[-1]} =") + (
            " in USD" if "price" in str(where[-1]) else ""
        )
        yield replace(doubt, code="W0711", path=where, message=message)


def _far(
    bid: Bid, item: BidItem, instance: Instance, told: tuple[tuple[str | int, ...], float]
) -> Iterator[InputFinding]:
    """A price far from that of the same product in the instance, in another currency perhaps."""
    where, price = told
    usual = _usual_usd(instance, item)
    usd = price * (usd_per_unit(instance, bid.currency) or 1.0)
    if not usual or usual / FAR <= usd <= usual * FAR:
        return
    rates = {name: 1.0 / row.per_usd for name, row in instance.exchange_rates.items()} | {"USD": 1.0}
    meant = [name for name, rate in rates.items() if usual / NEAR <= price * rate <= usual * NEAR]
    times = f"{usd / usual:.3g} times" if usd > usual else f"a {usual / usd:.3g}th of"
    message = f"unit_price of {item.id} is {usd:,.0f} USD, {times} the {usual:,.0f} USD of {item.accelerator}"
    hint = f'did you mean currency = "{meant[0]}"?' if meant else "check price and currency"
    yield InputFinding("W0712", where, message, hint, (("accelerators", item.accelerator, "price_usd"),))


def _usual_usd(instance: Instance, item: BidItem) -> float | None:
    """The price of the product in the instance, or in the catalogue."""
    if item.accelerator in instance.accelerators:
        return instance.accelerators[item.accelerator].price_usd
    row = catalogue_row("accelerators", item.accelerator) or {}
    price = row.get("price_usd")
    return float(price) if isinstance(price, int | float) else None


def _idle(bid: Bid, instance: Instance, folder: Path) -> Iterator[InputFinding]:
    """Items that cannot be bought, or not as they are offered: else they would be left out in silence."""
    rows = offer_rows(instance, (bid,), fixed=True)
    offered = with_offers(instance, rows)
    if not offered.procurement.include:
        reasons = [(row, "may not be bought: the planner's lists leave it out") for row in rows]
    else:
        problem = derive(offered, folder)
        reasons = [(row, text) for row in rows for text in shortfalls(problem, (row,))]
    items = [item.id for item in bid.items]
    for row, text in reasons:
        at = items.index(row.item.id)
        message = text if text.startswith(row.item.id) else f"{row.item.id} {text}"
        yield InputFinding("W0713", ("items", at, "accelerator"), message)
