"""The connection in a year written into arrays: the columns and rows of year_connection.py, under the same names."""

from __future__ import annotations

from math import inf

import numpy as np

from optimizer.operations.shapes import AVAILABLE, ENROLLABLE, UNBOUND, YearShape, load_name, source_name
from optimizer.operations.year_pages import Places, Span, YearPages


def put_idle(pages: YearPages, rows: Places, shape: YearShape, hours: Places) -> None:
    """What full work draws beyond the mean in these hours, less what generation has left."""
    for j, load in enumerate(shape.loads):
        pages.given(rows, load_name(load), shape.idle_per_mw[j][hours])
    for i, source in enumerate(shape.sources if shape.takes_up else ()):
        pages.put(rows, pages.at[f"fed {i}"][hours], 1.0)
        pages.given(rows, source_name(source.name), -source.availability[hours])
    if shape.takes_up and shape.export is not None:
        pages.put(rows, pages.at["exported"][hours], -1.0)


def connection_columns(pages: YearPages, span: Span) -> None:
    """Surplus sold by hour, load enrolled, and the mean of every engine."""
    shape = span.shape
    if shape.export is not None:
        pages.columns("exported", range(shape.hours), -(span.days * shape.weight) * shape.export.usd_per_mwh)
    if shape.response is not None:
        pages.columns("response", [""], -shape.response.usd_per_mw)
        for i in shape.response.engines:
            pages.columns("steady", [i], 0.0, f"steady {i}")


def connection_rows(pages: YearPages, span: Span) -> None:
    """Everything that binds them, and import in hours called back."""
    _called_back(pages, span.shape)
    _sold(pages, span.shape)
    _dropped(pages, span)


def _called_back(pages: YearPages, shape: YearShape) -> None:
    hours, share = shape.called_back, shape.connection
    if share is None or not len(hours):
        return
    within = pages.rows("within", hours, -inf)
    pages.put(within, pages.at["imported"][hours], 1.0)
    put_idle(pages, within, shape, hours)
    pages.given(within, AVAILABLE, -share[hours])
    if shape.takes_up:
        calm = pages.rows("calm", hours, -inf)
        pages.put(calm, pages.at["imported"][hours], 1.0)
        pages.given(calm, AVAILABLE, -share[hours])


def _sold(pages: YearPages, shape: YearShape) -> None:
    if shape.export is None:
        return
    pages.bound(pages.at["exported"], "limit")
    if shape.export.share < 1.0:
        offered = pages.rows("offered", range(shape.hours), -inf)
        pages.put(offered, pages.at["exported"], 1.0)
        pages.given(offered, AVAILABLE, -shape.export.share)


def _dropped(pages: YearPages, span: Span) -> None:
    shape, at, given = span.shape, pages.at, span.shape.response
    if given is None:
        return
    share_of_year = span.days / span.days.sum()
    for i in given.engines:
        mean = pages.rows("mean", [i], 0.0)
        pages.put(np.repeat(mean, shape.hours), at[f"fed {i}"], share_of_year)
        pages.put(mean, at[f"steady {i}"], -1.0)
    pages.bound(at["response"], AVAILABLE, given.share)
    asked = pages.rows("asked", [""], -inf)
    pages.put(asked, at["response"], 1.0)
    pages.given(asked, ENROLLABLE, -1.0)
    called = np.flatnonzero(given.called)
    drop = pages.rows("drop", called, -inf)
    pages.given(drop, UNBOUND, -1.0)
    pages.put(drop, np.repeat(at["response"], len(called)), 1.0)
    if shape.efficiency is not None:
        pages.put(drop, at["discharge"][called], -1.0)
        pages.put(drop, at["charge"][called], 1.0)
    if shape.generator_hours is not None:
        pages.put(drop, at["running"][called], -1.0)
    if shape.export is not None:
        pages.put(drop, at["exported"][called], 1.0)
    for i in given.engines:
        pages.put(drop, at[f"fed {i}"][called], -1.0)
        pages.put(drop, np.repeat(at[f"steady {i}"], len(called)), 1.0)
    # Of several hours what waits counts at the most it would have drawn, and what is done at the least.
    for j, (work, most) in enumerate(zip(shape.placing, span.most_overhead, strict=True)):
        pages.put(drop, at[f"placed {j}"][called], work.overhead[called])
        pages.given(drop, load_name(work.load), -(most * work.deferred)[called])
