"""Scenarios and settings that leave every value as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic_core import PydanticUndefined

from optimizer.diagnostics import clean
from optimizer.reading.catalogue import TABLES
from optimizer.reading.layers import Layer, table_at
from optimizer.reading.messages import InputFinding, label
from optimizer.reading.overrides import Setting, setting_path
from optimizer.reading.schema_walk import ROOT, child
from optimizer.reading.toml_positions import KeyPath

_UNKNOWN = object()


def scenarios_without_change(files: Layer) -> Iterator[InputFinding]:
    """Scenarios all of whose values the files, or the defaults, have already: whoever solves one compares nothing."""
    for name, changes in table_at(files.tree, "scenarios").items():
        if isinstance(changes, dict) and all(_same(files, path, value) for path, value in _values(changes)):
            why = "every value is as it was" if changes else "it is empty"
            message = f"scenario {clean(name, 60)} changes nothing: {why}"
            yield InputFinding("W0660", ("scenarios", name), message, "state what it changes, or leave it out")


def setting_without_change(before: Layer, setting: Setting) -> InputFinding | None:
    """A setting that gives a value what it has. Raises UsageError if there is no such path."""
    path = setting_path(before, setting)
    if not _same(before, path, setting.value):
        return None
    now = " ".join(clean(str(setting.value), 60).split())
    return InputFinding("W0660", path, f"{label(path)} is {now} already: the setting changes nothing")


def _values(table: dict[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """The values of a tree of tables; an array is one value, since it is replaced as a whole."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _values(value, (*path, key))
        else:
            yield (*path, key), value


def _same(layer: Layer, path: KeyPath, value: Any) -> bool:
    now = layer.value(path)
    if now is None:
        now = _default(layer, path)
    # 1 and true are equal in Python and differ in TOML; 1 and 1.0 are one number to a planner.
    return now is not _UNKNOWN and isinstance(now, bool) == isinstance(value, bool) and bool(now == value)


def _default(layer: Layer, path: KeyPath) -> Any:
    """What the schema takes if nothing is said; unknown where a row of the catalogue may say it."""
    if path[0] in TABLES and layer.value(path[:2]) is None:
        return _UNKNOWN
    shape = ROOT
    for number, part in enumerate(path):
        below = child(shape, part)
        if below is None:
            return _UNKNOWN
        if number == len(path) - 1 and isinstance(part, str):
            for model in shape.models:
                field = model.model_fields.get(part)
                if field is not None and field.default is not PydanticUndefined and field.default is not None:
                    return list(field.default) if isinstance(field.default, tuple) else field.default
        shape = below
    return _UNKNOWN
