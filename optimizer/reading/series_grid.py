"""The grid by the hour from CSV files: price, carbon and import limit, read in the dialect of weather files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.diagnostics import Diagnostic
from optimizer.reading.series_csv import SeriesTable, hours_of, moved_clock, numbers, series_table
from optimizer.reading.series_text import Array, SeriesText, out_of_range, read_series_text, stop_if

RANGES = {
    "price_per_kwh": (-1e6, 1e6),
    "carbon_kg_per_kwh": (0.0, 5.0),
    "import_limit_mw": (0.0, 1e6),
}
COLUMNS = tuple(RANGES)


@dataclass(frozen=True)
class CsvGridSeries:
    """Series by column, each of shape (8760,), and what was repaired or looks odd."""

    columns: dict[str, Array]
    warnings: tuple[Diagnostic, ...]


def read_grid_csv(path: Path, shown: str | None = None, utc_offset_hours: int | None = None) -> CsvGridSeries:
    """The series of a file on the site's clock. Raises InputError with every wrong cell and row, InputOutputError."""
    text = read_series_text(path, shown)
    table, warnings = series_table(text, COLUMNS, ())
    there = tuple(name for name in COLUMNS if name in table.columns)
    if not there:
        hint = f"the first line names at least one of {', '.join(COLUMNS)}"
        stop_if([text.error("E0506", "there is no column of the grid", 1, hint)])
    year = hours_of(text, table)
    findings = year.findings
    values = numbers(text, table, there, findings)
    for column, name in enumerate(there):
        findings += _outside(text, table, values[column], name)
    stop_if(findings)
    shift, warnings_of_clock = moved_clock(text, year, utc_offset_hours, "time" in table.columns)
    said = (*warnings, *warnings_of_clock, *(finding for finding in findings if finding.severity == "warning"))
    columns = {name: np.roll(values[column, year.keep], shift) for column, name in enumerate(there)}
    return CsvGridSeries(columns, said)


def _outside(text: SeriesText, table: SeriesTable, values: Array, name: str) -> list[Diagnostic]:
    """Values no grid can have."""
    low, high = RANGES[name]
    hints = {
        "price_per_kwh": "write the price of a kWh in the tariff's currency",
        "carbon_kg_per_kwh": "write kg per kWh: g per kWh over 1,000",
        "import_limit_mw": "write MW; 0 where nothing may be imported",
    }
    return [
        text.error(
            "E0502",
            f"row {row + 1}, column {name}: {values[row]:g} is outside {low:g} to {high:g}",
            table.lines[row],
            hints[name],
        )
        for row in out_of_range(values, (low, high))
    ]
