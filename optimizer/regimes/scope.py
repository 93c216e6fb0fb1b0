"""What every dated regime does first, and the flags it adds last (docs/export_rules.md, sections 4 and 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.flags import flags_of
from optimizer.regimes.ruling import Ruling, Trade, free

Decide = Callable[[ChipFacts, Trade], Ruling]


def ruled(chip: ChipFacts, trade: Trade, regime: str, effective: date, decide: Decide) -> Ruling:
    """The ruling of a dated regime: Chinese designs and home deliveries first, then `decide`, then flags."""
    trade = trade.under(effective)
    if chip.origin == "CN":
        ruling = chinese_design(chip, effective)
    elif trade.destination.id == "united_states":
        ruling = free(
            "not an export (delivery inside the United States)",
            effective,
            "S59",
            f"{chip.id} stays in the United States, so no export licence is needed.",
        )
    else:
        ruling = decide(chip, trade)
    return replace(ruling, flags=flags_of(ruling, chip, trade, (regime, effective)))


def chinese_design(chip: ChipFacts, effective: date) -> Ruling:
    """Chinese designs need no licence on the buyer's side; what binds them is supply."""
    return free(
        "no US buyer-side licence (Chinese design)",
        effective,
        "S13",
        f"{chip.id} is designed in China (TPP {chip.tpp:,.0f}): the buyer needs no US licence.",
    )
