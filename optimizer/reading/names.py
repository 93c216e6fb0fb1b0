"""Names that are well formed and cannot be the names of files: those that Windows keeps for devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from optimizer.diagnostics import clean
from optimizer.reading.messages import InputFinding
from optimizer.reading.schema_walk import ROOT, Shape, child
from optimizer.reading.toml_positions import KeyPath

_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


def is_reserved(name: str) -> bool:
    """Whether Windows keeps this name for a device, whatever its case."""
    return name.casefold() in _DEVICES


def reserved(path: KeyPath, name: str) -> InputFinding:
    """What is to be said of such a name."""
    message = f'"{clean(name)}" is the name of a device on Windows: no folder or file can have it'
    return InputFinding("E0314", path, message, f"choose another, such as {clean(name)}_1")


def reserved_names(tree: dict[str, Any]) -> Iterator[InputFinding]:
    """The instance's own name and every id of its tables."""
    name = tree.get("name")
    if isinstance(name, str) and is_reserved(name):
        yield reserved(("name",), name)
    yield from _below(tree, ROOT, ())


def _below(node: dict[str, Any], shape: Shape, path: KeyPath) -> Iterator[InputFinding]:
    for key, value in node.items():
        if shape.values is not None and is_reserved(key):
            yield reserved((*path, key), key)
        below = (shape.below_values or child(shape, key)) if isinstance(value, dict) else None
        if below is not None:
            yield from _below(value, below, (*path, key))
