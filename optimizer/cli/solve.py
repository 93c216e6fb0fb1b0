"""`optimizer solve`: read, search, verify, write the results folder, and say what came out."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimizer.cli.against import Rival, compared, read_rival
from optimizer.cli.artefacts import artefacts
from optimizer.cli.console import session, width
from optimizer.cli.design_studies import Asked, study_options
from optimizer.cli.options import Source, instance_options, read, standard_options
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.cli.signals import Stopping
    from optimizer.pipeline import Method, Options, Result
    from optimizer.reading.read import Reading
    from optimizer.report.summary import About
    from optimizer.runs.folder import RunFolder

F = TypeVar("F", bound=Callable[..., Any])
OBJECTIVES = ("lcoc", "total_cost", "capex", "energy", "carbon", "floor_area", "max_throughput")
LONGEST_S = 604_800


@dataclass(frozen=True)
class Wish:
    """The options of the search, and of where its results go."""

    objective: str | None
    gap: float | None
    time_limit: float | None
    seed: int | None
    threads: int | None
    method: Method
    no_isolate: bool
    results: Path
    out: Path | None
    overwrite: bool
    break_lock: bool
    grace: float
    marginal: bool = False
    alternatives: bool = False
    baselines: bool = False
    entry: bool = False

    @property
    def asked(self) -> Asked:
        """Studies of the design to make."""
        return Asked(self.marginal, self.alternatives, self.baselines, self.entry)


def _seconds(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and 0 < value <= LONGEST_S):
        raise click.BadParameter(f"{value} is not a number of seconds above 0 and at most {LONGEST_S:,}")
    return value


def _gap(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 <= value < 1:
        raise click.BadParameter(f"{value} is not at least 0 and below 1 (0.001 is 0.1 %)")
    return value


def search_options(command: F) -> F:
    """How to search."""
    decorators = (
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
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def folder_options(command: F) -> F:
    """Where results go."""
    folder = click.Path(path_type=Path)
    decorators = (
        click.option(
            "--results", type=folder, default=Path("results"), help="Folder of all results [default: results]."
        ),
        click.option("--out", type=folder, help="Folder of this run [default: a new one below --results]."),
        click.option("--overwrite", is_flag=True, help="Reuse --out if it holds an earlier run."),
        click.option("--break-lock", is_flag=True, help="Take --out even if another process seems to hold it."),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


@click.command(
    "solve",
    epilog="Example: optimizer solve instances/hong_kong_cyberport.toml --gap 0.001 --time-limit 120",
    help="Find the best design of an instance, verify it with the independent audit, and write a results folder. "
    "Ctrl-C once stops and keeps the best verified design; twice ends at once.",
)
@instance_options
@search_options
@folder_options
@study_options
@click.option("--grace", type=click.FloatRange(0, 86_400), default=30.0, help="Seconds to finish after a stop [30].")
@click.option("--quiet", is_flag=True, help="No progress, no notes.")
@click.option("--against", metavar="SCENARIO", help="Solve this scenario of INSTANCE as well and say what differs.")
@standard_options
def command(source: Source, quiet: bool, against: str | None, **options: Any) -> int:
    wish = Wish(**options)
    here = session()
    here.quiet = here.quiet or quiet
    if wish.gap is not None and wish.gap < 1e-9:
        here.note("warning: a gap below 1e-9 is finer than the solver's arithmetic; the search may not end by itself")
    reading = read(source)
    rival = read_rival(source, against) if against is not None else None
    from optimizer.cli.signals import stoppable
    from optimizer.report.summary import summary_text

    started = datetime.now(UTC)
    with stoppable(wish.grace) as stopping:
        folder, result, page = _run(reading, wish, stopping, (source, started, rival))
    here.say(summary_text(result, replace(page, files=str(folder) if folder else ""), width()))
    code = exit_code(result, stopping.code)
    told = {**answer(reading, result), "folder": str(folder) if folder else None, "against": page.against or None}
    if page.studies:
        from optimizer.report.studies import as_json

        told["studies"] = as_json(page.studies)
    here.answer(told, code)
    return code


def _run(
    reading: Reading, wish: Wish, stopping: Stopping, about: tuple[Source, datetime, Rival | None]
) -> tuple[Path | None, Result, About]:
    from optimizer.cli.cleanup import tidy
    from optimizer.runs.folder import Place, open_run

    folder = open_run(Place(wish.results, reading.instance.name, wish.out, wish.overwrite, wish.break_lock))
    source, started, rival = about
    finished = False
    try:
        result = _search(reading, wish, stopping, folder)
        sentence = compared(rival, result, options_of(wish), stopping.stop) if rival else ""
        page = _about(reading, source, sentence)
        files: dict[str, bytes | str] = {}
        if result.status.value == "infeasible" and stopping.code is None:
            left_s = _limit_s(reading, wish) - (datetime.now(UTC) - started).total_seconds()
            page, files = _reasons(reading, result, page, stopping, left_s)
        if result.verified and wish.asked and stopping.code is None:
            page, files = _studied(reading, result, page, (wish, stopping))
        if result.design is not None or stopping.code is None:
            _write(folder, reading, result, (wish, started, page, files))
            finished = True
        return folder.path if finished else None, result, page
    finally:
        folder.close()
        if not finished:
            tidy(folder.path, keep_log=stopping.code is None, with_parent=wish.out is None)


def options_of(wish: Wish) -> Options:
    """The options of the search as the pipeline takes them."""
    from optimizer.pipeline import Options

    objective: Any = wish.objective
    isolated = not wish.no_isolate
    return Options(objective, wish.gap, wish.time_limit, wish.seed, wish.threads, isolated=isolated, method=wish.method)


def _search(reading: Reading, wish: Wish, stopping: Stopping, folder: RunFolder) -> Result:
    from optimizer import pipeline
    from optimizer.cli.progress import Watcher
    from optimizer.solve.outcome import Hooks

    options = options_of(wish)
    goal, gap, limit, _ = pipeline.settings(reading.instance, options)
    session().note(f"designing {reading.instance.name}: {goal.id} to a gap of {gap:g}, at most {limit:g} s")
    with Watcher(session(), goal.unit) as watcher:
        hooks = Hooks(stop=stopping.stop, on_progress=watcher.tell, log_path=folder.log_path)
        return pipeline.run(reading.instance, reading.folder, options, hooks, reading.sha256)


def _limit_s(reading: Reading, wish: Wish) -> float:
    """Seconds that search and explanation may take together."""
    from optimizer.pipeline import settings

    return settings(reading.instance, options_of(wish))[2]


def _reasons(
    reading: Reading, result: Result, page: About, stopping: Stopping, left_s: float
) -> tuple[About, dict[str, bytes | str]]:
    """Why there is no design: for the page, and as explain.json; in what is left of the time limit, in seconds."""
    from optimizer.analysis.static_bounds import obstacles
    from optimizer.cli.explain import explained
    from optimizer.report.explanation import explanation_blocks, explanation_json, obstacle_blocks
    from optimizer.runs.strict_json import json_text
    from optimizer.solve.outcome import Hooks

    found = explained(reading, hooks=Hooks(stop=stopping.stop), within_s=left_s)
    blocks = (*obstacle_blocks(obstacles(result.problem)), *explanation_blocks(found))
    return replace(page, reasons=blocks), {"explain.json": json_text(explanation_json(found))}


def _studied(
    reading: Reading, result: Result, page: About, how: tuple[Wish, Stopping]
) -> tuple[About, dict[str, bytes | str]]:
    """The studies asked for: for the page, and as files. Without them the design stands all the same."""
    from optimizer.cli.design_studies import studies
    from optimizer.errors import OptimizerError
    from optimizer.report.studies import Studies, files
    from optimizer.solve.outcome import Hooks

    wish, stopping = how
    options = options_of(wish)
    try:
        found = studies(result, reading.folder, wish.asked, (options, Hooks(stop=stopping.stop)))
    except OptimizerError as problem:
        session().complain(f"warning: the studies could not be made ({problem}); the design is written all the same")
        found = Studies()
    return replace(page, studies=found), {**files(found, reading.sha256)}


def _write(
    folder: RunFolder, reading: Reading, result: Result, about: tuple[Wish, datetime, About, dict[str, bytes | str]]
) -> None:
    from optimizer.app.write_run import Extras, write_run
    from optimizer.report.summary import summary_markdown
    from optimizer.runs.provenance import Context

    wish, started, page, files = about
    context = Context(options_of(wish), started, tuple(sys.argv[1:]))
    made = artefacts(reading, result, context, page) | files
    extras = Extras(context, summary_markdown(result, page), made)
    write_run(folder, reading, result, extras)


def _about(reading: Reading, source: Source, sentence: str) -> About:
    from optimizer.report.assumptions import assumptions
    from optimizer.report.summary import About

    warnings = tuple(found.message for found in reading.warnings)
    return About(warnings, assumptions(reading), "", source.words, sentence)


def exit_code(result: Result, stopped: ExitCode | None) -> ExitCode:
    """How `solve` ends; an interrupt is told apart from a proof, a failed audit from everything."""
    if result.design is not None and not result.verified:
        return ExitCode.VERIFICATION
    if stopped is not None:
        return stopped
    return {
        "optimal": ExitCode.OK,
        "feasible": ExitCode.LIMIT_WITH_DESIGN,
        "infeasible": ExitCode.INFEASIBLE,
        "no_solution": ExitCode.LIMIT_WITHOUT_DESIGN,
    }.get(result.status.value, ExitCode.UNSOUND)


def answer(reading: Reading, result: Result) -> dict[str, Any]:
    """The result for JSON. Of a rejected design only the findings are told."""
    from dataclasses import asdict

    from optimizer.analysis.cost import cost_lines
    from optimizer.analysis.legal_flags import raised_flags
    from optimizer.analysis.usage import uses
    from optimizer.analysis.verdict import verdict
    from optimizer.cli.options import warnings_json
    from optimizer.report.achieved_page import achieved_json
    from optimizer.report.end_use_page import flags_json

    told: dict[str, Any] = {
        "instance": reading.instance.name,
        "instance_sha256": reading.sha256,
        "status": result.status.value,
        "verified": result.verified,
        "verdict": verdict(result),
        "model": asdict(result.size),
        "seconds": result.seconds,
        "bound": result.bound,
        "message": result.message,
        "warnings": warnings_json(reading),
        "audit": result.audit.to_json_dict()["findings"] if result.audit else None,
    }
    if result.verified and result.design is not None and result.design.reported is not None:
        told["design"] = result.design.model_dump(mode="json", exclude={"reported"})
        told["kpis"] = result.design.reported.kpis
        told["flags"] = flags_json(raised_flags(result.problem, result.design.decisions))
        told["achieved"] = achieved_json(result)
        told["cost"] = [asdict(line) for line in cost_lines(result)]
        told["uses"] = [{**asdict(use), "binds": use.binds} for use in uses(result.problem, result.design)]
    return told
