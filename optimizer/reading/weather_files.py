"""The hourly files of an instance: guarded, hashed and read once while the instance is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.diagnostics import Diagnostic
from optimizer.errors import InputError, InputOutputError
from optimizer.operations.connection import price_beyond_import
from optimizer.reading.layers import Layer, table_at
from optimizer.reading.messages import InputFinding
from optimizer.reading.paths import PathRefused, guarded
from optimizer.reading.series_csv import CsvWeatherSeries, read_csv_weather
from optimizer.reading.series_epw import EpwSeries, load_epw
from optimizer.reading.series_grid import CsvGridSeries, read_grid_csv
from optimizer.reading.toml_positions import KeyPath


@dataclass
class WeatherFiles:
    """Files with their hashes; findings about the paths, and about the files."""

    files: list[tuple[Path, str]] = field(default_factory=list)
    findings: list[InputFinding] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def check_weather_files(layer: Layer, folder: Path, allowed: tuple[Path, ...]) -> WeatherFiles:
    """Read every file of weather or of the grid that a site names. Paths are relative to the instance's folder."""
    result = WeatherFiles()
    done: set[tuple[str, Path, int | None]] = set()
    columns: dict[tuple[str, str], str] = {}
    for path, kind, text, offset in (*_named(layer.tree), *_named_of_grid(layer.tree)):
        try:
            real = guarded(text, folder, folder, allowed)
        except PathRefused as refused:
            result.findings.append(InputFinding(refused.code, path, f"path: {refused.reason}", refused.help_text))
            continue
        if kind != "grid" and (kind, real, offset) in done:
            continue
        done.add((kind, real, offset))
        try:
            read = _read(kind, real, text, offset)
            result.diagnostics += read.warnings
            if isinstance(read, CsvGridSeries):
                result.findings += [*_told_twice(path, read, columns), *_sold_too_dear(layer.tree, path, read)]
            if isinstance(read, EpwSeries) and read.ghi_w_per_m2 is None and (sun := _sun(layer.tree, str(path[1]))):
                message = f"{sun} at {path[1]} follows the sun, and {text} has no radiation in some hour"
                hint = "use a file with global horizontal radiation, or a climate with ghi_w_per_m2"
                result.findings.append(InputFinding("E0428", path, message, hint))
            file = (real, hashlib.sha256(real.read_bytes()).hexdigest())
            result.files += [] if file in result.files else [file]
        except InputError as problem:
            result.diagnostics += problem.diagnostics
        except (InputOutputError, OSError) as problem:
            result.findings.append(InputFinding("E0113", path, f"path: {problem}"))
    return result


def _read(kind: str, real: Path, text: str, offset: int | None) -> EpwSeries | CsvWeatherSeries | CsvGridSeries:
    if kind == "epw":
        return load_epw(real, text)
    return read_grid_csv(real, text, offset) if kind == "grid" else read_csv_weather(real, text, offset)


def _told_twice(path: KeyPath, read: CsvGridSeries, columns: dict[tuple[str, str], str]) -> Iterator[InputFinding]:
    """A column that stands in two files of a site."""
    site, here = str(path[1]), ".".join(str(part) for part in path[:-1])
    for name in read.columns:
        if (site, name) in columns:
            message = f"grid_series of {site} tell {name} twice"
            hint = f"leave the column out of one of the files, it stands in {columns[site, name]} too"
            yield InputFinding("E0445", path, message, hint)
        columns.setdefault((site, name), here)


def _sold_too_dear(tree: dict[str, Any], path: KeyPath, read: CsvGridSeries) -> Iterator[InputFinding]:
    """Surplus that is sold for more than import costs in some hour of the file, as far as the tree can be read."""
    site = tree["sites"][path[1]]
    sold, tariff = site.get("export_price_per_kwh"), table_at(table_at(tree, "tariffs"), site.get("tariff"))
    clause = tariff.get("fuel_clause_per_kwh", 0.0)
    if "price_per_kwh" not in read.columns or not all(isinstance(n, int | float) for n in (sold, clause)):
        return
    told = price_beyond_import(sold, float(read.columns["price_per_kwh"].min()) + clause, str(path[1]))
    if told is not None:
        yield InputFinding("E0446", (*path[:2], "export_price_per_kwh"), *told)


def _sun(tree: dict[str, Any], site: str) -> str | None:
    """A kind of generation of the site that follows the sun, as far as the tree can be read."""
    rows, kinds = tree["sites"][site].get("generation"), tree.get("generation")
    if not isinstance(rows, list) or not isinstance(kinds, dict):
        return None
    named = [row.get("source") for row in rows if isinstance(row, dict)]
    told = ((name, kinds.get(name)) for name in named if isinstance(name, str))
    return next((name for name, kind in told if isinstance(kind, dict) and kind.get("kind") == "pv"), None)


def _named(tree: dict[str, Any]) -> list[tuple[KeyPath, str, str, int | None]]:
    """Key path, kind and path of every weather file, and the site's clock if it is stated."""
    files: list[tuple[KeyPath, str, str, int | None]] = []
    for site_id, site in table_at(tree, "sites").items():
        weather = table_at(site, "weather")
        if weather.get("kind") in ("epw", "csv") and isinstance(weather.get("path"), str):
            files.append((("sites", site_id, "weather", "path"), weather["kind"], weather["path"], _clock(weather)))
    return files


def _clock(row: dict[str, Any]) -> int | None:
    """The site's clock, if it is stated and can be one."""
    offset = row.get("utc_offset_hours")
    return offset if type(offset) is int and abs(offset) <= 14 else None


def _named_of_grid(tree: dict[str, Any]) -> list[tuple[KeyPath, str, str, int | None]]:
    """The same of every file of the grid by the hour."""
    files: list[tuple[KeyPath, str, str, int | None]] = []
    for site_id, site in table_at(tree, "sites").items():
        rows = site.get("grid_series") if isinstance(site, dict) else None
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            if not isinstance(row, dict) or not isinstance(row.get("path"), str):
                continue
            files.append((("sites", site_id, "grid_series", number, "path"), "grid", row["path"], _clock(row)))
    return files
