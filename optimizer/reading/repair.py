"""Stand-ins for refused values, so that the rest of an instance can still be checked as a whole.

A repaired instance is never handed on: it only lets the cross checks look at what is not in doubt.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from optimizer.inputs.schema import Instance
from optimizer.reading.layers import Layer
from optimizer.reading.refusals import real_path
from optimizer.reading.schema_walk import Shape, child, shape_at, shape_of
from optimizer.reading.toml_positions import KeyPath

_CANDIDATES: tuple[Any, ...] = (0.5, 1.0, 10.0, 1000.0, 1, 24, 2026, "x", "XXX", date(2026, 1, 1), True)
_ROUNDS = 4


def repaired(tree: dict[str, Any]) -> tuple[Instance | None, set[KeyPath]]:
    """An instance with stand-ins for what is refused, and the paths where they stand; None if that does not succeed."""
    patched: set[KeyPath] = set()
    layer = Layer(tree)
    for _ in range(_ROUNDS):
        try:
            return Instance.model_validate(layer.tree), patched
        except ValidationError as problem:
            errors = problem.errors(include_url=False)
            unknown = [real_path(error, layer.tree) for error in errors if error["type"] == "extra_forbidden"]
            patched |= set(unknown)
            layer = Layer(_cut(layer.tree, unknown))
            for error in errors:
                if error["type"] != "extra_forbidden":
                    path = real_path(error, layer.tree)
                    layer = _patch(layer, path, error)
                    patched.add(path)
    return None, patched


def _cut(node: Any, paths: list[KeyPath]) -> Any:
    """The tree without the keys at some paths, all of a table at once: there may be tens of thousands."""
    if not paths or not isinstance(node, dict | list):
        return node
    gone = {path[0] for path in paths if len(path) == 1}
    deeper: dict[str | int, list[KeyPath]] = {}
    for path in paths:
        if len(path) > 1:
            deeper.setdefault(path[0], []).append(path[1:])
    if isinstance(node, list):
        return [_cut(item, deeper.get(number, [])) for number, item in enumerate(node)]
    return {key: _cut(value, deeper.get(key, [])) for key, value in node.items() if key not in gone}


def _patch(layer: Layer, path: KeyPath, error: Any) -> Layer:
    bad_key = error["loc"] and error["loc"][-1] == "[key]"
    shape = shape_at(path)
    if not path:
        return layer
    if error["type"] == "extra_forbidden" or bad_key or shape is None:
        return Layer(_changed(layer.tree, path, None))
    return Layer(_changed(layer.tree, path, (stand_in(shape, layer.value(path)),)))


def _changed(node: Any, path: KeyPath, value: tuple[Any] | None) -> Any:
    """The tree with the value at a path replaced, or taken out if `value` is None."""
    key, rest = path[0], path[1:]
    if isinstance(node, dict):
        if not rest and value is None:
            return {name: child_node for name, child_node in node.items() if name != key}
        return {**node, key: _changed(node.get(key, {}), rest, value) if rest else value[0] if value else None}
    if isinstance(node, list) and isinstance(key, int) and key < len(node):
        new = [_changed(node[key], rest, value)] if rest else list(value or ())
        return [*node[:key], *new, *node[key + 1 :]]
    return node


def stand_in(shape: Shape, given: Any = None) -> Any:
    """Some value that the schema accepts at a place of this shape, keeping what can be kept of the one given."""
    for model in shape.models[:1]:
        kept = {key: value for key, value in given.items() if key != "kind"} if isinstance(given, dict) else {}
        required = {name: field for name, field in model.model_fields.items() if field.is_required()}
        parts = {name: below for name in required if (below := child(shape, name)) is not None}
        return {**{name: stand_in(below) for name, below in parts.items()}, **kept}
    if shape.values is not None:
        return {"x": stand_in(shape_of(shape.values))}
    if shape.elements is not None:
        length = int(shape.bound("min_length") or 0)
        return [stand_in(shape_of(shape.elements))] * length
    return _simple(shape)


def _simple(shape: Shape) -> Any:
    for kind in shape.types:
        if get_origin(kind) is Literal:
            return get_args(kind)[0]
    return next((value for value in _CANDIDATES if _accepts(shape, value)), None)


def _accepts(shape: Shape, value: Any) -> bool:
    try:
        _adapter(shape.types[0]).validate_python(value, strict=True)
    except ValidationError:
        return False
    tests = {
        "ge": value.__class__.__ge__,
        "gt": value.__class__.__gt__,
        "le": value.__class__.__le__,
        "lt": value.__class__.__lt__,
    }
    return all(bound is None or tests[name](value, bound) is True for name in tests for bound in (shape.bound(name),))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
