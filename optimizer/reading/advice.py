"""Warnings about values that are allowed but probably not meant. They rest on where a value comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from optimizer.inputs.quantity import Plausible
from optimizer.inputs.schema import Instance
from optimizer.reading.catalogue import TABLES
from optimizer.reading.layers import Layer, Place, leaves
from optimizer.reading.messages import Finding, label
from optimizer.reading.schema_walk import shape_at
from optimizer.reading.toml_positions import KeyPath

_LARGEST = 1e300
"""Whole numbers beyond this are no floats; the schema refuses them."""

_SLIPS: dict[str, tuple[tuple[float, str], ...]] = {
    "mw": ((1e-3, "kW given?"), (1e-6, "W given?"), (1e3, "GW given?")),
    "mwh": ((1e-3, "kWh given?"), (1e3, "GWh given?")),
    "mva": ((1e-3, "kVA given?"),),
    "kw": ((1e-3, "W given?"), (1e3, "MW given?")),
    "w": ((1e3, "kW given?"),),
    "usd": ((1e3, "thousand USD given?"), (1e6, "million USD given?"), (1e-2, "cents given?")),
    "pflops": ((1e-3, "TFLOPS given?"), (1e3, "EFLOPS given?")),
    "tflops": ((1e-3, "GFLOPS given?"), (1e3, "PFLOPS given?")),
    "tops": ((1e3, "POPS given?"),),
    "rate": ((1e-2, "per cent given?"),),
    "years": ((1 / 12, "months given?"), (1 / 365.25, "days given?")),
}
"""By the last word of a key: factors that turn a value in a mistaken unit into the right one."""


def implausible_values(layer: Layer, own: dict[str, Any]) -> Iterator[Finding]:
    """Values the planner gave (those in `own`) that lie outside the range where such values are normally found."""
    for path, value in leaves(own):
        place = layer.place(path)
        if isinstance(value, bool) or not isinstance(value, int | float) or value == 0 or abs(value) > _LARGEST:
            continue
        if place is None or place.origin.kind in ("catalogue", "default"):
            continue
        shape = shape_at(path)
        usual = None if shape is None else shape.plausible
        if usual is not None and not usual.low <= value <= usual.high:
            message = f"{label(path)} = {value:g} is outside the usual range {usual.low:g} to {usual.high:g}"
            yield Finding("W0601", path, message, slip(path, float(value), usual))


def slip(path: KeyPath, value: float, usual: Plausible) -> str | None:
    """The value that was probably meant, by the unit in the key's name."""
    word = label(path).rsplit("_", 1)[-1].rsplit("[", 1)[0]
    for factor, question in _SLIPS.get(word, ()):
        if usual.low <= value * factor <= usual.high:
            return f"did you mean {value * factor:g} ({question})?"
    return None


def price_years_differ(instance: Instance, layer: Layer) -> Iterator[Finding]:
    """Catalogue rows whose prices are of another year than the instance's; one warning for all of them."""
    year = instance.finance.price_year
    years: Counter[tuple[str, int]] = Counter()
    for table in TABLES:
        for row_id in getattr(instance, table):
            place = layer.places.get((table, row_id))
            found = None if place is None else place.origin.price_year
            # A row's own place loses its provenance when the planner overrides part of it; its values keep theirs.
            found = found or next(
                (p.origin.price_year for p in _values(layer, (table, row_id)) if p.origin.price_year), None
            )
            if found is not None and found != year and _priced(table):
                years[table, found] += 1
    if years:
        counts = ", ".join(f"{_rows(count, table)} of {found}" for (table, found), count in sorted(years.items()))
        message = f"price_year is {year}, but catalogue prices of other years are taken as they are: {counts}"
        yield Finding("W0602", ("finance", "price_year"), message, "override prices that have changed since")


def _rows(count: int, table: str) -> str:
    """`1 battery`, `2 batteries`."""
    if count != 1:
        return f"{count} {table}"
    one = {"batteries": "battery", "upses": "UPS"}.get(table, table.removesuffix("s"))
    return f"{count} {one}"


def _priced(table: str) -> bool:
    return table not in ("climates", "tariffs", "models", "measured_serving")


def _values(layer: Layer, row: KeyPath) -> list[Place]:
    tree = layer.value(row)
    return [
        layer.places[path] for key in (tree if isinstance(tree, dict) else {}) if (path := (*row, key)) in layer.places
    ]


def undeliverable(instance: Instance, layer: Layer) -> Iterator[Finding]:
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
                yield Finding("W0611", path, message, None, (("planning_date",), ("phases",)))


def unused_settings(layer: Layer, needed: dict[str, set[str]]) -> Iterator[Finding]:
    """`--set` on catalogue rows that the instance does not use."""
    for path, place in layer.places.items():
        if place.origin.kind == "set" and len(path) > 1 and path[0] in needed and path[1] not in needed[str(path[0])]:
            yield Finding("W0607", path, f"{label(path)} is set, but {path[1]} is not used by this instance")
            return
