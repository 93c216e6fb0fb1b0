"""Whether a bid answers its instance: each finding with its code, its place in the file and a remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from optimizer.diagnostics import Diagnostic, ordered
from optimizer.errors import InputError
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.schema import Instance
from optimizer.reading.messages import InputFinding, diagnose
from optimizer.reading.refusals import findings_of
from optimizer.reading.schema_walk import Shape, did_you_mean
from optimizer.reading.toml_positions import KeyPath
from optimizer.tender.bid import Bid, BidItem
from optimizer.tender.bid_file import BidFile
from optimizer.tender.offers import catalogue_row, chip_of, phase_of, usd_per_unit


def check_bids(files: Sequence[BidFile], instance: Instance) -> None:
    """Hold bids to the instance they answer. Raises InputError with every finding."""
    diagnostics: list[Diagnostic] = []
    seen: dict[str, str] = {}
    for file in files:
        problems = [*bid_findings(file.bid, instance)]
        if file.bid.key in seen:
            text = f"{file.bid.bidder} bids in {seen[file.bid.key]} already"
            problems.append(InputFinding("E0719", ("bidder",), text, "one file for each bidder, with all its items"))
        seen.setdefault(file.bid.key, file.shown)
        diagnostics += [diagnose(problem, file.layer, file.shown) for problem in problems]
    if diagnostics:
        raise InputError(ordered(diagnostics))


def bid_findings(bid: Bid, instance: Instance) -> Iterator[InputFinding]:
    """What keeps a bid from being weighed."""
    if bid.instance != instance.name:
        text = f"instance: answers {bid.instance}, not {instance.name}"
        yield InputFinding("E0718", ("instance",), text, f'instance = "{instance.name}"')
    if instance.tender is not None and bid.reference != instance.tender.reference:
        text = f"reference: answers {bid.reference}, not {instance.tender.reference}"
        yield InputFinding("E0718", ("reference",), text, f'reference = "{instance.tender.reference}"')
    if usd_per_unit(instance, bid.currency) is None:
        known = ", ".join(("USD", *instance.exchange_rates))
        hint = f"currencies with a rate: {known}; [exchange_rates.{bid.currency}] adds one"
        yield InputFinding("E0714", ("currency",), f"currency: the instance has no rate of {bid.currency}", hint)
    closing = (instance.tender.closing if instance.tender else None) or instance.planning_date
    if bid.valid_until < closing:
        text = f"valid_until: the bid has expired on {closing.isoformat()}, the day on which bids close"
        yield InputFinding("E0713", ("valid_until",), text, "ask the bidder to extend it")
    seen: set[str] = set()
    for at, item in enumerate(bid.items):
        path: KeyPath = ("items", at)
        if item.id in seen:
            yield InputFinding("E0322", (*path, "id"), f'two items are called "{item.id}"', "give each its own id")
        seen.add(item.id)
        yield from _product(instance, item, path)
        yield from _quantities(item, path)
        yield from _breaks(item, path)
        yield from _deliveries(instance, item, path)
        total = sum(part.fraction for part in item.payments)
        if item.payments and abs(total - 1.0) > 1e-9:
            text = f"the fractions of the payments of {item.id} add up to {total:g}, not to 1"
            yield InputFinding("E0457", (*path, "payments"), text)


def _product(instance: Instance, item: BidItem, path: KeyPath) -> Iterator[InputFinding]:
    facts = chip_of(instance, item)
    if facts is None:
        near = did_you_mean(item.accelerator, list(instance.accelerators))
        hint = near or "name an accelerator of the instance or the catalogue, or describe it under chip"
        yield InputFinding("E0320", (*path, "accelerator"), f'there is no accelerator "{item.accelerator}"', hint)
        return
    given: dict[str, Any] = {"price_usd": item.unit_price, **facts}
    try:
        chip = Accelerator.model_validate(given)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        yield from findings_of(list(errors), given, (*path, "chip"), Shape((Accelerator,)))
        return
    if chip.stack not in instance.stacks and catalogue_row("stacks", chip.stack) is None:
        yield InputFinding("E0320", (*path, "chip", "stack"), f'there is no software stack "{chip.stack}"')
    if not any(cooling in instance.coolings for cooling in chip.coolings):
        text = f"{item.id} is for {', '.join(chip.coolings)}; the sites may have {', '.join(instance.coolings)}"
        yield InputFinding("E0320", (*path, "chip", "coolings"), text)


def _quantities(item: BidItem, path: KeyPath) -> Iterator[InputFinding]:
    most, total = item.max_accelerators, sum(row.accelerators for row in item.deliveries)
    if most is not None and most < item.min_accelerators:
        text = f"max_accelerators {most:,} is below min_accelerators {item.min_accelerators:,}"
        yield InputFinding("E0712", (*path, "max_accelerators"), text)
    elif most is not None and total > most:
        text = f"{total:,} accelerators are delivered, above the maximum of {most:,}"
        yield InputFinding("E0712", (*path, "deliveries"), text)
    if item.deliveries and total < item.min_accelerators:
        text = f"{total:,} accelerators are delivered, below the minimum of {item.min_accelerators:,}"
        yield InputFinding("E0712", (*path, "deliveries"), text)


def _breaks(item: BidItem, path: KeyPath) -> Iterator[InputFinding]:
    rows = item.price_breaks
    for b, row in enumerate(rows):
        where = (*path, "price_breaks", b, "from_accelerators")
        if row.from_accelerators <= item.min_accelerators:
            least = f"{item.min_accelerators:,}"
            text = f"the price break at {row.from_accelerators:,} is not above the least quantity, {least}"
            yield InputFinding("E0711", where, text, "unit_price is the price from there on")
        if item.max_accelerators is not None and row.from_accelerators > item.max_accelerators:
            text = f"the price break at {row.from_accelerators:,} is above the maximum of {item.max_accelerators:,}"
            yield InputFinding("E0711", where, text)
    for b, (before, after) in enumerate(pairwise(rows)):
        if after.from_accelerators <= before.from_accelerators:
            text = f"the price break at {after.from_accelerators:,} follows that at {before.from_accelerators:,}"
            where = (*path, "price_breaks", b + 1, "from_accelerators")
            yield InputFinding("E0711", where, text, "write price breaks by rising quantity, each once")


def _deliveries(instance: Instance, item: BidItem, path: KeyPath) -> Iterator[InputFinding]:
    weeks = item.lead_time_weeks or 0.0
    ready = instance.planning_date + timedelta(days=round(7 * weeks))
    for d, row in enumerate(item.deliveries):
        where = (*path, "deliveries", d, "delivery")
        if row.delivery < ready:
            ordered_on = _order(row.delivery, weeks)
            text = f"delivery on {row.delivery.isoformat()} would have to be ordered by {ordered_on}"
            hint = f"nothing is ordered before {instance.planning_date.isoformat()}"
            yield InputFinding("E0715", where, text, hint)
        elif item.earliest_delivery is not None and row.delivery < item.earliest_delivery:
            text = (
                f"delivery on {row.delivery.isoformat()} is before the earliest, {item.earliest_delivery.isoformat()}"
            )
            yield InputFinding("E0715", where, text)
        elif phase_of(instance, row.delivery) is None:
            last = list(instance.phases.values())[-1].start.isoformat()
            text = f"delivery on {row.delivery.isoformat()} is after the last phase has begun, on {last}"
            yield InputFinding("E0715", where, text, "what comes later is of no use to the plan")


def _order(delivery: date, weeks: float) -> str:
    return (delivery - timedelta(days=round(7 * weeks))).isoformat()
