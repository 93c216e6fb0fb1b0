"""Studies: an instance solved at many points, kept in the folder the command line keeps them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from optimizer.api.instance import FacilityInstance, as_instance
from optimizer.api.interrupts import stoppable
from optimizer.api.options import StudyOptions, checked_study
from optimizer.api.tables import frame
from optimizer.app.frontiers import FrontierRequest, Traded, frontier_and_write, points_table
from optimizer.app.observer import Observer
from optimizer.app.study_runs import tally
from optimizer.app.sweeps import SweepRequest, Swept, sweep_and_write
from optimizer.errors import UsageError
from optimizer.solve.isolation import spawning
from optimizer.study.axes import axis_of

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.runs.study_tables import StudyTable

DESIGNS = ("grid", "one_at_a_time", "latin_hypercube", "sobol", "monte_carlo")


@dataclass(frozen=True)
class SweepResult:
    """Every cell of a sweep, in order."""

    swept: Swept = field(repr=False)

    @property
    def folder(self) -> Path:
        """The study's folder; its study.html explores the cells."""
        return self.swept.folder

    @property
    def complete(self) -> bool:
        """False if it was stopped: the same call goes on from there."""
        return not self.swept.stopped

    @property
    def statuses(self) -> dict[str, int]:
        """Cells by status."""
        return tally(self.swept.rows)

    @property
    def table(self) -> pd.DataFrame:
        """One row per cell: inputs, status, value, bound, gap, key figures, main decisions (table.csv)."""
        from optimizer.model.kpis import ALL_KPIS
        from optimizer.runs.study_tables import study_table

        return _frame(study_table(self.swept.rows), {kpi.id: kpi.unit for kpi in ALL_KPIS})

    @property
    def map(self) -> pd.DataFrame:
        """The choice by cell: which accelerators, which of them carries most of the throughput (map.csv)."""
        from optimizer.runs.study_tables import map_table

        return _frame(map_table(self.swept.rows), {})

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.statuses.items())
        return f"<SweepResult {len(self.swept.rows)} of {self.swept.total} cells: {counts}; {self.folder}>"

    def _repr_html_(self) -> str:
        shown: str = self.table[[*self.swept.names, "status", "value", "gap", "chip_set"]].to_html()
        return shown


@dataclass(frozen=True)
class FrontierResult:
    """Points no other design beats in both measures, each proven to the gap."""

    traded: Traded = field(repr=False)

    @property
    def folder(self) -> Path:
        """The study's folder."""
        return self.traded.folder

    @property
    def complete(self) -> bool:
        """False if it was stopped: the same call goes on from there."""
        return not self.traded.stopped

    @property
    def table(self) -> pd.DataFrame:
        """One row per point: kind, cap, both measures, gap, choice (frontier.csv)."""
        question = self.traded.question
        units = {measure.id: measure.unit for measure in (question.x, question.y)}
        return _frame(points_table(question, self.traded.points), units)

    def __repr__(self) -> str:
        question = self.traded.question
        return f"<FrontierResult {question.y.id} over {question.x.id}: {len(self.traded.points)} points; {self.folder}>"


def sweep(
    instance: FacilityInstance | str | Path,
    vary: Mapping[str, Any],
    options: StudyOptions | None = None,
    *,
    design: str = "grid",
    samples: int = 64,
    stop: Event | None = None,
) -> SweepResult:
    """Solve an instance at many points.

    vary        by path (patterns such as accelerators.*.price_usd move together): a list of values, or a text as the
                command line takes it, "20:30:5" or "-30%:+30%:5"
    options     gap and time limit per cell, workers (1 by default), folder of the results, name of the study
    design      grid, one_at_a_time, latin_hypercube, sobol or monte_carlo; `samples` are of the sampled ones (seed 0)

    Cells that are solved already are not solved again; Ctrl-C keeps those that are done. Raises UsageError and
    InputError for wrong paths and values, InputOutputError for the folder.
    """
    from optimizer.study.designs import Definition

    if not isinstance(vary, Mapping) or not all(isinstance(path, str) for path in vary):
        raise UsageError("vary is a dict from paths to values", 'such as {"sites.main.grid_mw": [10, 20]}')
    if design not in DESIGNS:
        raise UsageError(f"there is no design {design!r}", f"there are {', '.join(DESIGNS)}")
    if not isinstance(samples, int) or isinstance(samples, bool) or samples < 1:
        raise UsageError(f"samples is {samples!r}: not a whole number above 0")
    case, study = as_instance(instance), checked_study(options)
    axes = tuple(axis_of(path, _plain(values), "vary") for path, values in vary.items())
    definition = Definition(design, axes, samples)  # type: ignore[arg-type]
    request = SweepRequest(source=case.source, variants=case.variants(), definition=definition, study=study)
    with stoppable(stop) as event, spawning():
        return SweepResult(sweep_and_write(request, Observer(stop=event)))


def frontier(
    instance: FacilityInstance | str | Path,
    x: str = "carbon_t_per_year",
    y: str = "lcoc_usd_per_eflop",
    options: StudyOptions | None = None,
    *,
    points: int = 9,
    stop: Event | None = None,
) -> FrontierResult:
    """Trade one measure off against another, both to be small, by the exact epsilon-constraint method.

    Raises UsageError for measures that are not two different ones, InputOutputError for the folder.
    """
    if not isinstance(points, int) or isinstance(points, bool) or not 2 <= points <= 200:
        raise UsageError(f"points is {points!r}: not a whole number from 2 to 200")
    case, study = as_instance(instance), checked_study(options)
    request = FrontierRequest(
        source=case.source, variants=case.variants(), study=study, x=str(x), y=str(y), points=points
    )
    with stoppable(stop) as event, spawning():
        return FrontierResult(frontier_and_write(request, Observer(stop=event)))


def _plain(values: Any) -> Any:
    """Values as TOML would give them: numbers of numpy become Python's."""
    if isinstance(values, str):
        return values
    if hasattr(values, "tolist"):
        values = values.tolist()
    listed = list(values) if isinstance(values, list | tuple | range) else [values]
    return [value.item() if hasattr(value, "item") else value for value in listed]


def _frame(table: StudyTable, units: dict[str, str]) -> pd.DataFrame:
    return frame(table.columns, table.rows, {name: unit for name, unit in units.items() if name in table.columns})
