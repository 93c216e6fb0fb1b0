"""`optimizer explain`: why a chip is excluded, and what makes an instance impossible."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import watched
from optimizer.cli.explain_run import run_reading, say_known, say_obstacles
from optimizer.cli.options import instance_options, read, standard_options
from optimizer.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from optimizer.model.derive import Problem
    from optimizer.reading.read import Reading


@click.command(
    "explain",
    epilog="Example: optimizer explain instances/hong_kong_cyberport.toml --exclusions",
    help="Say in plain words why no design can meet an instance, or that of a run's folder: single requirements that "
    "rule it out, the smallest set that cannot hold together, and the smallest change of each that would do. "
    "--exclusions: every accelerator that is not offered, with its reason and clause. --marginal: what a little more "
    "of each limit is worth. --entry: at what price an accelerator enters the design or leaves it.",
)
@instance_options
@click.option("--exclusions", is_flag=True, help="List what is not offered, and why.")
@click.option("--marginal", is_flag=True, help="Solve again with each limit a step higher and lower.")
@click.option("--entry", multiple=True, metavar="CHIP|all", help="At what price the choice of an accelerator turns.")
@click.option("--gap", type=click.FloatRange(0, 1, max_open=True), help="With --marginal and --entry: gap per solve.")
@click.option("--quick", is_flag=True, help="Only the reasons that need no search.")
@click.option("--limit", multiple=True, metavar="PATH", help="With --marginal: only limits at or below this key.")
@click.option("--time-limit", type=click.FloatRange(0.1, 604_800), default=30.0, help="Seconds per question [30].")
@standard_options
def command(source: Source, exclusions: bool, quick: bool, **options: Any) -> int:
    from optimizer.model.derive import derive

    is_run = source.path.is_dir()
    reading = run_reading(source) if is_run else read(source)
    if options["marginal"]:
        return _marginal(reading, tuple(options["limit"]), options["gap"])
    if options["entry"]:
        return _entry(reading, tuple(options["entry"]), options["gap"])
    problem = derive(reading.instance, reading.folder)
    if exclusions:
        _say_exclusions(problem)
        rows = [asdict(exclusion) for exclusion in problem.compute.exclusions]
        session().answer({"instance": reading.instance.name, "exclusions": rows})
        return 0
    known = say_known(source.path, problem) if is_run else None
    if known is not None:
        session().answer({"instance": reading.instance.name, **known[1]}, known[0])
        return known[0]
    exclusion = say_obstacles(problem)
    reasons = {"instance": reading.instance.name, "reasons": [asdict(obstacle) for obstacle in exclusion]}
    code = ExitCode.INFEASIBLE if exclusion else ExitCode.OK
    if not quick:
        code, answer = _search(reading, options["time_limit"])
        reasons |= answer
    session().answer(reasons, code)
    return code


def _search(reading: Reading, time_limit_s: float) -> tuple[ExitCode, dict[str, Any]]:
    """Whether a design exists, and why not."""
    from optimizer.study.infeasible import Asker, Verdict

    asker = Asker(folder=reading.folder, time_limit_s=time_limit_s)
    verdict = asker.ask(reading.instance)
    if verdict is Verdict.FEASIBLE:
        session().say("A design exists: the requirements can be met together.")
        return ExitCode.OK, {"verdict": verdict.value}
    if verdict is Verdict.UNDECIDED:
        session().say(f"Undecided: {time_limit_s:g} s were not enough to find a design or to prove that there is none.")
        return ExitCode.LIMIT_WITHOUT_DESIGN, {"verdict": verdict.value}
    return ExitCode.INFEASIBLE, {"verdict": verdict.value, "explanation": say_explanation(reading, time_limit_s)}


def say_explanation(reading: Reading, time_limit_s: float) -> dict[str, Any]:
    """Explain a proven infeasibility, print it and return it as JSON."""
    from optimizer.app.observer import Observer
    from optimizer.app.solve import explained
    from optimizer.report.explanation import explanation_blocks, explanation_json

    explanation = explained(reading, time_limit_s, Observer(note=session().note))
    session().say("")
    session().show(explanation_blocks(explanation), reading.instance)
    return explanation_json(explanation)


def _marginal(reading: Reading, wanted: tuple[str, ...], gap: float | None) -> int:
    """Solve, then solve again around the design."""
    from optimizer.pipeline import Options, run
    from optimizer.report.explanation import marginal_blocks, marginal_json
    from optimizer.study.marginal import levers, marginal
    from optimizer.study.search_settings import SearchSettings

    chosen = [lever for lever in levers(reading.instance) if not wanted or lever.path.startswith(wanted)]
    if not chosen:
        known = ", ".join(lever.path for lever in levers(reading.instance))
        raise UsageError(f"no limit at {', '.join(wanted)}; there are {known}")
    session().note(f"designing {reading.instance.name}, then twice for each of {len(chosen)} limits")
    base = run(reading.instance, reading.folder, Options(gap=gap))
    if not base.verified:
        session().say("There is no verified design to start from.")
        return ExitCode.INFEASIBLE if base.status.value == "infeasible" else ExitCode.LIMIT_WITHOUT_DESIGN
    values = []
    for lever in chosen:
        session().note(f"  {lever.label}")
        values.append(marginal(base, lever, SearchSettings(options=Options(gap=gap))))
    session().show(marginal_blocks(values, money_of(reading.instance)), reading.instance)
    session().answer({"instance": reading.instance.name, "marginal_values": marginal_json(values)}, ExitCode.OK)
    return ExitCode.OK


def _entry(reading: Reading, wanted: tuple[str, ...], gap: float | None) -> int:
    """Solve, then look for the prices at which the choice turns."""
    from optimizer.app.design_studies import base_design, check_chips, entries
    from optimizer.pipeline import Options
    from optimizer.report.baselines import entry_blocks

    check_chips(reading.instance, wanted)
    with watched(reading, Options(gap=gap)) as (stopping, search):
        base = base_design(reading, search, session().note)
        prices = entries(base, search, session().note, wanted)
    session().show(entry_blocks(prices, stopping.code is not None, money_of(reading.instance)), reading.instance)
    undecided = any(row.kind.value == "undecided" for row in prices)
    code = stopping.code or (ExitCode.LIMIT_WITH_DESIGN if undecided else ExitCode.OK)
    session().answer({"instance": reading.instance.name, "entry_prices": [asdict(row) for row in prices]}, code)
    return code


def _say_exclusions(problem: Problem) -> None:
    from optimizer.report.document import Heading, Paragraph, Table

    rows = tuple(
        (
            exclusion.site,
            exclusion.accelerator,
            exclusion.cooling or "(any)",
            exclusion.kind,
            " ".join(part for part in (exclusion.reason, _law(exclusion)) if part),
        )
        for exclusion in problem.compute.exclusions
    )
    title = Heading(f"What is not offered: {problem.instance.title}", 1)
    if not rows:
        session().show([title, Paragraph("Everything in the instance is offered.")], problem.instance)
        return
    session().show([title, Table(("Site", "Accelerator", "Cooling", "Kind", "Reason"), rows)], problem.instance)


def _law(exclusion: Any) -> str:
    if not exclusion.clause:
        return ""
    parts = (exclusion.clause, f"in force {exclusion.effective}", exclusion.source)
    return f"[{', '.join(part for part in parts if part)}]"
