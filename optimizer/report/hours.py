"""The year of a design hour by hour: grid import, IT power and PUE of every site in every phase."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.kpis import Figures
from optimizer.operations.coefficients import site_import, site_it
from optimizer.pipeline import Result
from optimizer.run.safe_csv import Cell
from optimizer.setting.hours import MONTH_OF_HOUR, Series

HOURLY_COLUMNS = ("site", "phase", "hour", "month", "import_mw", "it_mw", "pue")
"""Hours count from 0, the first of them the first hour of Monday 1 January; months from 1. No IT power, no PUE."""


@dataclass(frozen=True)
class SiteHours:
    """One site in one phase; series in MW, shape (8760,)."""

    site: str
    phase: str
    import_mw: Series
    it_mw: Series


@dataclass(frozen=True)
class MonthRow:
    """One month of a site in a phase."""

    site: str
    phase: str
    month: int
    hours: int
    import_mwh: float
    it_mwh: float
    peak_import_mw: float
    pue_peak: float
    """Largest hourly PUE; 0 if nothing works."""


def site_hours(result: Result) -> tuple[SiteHours, ...]:
    """Hourly series by phase and site, of the rated IT power at work as the ledger has it."""
    assert result.design is not None
    assert result.design.reported is not None
    problem = result.problem
    figures = Figures(problem, result.design.decisions, result.design.reported.ledger)
    found = []
    for phase in problem.calendar.phases:
        for site, year in problem.years.items():
            load = figures.load_mw(site, phase)
            standing = figures.total("standing_mw", phase, site)
            found.append(SiteHours(site, phase, site_import(year, load, standing), site_it(year, load)))
    return tuple(found)


def month_rows(hours: SiteHours) -> tuple[MonthRow, ...]:
    """The twelve months of a site in a phase."""
    rows = []
    pue = _pue(hours)
    for month in range(12):
        here = np.flatnonzero(month == MONTH_OF_HOUR)
        meter = hours.import_mw[here]
        rows.append(
            MonthRow(
                hours.site,
                hours.phase,
                month + 1,
                len(here),
                float(meter.sum()),
                float(hours.it_mw[here].sum()),
                float(meter.max()),
                float(np.nan_to_num(pue[here]).max()),
            )
        )
    return tuple(rows)


def _pue(hours: SiteHours) -> Series:
    """Import over IT power; NaN where nothing works."""
    nothing = np.full_like(hours.it_mw, np.nan)
    return np.divide(hours.import_mw, hours.it_mw, out=nothing, where=hours.it_mw > 0)


def hourly_rows(all_hours: tuple[SiteHours, ...]) -> Iterator[tuple[Cell, ...]]:
    """Rows of HOURLY_COLUMNS."""
    for hours in all_hours:
        pue = _pue(hours)
        for hour in range(len(pue)):
            ratio = float(pue[hour])
            yield (
                hours.site,
                hours.phase,
                hour,
                int(MONTH_OF_HOUR[hour]) + 1,
                float(hours.import_mw[hour]),
                float(hours.it_mw[hour]),
                ratio if ratio == ratio else None,
            )


def hourly_parquet(all_hours: tuple[SiteHours, ...]) -> bytes:
    """All hours as a Parquet file with HOURLY_COLUMNS; PUE is null where nothing works."""
    import pyarrow
    import pyarrow.parquet

    count = len(MONTH_OF_HOUR)
    arrays = {
        "site": pyarrow.array([h.site for h in all_hours for _ in range(count)]).dictionary_encode(),
        "phase": pyarrow.array([h.phase for h in all_hours for _ in range(count)]).dictionary_encode(),
        "hour": pyarrow.array(np.tile(np.arange(count, dtype=np.int16), len(all_hours))),
        "month": pyarrow.array(np.tile((MONTH_OF_HOUR + 1).astype(np.int8), len(all_hours))),
        "import_mw": pyarrow.array(np.concatenate([h.import_mw for h in all_hours])),
        "it_mw": pyarrow.array(np.concatenate([h.it_mw for h in all_hours])),
        "pue": pyarrow.array(np.concatenate([_pue(h) for h in all_hours]), from_pandas=True),
    }
    target = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays), target, compression="zstd")
    return target.getvalue()
