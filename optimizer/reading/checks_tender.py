"""Whether offers and the rules of a tender fit together: each check is a small pure function."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from optimizer.inputs.schema import Instance
from optimizer.reading.messages import InputFinding


def tiers_rise(instance: Instance) -> Iterator[InputFinding]:
    """The quantities of an offer's prices rise and do not overlap."""
    for name, offer in instance.offers.items():
        path = ("offers", name, "tiers")
        for t, tier in enumerate(offer.tiers):
            if tier.to_accelerators < tier.from_accelerators:
                message = (
                    f"tier {t + 1} ends at {tier.to_accelerators:,}, before its start at {tier.from_accelerators:,}"
                )
                yield InputFinding("E0481", (*path, t), message)
        for t, (before, after) in enumerate(pairwise(offer.tiers)):
            if after.from_accelerators <= before.to_accelerators:
                message = (
                    f"tier {t + 2} starts at {after.from_accelerators:,}, and the one before "
                    f"ends at {before.to_accelerators:,}"
                )
                yield InputFinding("E0481", (*path, t + 1), message, "prices rise by quantity and do not overlap")


def tiers_are_apart(instance: Instance) -> Iterator[InputFinding]:
    """An accelerator has one price: it is a tier of one offer."""
    seen: dict[str, str] = {}
    for name, offer in instance.offers.items():
        for t, tier in enumerate(offer.tiers):
            if tier.accelerator in seen:
                message = f"{tier.accelerator} is a tier of {seen[tier.accelerator]} already"
                yield InputFinding("E0482", ("offers", name, "tiers", t), message, "give each price a row of its own")
            seen.setdefault(tier.accelerator, name)


def quality_adds_up(instance: Instance) -> Iterator[InputFinding]:
    """The weights of the criteria are the whole quality mark."""
    tender = instance.tender
    total = sum(row.weight_fraction for row in tender.quality.values()) if tender else 0.0
    if tender and tender.quality and abs(total - 1.0) > 1e-9:
        yield InputFinding("E0483", ("tender", "quality"), f"the weights of quality add up to {total:g}, not to 1")
    if tender and not tender.quality and (tender.quality_weight_fraction or tender.minimum_quality_marks):
        message = "quality has a weight or a minimum, and no criterion"
        yield InputFinding("E0483", ("tender", "quality_weight_fraction"), message, "add [tender.quality.NAME] tables")


TENDER_CHECKS = (tiers_rise, tiers_are_apart, quality_adds_up)
