"""The flags of section 7 of docs/export_rules.md, read a second time on the audit's classes and rulings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import optimizer
from optimizer.audit import rulings as second
from optimizer.inputs.compute import Accelerator
from optimizer.regimes.facts import MissingFact, chip_facts
from optimizer.regimes.flags import FLAGS
from optimizer.regimes.places import place
from optimizer.regimes.ruling import Buyer, Trade
from optimizer.regimes.table import REGIMES

PROVENANCE = ("source", "grade", "price_year", "grades", "sources", "note", "by_place")
DATED = tuple(name for name in second.REGIMES if name not in ("domestic_only", "open_market"))
DAYS = (
    date(2025, 5, 12), date(2025, 5, 13), date(2025, 7, 13), date(2025, 7, 14), date(2025, 9, 28), date(2025, 9, 29),
    date(2025, 11, 9), date(2025, 11, 10), date(2026, 11, 9), date(2026, 11, 10), date(2027, 4, 6), date(2027, 4, 7),
)  # fmt: skip
"""The day before each day that section 7 names, and the day."""
TRADES: tuple[tuple[str, str, Buyer], ...] = (
    ("hong_kong", "hong_kong", "other"), ("mainland_china", "mainland_china", "other"), ("macau", "singapore", "other"),
    ("singapore", "hong_kong", "other"), ("singapore", "singapore", "other"), ("malaysia", "malaysia", "other"),
    ("japan", "japan", "other"), ("united_arab_emirates", "united_arab_emirates", "other"),
    ("united_arab_emirates", "united_arab_emirates", "listed"), ("saudi_arabia", "hong_kong", "listed"),
    ("united_states", "united_states", "other"),
)  # fmt: skip
"""Destination, place of the parent, and buyer."""


def chips() -> dict[str, Accelerator]:
    """Every accelerator of the catalogue."""
    table = tomllib.loads((Path(optimizer.__file__).parent / "catalogue" / "accelerators.toml").read_text("utf-8"))
    rows = {name: {k: v for k, v in row.items() if k not in PROVENANCE} for name, row in table.items()}
    return {name: Accelerator.model_validate(row) for name, row in rows.items()}


CHIPS = chips()


def later(regime: str, first: str) -> bool:
    """Whether a regime is the first or later, in the order of section 5."""
    return regime in DATED and DATED.index(regime) >= DATED.index(first)


def controlled(chip: Accelerator) -> bool | None:
    """Whether a chip is in class a or b; None if that is not known."""
    try:
        return second.class_3a090(chip) != "none"
    except second.MissingFactError:
        return None


def flags_of_the_page(regime: str, chip: Accelerator, trade: second.AuditedTrade, day: date) -> set[str]:
    """Section 7, row by row."""
    if regime == "open_market":
        return set()
    ruling, meets, policy = second.rule(regime, chip, trade), controlled(chip), regime == "domestic_only"
    to, free, denied = trade.destination, ruling.status == "free", ruling.status == "denied"
    american, chinese = chip.origin == "US", chip.origin == "CN"
    guided = later(regime, "aug_2025") or policy or (regime == "apr_2025" and day >= date(2025, 5, 13))
    affiliates = date(2025, 9, 29) <= day <= date(2025, 11, 9) or day >= date(2026, 11, 10)
    raised = {
        "before_effective_date": day < second.EFFECTIVE[regime],
        "gp10": chinese and meets is True and guided,
        "gp10_density_unknown": chinese and meets is None and guided,
        "entity_list_vendor": chinese and chip.entity_listed and (later(regime, "oct_2023") or policy),
        "affiliates_rule": chinese and not chip.entity_listed and affiliates and (later(regime, "aug_2025") or policy),
        "hbm_supply": chinese and (later(regime, "apr_2025") or policy),
        "no_spares_channel": american and denied and regime in DATED,
        "china_discourages": american and not denied and to in second.CHINA and later(regime, "aug_2025"),
        "parent_headquarters": american and trade.parent_only and not free and later(regime, "oct_2023"),
        "tenant_diligence": american
        and later(regime, "may_2026")
        and not trade.restricted
        and to != "united_states"
        and second.total_processing_performance(chip) >= 1600,
        "us_shipment": "742.6(b)(10)" in ruling.clause,
        "listing_lapses": american
        and regime == "jul_2026"
        and to == "united_arab_emirates"
        and trade.buyer == "listed"
        and meets is not False
        and day > date(2027, 4, 6),
        "malaysia_permit": to == "malaysia" and american and meets is not False and day >= date(2025, 7, 14),
        "import_licence": to == "hong_kong",
    }
    assert list(raised) == [flag.id for flag in FLAGS]
    return {name for name, holds in raised.items() if holds}


def both(regime: Any) -> Iterator[tuple[object, set[str], set[str]]]:
    """Where, the flags of the rules, and those of the page."""
    for (to, parent, buyer), day in product(TRADES, DAYS):
        for name, chip in CHIPS.items():
            try:
                ruling = regime.rule(chip_facts(name, chip), Trade(place(to), place(parent), day, buyer))
            except MissingFact:
                continue
            trade = second.AuditedTrade(to, parent, buyer)
            yield (name, to, parent, day, buyer), set(ruling.flags), flags_of_the_page(regime.id, chip, trade, day)


@pytest.mark.parametrize("regime", REGIMES, ids=lambda regime: regime.id)
def test_every_flag_is_raised_where_the_page_says(regime: Any) -> None:
    seen: set[str] = set()
    for where, ours, page in both(regime):
        assert ours == page, where
        seen |= page
    assert bool(seen) is (regime.id != "open_market")


def test_every_flag_of_the_page_is_met() -> None:
    law = next(regime for regime in REGIMES if regime.id == "jul_2026")
    met = set().union(*(page for _, _, page in both(law)))
    assert met == {flag.id for flag in FLAGS}
