"""Power: what the utility makes available and what the substation carries with its spare units out.

Given       grid_mw[s, p];  firm capacity posted by the substation
Subject to  grid[s, p, m]   highest import of the month <= grid_mw
            firm[s, p, m]   highest import of the month <= firm capacity
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block

from optimizer.ledger.ledger import Ledger
from optimizer.operations.coefficients import SiteYear


def add(block: Block, years: dict[str, SiteYear], ledger: Ledger) -> None:
    """Add the power limits of every site, phase and month."""
    postings = [
        (s, p, posting.place.label, posting.amount)
        for s in years
        for p in ledger.calendar.phases
        for posting in ledger.select("peak_import_mw", p, s)
    ]
    peaks = {(s, p, month): amount for s, p, month, amount in postings}

    @block.Constraint(list(peaks))
    def grid(b: Block, s: str, p: str, month: str) -> Any:
        return peaks[s, p, month] <= years[s].grid_mw[p]

    @block.Constraint(list(peaks))
    def firm(b: Block, s: str, p: str, month: str) -> Any:
        return (None, peaks[s, p, month] - ledger.total("firm_mw", p, s), 0)
