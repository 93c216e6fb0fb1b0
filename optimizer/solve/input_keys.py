"""From rows and columns back to the keys of the instance: what a refusal of the model's numbers tells the planner.

A row or column is named after its slice and what it is about, such as compute.deliver[main,h20,air,y2028]. The inputs
behind it are the numbers of these tables: the site, the accelerator, the cooling, the phase; and of what the slice is
made of at that site: its battery, tariff, transformers. Of these the ones are told that lie furthest outside the range
where such values are normally found, or, if all are within, nearest to its ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Any

from optimizer.errors import UnsoundError
from optimizer.inputs.quantity import Plausible
from optimizer.inputs.schema import Instance
from optimizer.reading.schema_walk import key_at
from optimizer.reading.toml_positions import KeyPath
from optimizer.solve.unsound import Unsound

_NAMED = re.compile(r"\b([a-z_]+)\.[a-z_]+\[([^\]]*)\]")
_TABLES = ("sites", "phases", "accelerators", "coolings", "stacks", "workloads", "transformers")
_OF_ALL = ("limits", "affordability", "procurement")
"""Tables behind rows that are about nothing in particular."""
_SHOWN, _ROWS_SHOWN = 4, 3


@dataclass(frozen=True)
class Suspect:
    """A number of the instance, and how far it is outside its usual range: a factor, at most 1 if it is within."""

    path: KeyPath
    value: float
    usual: Plausible
    beyond: float

    def __str__(self) -> str:
        """Key, value and range, such as `sites.main.grid_mw = 3e+06 (usual 0.05 to 2,000)`."""
        key = ".".join(str(part) for part in self.path)
        return f"{key} = {self.value:.6g} (usual {self.usual.low:,.6g} to {self.usual.high:,.6g})"


@contextmanager
def errors_by_key(instance: Instance) -> Iterator[None]:
    """Refusals of the model's numbers inside are raised again with the inputs behind them and what to change."""
    try:
        yield
    except Unsound as error:
        keys = suspects(instance, error.names)
        if not keys:
            raise
        beyond = [suspect for suspect in keys if suspect.beyond > 1]
        range_text = "outside their usual range" if beyond else "nearest to the ends of their usual range"
        listed = "; ".join(str(suspect) for suspect in (beyond or keys)[:_SHOWN])
        rows = ", ".join(error.names[:_ROWS_SHOWN])
        key = ".".join(str(part) for part in keys[0].path)
        help_ = f"correct {key} first: bring it within its usual range, or closer to its middle; seen in {rows}"
        raise UnsoundError(f"{error.reason}. Inputs behind it, {range_text}: {listed}", help_) from error


def suspects(instance: Instance, names: Iterable[str]) -> list[Suspect]:
    """Numbers behind rows and columns, those furthest beyond their usual range first."""
    by_path = {suspect.path: suspect for path in _tables(instance, names) for suspect in _numbers(instance, path)}
    return sorted(by_path.values(), key=lambda suspect: -suspect.beyond)


def _tables(instance: Instance, names: Iterable[str]) -> dict[KeyPath, None]:
    """Paths of the tables that rows and columns are about, each once."""
    paths: dict[KeyPath, None] = {}
    for name in names:
        for slice_name, listed in _NAMED.findall(name):
            parts = [part.strip("'\"") for part in re.split(r"[,/]", listed)]
            about = [(table, part) for part in parts for table in _TABLES if part in getattr(instance, table)]
            for table, part in about:
                paths[table, part] = None
            for site in (part for table, part in about if table == "sites"):
                paths.update(dict.fromkeys(_beside(instance, slice_name, site)))
            if not about:
                paths.update(dict.fromkeys((table,) for table in _OF_ALL))
    return paths


def _beside(instance: Instance, slice_name: str, site: str) -> Iterator[KeyPath]:
    """Tables of the catalogue that a slice of the model is made of at a site."""
    data = instance.sites[site]
    if slice_name == "battery" and data.battery:
        yield "batteries", data.battery
    if slice_name in ("generators", "battery") and data.backup:
        yield "generators", data.backup.generator
    if slice_name in ("generation", "hours"):
        yield from (("generation", row.source) for row in data.generation)
    if slice_name == "ups":
        yield "upses", data.ups
    if slice_name in ("operations", "hours"):
        yield "tariffs", data.tariff
    if slice_name in ("substation", "power"):
        yield from (("transformers", name) for name in data.grid.transformers)


def _numbers(instance: Instance, path: KeyPath) -> Iterator[Suspect]:
    node: Any = instance
    for part in path:
        node = node[part] if isinstance(node, dict) else getattr(node, str(part))
    if node is not None:
        yield from _leaves(node.model_dump(), path)


def _leaves(node: Any, path: KeyPath) -> Iterator[Suspect]:
    if isinstance(node, dict):
        for key, below in node.items():
            yield from _leaves(below, (*path, key))
    elif isinstance(node, list | tuple):
        for at, below in enumerate(node):
            yield from _leaves(below, (*path, at))
    elif isinstance(node, int | float) and not isinstance(node, bool) and node and isfinite(node):
        key = key_at(path)
        # Prices of tariffs are in a currency of their own, and what may be negative has no factor to be beyond.
        if key is not None and key.usual is not None and not key.usual.in_usd and key.usual.low > 0:
            size = abs(float(node))
            yield Suspect(path, float(node), key.usual, max(size / key.usual.high, key.usual.low / size))
