"""What the commands that run many solves share: options, workers, progress, and the folder of a study."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.app.study_runs import StudyLocation, StudyOptions, tally_text
from optimizer.cli.console import session
from optimizer.cli.options import FOLDER, LONGEST_S, OBJECTIVES, PATH, Decorator, F, gathered, in_order, variants_of
from optimizer.cli.signals import Stopping, stoppable
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.app.observer import Observer
    from optimizer.reading.read import Variants
    from optimizer.runs.study_tables import StudyRow
    from optimizer.study.engine import StudyProgress
    from optimizer.study.study_file import StudyFile
    from optimizer.study.targets import Factor

TELL_EVERY_S = 2.0
GRACE_S = 5.0


def _finite_number(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Refuses what ranges let pass: infinity, and what is not a number."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number")
    return value


def _with_study(command: F) -> F:
    @wraps(command)
    def run(source: Source, study: StudyOptions, **options: Any) -> Any:
        session().quiet = session().quiet or study.quiet
        if study.scheduler is None:
            from optimizer.study.processes import load_early

            load_early(study.hands)
        return command(source=source, study=study, variants=variants_of(source), **options)

    return run  # type: ignore[return-value]


_RESULTS = click.option(
    "--results", type=FOLDER, default=Path("results"), metavar="DIR", help="Folder of all results [results]."
)
_NAME = click.option("--name", metavar="NAME", help="Name of the study's folder; by default made from what it asks.")
_BREAK_LOCK = click.option(
    "--break-lock", is_flag=True, help="Take the folder even if another process seems to hold it."
)

_STUDY: tuple[Decorator[Any], ...] = (
    click.option("--objective", type=click.Choice(OBJECTIVES), help="What to minimise; the instance's by default."),
    click.option(
        "--gap",
        type=click.FloatRange(0, 1, max_open=True),
        default=1e-3,
        show_default=True,
        callback=_finite_number,
        help="Relative gap of every cell; wider than that of `solve`, and stated in the table.",
    ),
    click.option(
        "--time-limit",
        type=click.FloatRange(0, LONGEST_S, min_open=True),
        callback=_finite_number,
        metavar="S",
        help="Seconds per cell; the instance's by default.",
    ),
    click.option("--workers", type=click.IntRange(1, 512), help="Processes on this machine [one per processor]."),
    click.option("--scheduler", metavar="ADDRESS", help="Work on the Dask cluster there, e.g. tcp://HOST:8786."),
    _RESULTS,
    _NAME,
    click.option("--max-cells", type=click.IntRange(1), default=10_000, help="Refuse more cells [10,000]."),
    click.option("--retry-failed", is_flag=True, help="Solve cells again whose worker crashed or failed."),
    _BREAK_LOCK,
    click.option("--quiet", is_flag=True, help="No progress, no notes."),
)
study_options: Decorator[Any] = in_order(*_STUDY, gathered("study", StudyOptions), _with_study)
"""Options of every study of many cells; the command gets one `study`, and the instance as `variants`."""

place_options: Decorator[Any] = in_order(_RESULTS, _NAME, _BREAK_LOCK, gathered("location", StudyLocation))
"""The folder of a study that keeps one answer; the command gets one `location`."""

vary_options: Decorator[Any] = in_order(
    click.option("--vary", multiple=True, metavar="PATH=VALUES", help="An axis; give it again for more."),
    click.option("--study", "study_path", type=PATH, metavar="FILE", help="Axes and changes as TOML."),
)
"""The axes of a study: `--vary`, again and again, or `--study` with a file of them."""


def factors_of(vary: Sequence[str], path: Path | None) -> tuple[tuple[Factor, ...], StudyFile | None]:
    """What varies: as the command line tells, then as the study file does; and that file."""
    from optimizer.study.axes import parse_axis
    from optimizer.study.study_file import read_study_file

    file = read_study_file(path) if path else None
    listed: tuple[Factor, ...] = (*file.axes, *file.changes) if file else ()
    return (*map(parse_axis, vary), *listed), file


def interrupted(folder: Path, done: int, total: int, code: ExitCode | None) -> int:
    """Say what a stopped study leaves, and how to go on."""
    kept = f"{done} of {total} cells are done and kept in {folder}, {total - done} are missing"
    session().complain(f"stopped: {kept}; the same command goes on from there")
    answer = {"folder": folder, "done": done, "cells": total, "missing": total - done, "complete": False}
    return session().answer(answer, code or ExitCode.INTERRUPTED)


def end_study(folder: Path, rows: Sequence[StudyRow], answer: Mapping[str, Any], code: ExitCode) -> int:
    """Say how the cells ended and where they are, and answer."""
    session().say(f"{tally_text(rows)}\n{folder}")
    return session().answer({"folder": folder, **answer}, code)


@contextmanager
def watched_study(variants: Variants) -> Iterator[tuple[Stopping, Observer]]:
    """A study that says every few seconds how far it is and what is best so far, and that Ctrl-C stops."""
    from optimizer.app.observer import Observer

    here, money = session(), money_of(variants.read().instance)
    next_s = time.monotonic() + TELL_EVERY_S

    def tell(progress: StudyProgress) -> None:
        from optimizer.study.steps import best_of_records, step_text

        nonlocal next_s
        last = progress.done == progress.total
        if time.monotonic() < next_s and not last:
            return
        next_s = time.monotonic() + TELL_EVERY_S
        left_s = None if last else progress.seconds_left
        step = step_text(progress.done, str(progress.total), left_s, best_of_records(progress.records, money))
        transferred = f", {progress.transferred} proven by their neighbours" if progress.transferred else ""
        here.note(f"{step} ({progress.solved} solved now{transferred})")

    with stoppable(GRACE_S) as stopping:
        yield stopping, Observer(note=here.note, tell=tell, stop=stopping.stop)
