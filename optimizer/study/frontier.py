"""Frontiers by the exact epsilon-constraint method.

The ends are lexicographic: the least of one measure, then the least of the other among its equals. Between them the
first measure is capped at evenly spaced values and the second minimised to a proven gap, so that below each point there
is provably nothing better than the gap. Source: V. Chankong and Y. Haimes, Multiobjective Decision Making (1983).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from optimizer.reading.overrides import Setting
from optimizer.reading.read import instance_sha256
from optimizer.study.cell import CellTask, Record, StudyContext, record_of, solved_safely
from optimizer.study.engine import Setup, StudyCell, StudyOutcome, StudyProgress, run_cells, run_tasks
from optimizer.study.metrics import METRICS, Metric, add_level, capped, held, measured

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance
    from optimizer.pipeline import Result
    from optimizer.solve.outcome import Hooks
    from optimizer.solve.search import SearchOutcome

SAME = 1e-6
"""Relative difference below which two values count as equal when points are compared."""


@dataclass(frozen=True)
class FrontierQuestion:
    """Two measures, both to be small, and how many points to look for."""

    x: Metric
    y: Metric
    points: int


@dataclass(frozen=True)
class Frontier:
    """Everything solved, in order of falling cap, and which of it is on the frontier."""

    ends: tuple[Record, Record]
    """Least y (then x); least x (then y)."""
    caps: tuple[float, ...]
    inner: tuple[Record, ...]
    stopped: bool = False

    def records(self) -> list[tuple[str, float | None, Record]]:
        """Kind, cap on x, and record."""
        middle = [("inner", cap, record) for cap, record in zip(self.caps, self.inner, strict=True)]
        return [("least_y", None, self.ends[0]), *middle, ("least_x", None, self.ends[1])]


def solve_point(context: StudyContext, task: CellTask, hooks: Hooks | None = None) -> Record:
    """Minimise a measure, then (if the question has one) the second among its equals; the design is audited."""
    return solved_safely(task, lambda: _point(context, task, hooks))


def _point(context: StudyContext, task: CellTask, hooks: Hooks | None) -> Record:
    question = task.question or context.question
    first = METRICS[question.minimise]
    result, bound = _least(context, task, first, hooks)
    if not question.then or not result.verified or result.design is None:
        return _recorded(task, result, bound)
    reached = measured(result.design, result.problem.calendar.phases)[first.id]
    again = replace(task, instance=capped(task.instance, first, held(reached)), start=result.solution)
    second, _ = _least(context, again, METRICS[question.then], hooks)
    return _recorded(task, second if second.verified else result, bound)


def _least(context: StudyContext, task: CellTask, metric: Metric, hooks: Hooks | None) -> tuple[Result, float]:
    """A verified design least in a measure, and the proven bound of it."""
    from optimizer.pipeline import run

    question = task.question or context.question
    instance: Instance = task.instance
    options = question.options(task.start, context.isolated)
    if metric.objective is not None:
        sha256 = instance_sha256(instance)
        result = run(instance, context.folder, replace(options, objective=metric.objective), hooks, sha256)
        return result, result.bound
    least = _least_level(context, task, metric, hooks)
    if least.x is None:
        # The pipeline says in its own words that there is no design.
        return run(instance, context.folder, replace(options, objective="total_cost"), hooks, ""), least.bound
    instance = capped(instance, metric, held(least.value))
    result = run(instance, context.folder, replace(options, objective="total_cost"), hooks, instance_sha256(instance))
    return result, least.bound


def _least_level(context: StudyContext, task: CellTask, metric: Metric, hooks: Hooks | None) -> SearchOutcome:
    """The least largest year of an account."""
    from optimizer.model.build import build
    from optimizer.model.derive import derive
    from optimizer.pipeline import settings
    from optimizer.solve.compiled import compile_model
    from optimizer.solve.search import Budget, least
    from optimizer.solve.years import years_within

    question = task.question or context.question
    built = build(derive(task.instance, context.folder))
    form = add_level(built, metric)
    compiled = compile_model(built.model, {**built.forms, "level": form})
    _, gap, limit_s, seed = settings(task.instance, question.options(None, context.isolated))
    years = years_within((built,), compiled)
    return least(
        compiled,
        "level",
        Budget(gap=gap, time_limit_s=limit_s, seed=seed, isolated=context.isolated, years=years),
        hooks,
    )


def _recorded(task: CellTask, result: Result, bound: float) -> Record:
    record = record_of(task, result)
    if result.design is not None and result.verified:
        record["measures"] = measured(result.design, result.problem.calendar.phases)
        record["bound"] = bound
    return record


def run_frontier(setup: Setup, trade_off: FrontierQuestion) -> Frontier:
    """The two ends, then the points between them."""
    question = setup.question
    ends = [
        ((), replace(question, minimise=trade_off.y.id, then=trade_off.x.id)),
        ((), replace(question, minimise=trade_off.x.id, then=trade_off.y.id)),
    ]
    extremes = run_tasks(_counted(setup, trade_off, 0), ends)
    if extremes is None:
        return Frontier(({}, {}), (), (), True)
    least_y, least_x = extremes
    caps = _caps(least_y, least_x, trade_off)
    if not caps:
        return Frontier((least_y, least_x), (), ())
    context = replace(setup.context, question=replace(question, minimise=trade_off.y.id))
    setup = _counted(replace(setup, context=context), trade_off, len(ends))
    outcome: StudyOutcome = run_cells(setup, _cells(trade_off, caps), len(caps), least_x)
    inner = tuple(outcome.records[number] for number in sorted(outcome.records))
    return Frontier((least_y, least_x), caps[: len(inner)], inner, outcome.stopped)


def _counted(setup: Setup, question: FrontierQuestion, before: int) -> Setup:
    """Ends and points between them are steps of one study: `before` were made earlier. No point is the best of all."""

    def tell(part: StudyProgress) -> None:
        done = before + part.done
        left_s = part.pace_s * (question.points - done) if part.pace_s is not None else None
        setup.tell(replace(part, done=done, total=question.points, seconds_left=left_s, records={}))

    return replace(setup, tell=tell)


def _caps(least_y: Record, least_x: Record, question: FrontierQuestion) -> tuple[float, ...]:
    """Caps on x strictly between the ends, falling."""
    if not (least_y.get("measures") and least_x.get("measures")):
        return ()
    high, low = least_y["measures"][question.x.id], least_x["measures"][question.x.id]
    if high - low <= SAME * max(1.0, abs(high)):
        return ()
    count = question.points - 1
    return tuple(float(f"{high - (high - low) * k / count:.12g}") for k in range(1, count))


def _cells(question: FrontierQuestion, caps: Sequence[float]) -> Iterator[StudyCell]:
    path = ("limits", question.x.cap)
    for number, cap in enumerate(caps):
        yield StudyCell(number, (cap,), (Setting(path, cap, f"limits.{question.x.cap}={cap}"),))


def non_dominated(points: Sequence[tuple[float, float]]) -> list[int]:
    """Places of the points no other point beats: not worse in both and better in one, beyond rounding. By rising x."""

    def beats(a: tuple[float, float], b: tuple[float, float]) -> bool:
        slack = [SAME * max(1e-9, abs(value)) for value in b]
        no_worse = all(a[k] <= b[k] + slack[k] for k in (0, 1))
        return no_worse and any(a[k] < b[k] - slack[k] for k in (0, 1))

    kept: list[int] = []
    for place, point in enumerate(points):
        same = any(_alike(points[other], point) for other in kept)
        if not same and not any(beats(other, point) for other in points):
            kept.append(place)
    return sorted(kept, key=lambda place: points[place])


def _alike(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return all(abs(a[k] - b[k]) <= SAME * max(1e-9, abs(b[k])) for k in (0, 1))


def frontier_rows(frontier: Frontier, question: FrontierQuestion) -> list[dict[str, Any]]:
    """The points of the frontier by rising x: what was asked, what was reached and proven, what is bought."""
    solved = [(kind, cap, record) for kind, cap, record in frontier.records() if record.get("measures")]
    points = [(record["measures"][question.x.id], record["measures"][question.y.id]) for _, _, record in solved]
    rows = []
    for place in non_dominated(points):
        kind, cap, record = solved[place]
        x, y = points[place]
        rows.append({"kind": kind, "cap_x": cap, "x": x, "y": y, "gap": _gap(kind, record, (x, y)), "record": record})
    if any(not (a["x"] < b["x"] and a["y"] > b["y"]) for a, b in pairwise(rows)):
        raise AssertionError("a point of the frontier is beaten by another")
    return rows


def _gap(kind: str, record: Record, point: tuple[float, float]) -> float:
    """Relative gap of the measure that was minimised first."""
    value = point[0] if kind == "least_x" else point[1]
    bound = record.get("bound")
    return abs(value - bound) / max(abs(value), 1e-9) if bound is not None else float("inf")
