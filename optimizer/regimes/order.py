"""The dated regimes of law, in order of time."""

from __future__ import annotations

DATED = ("before_oct_2022", "oct_2022", "oct_2023", "apr_2025", "aug_2025", "jan_2026", "may_2026", "jul_2026")
"""Regimes of law, in order."""


def since(regime: str, first: str) -> bool:
    """The regime is `first` or a later one of law."""
    return regime in DATED and DATED.index(regime) >= DATED.index(first)
