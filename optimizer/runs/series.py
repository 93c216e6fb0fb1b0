"""Hourly series of an instance, taken along so that the run's folder needs nothing from outside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from optimizer.inputs.schema import Instance, Site
from optimizer.inputs.setting import NormalsWeather
from optimizer.reading.preflight import read_bytes

FOLDER = "series"
MAX_SERIES_BYTES = 200_000_000
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,80}")


@dataclass(frozen=True)
class Packed:
    """An instance whose paths lead to `series/NAME`, and the files to put there, by that path."""

    instance: Instance
    files: dict[str, bytes]


def pack_series(instance: Instance, folder: Path) -> Packed:
    """Take the series of an instance from `folder`. Raises InputOutputError if one cannot be read any more."""
    names: dict[Path, str] = {}
    sites: dict[str, Site] = {}
    for site_id, site in instance.sites.items():
        weather = site.weather
        if isinstance(weather, NormalsWeather):
            sites[site_id] = site
            continue
        source = (folder / weather.path).resolve()
        name = names.setdefault(source, _free_name(source, set(names.values())))
        moved = weather.model_copy(update={"path": f"{FOLDER}/{name}"})
        sites[site_id] = site.model_copy(update={"weather": moved})
    files = {f"{FOLDER}/{name}": read_bytes(source, source.name, MAX_SERIES_BYTES) for source, name in names.items()}
    return Packed(instance.model_copy(update={"sites": sites}) if files else instance, files)


def _free_name(source: Path, taken: set[str]) -> str:
    """The file's own name if it is plain and free, else the next number with its ending."""
    folded = {name.casefold() for name in taken}
    if _NAME.fullmatch(source.name) and source.name.casefold() not in folded:
        return source.name
    ending = source.suffix if _NAME.fullmatch(source.suffix[1:]) else ""
    number = 1
    while f"series-{number}{ending}".casefold() in folded:
        number += 1
    return f"series-{number}{ending}"
