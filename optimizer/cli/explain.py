"""`optimizer explain`: why a chip is excluded, and what makes an instance impossible, or that of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import watched
from optimizer.cli.options import SECONDS, answer_command, instance_options, read
from optimizer.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from optimizer.analysis.static_bounds import Obstacle
    from optimizer.assets.compute.admission import Exclusion
    from optimizer.model.derive import Problem
    from optimizer.reading.read import Reading


@answer_command(
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
@click.option("--time-limit", type=SECONDS, default=30.0, help="Seconds per question [30].")
def command(source: Source, exclusions: bool, quick: bool, **options: Any) -> int:
    from optimizer.model.derive import derive

    is_run = source.path.is_dir()
    reading = _run_reading(source) if is_run else read(source)
    if options["marginal"]:
        return _marginal(reading, tuple(options["limit"]), options["gap"])
    if options["entry"]:
        return _entry(reading, tuple(options["entry"]), options["gap"])
    problem = derive(reading.instance, reading.folder)
    if exclusions:
        _say_exclusions(problem)
        return session().answer({"instance": reading.instance.name, "exclusions": problem.compute.exclusions})
    known = _say_known(source.path, problem) if is_run else None
    if known is not None:
        return session().answer({"instance": reading.instance.name, **known[1]}, known[0])
    obstacles = _say_obstacles(problem)
    reasons: dict[str, Any] = {"instance": reading.instance.name, "reasons": obstacles}
    code = ExitCode.INFEASIBLE if obstacles else ExitCode.OK
    if not quick:
        code, answer = _search(reading, options["time_limit"])
        reasons |= answer
    return session().answer(reasons, code)


def _run_reading(source: Source) -> Reading:
    """The instance of a run, as it was solved."""
    from optimizer.app.loaded import stored_origins
    from optimizer.reading.read import Reading, instance_sha256
    from optimizer.runs.read import load_instance

    if source.scenario or source.sets:
        raise UsageError("a run's instance is fixed: --scenario and --set go with INSTANCE")
    instance = load_instance(source.path)
    return Reading(
        instance=instance,
        origins=stored_origins(source.path),
        warnings=(),
        files=(),
        folder=source.path,
        sha256=instance_sha256(instance),
    )


def _say_known(folder: Path, problem: Problem) -> tuple[ExitCode, dict[str, Any]] | None:
    """What the run itself found out, without a search; None if it left the question open."""
    if (folder / "design.json").exists():
        return _say_design(folder)
    if not (folder / "explain.json").exists():
        return None
    from optimizer.report.explanation import explanation_blocks, explanation_from_json
    from optimizer.runs.strict_json import read_own_json

    stored = read_own_json(folder, "explain.json")
    blocks = explanation_blocks(explanation_from_json(stored, folder / "explain.json"))
    denied = _say_obstacles(problem)
    session().say("")
    session().show(blocks, problem.instance)
    session().say("\n(found when the run was made; nothing was solved again)")
    return ExitCode.INFEASIBLE, {"verdict": "infeasible", "reasons": denied, "explanation": stored}


def _say_design(folder: Path) -> tuple[ExitCode, dict[str, Any]]:
    from optimizer.analysis.verdict import verdict
    from optimizer.app.loaded import open_result

    opened, result = open_result(folder)
    session().warn(opened.warnings)
    session().say(f"This run has a design, so its requirements can be met together. {verdict(result)}")
    session().say(
        "What limits it is in its report; --marginal and --entry say what a limit or a price is worth, and "
        "--exclusions what may not be bought."
    )
    code = ExitCode.OK if opened.intact else ExitCode.VERIFICATION
    return code, {"verdict": "feasible", **opened.integrity}


def _say_obstacles(problem: Problem) -> tuple[Obstacle, ...]:
    """Print the reasons known without a search, and return them."""
    from optimizer.analysis.static_bounds import obstacles
    from optimizer.report.explanation import obstacle_blocks

    reasons = obstacles(problem)
    session().show(obstacle_blocks(reasons), problem.instance)
    return reasons


def _search(reading: Reading, time_limit_s: float) -> tuple[ExitCode, dict[str, Any]]:
    """Whether a design exists, and why not."""
    from optimizer.app.observer import Observer
    from optimizer.app.solve import explained
    from optimizer.report.explanation import explanation_blocks, explanation_json
    from optimizer.study.infeasible import Asker, Verdict

    asker = Asker(folder=reading.folder, time_limit_s=time_limit_s)
    verdict = asker.ask(reading.instance)
    if verdict is Verdict.FEASIBLE:
        session().say("A design exists: the requirements can be met together.")
        return ExitCode.OK, {"verdict": verdict.value}
    if verdict is Verdict.UNDECIDED:
        session().say(f"Undecided: {time_limit_s:g} s were not enough to find a design or to prove that there is none.")
        return ExitCode.LIMIT_WITHOUT_DESIGN, {"verdict": verdict.value}
    explanation = explained(reading, time_limit_s, Observer(note=session().note))
    session().say("")
    session().show(explanation_blocks(explanation), reading.instance)
    return ExitCode.INFEASIBLE, {"verdict": verdict.value, "explanation": explanation_json(explanation)}


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
    return session().answer({"instance": reading.instance.name, "marginal_values": marginal_json(values)}, ExitCode.OK)


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
    return session().answer({"instance": reading.instance.name, "entry_prices": prices}, code)


def _say_exclusions(problem: Problem) -> None:
    from optimizer.report.document import Heading, Paragraph, Table

    rows = tuple(
        (one.site, one.accelerator, one.cooling or "(any)", one.kind, f"{one.reason} {_law(one)}".strip())
        for one in problem.compute.exclusions
    )
    listed = Table(("Site", "Accelerator", "Cooling", "Kind", "Reason"), rows)
    title = Heading(f"What is not offered: {problem.instance.title}", 1)
    nothing = Paragraph("Everything in the instance is offered.")
    session().show([title, listed if rows else nothing], problem.instance)


def _law(exclusion: Exclusion) -> str:
    if not exclusion.clause:
        return ""
    parts = (exclusion.clause, f"in force {exclusion.effective}", exclusion.source)
    return f"[{', '.join(filter(None, parts))}]"
