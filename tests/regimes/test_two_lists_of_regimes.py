"""The rules and the audit each hold their own list of regimes; they must name the same."""

from __future__ import annotations

from optimizer.audit import rulings
from optimizer.regimes.table import REGIMES


def test_rules_and_audit_know_the_same_regimes() -> None:
    assert tuple(regime.id for regime in REGIMES) == rulings.REGIMES
