"""What every dated regime does first, and the flags it adds last (docs/export_rules.md, sections 4 and 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from optimizer.regimes.conditions import TPP_LOW, china, parent_only, restricted
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.ruling import Ruling, RulingStatus, Trade, free

DATED = ("before_oct_2022", "oct_2022", "oct_2023", "apr_2025", "aug_2025", "jan_2026", "may_2026")
"""Regimes of law, in order."""

Decide = Callable[[ChipFacts, Trade], Ruling]


def since(regime: str, first: str) -> bool:
    """The regime is `first` or a later one of law."""
    return regime in DATED and DATED.index(regime) >= DATED.index(first)


def ruled(chip: ChipFacts, trade: Trade, regime: str, effective: date, decide: Decide) -> Ruling:
    """The ruling of a dated regime: Chinese designs and home deliveries first, then `decide`, then flags."""
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
    return replace(ruling, flags=flags(ruling.status, chip, trade, regime, effective))


def chinese_design(chip: ChipFacts, effective: date) -> Ruling:
    """Chinese designs need no licence on the buyer's side; what binds them is supply."""
    return free(
        "no US buyer-side licence (Chinese design)",
        effective,
        "S13",
        f"{chip.id} is designed in China (TPP {chip.tpp:,.0f}): the buyer needs no US licence.",
    )


def flags(status: RulingStatus, chip: ChipFacts, trade: Trade, regime: str, effective: date) -> tuple[str, ...]:
    """Risks to print beside a ruling, in the order of the page."""
    early = ("before_effective_date",) if trade.delivery < effective else ()
    return early + (_domestic_flags(chip, regime) if chip.origin == "CN" else _us_flags(status, chip, trade, regime))


def _domestic_flags(chip: ChipFacts, regime: str) -> tuple[str, ...]:
    policy = regime == "domestic_only"
    found = {
        "entity_list_vendor": chip.entity_listed and (policy or since(regime, "oct_2023")),
        "hbm_supply": policy or since(regime, "apr_2025"),
        "gp10_ascend": chip.vendor == "Huawei" and (policy or since(regime, "aug_2025")),
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _us_flags(status: RulingStatus, chip: ChipFacts, trade: Trade, regime: str) -> tuple[str, ...]:
    abroad = trade.destination.id != "united_states"
    found = {
        "no_spares_channel": status is RulingStatus.DENIED and regime in DATED,
        "china_discourages": status is not RulingStatus.DENIED
        and china(trade.destination)
        and since(regime, "aug_2025"),
        "parent_headquarters": status is not RulingStatus.FREE and parent_only(trade) and since(regime, "oct_2023"),
        "tenant_diligence": regime == "may_2026" and abroad and not restricted(trade) and chip.tpp >= TPP_LOW,
    }
    return tuple(flag for flag, holds in found.items() if holds)
