"""The grid by the hour of a site, read from wherever the instance says."""

from __future__ import annotations

from pathlib import Path

from optimizer.inputs.schema import Instance
from optimizer.reading.series_grid import read_grid_csv
from optimizer.setting.grid_hours import GridHours
from optimizer.setting.hours import Series


def site_grid(instance: Instance, site: str, folder: Path) -> GridHours:
    """The series of a site; relative paths are read from `folder`. Raises InputError for a bad file."""
    columns: dict[str, Series] = {}
    for row in instance.sites[site].grid_series:
        columns |= read_grid_csv(folder / row.path, utc_offset_hours=row.utc_offset_hours).columns
    return GridHours(
        price_per_kwh=columns.get("price_per_kwh"),
        carbon_kg_per_kwh=columns.get("carbon_kg_per_kwh"),
        import_limit_mw=columns.get("import_limit_mw"),
    )
