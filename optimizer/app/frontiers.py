"""A frontier: two measures traded off against each other, point by proven point, kept in a study's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.app.so_far import Records, SoFar
from optimizer.app.source import Source
from optimizer.app.study_pages import keep_rows
from optimizer.app.study_runs import StudyOptions, definition_of, folder_of, setup_of
from optimizer.errors import UsageError

if TYPE_CHECKING:
    from optimizer.app.observer import Observer
    from optimizer.reading.read import Variants
    from optimizer.runs.study_tables import StudyRow, StudyTable
    from optimizer.study.frontier_points import Frontier, FrontierQuestion

POINT_FIGURES = ("usd_per_unit", "x_per_eflop", "effective_pflops", "pue_annual")
"""Of a point, beside its measures: what one unit less of x costs, x per EFLOP delivered, throughput and PUE."""


@dataclass(frozen=True, kw_only=True)
class FrontierRequest:
    """Which measures of which instance, at how many points."""

    source: Source
    variants: Variants
    study: StudyOptions
    x: str
    """Measure that is capped."""
    y: str
    """Measure that is minimised."""
    points: int = 9
    any_compute: bool = False
    """Whether a point may deliver less than the one of the least y."""


@dataclass(frozen=True, kw_only=True)
class Traded:
    """What a frontier came to: its points (none beaten by another), and the searches made for them."""

    folder: Path
    question: FrontierQuestion
    points: list[dict[str, Any]]
    searches: list[StudyRow]
    done: int
    """Points solved, ends included; a stopped frontier has neither points nor searches yet."""
    stopped: bool


def frontier_and_write(request: FrontierRequest, observer: Observer) -> Traded:
    """Find the frontier and write its tables. A stop keeps what is solved.

    Raises UsageError for measures that are not two different ones, InputOutputError for the folder.
    """
    from optimizer.study.frontier import run_frontier, solve_point
    from optimizer.study.frontier_points import TARGET, FrontierQuestion, frontier_rows
    from optimizer.study.metrics import metric_of

    study, count = request.study, request.points
    x = TARGET if request.x == TARGET.id else metric_of(request.x)
    question = FrontierQuestion(x, metric_of(request.y), count, request.any_compute)
    if question.x == question.y:
        raise UsageError("a frontier takes two different measures")
    if study.objective is not None:
        raise UsageError("a frontier's objective is its --y", "leave --objective out")
    axes = {
        "x": question.x.id,
        "y": question.y.id,
        "points": count,
        "any_compute": question.any_compute,
        "search": study.question().to_json(),
    }
    definition = definition_of("frontier", request.source, request.variants.read(), axes)
    with folder_of(study, definition) as folder:
        setup = setup_of(study, request.variants, folder, count, observer)
        observer.note(f"frontier of {question.y.id} over {question.x.id}, {count} points, into {folder.path}")
        so_far = SoFar(folder.path, lambda records: _known(question, records))
        frontier = run_frontier(replace(setup, work=solve_point, follow=so_far.keep), question)
        if frontier.stopped:
            done = sum(bool(record) for _, _, record in frontier.records())
            return Traded(folder=folder.path, question=question, points=[], searches=[], done=done, stopped=True)
        searches, points = _searches(question, frontier), frontier_rows(frontier, question)
        so_far.remove()
        keep_rows(folder, searches, {"frontier.csv": points_table(question, points).csv()})
    return Traded(
        folder=folder.path, question=question, points=points, searches=searches, done=len(searches), stopped=False
    )


def points_table(question: FrontierQuestion, points: list[dict[str, Any]]) -> StudyTable:
    """The points of a frontier, one row each."""
    from optimizer.runs.study_tables import StudyTable

    columns = (
        "point",
        "kind",
        "cap_x",
        question.x.id,
        question.y.id,
        "gap",
        "verified",
        "chip_set",
        "key",
        *POINT_FIGURES,
    )
    cells = tuple(
        (
            number, row["kind"], row["cap_x"], row["x"], row["y"], row["gap"], row["record"]["verified"],
            row["record"]["chip_set"], row["record"]["key"], row.get("usd_per_unit"),
            row["record"].get("per_eflop", {}).get(question.x.id),
            *(row["record"]["kpis"][name] for name in POINT_FIGURES[2:]),
        )
        for number, row in enumerate(points)
    )  # fmt: skip
    return StudyTable(columns, cells)


def _known(question: FrontierQuestion, records: Records) -> list[StudyRow]:
    """Points between the ends, as far as they are known."""
    from optimizer.runs.study_tables import StudyRow

    return [
        StudyRow(number, {"kind": "inner", "cap_x": None} | _reached(question, record), record)
        for number, record in sorted(records.items())
    ]


def _searches(question: FrontierQuestion, frontier: Frontier) -> list[StudyRow]:
    from optimizer.runs.study_tables import StudyRow

    held = {".".join(floor.path): floor.value for floor in frontier.floors}
    free = dict.fromkeys(held)
    return [
        StudyRow(
            number,
            {"kind": kind, "cap_x": cap} | _reached(question, record) | (free if kind == "least_y" else held),
            record,
        )
        for number, (kind, cap, record) in enumerate(frontier.records())
    ]


def _reached(question: FrontierQuestion, record: Mapping[str, Any]) -> dict[str, Any]:
    measures = record.get("measures", {})
    return {"x": measures.get(question.x.id), "y": measures.get(question.y.id)}
