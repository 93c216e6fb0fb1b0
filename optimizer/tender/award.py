"""The award: the best plan over all bids, what the second best costs, and what each bidder would have to offer to win.

The best plan may split: every item is an offer with its price breaks, and the model takes what is best of them, in
whole numbers. The second best is the best plan that awards to another set of bidders, by a no-good cut. The break-even
factor of a bidder multiplies all unit prices of its bid: at it, the best plan with this bidder draws level with the
best without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from optimizer.errors import UsageError
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result, settings
from optimizer.study.alternatives import Alternatives, Wanted, alternatives
from optimizer.study.entry_price import Bracket, EntryKind, EntryPrice, Lever
from optimizer.study.no_good_cuts import Difference, DifferenceKind
from optimizer.study.search_settings import SearchSettings
from optimizer.tender.offers import OfferRow, with_offers

TOLERANCE = 1e-3
"""Width of the bracket of a break-even factor."""
ANY_DISTANCE = 1e6


@dataclass(frozen=True, kw_only=True)
class AwardedLot:
    """What one bidder is awarded of one item, for one phase."""

    bidder: str
    item: str
    phase: str
    accelerators: int
    unit_price_usd: float


@dataclass(frozen=True, kw_only=True)
class Award:
    """What was found."""

    best: Result
    lots: tuple[AwardedLot, ...]
    second: Alternatives | None
    break_even: tuple[EntryPrice, ...]
    """By bidder; prices are factors on the unit prices of its bid."""


def awarded(result: Result, rows: Sequence[OfferRow], decisions: Decisions) -> tuple[AwardedLot, ...]:
    """The lots of a plan, in the order of bids, items and phases."""
    by_tier = {row.accelerator(t): (row, tier[2]) for row in rows for t, tier in enumerate(row.tiers)}
    count: dict[tuple[str, str], int] = {}
    for delivery in decisions.deliveries:
        size = result.problem.compute.types[delivery.type_key].size.accelerators
        key = (delivery.accelerator, delivery.phase)
        count[key] = count.get(key, 0) + delivery.pods * size
    phases = result.problem.calendar.phases
    lots = []
    for (name, phase), number in sorted(count.items(), key=lambda lot: (list(by_tier).index(lot[0][0]), lot[0][1])):
        row, price = by_tier[name]
        assert phase in phases
        lots.append(
            AwardedLot(bidder=row.bid.bidder, item=row.item.id, phase=phase, accelerators=number, unit_price_usd=price)
        )
    return tuple(lots)


def second_best(best: Result, search: SearchSettings) -> Alternatives:
    """The best plan that awards to another set of bidders."""
    difference = Difference((DifferenceKind.SUPPLIER,))
    return alternatives(best, Wanted(1, ANY_DISTANCE, difference), search)


def bidder_lever(instance: Instance, rows: Sequence[OfferRow], bidder: str) -> Lever:
    """The factor on all unit prices of a bid."""
    own = frozenset(row.accelerator(t) for row in rows if row.bid.key == bidder for t in range(len(row.tiers)))
    return Lever(
        name=bidder,
        accelerators=own,
        value=1.0,
        at=lambda _, factor: with_offers(instance, rows, {bidder: factor}),
    )


def break_even(
    best: Result, instance: Instance, rows: Sequence[OfferRow], bidder: str, search: SearchSettings
) -> EntryPrice:
    """The factor at which a bidder starts, or ceases, to be awarded anything. `best` is the award at today's prices."""
    if settings(best.problem.instance, search.options)[0].id not in ("lcoc", "total_cost"):
        raise UsageError("a break-even price needs the objective lcoc or total_cost")
    lever = bidder_lever(instance, rows, bidder)
    offered = any(pod.deliverable for key, pod in best.problem.compute.types.items() if key[1] in lever.accelerators)
    if not offered:
        reason = "nothing of it may be bought"
        return EntryPrice(accelerator=bidder, kind=EntryKind.EXCLUDED, price_usd=1.0, reason=reason)
    return Bracket(best, lever, search, TOLERANCE).search()


def award(
    best: Result,
    instance: Instance,
    rows: Sequence[OfferRow],
    search: SearchSettings,
    tell: Callable[[str], None] = lambda _: None,
) -> Award:
    """Study an award. `best` is the verified best plan of the instance with the offers, `instance` the buyer's own."""
    lots = awarded(best, rows, best.decisions)
    tell("the best award to other bidders")
    second = second_best(best, search)
    awards = []
    for bidder in dict.fromkeys(row.bid.key for row in rows):
        tell(f"break-even price of {bidder}")
        awards.append(break_even(best, instance, rows, bidder, search))
    return Award(best=best, lots=lots, second=second, break_even=tuple(awards))


def worse_by(second: Alternatives) -> float:
    """By which fraction the second best is worse; without limit if there is none."""
    return second.alternatives[0].worse_by if second.alternatives else inf
