"""Before 7 October 2022: no rule reaches commercial AI accelerators."""

from __future__ import annotations

from datetime import date

from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.ruling import Ruling, Trade, free

ID = "before_oct_2022"
NAME = "Before the chip rules"
EFFECTIVE = date(2020, 12, 23)
"""Hong Kong has been governed by China's entry since then; nothing turned on it yet."""
SOURCE = "S50"
SUMMARY = "Every accelerator may be delivered anywhere."


def decide(chip: ChipFacts, trade: Trade) -> Ruling:
    """A US design delivered abroad: always free."""
    return free(
        "no control on commercial AI accelerators before 7 Oct 2022",
        EFFECTIVE,
        SOURCE,
        f"{chip.id} (TPP {chip.tpp:,.0f}) could be delivered to {trade.destination.id} without a licence.",
    )
