"""Scenarios and `--set`: changes laid over an instance file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.diagnostics import clean
from optimizer.errors import UsageError
from optimizer.reading.catalogue import TABLES, provenance_keys
from optimizer.reading.layers import Layer, Origin, ValuePosition, assigned, table_at
from optimizer.reading.messages import InputFinding
from optimizer.reading.names import is_reserved, reserved
from optimizer.reading.preflight import MAX_DEPTH
from optimizer.reading.refusals import MAX_UNKNOWN, more_unknown
from optimizer.reading.schema_walk import ROOT, Shape, child, nearest, shape_of, unknown_key_help
from optimizer.reading.toml_positions import KeyPath

_WORD = re.compile(r"[A-Za-z0-9_-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_MAX_LENGTH = 100_000


@dataclass(frozen=True)
class Setting:
    """One `--set`: the path as written and the value it is given."""

    path: tuple[str, ...]
    value: Any
    text: str


def parse_setting(text: str) -> Setting:
    """Read `a.b.c=value`; the value is a TOML value on one line, or a bare word. Raises UsageError."""
    quoted = clean(text, 80)
    if _UNPRINTABLE.search(text) or len(text) > _MAX_LENGTH:
        raise UsageError(f'--set "{quoted}": line breaks, control characters and very long values are refused')
    key, equals, value = text.partition("=")
    parts = tuple(part.strip() for part in key.split("."))
    if not equals or not all(_WORD.fullmatch(part) for part in parts):
        raise UsageError(f'--set "{quoted}": write path=value', "for example --set sites.cyberport.grid_mw=24")
    return Setting(parts, _value(value.strip(), quoted), text)


def _value(text: str, quoted: str) -> Any:
    if text.count("[") + text.count("{") + text.count(".") > MAX_DEPTH and len(text) > 10 * MAX_DEPTH:
        raise UsageError(f'--set "{quoted}": the value is too large; put it into a file with `extends`')
    try:
        read = tomllib.loads(f"v = {text}")
    except (ValueError, RecursionError) as problem:
        if _WORD.fullmatch(text):
            return text
        raise UsageError(
            f'--set "{quoted}": the value is not TOML', "text in quotes: --set 'title=\"Two words\"'"
        ) from problem
    if set(read) != {"v"}:
        raise UsageError(f'--set "{quoted}": one value at a time')
    return read["v"]


def apply_setting(layer: Layer, setting: Setting) -> Layer:
    """The layer with the setting laid on top. Raises UsageError if there is no such path."""
    path = setting_path(layer, setting)
    place = ValuePosition(Origin(kind="set", file=f"--set {clean(setting.text, 120)}"))
    return assigned(layer, path, setting.value, place)


def setting_path(layer: Layer, setting: Setting) -> KeyPath:
    """Where a setting goes. Raises UsageError if there is no such path."""
    shape: Shape = ROOT
    path: KeyPath = ()
    for number, part in enumerate(setting.path):
        last = number == len(setting.path) - 1
        node = layer.value(path)
        step: str | int = int(part) if shape.elements is not None and part.isascii() and part.isdigit() else part
        below = child(shape, step)
        if below is None or not _may_step(shape, below, node, step, last and isinstance(setting.value, dict)):
            raise UsageError(
                f'--set: there is no "{clean(".".join(setting.path), 120)}"', _closest(layer, path, shape, setting)
            )
        path, shape = (*path, step), below
    return path


def _may_step(shape: Shape, below: Shape, node: Any, step: str | int, whole_table: bool) -> bool:
    """Rows have to exist, unless the whole row is given; keys and free values only have to be in the schema."""
    if isinstance(step, int):
        return isinstance(node, list) and step < len(node)
    if shape.values is not None and below.is_table:
        return whole_table or (isinstance(node, dict) and step in node)
    return True


def _closest(layer: Layer, path: KeyPath, shape: Shape, setting: Setting) -> str | None:
    node = layer.value(path)
    wrong, rest = setting.path[len(path)], setting.path[len(path) + 1 :]
    choices = list(shape.keys)
    if shape.values is not None and isinstance(node, dict):
        choices = list(node)
    if isinstance(node, list):
        return f"rows are numbered 0 to {len(node) - 1}"
    near = nearest(wrong, choices)
    if near is not None:
        return f"did you mean {'.'.join([*(str(part) for part in path), near, *rest])}?"
    return unknown_key_help(wrong, shape) if shape.keys else f"known: {', '.join(choices[:20])}"


def scenario_names(layer: Layer) -> tuple[str, ...]:
    """The scenarios of the merged files."""
    return tuple(table_at(layer.tree, "scenarios"))


def scenario_findings(layer: Layer) -> Iterator[InputFinding]:
    """Unknown keys of every scenario, selected or not."""
    if not isinstance(layer.tree.get("scenarios", {}), dict):
        yield InputFinding("E0310", ("scenarios",), "scenarios must be a table of tables")
    for name, changes in table_at(layer.tree, "scenarios").items():
        path = ("scenarios", name)
        if not _WORD.fullmatch(name) or len(name) > 64:
            hint = "ids are 1 to 64 of the characters A-Z a-z 0-9 _ -"
            yield InputFinding("E0314", path, f'"{clean(name)}" is not an id', hint)
        if is_reserved(name):
            yield reserved(path, name)
        if isinstance(changes, dict):
            yield from unknown_keys(changes, ROOT, path)
        else:
            hint = f"write [scenarios.{name}] and the changes below it"
            yield InputFinding("E0310", path, f"{clean(name)} must be a table", hint)


def unknown_keys(node: Any, shape: Shape, path: KeyPath) -> Iterator[InputFinding]:
    """Keys the schema does not know, at any depth; the provenance of catalogue rows is known."""
    if isinstance(node, list) and shape.elements is not None:
        for number, item in enumerate(node):
            yield from unknown_keys(item, shape_of(shape.elements), (*path, number))
    if not isinstance(node, dict):
        return
    tables = [table for table, spec in TABLES.items() if spec in shape.models]
    unknown = 0
    for key, value in node.items():
        below = child(shape, key)
        if below is not None:
            yield from unknown_keys(value, below, (*path, key))
        elif shape.keys and not any(key in provenance_keys(table) for table in tables):
            unknown += 1
            if unknown <= MAX_UNKNOWN:
                yield InputFinding("E0302", (*path, key), f"unknown key {clean(key)}", unknown_key_help(key, shape))
    if unknown > MAX_UNKNOWN:
        yield more_unknown(path, unknown)
