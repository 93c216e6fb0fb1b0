"""Parabolas of a compiled model, y >= scale * x^2 / n, and the tangents that hold a solution up to them.

n is 1, or a column: x shared evenly by n. y n >= scale x^2 is a convex cone too; its tangents at a ratio r = x / n are
y - 2 scale r x + scale r^2 n >= 0, through the origin.

A tangent lies below its parabola, so a model with tangents is a relaxation whatever their number, and its bounds hold.
Source: J. E. Kelley, The cutting-plane method for solving convex programs, SIAM Journal 8 (1960).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizer.solve.outcome import Vector

if TYPE_CHECKING:
    from pyomo.core import ConcreteModel

Places = npt.NDArray[np.int32]
Row = tuple[Places, Vector, float, float]
"""Columns, coefficients, lower and upper limit."""

RELAXED = 1e-4
"""Relative error of y that a relaxation may keep."""
FINISHED = 2e-7
"""That of a design; half of what the audit lets one limit on y be missed by is 5e-7."""
_ACCEPTED = 4e-7
_SMALLEST = 1e-3
"""Below this y (MWh) errors are measured against it."""
_NOTHING = 1e-9
_APART = 1e-6
"""Points closer than this, relative, have the same tangent to within the solver's tolerance."""


@dataclass(frozen=True, eq=False)
class Parabolas:
    """Columns of x, y and n (-1 where n is 1) and the scale, one entry for each parabola."""

    argument: Places = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    value: Places = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    scale: Vector = field(default_factory=lambda: np.zeros(0))
    count: Places = field(default_factory=lambda: np.zeros(0, dtype=np.int32))

    def __post_init__(self) -> None:
        # Without counts n is 1: an empty array would make every comparison empty, and the laws hold in silence.
        if not len(self.count):
            object.__setattr__(self, "count", np.full(len(self.scale), -1, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.scale)

    def error(self, x: Vector) -> Vector:
        """How far y lies below the parabola, relative to it; 0 or less where it holds."""
        least = self.scale * np.maximum(x[self.argument], 0.0) * self.ratio(x)
        return np.asarray((least - x[self.value]) / np.maximum(least, _SMALLEST))

    def ratio(self, x: Vector) -> Vector:
        """x / n, where a tangent touches; 0 where there is nothing to share."""
        shared = np.where(self.count >= 0, x[self.count], 1.0) if len(self) else self.scale
        return np.where(shared > _NOTHING, np.maximum(x[self.argument], 0.0) / np.maximum(shared, _NOTHING), 0.0)

    def hold(self, x: Vector) -> bool:
        """Whether x keeps all of them within the tolerance of a design."""
        return bool((self.error(x) <= _ACCEPTED).all())

    def tangent(self, k: int, point: float) -> Row:
        """y - 2 scale p x + scale p^2 n >= 0, scaled so that the solver's tolerance is small against y."""
        least = self.scale[k] * point**2
        factor = 1.0 / float(np.clip(least, _SMALLEST, 1.0))
        slope = 2 * self.scale[k] * point
        if self.count[k] >= 0:
            columns = np.array([self.argument[k], self.value[k], self.count[k]], dtype=np.int32)
            return columns, factor * np.array([-slope, 1.0, float(least)]), 0.0, np.inf
        columns = np.array([self.argument[k], self.value[k]], dtype=np.int32)
        return columns, factor * np.array([-slope, 1.0]), -factor * float(least), np.inf


@dataclass(eq=False)
class Tangents:
    """The tangents a search has added."""

    parabolas: Parabolas
    _points: dict[int, list[float]] = field(default_factory=dict)

    def missing(self, x: Vector, error: float) -> list[Row]:
        """Tangents at x of the parabolas that x is below by more than the relative error; none is given twice."""
        cuts, ratios = [], self.parabolas.ratio(x)
        for k in np.flatnonzero(self.parabolas.error(x) > error):
            point, known = float(ratios[k]), self._points.setdefault(int(k), [])
            if all(abs(point - other) > _APART * other for other in known):
                known.append(point)
                cuts.append(self.parabolas.tangent(int(k), point))
        return cuts


def parabolas_of(model: ConcreteModel, position: Mapping[int, int]) -> Parabolas:
    """The parabolas that the model's active blocks list, their variables by `position` (of their id)."""
    from pyomo.core import Block

    laws = [
        law
        for block in model.block_data_objects(active=True, descend_into=Block)
        for law in getattr(block, "parabolas", ())
        if law.rows.active
    ]
    return Parabolas(
        np.array([position[id(law.argument)] for law in laws], dtype=np.int32),
        np.array([position[id(law.value)] for law in laws], dtype=np.int32),
        np.array([law.scale for law in laws], dtype=np.float64),
        np.array([-1 if law.count is None else position[id(law.count)] for law in laws], dtype=np.int32),
    )
