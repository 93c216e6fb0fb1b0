"""15 January 2026: case-by-case review for the H200 and lesser chips, shipped from the US, some with a tariff."""

from __future__ import annotations

from datetime import date

from optimizer.regimes import aug_2025
from optimizer.regimes.conditions import case_by_case, controlled, restricted
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.fees import section_232_fraction
from optimizer.regimes.ruling import Ruling, RulingStatus, Trade

ID = "jan_2026"
NAME = "Case-by-case review, 25 % tariff"
EFFECTIVE = date(2026, 1, 15)
SOURCE = "S65"
SUMMARY = "As aug_2025, but 3A090 chips with TPP < 21,000 and DRAM < 6,500 GB/s are reviewed case by case."

PROBABILITY = 0.3
"""Grade C: both governments have to allow it."""
LEAD_WEEKS = 26.0
"""Grade C: review, laboratory test in the US and certification."""


def reviewed(chip: ChipFacts, trade: Trade) -> bool:
    """In 3A090 and within the limits of the rule, shipped from the United States into China or Macau."""
    return restricted(trade) and trade.shipped_from_us and controlled(chip) and case_by_case(chip, trade)


def decide(chip: ChipFacts, trade: Trade) -> Ruling:
    """A US design delivered abroad: a licence if reviewed case by case, else as in August 2025."""
    if not reviewed(chip, trade):
        return aug_2025.decide(chip, trade)
    fee = section_232_fraction(chip)
    duty = f"{fee:.0%} tariff paid" if fee else "outside the bands of the tariff"
    return Ruling(
        RulingStatus.LICENCE,
        "15 CFR 742.6(b)(10), case by case (TPP < 21,000 and DRAM bandwidth < 6,500 GB/s)",
        EFFECTIVE,
        SOURCE,
        f"{chip.id} has TPP {chip.tpp:,.0f} and DRAM bandwidth {chip.memory_bandwidth_gbs:,.0f} GB/s, below 21,000 and "
        f"6,500: it may be licensed for shipment from the United States to {trade.destination.id}, {duty}.",
        quota_accelerators=trade.volume_cap_accelerators,
        fee_fraction=fee,
        extra_lead_weeks=LEAD_WEEKS,
        probability=PROBABILITY,
    )
