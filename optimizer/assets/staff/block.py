"""Staff: engineers by site and by fleet. Decides nothing of its own.

Given       engineers per active site and per 1,000 installed accelerators; cost of one per year
Posts       engineers, staff
"""

from __future__ import annotations

from optimizer.assets.staff.spec import Staff
from optimizer.ledger.ledger import Ledger, Place

MUSD = 1e-6


def add(given: Staff, sites: tuple[str, ...], ledger: Ledger) -> None:
    """Post the engineers of every site and phase."""
    for phase in ledger.calendar.phases:
        for site in sites:
            active = ledger.total("active_sites", phase, site)
            fleet = ledger.total("installed_accelerators", phase, site)
            engineers = given.engineers_per_site * active + given.engineers_per_1000_accelerators / 1000 * fleet
            here = Place(phase, site, "engineers")
            ledger.post("engineers", here, engineers)
            ledger.post("staff", here, MUSD * given.usd_per_engineer_year * engineers)
