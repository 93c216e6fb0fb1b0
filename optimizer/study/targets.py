"""Which keys of an instance an axis moves, and what its values mean there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol

from optimizer.diagnostics import clean
from optimizer.inputs.schema import Instance
from optimizer.number_format import plain_value
from optimizer.reading.layers import Origin
from optimizer.reading.overrides import Setting
from optimizer.reading.read import Reading, values_of
from optimizer.reading.schema_walk import Shape, nearest, shape_at
from optimizer.reading.toml_positions import KeyPath
from optimizer.study.axes import Value, refuse, tidy

__all__ = ["Factor", "Origin", "Target", "settings_for", "targets"]
Readable = Callable[[Sequence[Setting]], Reading]


class Factor(Protocol):
    """What a study varies: an axis, or a row of its Monte Carlo table."""

    @property
    def source(self) -> str:
        """Where it was written: `--vary`, or the study file."""

    @property
    def path(self) -> str:
        """Key, or pattern of keys."""

    @property
    def name(self) -> str:
        """Column of the table."""

    @property
    def relative(self) -> bool:
        """Whether values are fractions of what stands in the instance."""

    @property
    def values(self) -> tuple[Value, ...]:
        """Values of a grid."""

    def quantile(self, u: float) -> Value:
        """Value of a sampled design."""

    def to_json(self) -> dict[str, Any]:
        """What defines it."""


@dataclass(frozen=True)
class Target:
    """One key that a factor moves, what stands there, and whether only whole numbers may."""

    path: KeyPath
    value: Any
    whole: bool

    @property
    def dotted(self) -> str:
        """The path as it is written."""
        return ".".join(str(part) for part in self.path)


def targets(instance: Instance, factor: Factor, known: Callable[[tuple[str, ...]], bool]) -> tuple[Target, ...]:
    """The keys a factor moves. `known` tells whether a path that has no value yet may be given one.

    Raises InputError with the nearest key if there is none, or if its values cannot stand there.
    """
    parts = tuple(factor.path.split("."))
    matches = [(path, value) for path, value in values_of(instance) if _matches(path, parts)]
    if factor.relative:
        matches = [(path, value) for path, value in matches if _is_number(value)]
    elif not matches and not _is_pattern(parts) and known(parts):
        matches = [(parts, None)]
    if not matches:
        _no_key(instance, factor, parts)
    result = tuple(Target(path, value, _whole(shape_at(path))) for path, value in matches)
    if factor.relative and not any(target.value for target in result):
        refuse("E0319", factor.path, "is 0, and stays 0 whatever the percentage", factor.source, "give values instead")
    if not factor.relative:
        for target in result:
            _check_types(factor, target)
    return result


def settings_for(factor: Factor, matches: Sequence[Target], value: Value) -> tuple[Setting, ...]:
    """The settings that put a factor at a value. Relative values move every key by the same fraction."""
    settings = []
    for target in matches:
        number = target.value * (1 + value) if factor.relative else value
        if target.whole and isinstance(number, float) and (factor.relative or number == round(number)):
            number = round(number)
        elif isinstance(number, float):
            number = tidy(number)
        settings.append(
            Setting(tuple(str(part) for part in target.path), number, f"{target.dotted}={plain_value(number)}")
        )
    return tuple(settings)


def _matches(path: KeyPath, parts: tuple[str, ...]) -> bool:
    return len(path) == len(parts) and all(fnmatchcase(str(p), q) for p, q in zip(path, parts, strict=True))


def _is_pattern(parts: Sequence[str]) -> bool:
    return any("*" in part or "?" in part for part in parts)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(shape: Shape | None) -> bool:
    return shape is not None and int in shape.types and float not in shape.types


def _no_key(instance: Instance, factor: Factor, parts: tuple[str, ...]) -> None:
    """Say where the path leaves the instance, and what is near."""
    node: Any = instance.model_dump()
    shown = clean(factor.path, 120)
    for place, part in enumerate(parts):
        if not isinstance(node, dict | list | tuple):
            break
        keys = list(node) if isinstance(node, dict) else [str(k) for k in range(len(node))]
        matched = [key for key in keys if fnmatchcase(str(key), part)]
        if not matched:
            near = nearest(part, keys)
            full = ".".join([*parts[:place], near or "", *parts[place + 1 :]])
            hint = f"did you mean {full}?" if near else f"known here: {', '.join(map(str, keys[:12]))}"
            refuse("E0302", factor.path, f'there is no key "{shown}" in the instance', factor.source, hint)
        node = node[matched[0]] if isinstance(node, dict) else node[int(matched[0])]
    if factor.relative and not isinstance(node, dict | list | tuple):
        refuse("E0310", factor.path, "has no number to change by a percentage", factor.source, "give values instead")
    inside = f"; keys in it: {', '.join(map(str, list(node)[:8]))}" if isinstance(node, dict) else ""
    refuse("E0310", factor.path, "is a table, not a value", factor.source, f"vary one of its keys{inside}")


def _check_types(factor: Factor, target: Target) -> None:
    shape = shape_at(target.path)
    if shape is None:
        return
    for value in factor.values:
        number = _is_number(value)
        takes_number = int in shape.types or float in shape.types
        if number and not takes_number and isinstance(target.value, str):
            refuse("E0310", factor.path, f"{plain_value(value)} is a number, the key takes a text", factor.source)
        if takes_number and not number and not (isinstance(value, bool) and bool in shape.types):
            shown = clean(str(plain_value(value)), 60)
            refuse("E0310", factor.path, f'"{shown}" is not a number, and the key takes numbers', factor.source)
        if target.whole and isinstance(value, float) and value != round(value):
            refuse("E0310", factor.path, f"{value:g} is not a whole number, as the key wants", factor.source)
