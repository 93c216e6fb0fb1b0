"""`optimizer solve`: read, search, verify, write the results folder, and say what came out."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.app.design_studies import StudySelection
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import design_options, folder_options, observer_of, search_options, study_options
from optimizer.cli.options import instance_options, read, standard_options
from optimizer.cli.signals import stoppable
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.app.scenario_comparison import OtherScenario
    from optimizer.app.solve import Solved
    from optimizer.pipeline import Result


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
@click.option("--no-baselines", is_flag=True, help="Do not compare with baselines (25 s at most).")
@click.option(
    "--progress", type=click.Path(path_type=Path, dir_okay=False), help="Append the search's progress as JSON lines."
)
@standard_options
def command(source: Source, quiet: bool, against: str | None, grace: float, no_baselines: bool, **options: Any) -> int:
    progress = options.pop("progress")
    here = session()
    here.quiet = here.quiet or quiet
    if options["gap"] is not None and options["gap"] < 1e-9:
        here.note("warning: a gap below 1e-9 is finer than the solver's arithmetic; the search may not end by itself")
    reading = read(source)
    other = read_other_scenario(source, against) if against is not None else None
    from optimizer.app.solve import SolveRequest, solve_and_write
    from optimizer.report.result_json import result_json
    from optimizer.report.studies import as_json
    from optimizer.report.summary import summary

    chosen = design_options(options)
    selection = StudySelection(**options, quick=not no_baselines)
    request = SolveRequest(
        reading=reading, instance_arguments=source.arguments, options=chosen.options,
        selection=selection, other_scenario=other,
        started=datetime.now(UTC), arguments=tuple(sys.argv[1:]),
    )  # fmt: skip

    def say(solved: Solved) -> None:
        files = str(solved.folder) if solved.folder else ""
        here.show(summary(solved.result, replace(solved.page, files=files)))

    location = chosen.location(reading.instance.name)
    with stoppable(grace) as stopping:
        solved = solve_and_write(request, location, observer_of(stopping, progress), say)
    result, folder, page = solved.result, solved.folder, solved.page
    code = exit_code(result, stopping.code if solved.interrupted else None)
    answer = {
        **result_json(reading, result),
        "folder": str(folder) if folder else None,
        "against": page.against or None,
    }
    if page.studies:
        answer["studies"] = as_json(page.studies)
    here.answer(answer, code)
    return code


def read_other_scenario(source: Source, scenario: str) -> OtherScenario:
    """Read the instance under the scenario instead of its own; a mistake is told before the search."""
    from optimizer.app.scenario_comparison import OtherScenario

    return OtherScenario(scenario, read(replace(source, scenario=scenario)))


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
