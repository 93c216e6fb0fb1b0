"""31 May 2026: guidance that the headquarters test holds worldwide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from optimizer.regimes import jan_2026
from optimizer.regimes.conditions import Class3a090, classify, parent_only
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.ruling import Ruling, Trade, denied

ID = "may_2026"
NAME = "Parent-headquarters guidance"
EFFECTIVE = date(2026, 5, 31)
SOURCE = "S59"
SUMMARY = (
    "As jan_2026, with the headquarters test confirmed worldwide and a reported cap of 75,000 on case-by-case licences."
)

QUOTA_ACCELERATORS = 75_000
"""Reported cap, one weak source [S71], grade C."""


def decide(chip: ChipFacts, trade: Trade) -> Ruling:
    """A US design delivered abroad: parents in D:5 or Macau first, else as in January 2026."""
    if parent_only(trade) and (classified := classify(chip)).paragraph is not Class3a090.NONE:
        return denied(
            "BIS guidance of 31 May 2026, 15 CFR 742.6(a)(6)(iii)(A) (parent headquarters)",
            EFFECTIVE,
            SOURCE,
            f"{chip.id} has {classified.numbers} (3A090.{classified.paragraph}); "
            f"the parent's headquarters in {trade.parent.id} decide, though delivery is to {trade.destination.id}.",
        )
    ruling = jan_2026.decide(chip, trade)
    if jan_2026.reviewed(chip, trade):
        cap = trade.volume_cap_accelerators
        return replace(ruling, quota_accelerators=QUOTA_ACCELERATORS if cap is None else cap)
    return ruling
