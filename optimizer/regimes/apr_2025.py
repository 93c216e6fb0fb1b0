"""9 April 2025: letters tell NVIDIA, AMD and Intel that fast-memory chips below 3A090 need a licence too."""

from __future__ import annotations

from datetime import date

from optimizer.regimes import oct_2023
from optimizer.regimes.conditions import bandwidths, controlled, letter_hit, restricted
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.ruling import Ruling, Trade, denied

ID = "apr_2025"
NAME = '"Is informed" letters (H20, MI308)'
EFFECTIVE = date(2025, 4, 9)
SOURCE = "S11"
SUMMARY = "As oct_2023; also denied to D:5 and Macau: DRAM >= 1,400 GB/s, I/O >= 1,100 GB/s or their sum >= 1,700 GB/s."


def caught(chip: ChipFacts, trade: Trade) -> bool:
    """Only the letters reach this chip: below 3A090, above a bandwidth limit, bound for or owned from D:5 or Macau."""
    return restricted(trade) and not controlled(chip) and letter_hit(chip)


def decide(chip: ChipFacts, trade: Trade) -> Ruling:
    """A US design delivered abroad: letters first, else as in October 2023."""
    if not caught(chip, trade):
        return oct_2023.decide(chip, trade)
    # A licence requirement without a stated policy; none was granted before August 2025.
    return denied(
        "BIS is-informed letters of 9 Apr 2025 (15 CFR 744.23)",
        EFFECTIVE,
        SOURCE,
        f"{chip.id} has {bandwidths(chip)} (limits 1,400, 1,100 and 1,700 together); "
        "no licence is known before August 2025.",
    )
