"""What an instance may say about the people who run the facility."""

from __future__ import annotations

from optimizer.inputs.quantity import NonNegative, Spec, Usd


class Staff(Spec):
    """Engineers, by site and by fleet."""

    engineers_per_site: NonNegative
    """Needed at each site in each phase, whatever its size."""
    engineers_per_1000_accelerators: NonNegative
    usd_per_engineer_year: Usd
    max_engineers: NonNegative | None = None
    """Most engineers that can be had, all sites together, in each phase. If given, engineers follow the accelerators
    at work instead of those installed: what nobody looks after stands still."""
