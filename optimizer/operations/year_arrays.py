"""The year of dispatch written straight into arrays: the same columns and rows as year.py, under the same names.

Pyomo's form stays the definition (and the model in one piece); a test holds both equal, bit for bit. Limits of a
single column by a coordinate (limit, charging, discharging, holding, parallel, room) are bounds here, as the solver
takes them.
The same pages write the coarse year (coarse_year.py), whose hours stand for those of several days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from optimizer.inputs.quantity import HOURS_PER_DAY
from optimizer.operations.shapes import Hours, YearShape, load_name

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Span:
    """The hours to write. The exact year: every hour once."""

    shape: YearShape
    days: Hours
    """How many days each hour stands for, shape (N,)."""
    most_overhead: tuple[Hours, ...]
    """Largest load per MW of IT power among the hours an hour stands for, by placing; `shape` has the least."""
    period: Places | None = None
    """Of a coarse year: the stretch of the year a day belongs to, shape (N / 24,). None: hours follow each other."""


@dataclass(frozen=True, eq=False)
class Entries:
    """Entries of a matrix: row, column, value."""

    row: Places
    column: Places
    value: Hours


@dataclass(frozen=True, eq=False, kw_only=True)
class YearArrays:
    """minimise cost . y with row_low <= A y + B x <= row_high (each 0 or infinite) and 0 <= y <= U x (inf where free).

    A has shape (rows, columns), B (rows, coordinates), U (columns, coordinates); money in USD per year.
    """

    cost: Hours
    a: Entries
    b: Entries
    u: Entries
    bounded: NDArray[np.bool_]
    """Columns that have an upper bound, shape (columns,); where U has no entry it is 0."""
    row_low: Hours
    row_high: Hours
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    coordinates: tuple[str, ...]


def year_arrays(shape: YearShape) -> YearArrays:
    """The programme of a year, every hour of it."""
    most = tuple(work.overhead for work in shape.placing)
    return arrays_of(Span(shape=shape, days=np.ones(shape.hours), most_overhead=most))


def arrays_of(span: Span) -> YearArrays:
    """The programme of the hours given."""
    pages = _Pages(coordinates=span.shape.coordinates)
    _columns(pages, span)
    for part in (_flow, _battery, _generators, _placing, _demand, _caps):
        part(pages, span)
    return pages.arrays()


@dataclass(kw_only=True)
class _Pages:
    """Columns, rows and entries as they are written."""

    coordinates: tuple[str, ...]
    at: dict[str, Places] = field(default_factory=dict)
    """Columns by name."""
    cost: list[Hours] = field(default_factory=list)
    column_names: list[str] = field(default_factory=list)
    row_names: list[str] = field(default_factory=list)
    low: list[Hours] = field(default_factory=list)
    high: list[Hours] = field(default_factory=list)
    bounded: list[Places] = field(default_factory=list)
    entries: dict[str, list[Entries]] = field(default_factory=lambda: {"a": [], "b": [], "u": []})

    def columns(self, name: str, labels: Iterable[object], cost: Hours | float, key: str = "") -> None:
        """Columns `year.NAME[one,LABEL]`, found again under `key` or the name."""
        before = len(self.column_names)
        self.column_names += [f"year.{name}[one,{label}]" if label != "" else f"year.{name}[one]" for label in labels]
        self.at[key or name] = np.arange(before, len(self.column_names))
        self.cost.append(np.broadcast_to(np.asarray(cost, dtype=np.float64), self.at[key or name].shape))

    def rows(self, name: str, labels: Iterable[object], low: float, high: Hours | float = 0.0) -> Places:
        """Rows `year.NAME[one,LABEL]` between low and high; returns their places."""
        before = len(self.row_names)
        self.row_names += [f"year.{name}[one,{label}]" if label != "" else f"year.{name}[one]" for label in labels]
        places = np.arange(before, len(self.row_names))
        self.low.append(np.full(len(places), low))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=np.float64), places.shape))
        return places

    def put(self, rows: Places, columns: Places, value: Hours | float) -> None:
        """Entries of A; zeros are left out."""
        self._enter("a", rows, columns, value)

    def given(self, rows: Places, name: str, value: Hours | float) -> None:
        """Entries of B at a coordinate."""
        self._enter("b", rows, np.full(len(rows), self.coordinates.index(name)), value)

    def bound(self, columns: Places, name: str, value: Hours | float = 1.0) -> None:
        """columns <= value * coordinate."""
        self.bounded.append(columns)
        self._enter("u", columns, np.full(len(columns), self.coordinates.index(name)), value)

    def _enter(self, matrix: str, rows: Places, columns: Places, value: Hours | float) -> None:
        values = np.broadcast_to(np.asarray(value, dtype=np.float64), rows.shape)
        kept = values != 0.0
        self.entries[matrix].append(Entries(rows[kept], columns[kept], values[kept]))

    def arrays(self) -> YearArrays:
        """All that was written."""
        a, b, u = (_joined(self.entries[name]) for name in ("a", "b", "u"))
        bounded = np.isin(
            np.arange(len(self.column_names)), np.concatenate([np.zeros(0, dtype=np.int64), *self.bounded])
        )
        return YearArrays(
            cost=np.concatenate(self.cost), a=a, b=b, u=u, bounded=bounded,
            row_low=np.concatenate(self.low), row_high=np.concatenate(self.high),
            row_names=tuple(self.row_names), column_names=tuple(self.column_names), coordinates=self.coordinates,
        )  # fmt: skip


def _joined(parts: Sequence[Entries]) -> Entries:
    none = np.zeros(0, dtype=np.int64)
    return Entries(
        np.concatenate([none, *(part.row for part in parts)]),
        np.concatenate([none, *(part.column for part in parts)]),
        np.concatenate([np.zeros(0), *(part.value for part in parts)]),
    )


def _columns(pages: _Pages, span: Span) -> None:
    shape, hours, weight = span.shape, range(span.shape.hours), span.days * span.shape.weight
    pages.columns("imported", hours, weight * shape.energy_usd_per_mwh)
    if shape.efficiency is not None:
        pages.columns("charge", hours, 0.0)
        pages.columns("discharge", hours, weight * shape.degradation_usd_per_mwh)
        pages.columns("soc", hours, 0.0)
    if shape.generator_hours is not None:
        pages.columns("running", hours, weight * shape.generator_usd_per_mwh)
    for j, work in enumerate(shape.placing):
        labels = (f"{j},{t}" for t in hours)
        pages.columns("placed", labels, weight * work.water_usd_per_mwh, f"placed {j}")
    monthly = shape.month_weight
    for r, charge in enumerate(shape.charges):
        labels = (f"{r},{m}" for m in _months(shape, r))
        pages.columns("peak", labels, monthly * charge.usd_per_mw_month, f"peak {r}")
    if shape.above_usd_per_mw_month:
        pages.columns("above", _months(shape), monthly * shape.above_usd_per_mw_month)
    if shape.uncontracted_usd_per_mw_month is not None:
        pages.columns("contract", [""], 12 * shape.contracted_usd_per_mw_month)
        pages.columns("beyond", _months(shape), monthly * shape.uncontracted_usd_per_mw_month)


def _flow(pages: _Pages, span: Span) -> None:
    shape, at = span.shape, pages.at
    # What one of several hours would need less of is left out: then the day may import more, never less, than it uses.
    surplus = np.zeros(shape.hours, dtype=np.bool_)
    for work, most in zip(shape.placing, span.most_overhead, strict=True):
        surplus |= most > work.overhead
    balance = pages.rows("balance", range(shape.hours), 0.0, np.where(surplus, inf, 0.0))
    pages.put(balance, at["imported"], 1.0)
    pages.given(balance, "standing", -1.0)
    for j, load in enumerate(shape.loads):
        pages.given(balance, load_name(load), -shape.base_per_mw[j])
    if shape.efficiency is not None:
        pages.put(balance, at["discharge"], 1.0)
        pages.put(balance, at["charge"], -1.0)
    if shape.generator_hours is not None:
        pages.put(balance, at["running"], 1.0)
    for j, work in enumerate(shape.placing):
        pages.put(balance, at[f"placed {j}"], -work.overhead)
    if not shape.idles:
        pages.bound(at["imported"], "limit")
        return
    limit = pages.rows("limit", range(shape.hours), -inf)
    pages.put(limit, at["imported"], 1.0)
    _idle(pages, limit, shape, np.arange(shape.hours))
    pages.given(limit, "limit", -1.0)


def _idle(pages: _Pages, rows: Places, shape: YearShape, hours: Places) -> None:
    """What full work draws beyond the mean in these hours."""
    for j, load in enumerate(shape.loads):
        pages.given(rows, load_name(load), shape.idle_per_mw[j][hours])


def _battery(pages: _Pages, span: Span) -> None:
    shape, at, kept = span.shape, pages.at, span.shape.efficiency
    if kept is None:
        return
    pages.bound(at["charge"], "free_mw")
    pages.bound(at["discharge"], "free_mw")
    pages.bound(at["soc"], "free_mwh")
    if shape.may_waste:
        trading = pages.rows("trading", range(shape.hours), -inf)
        pages.put(trading, at["charge"], 1.0)
        pages.put(trading, at["discharge"], 1.0)
        pages.given(trading, "free_mw", -1.0)
    after = np.roll(at["soc"], -1) if span.period is None else _levels(pages, span, span.period)
    store = pages.rows("store", range(shape.hours), 0.0)
    pages.put(store, after, 1.0)
    pages.put(store, at["soc"], -1.0)
    pages.put(store, at["charge"], -kept)
    pages.put(store, at["discharge"], 1 / kept)


def _levels(pages: _Pages, span: Span, period: Places) -> Places:
    """Energy held after each hour of a coarse year: free at the end of a day, but balanced over each period."""
    soc, periods = pages.at["soc"].reshape(-1, HOURS_PER_DAY), int(period.max()) + 1
    pages.columns("end", range(len(period)), 0.0)
    pages.columns("edge", range(periods), 0.0)
    end, edge, days = pages.at["end"], pages.at["edge"], span.days[::HOURS_PER_DAY]
    pages.bound(end, "free_mwh")
    pages.bound(edge, "free_mwh")
    level = pages.rows("level", range(periods), 0.0)
    pages.put(level[period], end, days)
    pages.put(level[period], soc[:, 0], -days)
    if periods > 1:
        pages.put(level, np.roll(edge, -1), -1.0)
        pages.put(level, edge, 1.0)
    return np.hstack([soc[:, 1:], end[:, None]]).ravel()


def _generators(pages: _Pages, span: Span) -> None:
    shape, at = span.shape, pages.at
    if shape.generator_hours is None:
        return
    pages.bound(at["running"], "generator")
    fuelled = pages.rows("fuelled", [""], -inf)
    pages.put(np.repeat(fuelled, shape.hours), at["running"], span.days * shape.weight)
    pages.given(fuelled, "generator", -shape.generator_hours)


def _placing(pages: _Pages, span: Span) -> None:
    shape, at = span.shape, pages.at
    days = shape.hours // HOURS_PER_DAY
    for j, work in enumerate(shape.placing):
        pages.bound(at[f"placed {j}"], load_name(work.load), work.room)
    for j, work in enumerate(shape.placing):
        day = pages.rows("day", (f"{j},{d}" for d in range(days)), 0.0)
        pages.put(np.repeat(day, HOURS_PER_DAY), at[f"placed {j}"], 1.0)
        pages.given(day, load_name(work.load), -work.deferred.reshape(days, HOURS_PER_DAY).sum(axis=1))


def _months(shape: YearShape, charge: int = 0) -> list[int]:
    return [int(m) for m in np.unique(shape.month[shape.charges[charge].mask])]


def _demand(pages: _Pages, span: Span) -> None:
    shape, at = span.shape, pages.at
    for r, charge in enumerate(shape.charges):
        watched = np.flatnonzero(charge.mask)
        highest = pages.rows("highest", (f"{r},{t}" for t in watched), -inf)
        pages.put(highest, at["imported"][watched], 1.0)
        month = np.searchsorted(_months(shape, r), shape.month[watched])
        pages.put(highest, at[f"peak {r}"][month], -1.0)
        _idle(pages, highest, shape, watched)
    if shape.above_usd_per_mw_month:
        tier = pages.rows("tier", _months(shape), -inf)
        pages.put(tier, at["peak 0"], 1.0)
        pages.put(tier, at["above"], -1.0)
        pages.given(tier, "block", -1.0)
    if shape.uncontracted_usd_per_mw_month is not None:
        excess = pages.rows("excess", _months(shape), -inf)
        pages.put(excess, at["peak 0"], 1.0)
        pages.put(excess, at["beyond"], -1.0)
        pages.put(excess, np.repeat(at["contract"], len(excess)), -1.0)


def _caps(pages: _Pages, span: Span) -> None:
    shape, at, weight = span.shape, pages.at, span.days * span.shape.weight
    for what in shape.capped:
        cap = pages.rows("cap", [what], -inf)
        whole = np.repeat(cap, shape.hours)
        if what == "water":
            for j, work in enumerate(shape.placing):
                pages.put(whole, at[f"placed {j}"], weight * work.water_m3_per_mwh)
        else:
            pages.put(whole, at["imported"], weight * (1.0 if what == "energy" else shape.carbon_t_per_mwh))
        if what == "carbon" and shape.generator_hours is not None:
            pages.put(whole, at["running"], weight * shape.generator_t_per_mwh)
        pages.given(cap, what, -1.0)
