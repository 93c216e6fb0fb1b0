"""A planner's policy, not law: Chinese designs only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.flags import flags_of
from optimizer.regimes.ruling import Ruling, Trade, denied
from optimizer.regimes.scope import chinese_design

ID = "domestic_only"
NAME = "Planner's policy: Chinese designs only"
EFFECTIVE = date(2026, 1, 14)
"""Chinese customs were told not to clear the H200; the nearest thing to a date this policy has."""
SOURCE = "S69"
SUMMARY = "Chinese designs are free; US designs are denied by the planner's own policy."


def rule(chip: ChipFacts, trade: Trade) -> Ruling:
    """Free for Chinese designs, denied for US ones, wherever they go."""
    if chip.origin == "CN":
        ruling = chinese_design(chip, EFFECTIVE)
    else:
        reason = f"{chip.id} is a US design; this plan buys Chinese designs only."
        ruling = denied("planner's policy: Chinese designs only", EFFECTIVE, SOURCE, reason)
    return replace(ruling, flags=flags_of(ruling, chip, trade, (ID, EFFECTIVE)))
