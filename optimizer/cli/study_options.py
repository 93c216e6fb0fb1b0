"""What the commands that run many solves share: options, workers, progress, and the folder of a study."""

from __future__ import annotations

import math
import time
from functools import wraps
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import Currency, money_of
from optimizer.app.source import Source
from optimizer.app.study_runs import StudyObserver, StudyOptions
from optimizer.cli.console import Session, session
from optimizer.cli.design_options import LONGEST_S, OBJECTIVES
from optimizer.cli.options import F, gathered, note_warnings, read_options, with_options
from optimizer.cli.study_folder_options import BREAK_LOCK, NAME, RESULTS
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.reading.read import Reading, Variants
    from optimizer.study.engine import StudyProgress

TELL_EVERY_S = 2.0


def _finite(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number")
    return value


def study_options(command: F) -> F:
    """Options of every study; the command gets one `study`."""
    return with_options(
        _with_study(command),
        (
            click.option(
                "--objective", type=click.Choice(OBJECTIVES), help="What to minimise; the instance's by default."
            ),
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
            click.option(
                "--workers", type=click.IntRange(1, 512), help="Processes on this machine [one per processor]."
            ),
            click.option(
                "--scheduler", metavar="ADDRESS", help="Work on the Dask cluster there, e.g. tcp://HOST:8786."
            ),
            RESULTS,
            NAME,
            click.option("--max-cells", type=click.IntRange(1), default=10_000, help="Refuse more cells [10,000]."),
            click.option("--retry-failed", is_flag=True, help="Solve cells again whose worker crashed or failed."),
            BREAK_LOCK,
            click.option("--quiet", is_flag=True, help="No progress, no notes."),
        ),
    )


def vary_options(command: F) -> F:
    """The axes of a study: `--vary`, again and again, or `--study` with a file of them."""
    return with_options(
        command,
        (
            click.option("--vary", multiple=True, metavar="PATH=VALUES", help="An axis; give it again for more."),
            click.option(
                "--study",
                "study_path",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Axes and changes as TOML.",
            ),
        ),
    )


def _with_study(command: F) -> F:
    @wraps(command)
    def run(study: StudyOptions, **options: Any) -> Any:
        session().quiet = session().quiet or study.quiet
        if study.scheduler is None and study.hands > 1:
            from optimizer.solve.isolation import server_context

            # It imports what workers need while the instance is read here.
            server_context()
        return command(study=study, **options)

    return gathered(run, "study", StudyOptions)  # type: ignore[return-value]


def variants_of(source: Source) -> tuple[Variants, Reading]:
    """The instance, ready to be read many times, and as it is; its warnings go to stderr."""
    from optimizer.reading.read import Variants

    variants = Variants(source.path, read_options(source))
    reading = variants.read()
    note_warnings(reading.warnings)
    return variants, reading


class Teller:
    """Says how far a study is, every few seconds."""

    def __init__(self, here: Session, money: Currency) -> None:
        self._session, self._money = here, money
        self._shown_at = time.monotonic()

    def tell(self, progress: StudyProgress) -> None:
        """Hear of a finished cell."""
        from optimizer.study.steps import best_of_records, step_text

        last = progress.done == progress.total
        if time.monotonic() - self._shown_at < TELL_EVERY_S and not last:
            return
        self._shown_at = time.monotonic()
        left_s = None if last else progress.seconds_left
        step = step_text(progress.done, str(progress.total), left_s, best_of_records(progress.records, self._money))
        transferred = f", {progress.transferred} proven by their neighbours" if progress.transferred else ""
        self._session.note(f"{step} ({progress.solved} solved now{transferred})")


def interrupted(folder: Path, done: int, total: int, code: ExitCode) -> int:
    """Say what a stopped study leaves, and how to go on."""
    kept = f"{done} of {total} cells are done and kept in {folder}, {total - done} are missing"
    session().complain(f"stopped: {kept}; the same command goes on from there")
    answer = {"folder": str(folder), "done": done, "cells": total, "missing": total - done, "complete": False}
    session().answer(answer, code)
    return int(code)


def study_observer(stop: Event, variants: Variants) -> StudyObserver:
    """The terminal as the observer of a study; the best so far is told in the instance's currency."""
    teller = Teller(session(), money_of(variants.read().instance))
    return StudyObserver(note=session().note, tell=teller.tell, stop=stop)
