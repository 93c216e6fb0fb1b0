"""A counterfactual: what would be built if there were no export rules."""

from __future__ import annotations

from datetime import date

from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.ruling import Ruling, Trade, free

ID = "open_market"
NAME = "Counterfactual without rules"
EFFECTIVE = date(2000, 1, 1)
"""Without meaning; early enough never to be after a delivery."""
SOURCE = "S50"
SUMMARY = "Every accelerator is free everywhere, without flags."


def rule(chip: ChipFacts, trade: Trade) -> Ruling:
    """Always free."""
    reason = f"{chip.id} (TPP {chip.tpp:,.0f}) to {trade.destination.id}: this regime has no rules."
    return free("counterfactual: no export rules", EFFECTIVE, SOURCE, reason)
