"""A sweep: the cells of its definition solved and kept, with its tables, its map and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.app.so_far import SoFar
from optimizer.app.source import Source
from optimizer.app.study_pages import write_page
from optimizer.app.study_runs import StudyObserver, StudyOptions, definition_of, folder_of, setup_of

if TYPE_CHECKING:
    from optimizer.reading.read import Variants
    from optimizer.runs.study_folder import StudyFolder
    from optimizer.runs.study_tables import StudyRow
    from optimizer.study.designs import Definition
    from optimizer.study.engine import StudyOutcome
    from optimizer.study.plan import StudyPlan


@dataclass(frozen=True, kw_only=True)
class SweepRequest:
    """What is to be varied, of which instance, and how the cells are searched."""

    source: Source
    variants: Variants
    definition: Definition
    study: StudyOptions
    name: str | None = None
    """Name of the folder, if the options have none; without either it is made from what is asked."""
    chain: int = 1
    """Above 1: rows of so many cells, each starting from the design of the one before it."""


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep came to. `rows` are in the order of the cells; of a stopped sweep only those that are done."""

    folder: Path
    names: tuple[str, ...]
    total: int
    rows: list[StudyRow]
    stopped: bool


def sweep_and_write(request: SweepRequest, observer: StudyObserver) -> Swept:
    """Solve what is not solved yet, then write the tables. A stop keeps every finished cell; the same call goes on.

    Raises UsageError and InputError for the definition, InputOutputError and UsageError for the folder.
    """
    from optimizer.study.designs import check_count, count
    from optimizer.study.engine import run_study
    from optimizer.study.plan import plan

    study, definition = request.study, request.definition
    reading = request.variants.read()
    check_count(count(definition), study.max_cells, study.hands)
    planned = plan(request.variants, definition)
    definition_json = {"design": definition.to_json(), "search": study.question().to_json(), "chain": request.chain}
    with folder_of(study, request.name, definition_of("sweep", request.source, reading, definition_json)) as folder:
        setup = setup_of(study, request.variants, folder, planned.total, observer)
        observer.note(f"sweep of {planned.total} cells over {', '.join(planned.names)}, into {folder.path}")
        so_far = SoFar(folder.path, lambda records: _rows(planned, records))
        outcome = run_study(replace(setup, follow=so_far.keep), planned.cells(), planned.total, request.chain)
        rows = _rows(planned, outcome.records)
        if not outcome.stopped:
            so_far.remove()
            _write(folder, rows, outcome)
    return Swept(folder=folder.path, names=planned.names, total=planned.total, rows=rows, stopped=outcome.stopped)


def _rows(planned: StudyPlan, records: Mapping[int, Mapping[str, Any]]) -> list[StudyRow]:
    """Rows to be, in the order of the cells."""
    from optimizer.runs.study_tables import StudyRow

    return [
        StudyRow(cell.number, dict(zip(planned.names, cell.inputs, strict=True)), records[cell.number])
        for cell in planned.cells()
        if cell.number in records
    ]


def _write(folder: StudyFolder, rows: Sequence[StudyRow], outcome: StudyOutcome) -> None:
    """The tables, the map and the page; the seal comes last."""
    from optimizer.runs.strict_json import json_text
    from optimizer.runs.study_tables import map_table, study_table, timing_table
    from optimizer.study.engine import plain_record

    table = study_table(rows)
    folder.write("table.csv", table.csv())
    folder.write("table.parquet", table.parquet())
    folder.write("map.csv", map_table(rows).csv())
    folder.write("timing.csv", timing_table(rows).csv())
    folder.write("base.json", json_text(plain_record(outcome.base)))
    write_page(folder)
    folder.seal()
