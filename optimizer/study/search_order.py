"""In which order cells are searched, and whose bounds are transferred to a cell: a matter of the design alone.

Cells are points, each factor scaled to 0 .. 1 over the study; a factor that is no number keeps its values apart.
The corners come first, since bounds are best between two cells that are proven. Then each point is as far as can be
from those before it: the middle, then what is between. The order is cut into levels that grow; a level takes bounds
from the levels before it and never from itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.number_format import plain_value
from optimizer.study.axes import Value

BESIDE_BASE = 3
"""Corners of the first level. They have no design to start from, and keep other workers busy beside the base case."""
GROWTH = 1.5
"""Cells of a level, of all in the levels before it: small steps, so that few cells are searched side by side whose
proof one of them could have had from the other."""
MOST_PICKED = 50_000_000
"""Cells times cells taken in order; beyond it the rest is one level."""
MOST_ORTHANTS = 4
"""Factors up to which there are corners, and sources, on every combination of sides; beyond, on each side of each."""
MOST_GROUPS = 16
"""Combinations of values that are no numbers, up to which each has corners of its own."""
NEAREST = 2
"""Teachers from anywhere, besides those from every side."""
_APART = 4.0
"""Squared distance of two values that are no numbers."""
_DIGITS = 9
Point = Sequence[Value]
Distances = npt.NDArray[np.float64]


class PointSpace:
    """The points of a study."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.size = len(points)
        columns = [[point[place] for point in points] for place in range(len(points[0]) if points else 0)]
        numeric = [all(_is_number(value) or value is None for value in column) for column in columns]
        pairs = list(zip(columns, numeric, strict=True))
        self.numbers = [_scaled(column) for column, is_numeric in pairs if is_numeric]
        self.kinds = [_coded(column) for column, is_numeric in pairs if not is_numeric]
        self.sources: list[int] = []
        self.denials: list[int] = []
        self.anchors = self._corners()
        """The corners: on them lean all the others."""

    def levels(self) -> list[list[int]]:
        """All points by level, in rising order inside a level."""
        order = self._order()
        corners = len(self.anchors)
        levels = [sorted(part) for part in (order[:corners][:BESIDE_BASE], order[:corners][BESIDE_BASE:]) if part]
        at = corners
        while at < len(order):
            wide = max(1, int(at * (GROWTH - 1)))
            levels.append(sorted(order[at : at + wide]))
            at += wide
        rest = sorted(set(range(self.size)) - set(order))
        return [*levels, rest] if rest else levels

    @property
    def leans(self) -> bool:
        """Whether more cells lie between the corners than there are corners: then these are worth a closer proof."""
        return self.size > 2 * len(self.anchors)

    def _corners(self) -> frozenset[int]:
        """The point nearest to each corner of the unit cube (of many factors: of each of its faces), kind by kind."""
        many = len(self.numbers) > MOST_ORTHANTS
        ends = product((0.0, 1.0), repeat=len(self.numbers)) if not many else ()
        targets: list[dict[int, float]] = [dict(enumerate(end)) for end in ends]
        targets += [{place: end} for place in range(len(self.numbers)) for end in (0.0, 1.0)] if many else []
        corners = set()
        for group, target in product(self._groups(), targets):
            far = np.zeros(len(group))
            for place, end in target.items():
                far += (self.numbers[place][group] - end) ** 2
            corners.add(int(group[np.argmin(np.round(far, _DIGITS))]))
        return frozenset(corners)

    def _groups(self) -> list[npt.NDArray[np.int64]]:
        """Places of the points that share all values that are no numbers; the first few of such groups."""
        places: dict[tuple[int, ...], list[int]] = {}
        for place in range(self.size):
            places.setdefault(tuple(int(kind[place]) for kind in self.kinds), []).append(place)
        return [np.array(group, dtype=np.int64) for group in list(places.values())[:MOST_GROUPS]]

    def _order(self) -> list[int]:
        """Each point as far as can be from those before it, ties by number: first all corners, then the others."""
        if not self.size:
            return []
        order = [min(self.anchors)]
        nearest = self._from(order[0])
        free = np.ones(self.size, dtype=bool)
        free[order[0]] = False
        corner = np.isin(np.arange(self.size), list(self.anchors))
        picks = min(self.size, max(len(self.anchors), MOST_PICKED // self.size))
        while len(order) < picks:
            among = free & corner if len(order) < len(self.anchors) else free
            best = int(np.argmax(np.where(among, nearest, -1.0)))
            order.append(best)
            free[best] = False
            nearest = np.minimum(nearest, self._from(best))
        return order

    def _from(self, number: int) -> Distances:
        """Squared distance of every point from one, rounded so that rounding breaks no tie."""
        far = np.zeros(self.size)
        for column in self.numbers:
            far += (column - column[number]) ** 2
        for kind in self.kinds:
            far += np.where(kind == kind[number], 0.0, _APART)
        return np.round(far, _DIGITS)

    def add_sources(self, numbers: Sequence[int], denials: Sequence[int] = ()) -> None:
        """Points that were searched and have a design and a bound to hand on, or the proof that there is no design."""
        self.sources += sorted(numbers)
        self.denials += sorted(denials)

    def neighbours(self, number: int) -> list[int]:
        """Whose bounds a point takes: nearest on every side and nearest of all, the nearest first, ties by number.

        Those without a design come after those with one, chosen alike.
        """
        return [*self._nearest(number, self.sources), *self._nearest(number, self.denials)]

    def _nearest(self, number: int, places: Sequence[int]) -> list[int]:
        if not places:
            return []
        known = np.array(sorted(places))
        far = self._from(number)[known]
        order = np.argsort(far, kind="stable")
        alike = np.ones(len(known), dtype=bool)
        for kind in self.kinds:
            alike &= kind[known] == kind[number]
        chosen = set(order[:NEAREST].tolist())
        for side in self._sides(number, known):
            within = order[(side & alike)[order]]
            chosen |= set(within[:1].tolist())
        return [int(known[place]) for place in order if int(place) in chosen]

    def _sides(self, number: int, known: npt.NDArray[np.int64]) -> list[npt.NDArray[np.bool_]]:
        """Masks of the sources on each side: every combination of at least and at most, of each factor if many."""
        steps = [column[known] - column[number] for column in self.numbers]
        halves = [(step >= 0, step <= 0) for step in steps]
        if len(halves) > MOST_ORTHANTS:
            return [half for pair in halves for half in pair]
        return [np.logical_and.reduce(combination) for combination in product(*halves)] if halves else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scaled(column: Sequence[Any]) -> Distances:
    """Values from 0 to 1; one that stays as in the instance lies in the middle."""
    given = [float(value) for value in column if value is not None]
    low, high = (min(given), max(given)) if given else (0.0, 0.0)
    span = high - low or 1.0
    return np.array([0.5 if value is None else (float(value) - low) / span for value in column])


def _coded(column: Sequence[Any]) -> npt.NDArray[np.int64]:
    codes = {text: code for code, text in enumerate(dict.fromkeys(str(plain_value(value)) for value in column))}
    return np.array([codes[str(plain_value(value))] for value in column], dtype=np.int64)
