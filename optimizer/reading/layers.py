"""Layers of key-value trees, and where every value of them comes from.

A layer is a tree and a map from key paths to places. ``overlay`` merges two of them: tables merge, everything else
is replaced. Layers are never changed after they are built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from optimizer.reading.document import Document
from optimizer.reading.toml_positions import KeyPath

Kind = Literal["default", "catalogue", "parent", "file", "scenario", "set"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a value comes from. `grade` is the catalogue's, None for a value the planner gave."""

    kind: Kind
    file: str | None = None
    line: int | None = None
    source: tuple[str, ...] = ()
    grade: str | None = None
    price_year: int | None = None


DEFAULT = Origin(kind="default")


@dataclass(frozen=True)
class ValuePosition:
    """The origin of a value, and the text to quote when there is something to say about it."""

    origin: Origin
    column: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Layer:
    """A tree and the places of its keys."""

    tree: dict[str, Any] = field(default_factory=dict)
    places: dict[KeyPath, ValuePosition] = field(default_factory=dict)

    def place(self, path: KeyPath) -> ValuePosition | None:
        """The place of a key, or else of the nearest table around it."""
        for length in range(len(path), 0, -1):
            origin = self.places.get(path[:length])
            if origin is not None:
                return origin
        return None

    def value(self, path: KeyPath) -> Any:
        """The value at a path, or None."""
        node: Any = self.tree
        for part in path:
            if isinstance(node, dict):
                node = node.get(part)
            elif isinstance(node, list) and isinstance(part, int) and part < len(node):
                node = node[part]
            else:
                return None
        return node


def table_at(node: Any, key: str) -> dict[str, Any]:
    """The table at a key of a raw tree; empty if there is none, or if something else stands there."""
    table = node.get(key) if isinstance(node, dict) else None
    return table if isinstance(table, dict) else {}


def document_layer(document: Document, kind: Kind) -> Layer:
    """The layer of one file."""
    places = {}
    for path, (line, column) in document.locations.positions.items():
        places[path] = ValuePosition(
            Origin(kind=kind, file=document.shown, line=line), column, document.line_text(line)
        )
    return Layer(document.tree, places)


def nodes(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every key path below `path` and its value, tables and arrays included."""
    items: Any = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key), child
        yield from nodes(child, (*path, key))


def leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that is neither a table nor an array."""
    return ((where, child) for where, child in nodes(value, path) if not isinstance(child, Mapping | list))


def overlay(base: Layer, top: Layer) -> Layer:
    """`top` over `base`: tables merge, arrays and values are replaced, a table of another `kind` is replaced whole."""
    places = dict(base.places)

    def merged(below: Any, above: Any, path: KeyPath) -> Any:
        if path in top.places:
            places[path] = top.places[path]
        if isinstance(below, dict) and isinstance(above, dict) and not _other_kind(below, above):
            result = dict(below)
            for key, value in above.items():
                result[key] = merged(below.get(key), value, (*path, key))
            return result
        for where, _ in nodes(below, path):
            places.pop(where, None)
        for where, _ in nodes(above, path):
            if where in top.places:
                places[where] = top.places[where]
        return above

    return Layer(merged(base.tree, top.tree, ()), places)


def _other_kind(below: dict[str, Any], above: dict[str, Any]) -> bool:
    return "kind" in below and "kind" in above and below["kind"] != above["kind"]


def without(layer: Layer, *keys: str) -> Layer:
    """The layer without some of its top-level keys."""
    tree = {key: value for key, value in layer.tree.items() if key not in keys}
    return Layer(tree, {path: place for path, place in layer.places.items() if path[0] not in keys})


def below(layer: Layer, prefix: KeyPath, kind: Kind) -> Layer:
    """The table at `prefix` as a layer of its own; empty if there is no table."""
    tree = layer.value(prefix)
    if not isinstance(tree, dict):
        return Layer()
    places = {}
    for path, place in layer.places.items():
        if len(path) > len(prefix) and path[: len(prefix)] == prefix:
            origin = Origin(kind=kind, file=place.origin.file, line=place.origin.line)
            places[path[len(prefix) :]] = ValuePosition(origin, place.column, place.text)
    return Layer(tree, places)


def assigned(layer: Layer, path: KeyPath, value: Any, place: ValuePosition) -> Layer:
    """The layer with one value set; tables on the way are made as needed. The path must lead through tables or rows."""
    places = dict(layer.places)
    for where, _ in nodes(layer.value(path), path):
        places.pop(where, None)
    places[path] = place
    for where, _ in nodes(value, path):
        places[where] = place

    def changed(node: Any, rest: KeyPath) -> Any:
        if not rest:
            return value
        key = rest[0]
        if isinstance(node, list) and isinstance(key, int):
            return [changed(child, rest[1:]) if number == key else child for number, child in enumerate(node)]
        table = node if isinstance(node, dict) else {}
        return {**table, key: changed(table.get(key), rest[1:])}

    return Layer(changed(layer.tree, path), places)
