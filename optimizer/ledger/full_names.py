"""Names of a model's rows and columns as Pyomo gives them, many at a time: one by one they take 8 us each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any


def full_names(data: Iterable[Any]) -> list[str]:
    """`name` of every variable or constraint, in their order."""
    bases: dict[int, str] = {}
    names = []
    for one in data:
        parent = one.parent_component()
        if id(parent) not in bases:
            bases[id(parent)] = parent.name
        base = bases[id(parent)]
        names.append(base if parent is one else f"{base}[{_index_text(one.index())}]")
    return names


def _index_text(index: Any) -> str:
    from pyomo.core.base.component_namer import name_repr

    parts = index if isinstance(index, tuple) and len(index) > 1 else (index,)
    return ",".join(_id_text(part) if isinstance(part, str) else name_repr(part) for part in parts)


@lru_cache(maxsize=4096)
def _id_text(part: str) -> str:
    from pyomo.core.base.component_namer import name_repr

    return str(name_repr(part))
