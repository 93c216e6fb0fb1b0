"""`optimizer solve`: read, search, verify, write the results folder, and say what came out."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from optimizer.app.design_studies import StudySelection
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import DesignOptions, design_options, observed, selection_options
from optimizer.cli.options import FILE, answer_command, instance_options, read
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.app.solve import Answer
    from optimizer.pipeline import Result
    from optimizer.reading.read import Reading

NO_BASELINES = "Do not compare with baselines, nor ask which estimate decides (35 s at most, beside the answer)."
LATER = (
    "highspy",
    "optimizer.model.readback",
    "optimizer.audit.audit",
    "optimizer.report.summary",
    "optimizer.report.studies",
    "optimizer.study.beside_design",
    "optimizer.report.baselines",
    "xlsxwriter",
    "optimizer.report.workbook.book",
    "jinja2",
    "optimizer.report.html.source",
    "optimizer.report.html.page",
    "optimizer.app.write_run",
    "pyarrow",
    "pyarrow.parquet",
)
"""What answering needs, loaded while the solver's process searches; first what its next ones will find loaded."""


@answer_command(
    "solve",
    epilog="Example: optimizer solve instances/hong_kong_cyberport.toml --gap 0.001 --time-limit 120",
    help="Find the best design of an instance, verify it with the independent audit, and write a results folder. "
    "Ctrl-C once stops and keeps the best verified design; twice ends at once.",
)
@instance_options
@design_options
@selection_options
@click.option("--grace", type=click.FloatRange(0, 86_400), default=30.0, help="Seconds to finish after a stop [30].")
@click.option("--quiet", is_flag=True, help="No progress, no notes.")
@click.option("--against", metavar="SCENARIO", help="Solve this scenario of INSTANCE as well and say what differs.")
@click.option("--no-baselines", is_flag=True, help=NO_BASELINES)
@click.option("--progress", type=FILE, help="Append the search's progress as JSON lines.")
def command(source: Source, chosen: DesignOptions, selection: StudySelection, **given: Any) -> int:
    here = session()
    here.quiet = here.quiet or given["quiet"]
    if chosen.gap is not None and chosen.gap < 1e-9:
        here.note("warning: a gap below 1e-9 is finer than the solver's arithmetic; the search may not end by itself")
    reading, against = read(source), given["against"]
    from optimizer.app.scenario_comparison import OtherScenario
    from optimizer.app.solve import SolveRequest, solve_and_write
    from optimizer.solve.loading_meanwhile import load_meanwhile

    load_meanwhile(*LATER)
    # A mistake in the other scenario is told before the search.
    other = None if against is None else OtherScenario(against, read(replace(source, scenario=against)))
    request = SolveRequest(
        reading=reading, instance_arguments=source.arguments, options=chosen.options,
        selection=replace(selection, quick=not given["no_baselines"]), other_scenario=other,
        started=datetime.now(UTC), arguments=tuple(sys.argv[1:]),
    )  # fmt: skip

    def say(solved: Answer) -> None:
        from optimizer.report.summary import summary

        files = str(solved.folder) if solved.folder else ""
        here.show(summary(solved.result, replace(solved.page, files=files)))

    location = chosen.location(reading.instance.name)
    with observed(given["grace"], given["progress"]) as (stopping, observer):
        solved = solve_and_write(request, location, observer, say)
    code = exit_code(solved.result, stopping.code if solved.interrupted else None)
    return here.answer(_as_json(reading, solved) if here.json else {}, code)


def _as_json(reading: Reading, solved: Answer) -> dict[str, Any]:
    from optimizer.report.result_json import result_json
    from optimizer.report.studies import as_json

    page = solved.page
    answer = {**result_json(reading, solved.result), "folder": solved.folder, "against": page.against or None}
    return {**answer, "studies": as_json(page.studies)} if page.studies else answer


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
