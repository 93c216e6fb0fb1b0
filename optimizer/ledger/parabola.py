"""A convex law that no row can state: value >= scale * argument^2, or value * count >= scale * argument^2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False, kw_only=True)
class Parabola:
    """Two or three variables of a block and the law between them; a block lists its laws in the attribute `parabolas`.

    The block's rows hold tangents only, which is a relaxation; the search adds the tangents that are missing.
    `rows` is the constraint that holds them: the law is dropped where its rows are.
    """

    argument: Any
    value: Any
    scale: float
    count: Any = None
    """What shares the argument evenly: units of which each keeps the parabola; none given: 1."""
    rows: Any
