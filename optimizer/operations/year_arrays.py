"""The year of dispatch written straight into arrays: the same columns and rows as year.py, under the same names.

Pyomo's form stays the definition (and the model in one piece); a test holds both equal, bit for bit. Limits of a
single column by a coordinate (limit, charging, discharging, holding, parallel, room) are bounds here, as the solver
takes them.
The same pages write the coarse year (coarse_year.py), whose hours stand for those of several days.
"""

from __future__ import annotations

from math import inf

import numpy as np

from optimizer.inputs.quantity import HOURS_PER_DAY
from optimizer.operations.energy_thresholds import block_name
from optimizer.operations.shapes import AVAILABLE, YearShape, load_name, source_name
from optimizer.operations.year_arrays_connection import connection_columns, connection_rows, put_idle
from optimizer.operations.year_pages import Places, Span, YearArrays, YearPages


def year_arrays(shape: YearShape) -> YearArrays:
    """The programme of a year, every hour of it."""
    most = tuple(work.overhead for work in shape.placing)
    return arrays_of(Span(shape=shape, days=np.ones(shape.hours), most_overhead=most))


def arrays_of(span: Span) -> YearArrays:
    """The programme of the hours given."""
    pages = YearPages(coordinates=span.shape.coordinates)
    _columns(pages, span)
    for part in (_flow, _battery, _generators, _sources, _placing, connection_rows, _demand, _energy_blocks, _caps):
        part(pages, span)
    return pages.arrays()


def _columns(pages: YearPages, span: Span) -> None:
    shape, hours, weight = span.shape, range(span.shape.hours), span.days * span.shape.weight
    pages.columns("imported", hours, weight * shape.energy_usd_per_mwh)
    if shape.efficiency is not None:
        pages.columns("charge", hours, 0.0)
        pages.columns("discharge", hours, weight * shape.degradation_usd_per_mwh)
        pages.columns("soc", hours, 0.0)
    if shape.generator_hours is not None:
        pages.columns("running", hours, weight * shape.generator_usd_per_mwh)
    for i, source in enumerate(shape.sources):
        labels = [f"{i},{t}" for t in hours]
        pages.columns("fed", labels, weight * source.usd_per_mwh, f"fed {i}")
    for j, work in enumerate(shape.placing):
        labels = [f"{j},{t}" for t in hours]
        pages.columns("placed", labels, weight * work.water_usd_per_mwh, f"placed {j}")
    connection_columns(pages, span)
    monthly = shape.month_weight
    for r, charge in enumerate(shape.charges):
        labels = [f"{r},{m}" for m in _months(shape, r)]
        usd = monthly * charge.usd_per_mw_month
        pages.columns("peak", labels, 0.0 if charge.bills_more else usd, f"peak {r}")
    for r, charge in enumerate(shape.charges):
        if charge.sees_year:
            pages.columns("top", [r], charge.usd_per_mw_year, f"top {r}")
    for r, charge in enumerate(shape.charges):
        if charge.bills_more:
            labels = [f"{r},{m}" for m in _months(shape, r)]
            pages.columns("billed", labels, monthly * charge.usd_per_mw_month, f"billed {r}")
    if shape.above_usd_per_mw_month:
        pages.columns("above", _months(shape), monthly * shape.above_usd_per_mw_month)
    if shape.uncontracted_usd_per_mw_month is not None:
        pages.columns("contract", [""], 12 * shape.contracted_usd_per_mw_month)
        pages.columns("beyond", _months(shape), monthly * shape.uncontracted_usd_per_mw_month)
    if shape.energy_rises:
        months = [int(m) for m in np.unique(shape.month)]
        pages.columns("used", months, 0.0)
        for k, rise in enumerate(shape.energy_rises):
            pages.columns("over", [f"{k},{m}" for m in months], monthly * rise, f"over {k}")


def _flow(pages: YearPages, span: Span) -> None:
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
    for i in range(len(shape.sources)):
        pages.put(balance, at[f"fed {i}"], 1.0)
    if shape.export is not None:
        pages.put(balance, at["exported"], -1.0)
    for j, work in enumerate(shape.placing):
        pages.put(balance, at[f"placed {j}"], -work.overhead)
    if not shape.idles:
        pages.bound(at["imported"], "limit")
        return
    limit = pages.rows("limit", range(shape.hours), -inf)
    pages.put(limit, at["imported"], 1.0)
    put_idle(pages, limit, shape, np.arange(shape.hours))
    pages.given(limit, "limit", -1.0)
    if shape.takes_up:
        pages.bound(at["imported"], "limit")


def _battery(pages: YearPages, span: Span) -> None:
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


def _levels(pages: YearPages, span: Span, period: Places) -> Places:
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


