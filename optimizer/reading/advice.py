"""Warnings about values that are allowed but probably not meant. They rest on where a value comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.schema import Instance
from optimizer.reading.catalogue import TABLES
from optimizer.reading.layers import Layer, ValuePosition
from optimizer.reading.messages import InputFinding, label
from optimizer.reading.toml_positions import KeyPath


def price_years_differ(instance: Instance, layer: Layer) -> Iterator[InputFinding]:
    """Catalogue rows whose prices are of another year than the instance's; one warning for all of them."""
    year = instance.finance.price_year
    years: Counter[tuple[str, int]] = Counter()
    for table in TABLES:
        for row_id in getattr(instance, table):
            place = layer.places.get((table, row_id))
            price_year = None if place is None else place.origin.price_year
            # A row's own place loses its provenance when the planner overrides part of it; its values keep theirs.
            price_year = price_year or next(
                (p.origin.price_year for p in _values(layer, (table, row_id)) if p.origin.price_year), None
            )
            if price_year is not None and price_year != year and _priced(table):
                years[table, price_year] += 1
    if years:
        counts = ", ".join(
            f"{_rows(count, table)} of {price_year}" for (table, price_year), count in sorted(years.items())
        )
        message = f"price_year is {year}, but catalogue prices of other years are taken as they are: {counts}"
        yield InputFinding("W0602", ("finance", "price_year"), message, "override prices that have changed since")


def _rows(count: int, table: str) -> str:
    """`1 battery`, `2 batteries`."""
    if count != 1:
        return f"{count} {table}"
    return f"{count} {ASSET_TABLES[table].noun if table in ASSET_TABLES else table.removesuffix('s')}"


def _priced(table: str) -> bool:
    return table not in ("climates", "tariffs", "models", "measured_serving")


def _values(layer: Layer, row: KeyPath) -> list[ValuePosition]:
    tree = layer.value(row)
    return [
        layer.places[path] for key in (tree if isinstance(tree, dict) else {}) if (path := (*row, key)) in layer.places
    ]


def undeliverable(instance: Instance, layer: Layer) -> Iterator[InputFinding]:
    """Lead times the planner gave that reach beyond the start of the last phase."""
    last = list(instance.phases.values())[-1].start
    for table in TABLES:
        for row_id, row in getattr(instance, table).items():
            weeks = getattr(row, "lead_time_weeks", None)
            place = layer.places.get((table, row_id, "lead_time_weeks"))
            if weeks is None or place is None or place.origin.kind == "catalogue":
                continue
            if instance.planning_date + timedelta(days=round(7 * weeks)) > last:
                path = (table, row_id, "lead_time_weeks")
                message = (
                    f"lead_time_weeks of {row_id} is {weeks:g}: too long for the last phase, which starts on {last}"
                )
                yield InputFinding("W0611", path, message, None, (("planning_date",), ("phases",)))


def unused_settings(layer: Layer, needed: dict[str, set[str]], own: dict[str, Any]) -> Iterator[InputFinding]:
    """`--set` and scenario values on catalogue rows that the instance does not use; one finding for each row.

    `own` is the tree with untouched rows of the catalogue empty: where none is left, no place need be looked at.
    """
    given = {table: own[table] for table in needed if isinstance(own.get(table), dict)}
    if not any(row != {} and name not in needed[table] for table, rows in given.items() for name, row in rows.items()):
        return
    reported: set[KeyPath] = set()
    for path, place in layer.places.items():
        if place.origin.kind not in ("set", "scenario") or len(path) < 3 or path[:2] in reported:
            continue
        if path[0] in needed and path[1] not in needed[str(path[0])]:
            reported.add(path[:2])
            yield InputFinding("W0607", path, f"{label(path)} is set, but {path[1]} is not used by this instance")
