"""The regimes, in order of time, and how to ask one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from types import ModuleType

from optimizer.regimes import (
    apr_2025,
    aug_2025,
    before_oct_2022,
    domestic_only,
    jan_2026,
    jul_2026,
    may_2026,
    oct_2022,
    oct_2023,
    open_market,
)
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.places import unknown
from optimizer.regimes.questions import RuleTest
from optimizer.regimes.ruling import Trade
from optimizer.regimes.scope import ruled
from optimizer.regimes.turning import LAW, Rule, Thresholds


@dataclass(frozen=True, kw_only=True)
class Regime:
    """One set of rules, with the date it took effect and where it was read."""

    id: str
    name: str
    effective: date
    source: str
    rule: Rule
    summary: str
    questions: Callable[[ChipFacts, Trade], tuple[RuleTest, ...]] | None = None
    """Tests in words, of a planner's own regime; None for a regime of this table, see `questions.py`."""
    thresholds: Thresholds = field(default_factory=lambda: LAW)
    """By fact: where a ruling may change."""


def _entry(module: ModuleType, rule: Rule) -> Regime:
    return Regime(
        id=module.ID,
        name=module.NAME,
        effective=module.EFFECTIVE,
        source=module.SOURCE,
        rule=rule,
        summary=module.SUMMARY,
    )


OF_LAW = (before_oct_2022, oct_2022, oct_2023, apr_2025, aug_2025, jan_2026, may_2026, jul_2026)
REGIMES: tuple[Regime, ...] = (
    *(_entry(law, partial(ruled, regime=law.ID, effective=law.EFFECTIVE, decide=law.decide)) for law in OF_LAW),
    *(_entry(policy, policy.rule) for policy in (domestic_only, open_market)),
)
"""Law by date, then the planner's two."""


def regime(regime_id: str) -> Regime:
    """The regime of that id; raises KeyError, with the known ids, if there is none."""
    known = {entry.id: entry for entry in REGIMES}
    if regime_id not in known:
        raise KeyError(unknown("regime", regime_id, tuple(known)))
    return known[regime_id]
