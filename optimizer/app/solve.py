"""Solve and write: the search, what explains or studies its answer, and the folder of the run."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer import pipeline
from optimizer.app.artefacts import Artefacts, begun
from optimizer.app.cleanup import tidy
from optimizer.app.design_studies import StudySelection, studies
from optimizer.app.observer import Observer
from optimizer.app.scenario_comparison import OtherScenario, comparison_sentence
from optimizer.errors import OptimizerError
from optimizer.pipeline import Options, Result
from optimizer.reading.read import Reading
from optimizer.report.assumptions import assumptions
from optimizer.runs.folder import RunFolder, RunLocation, open_run
from optimizer.runs.provenance import RunContext
from optimizer.solve.outcome import Hooks
from optimizer.study.search_settings import SearchSettings

if TYPE_CHECKING:
    from optimizer.report.summary import About
    from optimizer.study.infeasible import Explanation

EXPLAIN_S = 30.0
"""Seconds per question, when an infeasible instance is explained."""
Files = dict[str, bytes | str]


@dataclass(frozen=True, kw_only=True)
class SolveRequest:
    """One instance to be solved, and what its folder is to hold."""

    reading: Reading
    instance_arguments: str
    """The instance as it is written in a command."""
    options: Options
    selection: StudySelection
    other_scenario: OtherScenario | None
    started: datetime
    arguments: tuple[str, ...]
    """The command line, for the provenance."""
    explains: bool = True
    """Whether an infeasibility is explained, which takes many searches; not where its reason is known."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a search came to: its result, what the page says beside it, and further files of the folder."""

    result: Result
    page: About
    files: Files = field(default_factory=dict)
    interrupted: bool = False
    """Whether a stop cost the search, or a study that was asked for; not what comes with every design."""
    folder: Path | None = None
    """Where it was written; None if it was not."""


def answer(request: SolveRequest, observer: Observer, log_path: Path | None = None) -> Answer:
    """Search, then explain or study what came out; nothing is written but the solver's log.

    A stop by the observer keeps the best design, if there is one. Raises what the search raises.
    """
    return _with_studies(request, _searched(request, observer, log_path), observer)


def _searched(request: SolveRequest, observer: Observer, log_path: Path | None) -> Answer:
    """Search, and explain an infeasibility."""
    result = _search(request, observer, log_path)
    page, files = _about(request, result, observer), Files()
    if result.status.value == "infeasible" and request.explains and not observer.stopped:
        page, files = _reasons(request, result, page, observer)
    return Answer(result=result, page=page, files=files, interrupted=observer.stopped)


def _with_studies(request: SolveRequest, answer: Answer, observer: Observer) -> Answer:
    """The answer with the studies of its design."""
    if not answer.result.verified or not request.selection or observer.stopped:
        return answer
    from optimizer.report.first_screen import first_answer

    observer.note(first_answer(answer.result, (datetime.now(UTC) - request.started).total_seconds()))
    page, files = _studied(request, answer.result, answer.page, observer)
    interrupted = answer.interrupted or (observer.stopped and not request.selection.only_quick)
    return replace(answer, page=page, files=files, interrupted=interrupted)


def solve_and_write(
    request: SolveRequest, location: RunLocation, observer: Observer, say: Callable[[Answer], None] = lambda _: None
) -> Answer:
    """Search, then write the folder of the run. A stop by the observer keeps the best design, if there is one.

    `say` hears the answer before its report, workbook and tables are made, which takes seconds.
    Raises InputOutputError and UsageError for the folder, and what the search raises.
    """
    folder = open_run(location)
    finished = False
    try:
        searched = _searched(request, observer, folder.log_path)
        kept = searched.result.design is not None or not observer.stopped
        with begun(request.reading, searched.result) if kept else nullcontext() as made:
            try:
                searched = _with_studies(request, searched, observer)
                searched = replace(searched, folder=folder.path if kept else None)
                say(searched)
            finally:
                # Whatever ends the studies, a second Ctrl-C too: the design was found before them and is written.
                if made is not None:
                    observer.writing()
                    _write(request, folder, searched, made, observer.warn)
                    finished = True
        return searched
    finally:
        folder.close()
        if not finished:
            tidy(folder.path, keep_log=not observer.stopped, with_parent=location.out is None)


