"""Staff: engineers by site and by fleet. Where they are scarce, what nobody looks after stands still.

Given       engineers per active site and per 1,000 accelerators (installed; at work if engineers are limited); cost of
            one per year; max_engineers
Subject to  most[p]     engineers of all sites <= max_engineers, if there is such a limit
Posts       engineers, staff
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block

from optimizer.inputs.quantity import MUSD
from optimizer.inputs.staff import Staff
from optimizer.ledger.ledger import Ledger, Place, is_variable


def add(block: Block, given: Staff, sites: tuple[str, ...], ledger: Ledger) -> None:
    """Post the engineers of every site and phase, and limit them."""
    fleet = "installed_accelerators" if given.max_engineers is None else "working_accelerators"
    for phase in ledger.calendar.phases:
        for site in sites:
            active = ledger.total("active_sites", phase, site)
            looked_after = ledger.total(fleet, phase, site)
            engineers = given.engineers_per_site * active + given.engineers_per_1000_accelerators / 1000 * looked_after
            here = Place(phase, site, "engineers")
            ledger.post("engineers", here, engineers)
            ledger.post("staff", here, MUSD * given.usd_per_engineer_year * engineers)
    if given.max_engineers is None:
        return

    @block.Constraint([p for p in ledger.calendar.phases if is_variable(ledger.total("engineers", p))])
    def most(b: Block, p: str) -> Any:
        return (None, ledger.total("engineers", p), given.max_engineers)
