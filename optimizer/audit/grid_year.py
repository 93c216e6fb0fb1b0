"""The grid by the hour, as files of a site tell it: docs/model.md section 8b, series."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optimizer.audit.findings import Recorder
from optimizer.audit.hourly_csv import read_columns
from optimizer.audit.psychrometrics import Hours
from optimizer.inputs.schema import Instance

PRICE, CARBON, LIMIT = "price_per_kwh", "carbon_kg_per_kwh", "import_limit_mw"


@dataclass(frozen=True, kw_only=True)
class GridYear:
    """What files tell of the grid of a site, 8,760 hours each; None where none does."""

    price_per_kwh: Hours | None = None
    """Without the fuel clause, in the tariff's currency."""
    carbon_kg_per_kwh: Hours | None = None
    import_limit_mw: Hours | None = None


AS_STATED = GridYear()
"""No file tells anything: tariff, carbon and grid_mw are what they are."""


def read_grid_years(instance: Instance, base_folder: Path | None, recorder: Recorder) -> dict[str, GridYear]:
    """The grid of every site that names files. Raises OSError or ValueError if one cannot be read."""
    return {site: _read(instance, site, base_folder, recorder) for site in _told(instance)}


def _told(instance: Instance) -> tuple[str, ...]:
    return tuple(site for site, spec in instance.sites.items() if spec.grid_series)


def _read(instance: Instance, site: str, base_folder: Path | None, recorder: Recorder) -> GridYear:
    """All columns of the files of a site; a column that two of them tell is a finding, and the first one holds."""
    found: dict[str, Hours] = {}
    for row in instance.sites[site].grid_series:
        path = (base_folder or Path()) / row.path
        columns = read_columns(path, (PRICE, CARBON, LIMIT), row.utc_offset_hours)
        if not columns:
            raise ValueError(f"{path}: has none of the columns {PRICE}, {CARBON}, {LIMIT}")
        again = sorted(columns.keys() & found.keys())
        recorder.holds("connection.column", site, not again, f"told by two files: {again}")
        found = columns | found
    for name in (CARBON, LIMIT):
        if name in found:
            recorder.at_least("connection.series", site, float(found[name].min()), 0.0, f"{name} in the lowest hour")
    return GridYear(
        price_per_kwh=found.get(PRICE),
        carbon_kg_per_kwh=found.get(CARBON),
        import_limit_mw=found.get(LIMIT),
    )
