"""The schema as a tree to walk: which keys a table may have, and what is known about a value's range."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from optimizer.inputs.plausible import plausible
from optimizer.inputs.quantity import Plausible, RowOf
from optimizer.inputs.schema import Instance
from optimizer.reading.toml_positions import KeyPath


@dataclass(frozen=True)
class Shape:
    """What may stand at a key: the alternative types, and the notes attached to them."""

    types: tuple[Any, ...]
    notes: tuple[Any, ...] = ()

    # One object for all rows of a table, so that what is found out once of a shape is found out once.
    @cached_property
    def below_values(self) -> Shape | None:
        """The shape of the values if this is a table with free keys."""
        return None if self.values is None else shape_of(self.values)

    @cached_property
    def below_elements(self) -> Shape | None:
        """The shape of the elements if this is an array."""
        return None if self.elements is None else shape_of(self.elements)

    @cached_property
    def choices(self) -> tuple[Any, ...]:
        """The values that may stand here, if they are counted up."""
        return tuple(choice for kind in self.types if get_origin(kind) is Literal for choice in get_args(kind))

    @cached_property
    def models(self) -> tuple[type[BaseModel], ...]:
        """The tables with fixed keys that may stand here."""
        return tuple(t for t in self.types if isinstance(t, type) and issubclass(t, BaseModel))

    @property
    def keys(self) -> tuple[str, ...]:
        """The fixed keys a table here may have."""
        return tuple(dict.fromkeys(name for model in self.models for name in model.model_fields))

    @cached_property
    def values(self) -> Any | None:
        """The type of the values if this is a table with free keys."""
        return next((get_args(t)[1] for t in self.types if get_origin(t) is dict), None)

    @property
    def is_table(self) -> bool:
        """True for a table with fixed or free keys."""
        return bool(self.models) or self.values is not None

    @cached_property
    def elements(self) -> Any | None:
        """The type of the elements if this is an array."""
        return next((get_args(t)[0] for t in self.types if get_origin(t) is tuple), None)

    def bound(self, name: str) -> float | None:
        """A bound of the range: name is ge, gt, le or lt."""
        return next((getattr(note, name) for note in _flat(self.notes) if hasattr(note, name)), None)


def _flat(notes: Iterable[Any]) -> Iterator[Any]:
    for note in notes:
        if isinstance(note, FieldInfo):
            yield from note.metadata
        else:
            yield note


def shape_of(annotation: Any, notes: tuple[Any, ...] = ()) -> Shape:
    """The shape of a type annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        bare, *attached = get_args(annotation)
        return shape_of(bare, (*notes, *attached))
    if origin is Union or origin is types.UnionType:
        parts = [shape_of(part) for part in get_args(annotation) if part is not type(None)]
        return Shape(
            tuple(t for part in parts for t in part.types), (*notes, *(n for part in parts for n in part.notes))
        )
    return Shape((annotation,), notes)


@cache
def _field(model: type[BaseModel], name: str) -> Shape | None:
    info = model.model_fields.get(name)
    return None if info is None else shape_of(info.annotation, tuple(info.metadata))


ROOT = Shape((Instance,))


def child(shape: Shape, part: str | int) -> Shape | None:
    """What may stand at `part` of a table or array of this shape; None if nothing may."""
    if isinstance(part, int):
        return shape.below_elements
    fields = [field for field in (_field(model, part) for model in shape.models) if field is not None]
    if fields:
        return fields[0]
    return shape.below_values


def shaped_leaves(value: Any, shape: Shape | None = None, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any, Shape]]:
    """Every value that is neither a table nor an array and that the schema knows, with its path and shape."""
    shape = ROOT if shape is None else shape
    items: Any = value.items() if isinstance(value, Mapping) else enumerate(value)
    for part, below in items:
        known = child(shape, part)
        if known is None:
            continue
        if isinstance(below, Mapping | list):
            yield from shaped_leaves(below, known, (*path, part))
        else:
            yield (*path, part), below, known


def shape_at(path: KeyPath, start: Shape = ROOT) -> Shape | None:
    """What may stand at a path; None if the schema has no such path."""
    return _from_root(path) if start is ROOT else _walked(path, start)


