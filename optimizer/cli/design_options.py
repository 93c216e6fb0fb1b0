"""What the commands that study one design share: options, and how the search is watched."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.design_studies import StudySelection
from optimizer.cli.console import session
from optimizer.cli.options import LONGEST_S, OBJECTIVES, PATH, Decorator, gathered, in_order
from optimizer.cli.progress import Watcher, progress_line
from optimizer.cli.signals import Stopping, stoppable
from optimizer.runs.folder import RunLocation

if TYPE_CHECKING:
    from optimizer.app.observer import Observer, Telling
    from optimizer.inputs.schema import Objective
    from optimizer.pipeline import Method, Options
    from optimizer.reading.read import Reading
    from optimizer.solve.outcome import Hooks, Progress
    from optimizer.study.search_settings import SearchSettings

GRACE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """How to search."""

    objective: Objective | None
    gap: float | None
    time_limit: float | None
    seed: int | None
    threads: int | None
    method: Method
    no_isolate: bool

    @property
    def options(self) -> Options:
        """As the pipeline takes them."""
        from optimizer.pipeline import Options

        return Options(
            objective=self.objective, gap=self.gap, time_limit_s=self.time_limit, seed=self.seed, threads=self.threads,
            isolated=not self.no_isolate, method=self.method,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DesignOptions(SearchOptions):
    """How to search, and where the results go."""

    results: Path
    out: Path | None
    overwrite: bool
    break_lock: bool

    def location(self, instance: str) -> RunLocation:
        """Where the results go."""
        return RunLocation(
            root=self.results, instance=instance, out=self.out, overwrite=self.overwrite, break_lock=self.break_lock
        )


def _seconds(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and 0 < value <= LONGEST_S):
        raise click.BadParameter(f"{value} is not a number of seconds above 0 and at most {LONGEST_S:,}")
    return value


def _gap(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 <= value < 1:
        raise click.BadParameter(f"{value} is not at least 0 and below 1 (0.001 is 0.1 %)")
    return value


_SEARCH: tuple[Decorator[Any], ...] = (
    click.option("--objective", type=click.Choice(OBJECTIVES), help="What to optimise [default: the instance's]."),
    click.option("--gap", type=float, callback=_gap, help="Relative gap to stop at, such as 0.001."),
    click.option("--time-limit", type=float, callback=_seconds, metavar="S", help="Seconds to search at most."),
    click.option("--seed", type=click.IntRange(0, 2_147_483_647), help="Seed of the search."),
    click.option("--threads", type=click.IntRange(1, 64), help="Branches searched at a time [2]."),
    click.option(
        "--method",
        type=click.Choice(("decomposition", "monolithic")),
        default="decomposition",
        help="How sites that dispatch are solved [decomposition].",
    ),
    click.option("--no-isolate", is_flag=True, help="Search in this process instead of a child."),
)
search_options: Decorator[Any] = in_order(*_SEARCH, gathered("chosen", SearchOptions))
"""How to search; the command gets one `chosen`."""

_FOLDER: tuple[Decorator[Any], ...] = (
    click.option("--results", type=PATH, default=Path("results"), help="Folder of all results [default: results]."),
    click.option("--out", type=PATH, help="Folder of this run [default: a new one below --results]."),
    click.option("--overwrite", is_flag=True, help="Reuse --out if it holds an earlier run."),
    click.option("--break-lock", is_flag=True, help="Take --out even if another process seems to hold it."),
)
design_options: Decorator[Any] = in_order(*_SEARCH, *_FOLDER, gathered("chosen", DesignOptions))
"""How to search and where the results go; the command gets one `chosen`."""

selection_options: Decorator[Any] = in_order(
    click.option("--marginal", is_flag=True, help="Find what one step more or less of each limit is worth."),
    click.option(
        "--alternatives", is_flag=True, help="Find the cheapest designs that buy other accelerators, within 5 %."
    ),
    click.option(
        "--baselines", is_flag=True, help="Compare with baselines: cheapest first, one vendor, air only, no licences."
    ),
    click.option("--entry", is_flag=True, help="Find at what price each accelerator enters the design or leaves it."),
    gathered("selection", StudySelection),
)
"""Studies a design can be given; the command gets one `selection`."""


@contextmanager
def watched(reading: Reading, options: Options) -> Iterator[tuple[Stopping, SearchSettings]]:
    """A search that shows its progress and obeys Ctrl-C: once to stop and keep what was found, twice to end."""
    from optimizer.study.search_settings import SearchSettings

    with watched_hooks(telling(reading, options)) as (stopping, hooks):
        yield stopping, SearchSettings(options=options, hooks=hooks)


@contextmanager
def watched_hooks(telling: Telling = "{:.5g}".format) -> Iterator[tuple[Stopping, Hooks]]:
    """The hooks of such a search."""
    from optimizer.solve.outcome import Hooks

    with stoppable(GRACE_S) as stopping, Watcher(session(), telling) as watcher:
        yield stopping, Hooks(stop=stopping.stop, on_progress=watcher.tell)


@contextmanager
def observed(grace_s: float = GRACE_S, progress_file: Path | None = None) -> Iterator[tuple[Stopping, Observer]]:
    """The terminal as the observer of a use case; what the search tells goes to a file as well, if one is named."""
    from optimizer.app.observer import Observer

    here, watch = session(), partial(_shown, progress_file)
    with stoppable(grace_s) as stopping:
        ears = Observer(note=here.note, warn=here.complain, watch=watch, stop=stopping.stop, writing=stopping.writing)
        yield stopping, ears


@contextmanager
def _shown(progress_file: Path | None, telling: Telling) -> Iterator[Callable[[Progress], None]]:
    with Watcher(session(), telling) as watcher:
        if progress_file is None:
            yield watcher.tell
            return
        with progress_file.open("a", encoding="utf-8") as lines:

            def tell(progress: Progress) -> None:
                watcher.tell(progress)
                lines.write(progress_line(progress))
                lines.flush()

            yield tell


def telling(reading: Reading, options: Options) -> Telling:
    """How values of the objective in force are told."""
    from optimizer.pipeline import settings

    unit, money = settings(reading.instance, options)[0].unit, money_of(reading.instance)
    return lambda value: money.figure(value, unit, 5)
