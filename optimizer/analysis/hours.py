"""The year of a design hour by hour: grid import, IT power and PUE of every site in every phase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.model.figures import Figures
from optimizer.operations.replay import Dispatched
from optimizer.parquet import numbers, parquet_file, repeated
from optimizer.pipeline import Result
from optimizer.runs.safe_csv import Cell
from optimizer.setting.hours import KeptHours, Series

DISPATCH_COLUMNS = ("load_mw", "charge_mw", "discharge_mw", "soc_mwh", "generator_mw", "moved_mw")
"""What was dispatched: load moved work included, free energy held at the start of the hour, IT power moved here."""
HOURLY_COLUMNS = ("site", "phase", "hour", "month", "import_mw", "it_mw", "pue", *DISPATCH_COLUMNS)
"""Hours count from 0, the first of them the first hour of Monday 1 January; months from 1.

PUE is of the load, storage apart; there is none where hardly anything works."""


@dataclass(frozen=True)
class SiteHours:
    """One site in one phase; series over the N hours kept, in MW."""

    site: str
    phase: str
    kept: KeptHours
    dispatched: Dispatched

    @property
    def import_mw(self) -> Series:
        """Grid import."""
        return self.dispatched.import_mw

    @property
    def it_mw(self) -> Series:
        """IT power."""
        return self.dispatched.it_mw

    def columns(self) -> tuple[Series, ...]:
        """The series of DISPATCH_COLUMNS."""
        d = self.dispatched
        moved = sum(d.moved_mw.values(), np.zeros(len(self.kept.hours)))
        return (d.load_mw, d.charge_mw, d.discharge_mw, d.soc_mwh, d.generator_mw, moved)


@dataclass(frozen=True, kw_only=True)
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
    problem = result.problem
    figures = Figures(problem, result.decisions, result.reported.ledger)
    rows = []
    for phase in problem.calendar.phases:
        for site, year in problem.years.items():
            rows.append(SiteHours(site, phase, year.kept, figures.hours(site, phase)))
    return tuple(rows)


def month_rows(hours: SiteHours) -> tuple[MonthRow, ...]:
    """The months of a site in a phase; of a short year those that are looked at, in the hours kept."""
    rows = []
    pue = hours.dispatched.pue
    for month in hours.kept.months:
        here = np.flatnonzero(month == hours.kept.month)
        meter = hours.import_mw[here]
        rows.append(
            MonthRow(
                site=hours.site,
                phase=hours.phase,
                month=month + 1,
                hours=len(here),
                import_mwh=float(meter.sum()),
                it_mwh=float(hours.it_mw[here].sum()),
                peak_import_mw=float(hours.dispatched.drawn_mw[here].max()),
                pue_peak=float(np.nan_to_num(pue[here]).max()),
            )
        )
    return tuple(rows)


def hourly_rows(all_hours: tuple[SiteHours, ...]) -> Iterator[tuple[Cell, ...]]:
    """Rows of HOURLY_COLUMNS."""
    for hours in all_hours:
        pue, more = hours.dispatched.pue, hours.columns()
        for at, hour in enumerate(hours.kept.hours):
            ratio = float(pue[at])
            yield (
                hours.site,
                hours.phase,
                int(hour),
                int(hours.kept.month[at]) + 1,
                float(hours.import_mw[at]),
                float(hours.it_mw[at]),
                ratio if ratio == ratio else None,
                *(float(series[at]) for series in more),
            )


def hourly_parquet(all_hours: tuple[SiteHours, ...]) -> bytes:
    """All hours as a Parquet file with HOURLY_COLUMNS; PUE is null where nothing works."""
    counts = [len(hours.kept.hours) for hours in all_hours]

    def joined(parts: Iterable[np.ndarray]) -> Any:
        return numbers(np.concatenate(list(parts)))

    pue = np.concatenate([h.dispatched.pue for h in all_hours])
    arrays = {
        "site": repeated([h.site for h in all_hours], counts),
        "phase": repeated([h.phase for h in all_hours], counts),
        "hour": joined(h.kept.hours.astype(np.int16) for h in all_hours),
        "month": joined((h.kept.month + 1).astype(np.int8) for h in all_hours),
        "import_mw": joined(h.import_mw for h in all_hours),
        "it_mw": joined(h.it_mw for h in all_hours),
        "pue": numbers(pue, np.isnan(pue)),
    }
    series = [h.columns() for h in all_hours]
    arrays |= {name: joined(of_site[at] for of_site in series) for at, name in enumerate(DISPATCH_COLUMNS)}
    return parquet_file(arrays, compression="zstd")
