"""A relaxation of a year over groups of like days: its value is never above the year's, so its cuts hold for the year.

Days are alike if they lie in the same stretch of equal months and have the same prices and hours of charges. The mean
over a group of any dispatch of the year keeps every row written here; docs/model.md, section 12a, says why.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.inputs.quantity import HOURS_PER_DAY
from optimizer.operations.shapes import Hours, Placing, YearShape
from optimizer.operations.year_arrays import arrays_of
from optimizer.operations.year_pages import Places, Span, YearArrays

Number = TypeVar("Number", bound=np.generic)
PEAK_DAYS, GROUPS = 1, 3
"""Of the days that are alike, those of highest load stand alone and the rest in so many groups. Chosen by trial: cuts
are 0.07 to 0.14 % below those of the year, at a hundredth of the time."""


WORTHWHILE = 0.5
"""A coarse year of more than this share of the year's days is not worth its time."""


def coarse_arrays(shape: YearShape) -> YearArrays:
    """The programme over groups of days."""
    return arrays_of(coarse_span(shape))


def worth_grouping(shape: YearShape) -> bool:
    """Whether enough days are alike."""
    return len(like_days(shape)) <= WORTHWHILE * shape.hours / HOURS_PER_DAY


def coarse_span(shape: YearShape) -> Span:
    """One day for each group: means of what is given by the hour; of overheads, water and prices the least."""
    days = like_days(shape)
    first = np.concatenate([HOURS_PER_DAY * group[0] + np.arange(HOURS_PER_DAY) for group in days])

    def mean(series: Hours) -> Hours:
        return np.concatenate([_by_day(series)[group].mean(axis=0) for group in days])

    def least(series: Hours) -> Hours:
        return np.concatenate([_by_day(series)[group].min(axis=0) for group in days])

    def most(series: Hours) -> Hours:
        return np.concatenate([_by_day(series)[group].max(axis=0) for group in days])

    def placing(work: Placing) -> Placing:
        return replace(
            work,
            deferred=mean(work.deferred),
            room=mean(work.room),
            overhead=least(work.overhead),
            water_usd_per_mwh=least(work.water_usd_per_mwh),
            water_m3_per_mwh=least(work.water_m3_per_mwh),
        )

    carbon, response = np.asarray(shape.carbon_t_per_mwh), shape.response
    coarse = replace(
        shape,
        month=shape.month[first],
        base_per_mw=np.array([mean(row) for row in shape.base_per_mw]),
        idle_per_mw=np.array([mean(row) for row in shape.idle_per_mw]),
        energy_usd_per_mwh=shape.energy_usd_per_mwh[first],
        charges=tuple(replace(charge, mask=charge.mask[first]) for charge in shape.charges),
        placing=tuple(placing(work) for work in shape.placing),
        sources=tuple(replace(source, availability=mean(source.availability)) for source in shape.sources),
        carbon_t_per_mwh=shape.carbon_t_per_mwh if np.ndim(shape.carbon_t_per_mwh) == 0 else least(carbon),
        connection=None if shape.connection is None else mean(shape.connection),
        response=None if response is None else replace(response, called=response.called[first]),
    )
    return Span(
        shape=coarse,
        days=np.repeat([float(len(group)) for group in days], HOURS_PER_DAY),
        most_overhead=tuple(most(work.overhead) for work in shape.placing),
        period=_periods(shape)[[group[0] for group in days]],
    )


def like_days(shape: YearShape) -> list[Places]:
    """Days of the year in groups; every day is in exactly one."""
    price, period = _by_day(shape.energy_usd_per_mwh), _periods(shape)
    masks = [_by_day(charge.mask) for charge in shape.charges]
    masks += [] if shape.response is None else [_by_day(shape.response.called)]
    load: Hours = (shape.base_per_mw + shape.idle_per_mw).sum(axis=0) + sum(
        (work.overhead * work.deferred for work in shape.placing), np.zeros(shape.hours)
    )
    height = _by_day(load).max(axis=1) + 1e-3 * _by_day(load).sum(axis=1)
    alike: dict[tuple[object, ...], list[int]] = {}
    for day in range(len(price)):
        key = (int(period[day]), price[day].tobytes(), *(mask[day].tobytes() for mask in masks))
        alike.setdefault(key, []).append(day)
    day_groups: list[Places] = []
    for days in alike.values():
        order = np.array(days)[np.argsort(-height[days], kind="stable")]
        day_groups += [order[i : i + 1] for i in range(min(PEAK_DAYS, len(order)))]
        day_groups += [group for group in np.array_split(order[PEAK_DAYS:], GROUPS) if len(group)]
    return day_groups


def _periods(shape: YearShape) -> Places:
    """Number of the stretch of equal months each day lies in, counted from the first day."""
    month = shape.month[::HOURS_PER_DAY]
    return np.concatenate([[0], np.cumsum(month[1:] != month[:-1])])


def _by_day(series: NDArray[Number]) -> NDArray[Number]:
    return series.reshape(-1, HOURS_PER_DAY)
