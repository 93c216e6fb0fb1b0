"""The catalogue as it reads where the sites are: a row may state some of its values by place (`by_place`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from optimizer.reading.catalogue import catalogue_layer, place_layer
from optimizer.reading.layers import Layer, leaves, overlay, table_at
from optimizer.reading.messages import InputFinding
from optimizer.reading.overrides import Setting
from optimizer.reading.references import needed_rows
from optimizer.reading.toml_positions import KeyPath


@dataclass(frozen=True)
class Market:
    """The catalogue for some places, and the values on which they differ: by path, what each place says."""

    catalogue: Layer
    differing: tuple[tuple[KeyPath, tuple[tuple[str, Any], ...]], ...]


def places_of(user: Layer, settings: Sequence[Setting]) -> tuple[str, ...]:
    """The places of the sites, each once, in the order of the file; a `--set` counts."""
    sites = table_at(user.tree, "sites")
    named = {name: site.get("place") for name, site in sites.items() if isinstance(site, dict)}
    for setting in settings:
        if len(setting.path) == 3 and (setting.path[0], setting.path[2]) == ("sites", "place"):
            named[setting.path[1]] = setting.value
    return tuple(dict.fromkeys(place for place in named.values() if isinstance(place, str)))


@lru_cache(maxsize=200)
def market(tables: tuple[str, ...], folder: Path, places: tuple[str, ...]) -> Market:
    """The catalogue at the first of some places. Rows without a value of their own there keep the general one."""
    general = catalogue_layer(tables, folder)
    theirs = [place_layer(tables, folder, place) for place in places]
    if not any(layer.tree for layer in theirs):
        return Market(general, ())
    paths = dict.fromkeys(path for layer in theirs for path, _ in leaves(layer.tree))
    stated = {}
    for path in paths:
        values = tuple((place, _or(layer.value(path), general.value(path))) for place, layer in _pairs(places, theirs))
        if len({value for _, value in values}) > 1:
            stated[path] = values
    return Market(overlay(general, theirs[0]), tuple(stated.items()))


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _pairs(places: tuple[str, ...], layers: list[Layer]) -> Iterator[tuple[str, Layer]]:
    return zip(places, layers, strict=True)


def several_markets(layer: Layer, differing: Market) -> Iterator[InputFinding]:
    """Values of rows in use that differ between the places of the sites, and that the planner has not stated."""
    if not differing.differing:
        return
    needed = needed_rows(layer.tree)
    for path, values in differing.differing:
        stated = layer.places.get(path)
        if path[1] not in needed[str(path[0])] or (stated is not None and stated.origin.kind != "catalogue"):
            continue
        listed = ", ".join(f"{value:g} in {place}" for place, value in values)
        name = ".".join(str(part) for part in path)
        hint = f"state {name}; it then holds at every site"
        yield InputFinding("E0418", path, f"{name} is {listed}: one value holds for the plan", hint)
