"""One scenario of a large tree, searched by a worker: alone, at prices of what scenarios share, or after a given start.

Task        trial ratio r in USD per EFLOP; prices in MUSD per unit of a first-stage decision; a first stage
Minimises   N / D without a trial;  else N - r D + prices . first stage, with the first stage fixed if one is given
Record      status, bound of what is minimised, cost_musd, eflop (millions), the first stage, and values that are not 0
Each search is a fresh one on one thread, so that a record does not depend on what its worker did before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.inputs.schema import Instance
from optimizer.study.cell import CellTask, Record, StudyContext, failure

if TYPE_CHECKING:
    from optimizer.solve.compiled import Compiled
    from optimizer.solve.minimise import Budget
    from optimizer.solve.outcome import Hooks, SolverStatus, Vector

MOST_MODELS = 128
"""Compiled models a worker keeps, those of the first scenarios it meets."""


@dataclass(frozen=True, kw_only=True)
class ScenarioTask(CellTask):
    """What is asked of a scenario."""

    scenario: str
    phases: tuple[str, ...]
    """Before the reveal."""
    trial: float | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    stage: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class _Model:
    compiled: Compiled
    columns: Mapping[str, int]
    """Column of each decision of the first stage."""


_MODELS: dict[tuple[str, str], _Model] = {}


def content_of(instance: Instance) -> str:
    """SHA-256 of all an instance says."""
    return hashlib.sha256(instance.model_dump_json().encode()).hexdigest()


def solve_scenario(context: StudyContext, task: CellTask, hooks: Hooks | None) -> Record:
    """The record of a task. What goes wrong in the solver is its status."""
    from optimizer.errors import OptimizerError
    from optimizer.solve.unsound import Unsound

    assert isinstance(task, ScenarioTask)
    try:
        return {"key": task.key, **_answer(context, task, hooks)}
    except (OptimizerError, Unsound) as problem:
        return failure(task.key, "failed", f"{type(problem).__name__}: {problem}")


def _answer(context: StudyContext, task: ScenarioTask, hooks: Hooks | None) -> dict[str, Any]:
    from optimizer.solve.minimise import Budget, least_ratio
    from optimizer.solve.outcome import Hooks, SolverStatus

    heard = hooks or Hooks()

    model = _model_of(context.folder, task)
    asked = task.question or context.question
    limit_s = float("inf") if asked.time_limit_s is None else asked.time_limit_s
    budget = Budget(gap=asked.gap * asked.aim, time_limit_s=limit_s, seed=asked.seed or 0)
    compiled = model.compiled if task.stage is None else _fixed(model, task.stage)
    if task.trial is None:
        ratio, _ = least_ratio(compiled, budget, heard)
        status, x, bound = ratio.status, ratio.x, ratio.bound
    else:
        status, x, bound = _priced(replace(model, compiled=compiled), task, budget, heard)
    if x is None:
        return {"status": status.value, "bound": float("inf") if status is SolverStatus.INFEASIBLE else bound}
    named = compiled.values_by_name(x)
    return {
        "status": status.value,
        "bound": bound,
        "cost_musd": compiled.forms["cost"].at(x),
        "eflop": compiled.forms["eflop"].at(x),
        "stage": {key: float(x[column]) for key, column in model.columns.items()},
        "values": {name: value for name, value in named.items() if value},
    }


def _priced(
    model: _Model, task: ScenarioTask, budget: Budget, hooks: Hooks
) -> tuple[SolverStatus, Vector | None, float]:
    """Status, design and bound of the least N - r D + prices . first stage."""
    from optimizer.solve.highs import Engine
    from optimizer.solve.minimise import least_form
    from optimizer.solve.outcome import LinearForm, SolverStatus

    assert task.trial is not None
    compiled, columns = model.compiled, model.columns
    cost, eflop = compiled.forms["cost"], compiled.forms["eflop"]
    coefficients = cost.coefficients - task.trial * eflop.coefficients
    for key, price in task.prices.items():
        coefficients[columns[key]] += price
    form = LinearForm(coefficients, cost.constant - task.trial * eflop.constant)
    relaxed = Engine(compiled, hooks).lp_relaxation(form, budget.time_limit_s)
    if relaxed.x is None or relaxed.status is not SolverStatus.OPTIMAL:
        return relaxed.status, None, -float("inf")
    # What is minimised is near zero: a gap is meant of the cost, so that is added for the search and taken off again.
    lift = cost.at(relaxed.x) - relaxed.objective
    lifted = LinearForm(coefficients, form.constant + lift)
    priced = replace(compiled, forms={**compiled.forms, "priced": lifted})
    outcome, _ = least_form(priced, budget, "priced", None, hooks)
    return outcome.status, outcome.x, max(outcome.bound - lift, relaxed.objective)


def _fixed(model: _Model, stage: Mapping[str, float]) -> Compiled:
    lower, upper = model.compiled.column_lower.copy(), model.compiled.column_upper.copy()
    for key, column in model.columns.items():
        lower[column] = upper[column] = stage.get(key, 0.0)
    return replace(model.compiled, column_lower=lower, column_upper=upper)


def _model_of(folder: Path, task: ScenarioTask) -> _Model:
    key = (task.sha256, str(folder))
    known = _MODELS.get(key)
    if known is None:
        known = _built(folder, task)
        if len(_MODELS) < MOST_MODELS:
            _MODELS[key] = known
    return known


def _built(folder: Path, task: ScenarioTask) -> _Model:
    from optimizer.model.build import Built
    from optimizer.model.derive import derive
    from optimizer.solve.search import compile_built
    from optimizer.study.extensive_form import FirstStage, extensive

    problem = derive(task.instance, folder)
    form = extensive({task.scenario: problem}, {task.scenario: 1.0}, FirstStage(phases=task.phases))
    built = form.builts[task.scenario]
    compiled, _ = compile_built(Built(problem, form.model, built.ledger, form.forms))
    at = {name: column for column, name in enumerate(compiled.column_names)}
    shared = {**form.shared[task.scenario], **form.committed}
    return _Model(compiled=compiled, columns={key: at[data.name] for key, data in shared.items()})