def _generators(pages: YearPages, span: Span) -> None:
    shape, at = span.shape, pages.at
    if shape.generator_hours is None:
        return
    pages.bound(at["running"], "generator")
    fuelled = pages.rows("fuelled", [""], -inf)
    pages.put(np.repeat(fuelled, shape.hours), at["running"], span.days * shape.weight)
    pages.given(fuelled, "generator", -shape.generator_hours)


def _sources(pages: YearPages, span: Span) -> None:
    shape, at = span.shape, pages.at
    for i, source in enumerate(shape.sources):
        pages.bound(at[f"fed {i}"], source_name(source.name), source.availability)
    for i, source in enumerate(shape.sources):
        if source.hours is not None:
            permitted = pages.rows("permitted", [i], -inf)
            pages.put(np.repeat(permitted, shape.hours), at[f"fed {i}"], span.days * shape.weight)
            pages.given(permitted, source_name(source.name), -source.hours)


def _placing(pages: YearPages, span: Span) -> None:
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


def _beyond_month(pages: YearPages, shape: YearShape) -> None:
    """Charges that look beyond the month: at the year's highest, or at what is held available."""

    def rows(name: str, r: int) -> Places:
        return pages.rows(name, (f"{r},{m}" for m in _months(shape, r)), -inf)

    at = pages.at
    for r in (r for r, charge in enumerate(shape.charges) if charge.sees_year):
        yearly = rows("yearly", r)
        pages.put(yearly, at[f"peak {r}"], 1.0)
        pages.put(yearly, np.repeat(at[f"top {r}"], len(yearly)), -1.0)
    more = [r for r, charge in enumerate(shape.charges) if charge.bills_more]
    for r in more:
        charged = rows("charged", r)
        pages.put(charged, at[f"peak {r}"], 1.0)
        pages.put(charged, at[f"billed {r}"], -1.0)
    for r in (r for r in more if shape.charges[r].ratchet_fraction > 0):
        ratchet = rows("ratchet", r)
        pages.put(ratchet, np.repeat(at[f"top {r}"], len(ratchet)), shape.charges[r].ratchet_fraction)
        pages.put(ratchet, at[f"billed {r}"], -1.0)
    for r in (r for r in more if shape.charges[r].minimum_fraction > 0):
        least = rows("least", r)
        pages.given(least, AVAILABLE, shape.charges[r].minimum_fraction)
        pages.put(least, at[f"billed {r}"], -1.0)


def _demand(pages: YearPages, span: Span) -> None:
    shape, at = span.shape, pages.at
    _beyond_month(pages, shape)
    for r, charge in enumerate(shape.charges):
        watched = np.flatnonzero(charge.mask)
        highest = pages.rows("highest", (f"{r},{t}" for t in watched), -inf)
        pages.put(highest, at["imported"][watched], 1.0)
        month = np.searchsorted(_months(shape, r), shape.month[watched])
        pages.put(highest, at[f"peak {r}"][month], -1.0)
        put_idle(pages, highest, shape, watched)
    for r, charge in enumerate(shape.charges if shape.takes_up else ()):
        watched = np.flatnonzero(charge.mask)
        base = pages.rows("base", (f"{r},{t}" for t in watched), -inf)
        pages.put(base, at["imported"][watched], 1.0)
        pages.put(base, at[f"peak {r}"][np.searchsorted(_months(shape, r), shape.month[watched])], -1.0)
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


def _energy_blocks(pages: YearPages, span: Span) -> None:
    shape, at = span.shape, pages.at
    if not shape.energy_rises:
        return
    months, of_hour = np.unique(shape.month, return_inverse=True)
    month = pages.rows("month", months, -inf)
    pages.put(month[of_hour], at["imported"], span.days * shape.month_scale)
    pages.put(month, at["used"], -1.0)
    for k in range(len(shape.energy_rises)):
        beyond = pages.rows("beyond_block", (f"{k},{m}" for m in months), -inf)
        pages.put(beyond, at["used"], 1.0)
        pages.put(beyond, at[f"over {k}"], -1.0)
        pages.given(beyond, block_name(k), -1.0)


def _caps(pages: YearPages, span: Span) -> None:
    shape, at, weight = span.shape, pages.at, span.days * span.shape.weight
    for what in shape.capped:
        cap = pages.rows("cap", [what], -inf)
        whole = np.repeat(cap, shape.hours)
        if what == "water":
            for j, work in enumerate(shape.placing):
                pages.put(whole, at[f"placed {j}"], weight * work.water_m3_per_mwh)
        else:
            per_mwh = np.broadcast_to(1.0 if what == "energy" else shape.carbon_t_per_mwh, shape.hours)
            pages.put(whole, at["imported"], weight * per_mwh)
        if what == "carbon" and shape.generator_hours is not None:
            pages.put(whole, at["running"], weight * shape.generator_t_per_mwh)
        for i, source in enumerate(shape.sources if what == "carbon" else ()):
            pages.put(whole, at[f"fed {i}"], weight * source.carbon_t_per_mwh)
        pages.given(cap, what, -1.0)
