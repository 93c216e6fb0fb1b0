"""Caps of single sites.

Given       carbon_cap_t[s] most carbon of a site and year
Subject to  carbon[s, p]   carbon of import, generators and generation of the site <= its cap
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block

from optimizer.ledger.ledger import Ledger
from optimizer.operations.coefficients import SiteYear


def add(block: Block, years: dict[str, SiteYear], ledger: Ledger) -> None:
    """Add the caps that sites state, in every phase."""
    caps = {s: year.connection.carbon_cap_t for s, year in years.items()}

    @block.Constraint([(s, p) for s, cap in caps.items() if cap is not None for p in ledger.calendar.phases])
    def carbon(_: Block, s: str, p: str) -> Any:
        return (None, ledger.total("carbon_t", p, s), caps[s])
