"""A baseline searched by a worker, and what its record makes of it beside the design.

A worker that is forked has the design's own model; another one builds it when it is first asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from optimizer.inputs.design import Status
from optimizer.model.derive import derive
from optimizer.pipeline import Options, Result, settings
from optimizer.preparation import SharedPreparation
from optimizer.solve.outcome import Hooks
from optimizer.study.baselines import Baseline, Deadline, baseline, telling_first, unrefreshed
from optimizer.study.cell import CellTask, Question, Record, StudyContext, failure, solved_safely
from optimizer.study.plan_rules import Rule
from optimizer.study.search_settings import SearchSettings
from optimizer.study.task_queue import LEAST_S, TaskQueue


@dataclass(frozen=True, kw_only=True)
class BaselineTask(CellTask):
    """A rule, and the seconds that are left for it."""

    rule: Rule
    left_s: float


_MODELS: list[SharedPreparation] = []
"""The model of the one design that is asked about."""


def solve_baseline(options: Options, context: StudyContext, task: BaselineTask, hooks: Hooks | None) -> Record:
    """Search and audit the best design a rule allows; its record has the design itself."""
    assert task.question is not None
    asked = replace(options, gap=task.question.gap, time_limit_s=max(LEAST_S, task.left_s / 2), start=None)
    stop = Deadline(time.monotonic() + task.left_s, hooks.stop if hooks else None)

    def work() -> Record:
        search = SearchSettings(options=asked, hooks=Hooks(stop=stop))
        made = baseline(_model_of(task, context), task.rule, search)
        record = failure(task.key, made.status.value, "")
        if made.result is None:
            return record | {"accelerators": made.accelerators}
        found = {"design": made.result.design, "audit": made.result.audit, "accelerators": made.accelerators}
        return record | {"verified": True} | found

    return solved_safely(task, work)


def _model_of(task: CellTask, context: StudyContext) -> SharedPreparation:
    if not _MODELS:
        _MODELS.append(SharedPreparation(derive(task.instance, context.folder)))
    return _MODELS[0]


class QuickBaselines:
    """As many simple plans as the time until a moment of the monotonic clock allows, each to `gap` at best.

    The most telling ones come first. What the end cuts off keeps the best design it had; a plan without one is
    undecided. Those whose turn did not come are named too.
    """

    def __init__(self, base: Result, search: SearchSettings, queue: TaskQueue, gap: float, until_s: float) -> None:
        self._base, self._until_s = base, until_s
        self._gap = max(gap, settings(base.problem.instance, search.options)[1])
        self._rules = telling_first(base)
        self._made: dict[str, Baseline] = {}
        for rule in self._rules:
            queue.submit(partial(self._task, rule), partial(self._told, rule))

    def rows(self) -> list[Baseline]:
        """What became of every plan, as far as that is known by now."""
        return [self._made.get(rule.id, _unreached(rule)) for rule in self._rules]

    def _task(self, rule: Rule, key: str) -> CellTask | None:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            return None
        instance = self._base.problem.instance
        return BaselineTask(
            key=key, instance=instance, sha256="", question=Question(gap=self._gap), rule=rule, left_s=left_s
        )

    def _told(self, rule: Rule, record: Record | None) -> None:
        if record is None:
            return
        if "accelerators" not in record:
            # A year of dispatch that is stopped in the middle may not answer in time; the other plans stand.
            self._made[rule.id] = replace(_unreached(rule), reached=True, fault=record["reason"])
            return
        status, chosen = Status(record["status"]), record["accelerators"]
        made = Baseline(rule=rule, result=None, status=status, accelerators=chosen)
        self._made[rule.id] = replace(made, result=self._result(rule, record)) if record["verified"] else made

    def _result(self, rule: Rule, record: Record) -> Result:
        """The worker's design, of the problem as it is known here."""
        problem = self._base.problem
        if not rule.refresh:
            problem = derive(unrefreshed(problem.instance), problem.folder)
        return Result(
            problem=problem,
            status=Status(record["status"]),
            design=record["design"],
            audit=record["audit"],
            size=self._base.size,
            steps=(),
            seconds={"solve": record["seconds"]},
        )


@contextmanager
def model_at_hand(base: Result) -> Iterator[None]:
    """Tasks that are done here, or by workers forked from here, find the design's own model; it is let go after."""
    _MODELS[:] = [base.preparation or SharedPreparation(base.problem)]
    try:
        yield
    finally:
        _MODELS.pop().forget()


def _unreached(rule: Rule) -> Baseline:
    return Baseline(rule=rule, result=None, status=Status.NO_SOLUTION, reached=False)
