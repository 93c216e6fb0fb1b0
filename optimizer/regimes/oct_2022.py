"""7 October 2022: the first 3A090. Fast links and high performance together are denied to China."""

from __future__ import annotations

from datetime import date

from optimizer.regimes.conditions import TPP_HIGH, restricted_place
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.ruling import Ruling, Trade, denied, free

ID = "oct_2022"
NAME = "First advanced-computing rule"
EFFECTIVE = date(2022, 10, 7)
SOURCE = "S52"
SUMMARY = "Denied to China, Hong Kong and Macau: I/O >= 600 GB/s and TPP >= 4,800. The parent does not count yet."

LINK_GBS = 600.0


def decide(chip: ChipFacts, trade: Trade) -> Ruling:
    """A US design delivered abroad: denied if both thresholds are met and the destination is restricted."""
    numbers = f"I/O {chip.link_gbs:,.0f} GB/s and TPP {chip.tpp:,.0f}"
    if not restricted_place(trade.destination):
        clause = "destination not covered by the 7 Oct 2022 rule"
        return free(clause, EFFECTIVE, SOURCE, f"The rule does not cover {trade.destination.id} ({numbers}).")
    if chip.link_gbs >= LINK_GBS and chip.tpp >= TPP_HIGH:
        clause = "ECCN 3A090 of 7 Oct 2022 (I/O >= 600 GB/s and TPP >= 4,800)"
        return denied(clause, EFFECTIVE, SOURCE, f"{chip.id} has {numbers}: presumption of denial.")
    clause = "below ECCN 3A090 of 7 Oct 2022"
    return free(clause, EFFECTIVE, SOURCE, f"{chip.id} has {numbers}; the rule asks for 600 GB/s and 4,800 together.")
