"""Offers: price breaks by the whole quantity, and deliveries a bid fixes. docs/model.md section 10."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined


def check_offers(case: AuditCase, delivered: Mapping[tuple[str, int, str], int], recorder: Recorder) -> None:
    """Of every offer one tier at most, a quantity within it, and what is fixed."""
    for name, offer in case.instance.offers.items():
        count = [
            sum(number for (_, _, accelerator), number in delivered.items() if accelerator == tier.accelerator)
            for tier in offer.tiers
        ]
        bought = [t for t, number in enumerate(count) if number > 0]
        recorder.at_most("offers.tier", name, len(bought), 1, "tiers bought")
        for t in bought:
            tier, what = offer.tiers[t], "accelerators of a tier"
            where = joined(name, tier.accelerator)
            recorder.at_least("offers.quantity", where, count[t], tier.from_accelerators, what)
            recorder.at_most("offers.quantity", where, count[t], tier.to_accelerators, what)
        _check_available(case, name, delivered, recorder)
        if offer.deliveries is not None:
            members = {tier.accelerator for tier in offer.tiers}
            for p, phase in enumerate(case.periods.phases):
                there = sum(number for (_, q, a), number in delivered.items() if q == p and a in members)
                as_bid = there == offer.deliveries.get(phase, 0)
                text = f"{there:,} accelerators, the bid says {offer.deliveries.get(phase, 0):,}"
                recorder.holds("offers.fixed", joined(name, phase), as_bid, text)


def _check_available(
    case: AuditCase, name: str, delivered: Mapping[tuple[str, int, str], int], recorder: Recorder
) -> None:
    """Walk through the phases: what was taken so far is no more than what was there by then."""
    offer = case.instance.offers[name]
    if offer.available is None:
        return
    members, there, taken = {tier.accelerator for tier in offer.tiers}, 0, 0
    for p, phase in enumerate(case.periods.phases):
        there = offer.available.get(phase, there)
        taken += sum(number for (_, q, a), number in delivered.items() if q == p and a in members)
        recorder.at_most("offers.within", joined(name, phase), taken, there, "accelerators delivered up to then")