def explained(reading: Reading, time_limit_s: float, observer: Observer, within_s: float | None = None) -> Explanation:
    """Explain a proven infeasibility, saying on the way what is being tried. All of it takes `within_s` at most."""
    from optimizer.study.infeasible import Asker, explain
    from optimizer.study.requirements import requirements

    count = len(requirements(reading.instance))
    if within_s is None:
        most = f"at most {time_limit_s:g} s for each of them and for each step of a change"
    else:
        most = f"at most {max(0.0, within_s):.0f} s, what is left of the time limit"
    observer.note(f"why: trying each of {count} requirements in turn, {most}")
    until_s = inf if within_s is None else time.monotonic() + within_s
    asker = Asker(folder=reading.folder, time_limit_s=time_limit_s, hooks=observer.hooks, until_s=until_s)
    return explain(reading.instance, asker, lambda step: observer.note(f"  {step}"))


def _search(request: SolveRequest, observer: Observer, log_path: Path | None) -> Result:
    reading, selection = request.reading, request.selection
    options = replace(request.options, keep_model=selection.compares_quickly or selection.baselines)
    goal, gap, limit_s, _ = pipeline.settings(reading.instance, options)
    observer.note(f"designing {reading.instance.name}: {goal.id} to a gap of {gap:g}, at most {limit_s:g} s")
    from optimizer.analysis.money import money_of

    money = money_of(reading.instance)
    with observer.watch(lambda value: money.figure(value, goal.unit, 5)) as watch:
        hooks = Hooks(stop=observer.stop, on_progress=watch, log_path=log_path)
        return pipeline.run(reading.instance, reading.folder, options, hooks, reading.sha256)


def _about(request: SolveRequest, result: Result, observer: Observer) -> About:
    from optimizer.analysis.data_quality import data_quality
    from optimizer.report.summary import About

    reading, other = request.reading, request.other_scenario
    sentence = comparison_sentence(other, result, request.options, observer) if other else ""
    warnings = tuple(finding.told for finding in reading.warnings)
    return About(
        warnings=warnings,
        assumptions=assumptions(reading),
        instance_file=request.instance_arguments,
        against=sentence,
        quality=data_quality(result, reading.origins),
    )


def _reasons(request: SolveRequest, result: Result, page: About, observer: Observer) -> tuple[About, Files]:
    """Why there is no design: for the page, and as explain.json; in what is left of the time limit."""
    from optimizer.analysis.static_bounds import obstacles
    from optimizer.report.explanation import explanation_blocks, explanation_json, obstacle_blocks
    from optimizer.runs.strict_json import json_text

    limit_s = pipeline.settings(request.reading.instance, request.options)[2]
    left_s = limit_s - (datetime.now(UTC) - request.started).total_seconds()
    explanation = explained(request.reading, EXPLAIN_S, observer, left_s)
    blocks = (*obstacle_blocks(obstacles(result.problem)), *explanation_blocks(explanation))
    return replace(page, reasons=blocks), {"explain.json": json_text(explanation_json(explanation))}


def _studied(request: SolveRequest, result: Result, page: About, observer: Observer) -> tuple[About, Files]:
    """The studies asked for: for the page, and as files. Without them the design stands all the same."""
    from optimizer.report.studies import Studies, files

    reading = request.reading
    search = SearchSettings(options=request.options, hooks=observer.hooks)
    try:
        made = studies(result, request.selection, search, observer.note, reading.origins)
    except Exception as problem:
        text = str(problem) if isinstance(problem, OptimizerError) else f"{type(problem).__name__}: {problem}"
        observer.warn(f"warning: the studies could not be made ({text}); the design is written all the same")
        made = Studies()
    return replace(page, studies=made), {**files(made, reading.sha256)}


def write_answer(request: SolveRequest, folder: RunFolder, answer: Answer, warn: Callable[[str], None]) -> None:
    """Write a run's folder, sealed last. Raises InputOutputError."""
    with begun(request.reading, answer.result) as made:
        _write(request, folder, answer, made, warn)


def _write(
    request: SolveRequest, folder: RunFolder, answer: Answer, made: Artefacts, warn: Callable[[str], None]
) -> None:
    from optimizer.app.write_run import Extras, write_run
    from optimizer.report.summary import summary_markdown

    context = RunContext(request.options, request.started, request.arguments)
    summary = summary_markdown(answer.result, answer.page)
    files = made.files(context, answer.page, warn) | answer.files
    extras = Extras(context, summary, files, late=lambda: made.workbook(warn))
    write_run(folder, request.reading, answer.result, extras)
