"""What the commands that run many solves share: options, workers, progress, and the folder of a study."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimizer.cli.console import Session, session
from optimizer.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from optimizer.cli.options import Source
    from optimizer.reading.read import Reading, Variants
    from optimizer.runs.study_folder import StudyFolder
    from optimizer.runs.study_tables import Line
    from optimizer.study.cell import Question
    from optimizer.study.engine import Progress, Setup
    from optimizer.study.pools import Executor

F = TypeVar("F", bound=Callable[..., Any])
OBJECTIVES = ("lcoc", "total_cost", "capex", "energy", "carbon", "floor_area", "max_throughput")
LONGEST_S = 604_800
TELL_EVERY_S = 2.0


@dataclass(frozen=True)
class StudyWish:
    """How the cells are searched, by whom, and where the results go."""

    objective: str | None
    gap: float
    time_limit: float | None
    workers: int | None
    scheduler: str | None
    results: Path
    name: str | None
    max_cells: int
    retry_failed: bool
    break_lock: bool
    quiet: bool

    def question(self) -> Question:
        """How every cell is searched."""
        from optimizer.study.cell import Question

        return Question(self.objective, self.gap, self.time_limit)  # type: ignore[arg-type]

    @property
    def hands(self) -> int:
        """Workers on this machine: as asked, or one per processor."""
        return self.workers or os.cpu_count() or 1


def _finite(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number")
    return value


def study_options(command: F) -> F:
    """Options of every study; the command gets one `wish`."""
    decorators = (
        click.option("--objective", type=click.Choice(OBJECTIVES), help="What to minimise; the instance's by default."),
        click.option(
            "--gap",
            type=click.FloatRange(0, 1, max_open=True),
            default=1e-3,
            show_default=True,
            callback=_finite,
            help="Relative gap of every cell; wider than that of `solve`, and stated in the table.",
        ),
        click.option(
            "--time-limit",
            type=click.FloatRange(0, LONGEST_S, min_open=True),
            callback=_finite,
            metavar="S",
            help="Seconds per cell; the instance's by default.",
        ),
        click.option("--workers", type=click.IntRange(1, 512), help="Processes on this machine [one per processor]."),
        click.option("--scheduler", metavar="ADDRESS", help="Work on the Dask cluster there, e.g. tcp://HOST:8786."),
        click.option(
            "--results", type=click.Path(path_type=Path, file_okay=False), default=Path("results"), metavar="DIR",
            help="Folder of all results [results].",
        ),
        click.option("--name", metavar="NAME", help="Name of the study's folder; by default made from what it asks."),
        click.option("--max-cells", type=click.IntRange(1), default=10_000, help="Refuse more cells [10,000]."),
        click.option("--retry-failed", is_flag=True, help="Solve cells again whose worker crashed or failed."),
        click.option("--break-lock", is_flag=True, help="Take the folder even if another process seems to hold it."),
        click.option("--quiet", is_flag=True, help="No progress, no notes."),
    )  # fmt: skip
    wrapped: Any = _with_wish(command)
    for decorator in reversed(decorators):
        wrapped = decorator(wrapped)
    return wrapped  # type: ignore[no-any-return]


def vary_options(command: F) -> F:
    """The axes of a study: `--vary`, again and again, or `--study` with a file of them."""
    command = click.option(
        "--study", "study_path", type=click.Path(path_type=Path), metavar="FILE", help="Axes and changes as TOML."
    )(command)
    return click.option("--vary", multiple=True, metavar="PATH=VALUES", help="An axis; give it again for more.")(
        command
    )


def _with_wish(command: Callable[..., Any]) -> Callable[..., Any]:
    from dataclasses import fields
    from functools import wraps

    names = tuple(field.name for field in fields(StudyWish))

    @wraps(command)
    def run(**options: Any) -> Any:
        wish = StudyWish(**{name: options.pop(name) for name in names})
        session().quiet = session().quiet or wish.quiet
        return command(wish=wish, **options)

    return run


def variants_of(source: Source) -> tuple[Variants, Reading]:
    """The instance, ready to be read many times, and as it is; its warnings go to stderr."""
    from optimizer.diagnostics import render
    from optimizer.reading.read import ReadOptions, Variants

    variants = Variants(source.path, ReadOptions(source.scenario, source.sets, source.strict, source.allow_paths))
    reading = variants.read()
    if reading.warnings and not session().json:
        session().note(render(reading.warnings) + "\n")
    return variants, reading


def executor_of(wish: StudyWish, cells: int, stop: Any) -> tuple[Executor, bool]:
    """Who works, and whether each solve needs a process of its own."""
    if wish.scheduler is not None:
        from optimizer.study.cluster import Cluster, exposed

        if wish.workers is not None:
            raise UsageError("--workers is for this machine; a cluster has the workers it has", "leave --workers out")
        if exposed(wish.scheduler):
            session().note(
                "warning: without TLS, anyone who can reach that scheduler can run code on it and on its workers; "
                "keep it in a private network, or use a tls:// address"
            )
        return Cluster(wish.scheduler), False
    if min(wish.hands, cells) <= 1:
        from optimizer.study.pools import Serial

        return Serial(stop), True
    from optimizer.study.processes import Processes

    return Processes(min(wish.hands, cells)), False


def definition_of(command: str, source: Source, reading: Reading, asked: dict[str, Any]) -> dict[str, Any]:
    """What a study is: equal definitions share a folder and have equal tables."""
    from optimizer.study.cell import weather_files
    from optimizer.study.versions import versions

    instance = {
        "name": reading.instance.name,
        "title": reading.instance.title,
        "sha256": reading.sha256,
        "weather_sha256": sorted(digest for _, digest in weather_files(reading)),
        "scenario": source.scenario,
        "sets": list(source.sets),
    }
    return {"format_version": 1, "command": command, "instance": instance, "versions": versions(), **asked}


def folder_of(wish: StudyWish, name: str | None, definition: dict[str, Any]) -> StudyFolder:
    """The folder of a study, held."""
    from optimizer.runs.study_folder import definition_sha256, open_study, study_path

    chosen = wish.name or name or f"{definition['command']}-{definition_sha256(definition)[:8]}"
    path = study_path(wish.results, definition["instance"]["name"], chosen)
    folder = open_study(path, definition, wish.break_lock)
    folder.retry_failed = wish.retry_failed
    folder.unseal()
    return folder


def setup_of(
    wish: StudyWish, variants: Variants, folder: StudyFolder, stop: Any, question: Question, cells: int
) -> Setup:
    """Everything the engine needs."""
    from optimizer.study.cell import Context, solve_cell
    from optimizer.study.engine import Setup
    from optimizer.study.versions import versions

    found = versions()
    executor, isolated = executor_of(wish, cells, stop)
    context = Context(variants.read().folder, question, isolated, tuple(sorted(found.items())))
    return Setup(variants.read, context, executor, solve_cell, folder, found, Teller(session()).tell, stop)


class Teller:
    """Says how far a study is, every few seconds."""

    def __init__(self, here: Session) -> None:
        self._session = here
        self._said = time.monotonic()

    def tell(self, progress: Progress) -> None:
        """Hear of a finished cell."""
        from optimizer.study.designs import duration

        last = progress.done == progress.total
        if time.monotonic() - self._said < TELL_EVERY_S and not last:
            return
        self._said = time.monotonic()
        left = "" if progress.seconds_left is None or last else f", about {duration(progress.seconds_left)} left"
        carried = f", {progress.carried} proven by their neighbours" if progress.carried else ""
        self._session.note(f"{progress.done} of {progress.total} cells, {progress.solved} solved now{carried}{left}")


def interrupted(folder: StudyFolder, done: int, total: int, code: ExitCode) -> int:
    """Say what a stopped study leaves, and how to go on."""
    kept = f"{done} of {total} cells are done and kept in {folder.path}"
    session().complain(f"stopped: {kept}; the same command goes on from there")
    session().answer({"folder": str(folder.path), "done": done, "cells": total, "complete": False}, code)
    return int(code)


def code_of(lines: Sequence[Line]) -> ExitCode:
    """9 if a cell has no answer. A proof that there is no design is one."""
    from optimizer.study.cell import FAILED

    failed = any(line.record.get("status") in FAILED for line in lines)
    return ExitCode.STUDY_CELLS_FAILED if failed else ExitCode.OK


def tally(lines: Sequence[Line]) -> dict[str, int]:
    """Cells by status."""
    found: dict[str, int] = {}
    for line in lines:
        status = str(line.record.get("status"))
        found[status] = found.get(status, 0) + 1
    return dict(sorted(found.items()))


def tally_words(lines: Sequence[Line]) -> str:
    """How many cells ended how, how many needed no search, and the first reasons of those without an answer."""
    from optimizer.study.cell import BY_NEIGHBOURS, FAILED

    counts = ", ".join(f"{count} {status}" for status, count in tally(lines).items())
    carried = sum(line.record.get("proved_by") == BY_NEIGHBOURS for line in lines)
    words = [f"{len(lines)} cells: {counts}" + (f" ({carried} proven by their neighbours)" if carried else "")]
    failed = [line for line in lines if line.record.get("status") in FAILED]
    words += [f"  cell {line.number}: {line.record.get('reason')}" for line in failed[:5]]
    words += [f"  and {len(failed) - 5} more without an answer; see table.csv"] if len(failed) > 5 else []
    return "\n".join(words)
