"""A sweep: the cells of its definition solved and kept, with its tables, its map and its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.app.so_far import SoFar
from optimizer.app.source import Source
from optimizer.app.study_pages import keep_rows
from optimizer.app.study_runs import StudyOptions, definition_of, folder_of, rows_of, setup_of

if TYPE_CHECKING:
    from optimizer.app.observer import Observer
    from optimizer.reading.read import Variants
    from optimizer.runs.study_folder import StudyFolder
    from optimizer.runs.study_tables import StudyRow
    from optimizer.study.designs import Definition
    from optimizer.study.engine import StudyOutcome


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


def sweep_and_write(request: SweepRequest, observer: Observer) -> Swept:
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
    location = replace(study, name=study.name or request.name)
    with folder_of(location, definition_of("sweep", request.source, reading, definition_json)) as folder:
        setup = setup_of(study, request.variants, folder, planned.total, observer)
        observer.note(f"sweep of {planned.total} cells over {', '.join(planned.names)}, into {folder.path}")
        so_far = SoFar(folder.path, lambda records: rows_of(planned, records))
        outcome = run_study(replace(setup, follow=so_far.keep), planned.cells(), planned.total, request.chain)
        rows = rows_of(planned, outcome.records)
        if not outcome.stopped:
            so_far.remove()
            _write(folder, rows, outcome)
    return Swept(folder=folder.path, names=planned.names, total=planned.total, rows=rows, stopped=outcome.stopped)


def _write(folder: StudyFolder, rows: Sequence[StudyRow], outcome: StudyOutcome) -> None:
    """The tables, the map and the page."""
    from optimizer.runs.strict_json import json_text
    from optimizer.runs.study_tables import map_table
    from optimizer.study.engine import plain_record

    keep_rows(folder, rows, {"map.csv": map_table(rows).csv(), "base.json": json_text(plain_record(outcome.base))})
