"""The points of a frontier: those no other one beats, with the price of going from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from optimizer.reading.overrides import Setting
from optimizer.study.cell import Record
from optimizer.study.metrics import Metric

TARGET = Metric(id="target_pflops", unit="PFLOPS", cap="", objective=None, accounts=())
"""Not a measure but what is asked for: cost over the target is a study of its own, of these shares of it."""
SAME = 1e-6
"""Relative difference below which two values count as equal when points are compared."""


@dataclass(frozen=True)
class FrontierQuestion:
    """Two measures, both to be small, and how many points to look for."""

    x: Metric
    y: Metric
    points: int
    any_compute: bool = False
    """Whether a point may deliver less than the first end."""


@dataclass(frozen=True)
class Frontier:
    """Everything solved, in order of falling cap, and which of it is on the frontier."""

    ends: tuple[Record, ...]
    """Least y (then x); least x (then y). None over the target."""
    caps: tuple[float, ...]
    inner: tuple[Record, ...]
    stopped: bool = False
    floors: tuple[Setting, ...] = ()
    """Targets that hold the other points to what the first end delivers."""

    def records(self) -> list[tuple[str, float | None, Record]]:
        """Kind, cap on x, and record."""
        if not self.ends:
            return [("target", cap, record) for cap, record in zip(self.caps, self.inner, strict=True)]
        middle = [("inner", cap, record) for cap, record in zip(self.caps, self.inner, strict=True)]
        return [("least_y", None, self.ends[0]), *middle, ("least_x", None, self.ends[1])]


def non_dominated(points: Sequence[tuple[float, float]]) -> list[int]:
    """Places of the points no other point beats: not worse in both and better in one, beyond rounding. By rising x."""

    def beats(a: tuple[float, float], b: tuple[float, float]) -> bool:
        slack = [SAME * max(1e-9, abs(value)) for value in b]
        no_worse = all(a[k] <= b[k] + slack[k] for k in (0, 1))
        return no_worse and any(a[k] < b[k] - slack[k] for k in (0, 1))

    kept: list[int] = []
    for place, point in enumerate(points):
        same = any(_alike(points[other], point) for other in kept)
        if not same and not any(beats(other, point) for other in points):
            kept.append(place)
    return sorted(kept, key=lambda place: points[place])


def _alike(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return all(abs(a[k] - b[k]) <= SAME * max(1e-9, abs(b[k])) for k in (0, 1))


def frontier_rows(frontier: Frontier, question: FrontierQuestion) -> list[dict[str, Any]]:
    """The points of the frontier by rising x: what was asked, what was reached and proven, what is bought."""
    solved = [(kind, cap, record) for kind, cap, record in frontier.records() if record.get("measures")]
    points = [(record["measures"][question.x.id], record["measures"][question.y.id]) for _, _, record in solved]
    rows: list[dict[str, Any]] = []
    for place in range(len(points)) if question.x is TARGET else non_dominated(points):
        kind, cap, record = solved[place]
        x, y = points[place]
        rows.append({"kind": kind, "cap_x": cap, "x": x, "y": y, "gap": _gap(kind, record, (x, y)), "record": record})
    if question.x is TARGET:
        return rows
    if any(not (a["x"] < b["x"] and a["y"] > b["y"]) for a, b in pairwise(rows)):
        raise AssertionError("a point of the frontier is beaten by another")
    for row, following in pairwise(rows):
        row["usd_per_unit"] = _usd_per_unit(row["record"], following["record"], question.x)
    return rows


def _usd_per_unit(less: Record, more: Record, x: Metric) -> float | None:
    """Levelised cost of saving a unit of X: what it adds to each EFLOP over what it takes off, in present value."""
    if x.id not in less.get("per_eflop", {}):
        return None
    saved = more["per_eflop"][x.id] - less["per_eflop"][x.id]
    cost: float = less["kpis"]["lcoc_usd_per_eflop"] - more["kpis"]["lcoc_usd_per_eflop"]
    return cost / saved if saved > 0 else None


def _gap(kind: str, record: Record, point: tuple[float, float]) -> float:
    """Relative gap of the measure that was minimised first."""
    value = point[0] if kind == "least_x" else point[1]
    bound = record.get("bound")
    return abs(value - bound) / max(abs(value), 1e-9) if bound is not None else float("inf")
