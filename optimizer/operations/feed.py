"""What feeds a site: the grid, and what works beside it. Pure; the one place that lists the sources.

    load that cannot wait in an hour <= import + free battery power + generators at work

The model's rows (dispatching), its valid inequalities (tightening) and the bounds that need no search read it here. A
source beside the grid is a coordinate of a year that dispatches, and the account to which its asset posts it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from optimizer.assets.battery.coefficients import SiteBattery
from optimizer.assets.generation.coefficients import SiteSource
from optimizer.assets.generators.coefficients import SiteBackup
from optimizer.operations.coefficients import SiteYear
from optimizer.operations.shapes import source_name

GRID = "limit"
"""Coordinate of the import limit: grid and substation."""
STORED = {"free_mw": "free_mw"}
"""Power out of a store, in MW: coordinate -> account."""
STORED_MWH = {"free_mwh": "free_mwh"}
"""What the store holds."""
STEADY = {"generator": "working_generators_mw"}
"""Power that may be there hour after hour."""
ACCOUNTS = {**STORED, **STORED_MWH, **STEADY}
IN_AN_HOUR = (GRID, *STORED, *STEADY)
FOR_HOURS = (GRID, *STEADY)


@dataclass(frozen=True, kw_only=True)
class Feed:
    """Most that can feed a site: what the utility makes available by phase, and what can be built beside it."""

    grid_mw: dict[str, float]
    beside_mw: dict[str, float]
    """By coordinate; a source the site may not use, or not beside the grid, is absent."""

    def without_generation(self) -> Feed:
        """The same without generation beside the grid."""
        return replace(self, beside_mw={name: mw for name, mw in self.beside_mw.items() if name in ACCOUNTS})

    def most_mw(self, phase: str, import_max_mw: float | None = None) -> float:
        """Most in any one hour of a phase; `import_max_mw` where something else than the grid bounds the import."""
        imported_mw = self.grid_mw[phase] if import_max_mw is None else import_max_mw
        return imported_mw + sum(self.beside_mw.values())


def feed_of(
    year: SiteYear, battery: SiteBattery | None, backup: SiteBackup | None, sources: Iterable[SiteSource] = ()
) -> Feed:
    """The feed of a site; battery and generators count where they may work beside the grid."""
    beside_mw, flexible = {}, year.flexible
    if flexible is not None and flexible.battery is not None and battery is not None:
        beside_mw["free_mw"] = battery.kind.max_mw
    if flexible is not None and flexible.generator is not None and backup is not None:
        units = max(backup.kind.max_units, backup.backup.existing_units)
        beside_mw["generator"] = backup.kind.unit_mw * units
    for source in sources:
        name, kind = source.stated.source, source.kind
        most = float(year.sources[name].availability.max())
        beside_mw[source_name(name)] = most * kind.unit_mw * kind.max_units
    return Feed(grid_mw=year.grid_mw, beside_mw=beside_mw)
