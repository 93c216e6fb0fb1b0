"""Runs of studies: the folder that belongs to a question, the workers, and how cells are counted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.analysis.money import DOLLARS, money_of
from optimizer.app.preload import load
from optimizer.app.source import Source
from optimizer.errors import ExitCode, UsageError
from optimizer.study.versions import versions

if TYPE_CHECKING:
    from optimizer.app.observer import Observer
    from optimizer.inputs.schema import Objective
    from optimizer.reading.read import Reading, Variants
    from optimizer.runs.study_folder import StudyFolder
    from optimizer.runs.study_tables import StudyRow
    from optimizer.study.cell import Question
    from optimizer.study.engine import Setup
    from optimizer.study.plan import StudyPlan
    from optimizer.study.pools import Executor


@dataclass(frozen=True, kw_only=True)
class StudyLocation:
    """Where a study is kept; without a `name` it is made from what the study asks."""

    results: Path = Path("results")
    name: str | None = None
    break_lock: bool = False


@dataclass(frozen=True, kw_only=True)
class StudyOptions(StudyLocation):
    """How the cells are searched, by whom, and where the results go."""

    objective: Objective | None = None
    gap: float = 1e-3
    """Relative gap of every cell."""
    time_limit: float | None = None
    """Seconds per cell."""
    workers: int | None = None
    scheduler: str | None = None
    max_cells: int = 10_000
    retry_failed: bool = False
    quiet: bool = False

    def question(self) -> Question:
        """How every cell is searched."""
        from optimizer.study.cell import Question

        return Question(objective=self.objective, gap=self.gap, time_limit_s=self.time_limit)

    @property
    def hands(self) -> int:
        """Workers on this machine: as asked, or one per processor."""
        return self.workers or os.cpu_count() or 1


def executor_of(study: StudyOptions, cells: int, observer: Observer) -> Executor:
    """Who works."""
    if study.scheduler is not None:
        from optimizer.study.cluster import Cluster, exposed

        if study.workers is not None:
            raise UsageError("--workers is for this machine; a cluster has the workers it has", "leave --workers out")
        if exposed(study.scheduler):
            observer.note(
                "warning: without TLS, anyone who can reach that scheduler can run code on it and on its workers; "
                "keep it in a private network, or use a tls:// address"
            )
        return Cluster(study.scheduler)
    from optimizer.study.processes import Processes

    return Processes(max(1, min(study.hands, cells)), _load_writers)


def definition_of(command: str, source: Source, reading: Reading, definition: dict[str, Any]) -> dict[str, Any]:
    """What a study is: equal definitions share a folder and have equal tables."""
    from optimizer.study.cell import weather_files

    instance: dict[str, Any] = {
        "name": reading.instance.name,
        "title": reading.instance.title,
        "sha256": reading.sha256,
        "weather_sha256": sorted(digest for _, digest in weather_files(reading)),
        "scenario": source.scenario,
        "sets": list(source.sets),
    }
    money = money_of(reading.instance)
    if money != DOLLARS:
        # The page of a study is made from its folder alone, and tells amounts in the instance's currency.
        instance |= {"currency": money.code, "per_usd": money.per_usd}
    return {"format_version": 1, "command": command, "instance": instance, "versions": versions(), **definition}


def folder_of(location: StudyLocation, definition: dict[str, Any]) -> StudyFolder:
    """The folder of a study, held, before anything is solved. Raises InputOutputError, UsageError."""
    from optimizer.runs.study_folder import definition_sha256, open_study, study_path

    name = location.name or f"{definition['command']}-{definition_sha256(definition)[:8]}"
    path = study_path(location.results, definition["instance"]["name"], name)
    folder = open_study(path, definition, location.break_lock)
    folder.unseal()
    return folder


def setup_of(study: StudyOptions, variants: Variants, folder: StudyFolder, cells: int, observer: Observer) -> Setup:
    """Everything the engine needs."""
    from optimizer.study.cell import StudyContext, solve_cell
    from optimizer.study.engine import Setup

    packages = versions()
    folder.retry_failed = study.retry_failed
    executor = executor_of(study, cells, observer)
    context = StudyContext(variants.read().folder, study.question(), tuple(sorted(packages.items())))
    return Setup(
        read=variants.read, context=context, executor=executor, work=solve_cell, store=folder, versions=packages,
        tell=observer.tell, stop=observer.stop,
    )  # fmt: skip


def _load_writers() -> None:
    """Load what writes the tables and the page while others work."""
    load("pyarrow.parquet", "optimizer.report.html.study_page")


def rows_of(
    planned: StudyPlan, records: Mapping[int, Mapping[str, Any]], chosen: Sequence[tuple[Any, ...]] | None = None
) -> list[StudyRow]:
    """Rows of the cells that are known, in the order of the cells; `chosen` are the points, if not those planned."""
    from optimizer.runs.study_tables import StudyRow

    return [
        StudyRow(cell.number, dict(zip(planned.names, cell.inputs, strict=True)), records[cell.number])
        for cell in planned.cells(chosen)
        if cell.number in records
    ]


def code_of(lines: Sequence[StudyRow]) -> ExitCode:
    """9 if a cell has no answer. A proof that there is no design is one."""
    from optimizer.study.cell import FAILED

    failed = any(line.record.get("status") in FAILED for line in lines)
    return ExitCode.STUDY_CELLS_FAILED if failed else ExitCode.OK


def tally(lines: Sequence[StudyRow]) -> dict[str, int]:
    """Cells by status."""
    return dict(sorted(Counter(str(line.record.get("status")) for line in lines).items()))


def tally_text(lines: Sequence[StudyRow]) -> str:
    """How many cells ended how, how many needed no search, and the first reasons of those without an answer."""
    from optimizer.inputs.naming import readable
    from optimizer.study.cell import BY_NEIGHBOURS, FAILED

    counts = ", ".join(f"{count} {readable(status)}" for status, count in tally(lines).items())
    transferred = sum(line.record.get("proved_by") == BY_NEIGHBOURS for line in lines)
    parts = [f"{len(lines)} cells: {counts}" + (f" ({transferred} proven by their neighbours)" if transferred else "")]
    failed = [line for line in lines if line.record.get("status") in FAILED]
    parts += [f"  cell {line.number}: {line.record.get('reason')}" for line in failed[:5]]
    parts += [f"  and {len(failed) - 5} more without an answer; see table.csv"] if len(failed) > 5 else []
    return "\n".join(parts)
