"""Frontiers by the exact epsilon-constraint method.

The ends are lexicographic: the least of one measure, then the least of the other among its equals. Between them the
first measure is capped at evenly spaced values and the second minimised to a proven gap, so that below each point there
is provably nothing better than the gap. To build less is no point of a frontier: unless told otherwise every design
delivers in each phase at least what that of the least Y does. Source: V. Chankong and Y. Haimes, Multiobjective
Decision Making (1983).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from optimizer.reading.overrides import Setting
from optimizer.reading.read import instance_sha256
from optimizer.setting.demand import demand_pflops
from optimizer.study.cell import CellTask, Record, StudyContext, record_of, solved_safely
from optimizer.study.engine import Setup, StudyCell, StudyOutcome, StudyProgress, run_cells, run_tasks
from optimizer.study.frontier_points import SAME, TARGET, Frontier, FrontierQuestion
from optimizer.study.metrics import METRICS, Metric, add_level, capped, held, in_use, measured, per_eflop

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance
    from optimizer.pipeline import Result
    from optimizer.solve.outcome import Hooks
    from optimizer.solve.search import SearchOutcome

SHARES = (0.5, 1.5)
HELD = 1 - 1e-9
"""Share of what the first end delivers that the others have to: a design must not fail itself by rounding."""


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
    options = question.options(task.start)
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
    _, gap, limit_s, seed = settings(task.instance, question.options(None))
    years = years_within((built,), compiled)
    return least(
        compiled,
        "level",
        Budget(gap=gap, time_limit_s=limit_s, seed=seed, isolated=False, years=years),
        hooks,
    )


def _recorded(task: CellTask, result: Result, bound: float) -> Record:
    record = record_of(task, result)
    if result.design is not None and result.verified:
        calendar = result.problem.calendar
        record["measures"] = measured(result.design, calendar.phases)
        record["per_eflop"] = per_eflop(result.design, calendar)
        record["in_use_pflops"] = in_use(result.design, calendar.phases)
        record["bound"] = bound
    return record


def run_frontier(setup: Setup, trade_off: FrontierQuestion) -> Frontier:
    """The two ends, then the points between them; over the target only points."""
    question = setup.question
    if trade_off.x is TARGET:
        return _over_target(setup, trade_off)
    ends: list[Record] = []
    floors: tuple[Setting, ...] = ()
    for first, then in ((trade_off.y, trade_off.x), (trade_off.x, trade_off.y)):
        asked = (floors, replace(question, minimise=first.id, then=then.id))
        known = run_tasks(_counted(setup, trade_off, len(ends)), [asked])
        if known is None:
            return Frontier((*ends, {}, {})[:2], (), (), True)
        ends += known
        if not trade_off.any_compute:
            floors = _floors(setup.read(()).instance, ends[0])
    least_y, least_x = ends
    caps = _caps(least_y, least_x, trade_off)
    if not caps:
        return Frontier((least_y, least_x), (), (), floors=floors)
    context = replace(setup.context, question=replace(question, minimise=trade_off.y.id))
    setup = _counted(replace(setup, context=context), trade_off, len(ends))
    outcome: StudyOutcome = run_cells(setup, _cells(trade_off, caps, floors), len(caps), least_x)
    inner = tuple(outcome.records[number] for number in sorted(outcome.records))
    return Frontier((least_y, least_x), caps[: len(inner)], inner, outcome.stopped, floors)


def _floors(instance: Instance, end: Record) -> tuple[Setting, ...]:
    """What an end delivers in each phase as the target of the other points, where that is more than is asked."""
    floors = []
    for phase, in_use_pflops in end.get("in_use_pflops", {}).items():
        useful = HELD * min(in_use_pflops, demand_pflops(instance, phase))
        if useful > instance.phases[phase].target_pflops:
            floors.append(_target(phase, useful))
    return tuple(floors)


def _target(phase: str, pflops: float, field: str = "target_pflops") -> Setting:
    return Setting(("phases", phase, field), pflops, f"phases.{phase}.{field}={pflops}")


def _over_target(setup: Setup, trade_off: FrontierQuestion) -> Frontier:
    """The least of the other measure at evenly spaced shares of all targets; a stated demand grows with its target."""
    phases, last = setup.read(()).instance.phases, trade_off.points - 1
    shares = [SHARES[0] + (SHARES[1] - SHARES[0]) * k / last for k in range(trade_off.points)]
    cells = []
    for number, share in enumerate(shares):
        wanted = [_target(name, share * phase.target_pflops) for name, phase in phases.items()]
        for name, phase in phases.items():
            if phase.demand_pflops is not None:
                wanted.append(_target(name, share * phase.demand_pflops, "demand_pflops"))
        cells.append(StudyCell(number, (share,), tuple(wanted)))
    context = replace(setup.context, question=replace(setup.question, minimise=trade_off.y.id))
    outcome = run_cells(_counted(replace(setup, context=context), trade_off, 0), cells, len(cells), {})
    most = max(phase.target_pflops for phase in phases.values())
    targets = tuple(shares[number] * most for number in sorted(outcome.records))
    known = [outcome.records[number] for number in sorted(outcome.records)]
    inner = tuple(_asked(record, target) for record, target in zip(known, targets, strict=True))
    return Frontier((), targets, inner, outcome.stopped)


def _asked(record: Record, target_pflops: float) -> Record:
    """The record with the target among its measures, if it has a design."""
    if not record.get("measures"):
        return record
    return {**record, "measures": {**record["measures"], TARGET.id: target_pflops}}


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


def _cells(question: FrontierQuestion, caps: Sequence[float], floors: tuple[Setting, ...]) -> Iterator[StudyCell]:
    path = ("limits", question.x.cap)
    for number, cap in enumerate(caps):
        yield StudyCell(number, (cap,), (*floors, Setting(path, cap, f"limits.{question.x.cap}={cap}")))
