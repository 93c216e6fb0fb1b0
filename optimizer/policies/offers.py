"""Offers of suppliers: one price of each is taken, by the whole quantity; what a bid fixes is fixed.

Given       offers o with tiers t, each an accelerator of its own; deliveries that a bid fixes
Decides     taken[o, t] 1 if accelerators are bought at the price of a tier
Subject to  tier[o]        at most one tier is taken
            least[o, t]    accelerators of a tier >= its first quantity if it is taken
            most[o, t]     accelerators of a tier <= its last quantity if it is taken, else none
            within[o, p]   accelerators of all tiers delivered up to a phase <= what is available by then
            fixed[o, p]    accelerators of all tiers delivered in a phase = what is fixed for it
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Binary, Block, Var

from optimizer.assets.compute.pods import ComputeCoefficients
from optimizer.inputs.schema import Instance
from optimizer.inputs.tender import OfferTier
from optimizer.ledger.ledger import Ledger, add_up, is_variable


def add(block: Block, instance: Instance, pods: ComputeCoefficients, ledger: Ledger) -> None:
    """Add the offers; an instance without any gets nothing."""
    offers, phases = instance.offers, ledger.calendar.phases
    tiers = {(o, t): tier for o, offer in offers.items() for t, tier in enumerate(offer.tiers)}

    def delivered(tier: OfferTier, p: str | None = None) -> Any:
        when = phases if p is None else (p,)
        return add_up(ledger.total("delivered_accelerators", q, None, tier.accelerator) for q in when)

    on_offer = [key for key, tier in tiers.items() if is_variable(delivered(tier))]
    block.taken = Var(on_offer, domain=Binary)

    @block.Constraint([o for o in offers if any(key[0] == o for key in on_offer)])
    def tier(b: Block, o: str) -> Any:
        return (None, add_up(b.taken[key] for key in on_offer if key[0] == o), 1)

    @block.Constraint(on_offer)
    def least(b: Block, o: str, t: int) -> Any:
        return (0, delivered(tiers[o, t]) - tiers[o, t].from_accelerators * b.taken[o, t], None)

    @block.Constraint(on_offer)
    def most(b: Block, o: str, t: int) -> Any:
        return (None, delivered(tiers[o, t]) - _most(tiers[o, t], pods) * b.taken[o, t], 0)

    def so_far(o: str, p: str) -> Any:
        return add_up(delivered(tier, q) for tier in offers[o].tiers for q in ledger.calendar.up_to(p))

    dated = [(o, p) for o, offer in offers.items() if offer.available is not None for p in phases]

    @block.Constraint([key for key in dated if is_variable(so_far(*key))])
    def within(b: Block, o: str, p: str) -> Any:
        named = [q for q in ledger.calendar.up_to(p) if q in (offers[o].available or {})]
        return (None, so_far(o, p), (offers[o].available or {})[named[-1]] if named else 0)

    def taken_in(o: str, p: str) -> Any:
        return add_up(delivered(tier, p) for tier in offers[o].tiers)

    def ordered(o: str, p: str) -> int:
        return (offers[o].deliveries or {}).get(p, 0)

    bid = [(o, p) for o, offer in offers.items() if offer.deliveries is not None for p in phases]
    barred = [key for key in bid if not is_variable(taken_in(*key)) and ordered(*key)]
    if barred:
        # What is fixed, and cannot be bought: no design has it.
        block.nothing = Var(bounds=(0, 0))

    @block.Constraint([key for key in bid if is_variable(taken_in(*key)) or key in barred])
    def fixed(b: Block, o: str, p: str) -> Any:
        return (ordered(o, p), b.nothing if (o, p) in barred else taken_in(o, p), ordered(o, p))


def _most(tier: OfferTier, pods: ComputeCoefficients) -> int:
    """Most accelerators of a tier, by the offer and by what there is room for."""
    room = sum(
        pod.order_max * pod.size.accelerators * len(pod.deliverable)
        for (_, a, _), pod in pods.types.items()
        if a == tier.accelerator
    )
    return min(tier.to_accelerators, room)