@lru_cache(maxsize=100_000)
def _from_root(path: KeyPath) -> Shape | None:
    return _walked(path, ROOT)


def _walked(path: KeyPath, start: Shape) -> Shape | None:
    shape: Shape | None = start
    for part in path:
        shape = None if shape is None else child(shape, part)
    return shape


@dataclass(frozen=True)
class NumberKey:
    """A key of the schema that holds numbers: the class of its table, its name, and the range of its values."""

    table: str
    key: str
    usual: Plausible | None


@lru_cache(maxsize=100_000)
def key_at(path: KeyPath) -> NumberKey | None:
    """The key of the schema that the value at a path belongs to; None if there is none."""
    key: NumberKey | None = None
    shape: Shape | None = ROOT
    for part in path:
        if shape is None:
            return None
        owner = next((model for model in shape.models if part in model.model_fields), None)
        if owner is not None and isinstance(part, str):
            key = NumberKey(owner.__name__, part, plausible(owner.__name__, part))
        shape = child(shape, part)
    return None if shape is None else key


def every_key(shape: Shape = ROOT, path: str = "") -> Iterator[tuple[str, Shape]]:
    """Every path of the schema; `<id>` is any key, `<row>` any place of an array, `<key>` a free key itself."""
    yield path, shape
    for model in shape.models:
        for name in model.model_fields:
            below = _field(model, name)
            if below is not None:
                yield from every_key(below, f"{path}.{name}" if path else name)
    for keys, values in (get_args(t) for t in shape.types if get_origin(t) is dict):
        yield f"{path}.<key>", shape_of(keys)
        yield from every_key(shape_of(values), f"{path}.<id>")
    if shape.elements is not None:
        yield from every_key(shape_of(shape.elements), f"{path}.<row>")


@cache
def reference_keys() -> tuple[tuple[str, str], ...]:
    """Where ids stand and the table whose row they name."""
    pairs = ((path, note.table) for path, shape in every_key() for note in shape.notes if isinstance(note, RowOf))
    return tuple(dict.fromkeys(pairs))


def number_keys() -> dict[str, NumberKey]:
    """Every key of the schema that holds numbers, by its path."""
    keys: dict[str, NumberKey] = {}
    for path, shape in every_key():
        if not path.endswith("<key>") and any(kind in (int, float) for kind in shape.types):
            key = key_at(tuple(0 if part == "<row>" else part for part in path.split(".")))
            if key is not None:
                keys.setdefault(path, key)
    return keys


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like `word`, compared without regard to case; None if none is near."""
    folded: dict[str, str] = {}
    for choice in choices:
        folded.setdefault(choice.casefold(), choice)
    near = difflib.get_close_matches(word.casefold()[:100], folded, n=1, cutoff=0.6)
    if near:
        return folded[near[0]]
    inside = [choice for choice in folded.values() if len(word) >= 3 and word.casefold() in choice.casefold()]
    return inside[0] if len(inside) == 1 else None


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """The hint with the nearest choice, or with all of them if there are few."""
    listed = list(choices)
    near = nearest(word, listed)
    if near is not None:
        return f"did you mean {near}?"
    return f"known: {', '.join(sorted(listed))}" if 0 < len(listed) <= 12 else None


@cache
def homes() -> dict[str, tuple[str, ...]]:
    """Where each key of the schema belongs, as patterns such as `sites.<id>.tariff`."""
    paths: dict[str, dict[str, None]] = {}
    for path, _ in every_key():
        name = path.rpartition(".")[2]
        if name and not name.startswith("<"):
            paths.setdefault(name, {})[path] = None
    return {name: tuple(places) for name, places in paths.items()}


def unknown_key_help(key: str, shape: Shape) -> str | None:
    """What an unknown key of a table of this shape was probably meant to be."""
    near = nearest(key, shape.keys)
    places = homes().get(key, ())
    if places and (near is None or len(places) <= 3):
        return f"{key} belongs at {' or '.join(places[:3])}"
    if near is not None:
        return f"did you mean {near}?"
    return f"known keys: {', '.join(shape.keys)}" if 0 < len(shape.keys) <= 40 else None
