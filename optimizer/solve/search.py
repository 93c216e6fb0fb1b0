"""Search: the compiled model, an objective and a budget in; the best design and what is proven of it out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf, isfinite
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from optimizer.inputs.design import Status
from optimizer.model.objectives import Goal
from optimizer.solve.bill_cuts import Cuts
from optimizer.solve.compiled import Compiled, compile_model
from optimizer.solve.dinkelbach import RatioOutcome
from optimizer.solve.isolation import run_isolated
from optimizer.solve.linear import LinearOutcome
from optimizer.solve.minimise import Budget, Decomposed, least_form, least_ratio
from optimizer.solve.outcome import Hooks, LinearForm, Progress, Size, SolverStatus, Vector
from optimizer.solve.rebounded import bounds_kept, bounds_now

if TYPE_CHECKING:
    from optimizer.model.build import Built

__all__ = ["Budget", "SearchOutcome", "compile_built", "fingerprint", "least", "rebounded", "search"]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class SearchOutcome:
    """Best design as a vector over the compiled columns; value and bound in the objective's own unit."""

    status: Status
    x: Vector | None
    value: float
    bound: float
    steps: tuple[dict[str, float], ...]
    seconds: float
    interrupted: bool
    message: str = ""
    relaxation_feasible: bool | None = None
    split: Mapping[str, float] = field(default_factory=dict)
    """Of a decomposition: seconds in the master and in year programmes, number of both cuts and programmes solved."""
    searched: bool = True
    """False if what was proven before, elsewhere, did without a search."""
    cuts: Cuts = field(default_factory=dict)
    """Of a decomposition: cuts of the years' bills, for searches over the same programmes."""


def compile_built(built: Built) -> tuple[Compiled, Size]:
    """The model as arrays, and its size."""
    compiled = compile_model(built.model, built.forms)
    return compiled, _size(compiled)


def rebounded(compiled: Compiled, built: Built, restrict: Callable[[Built], None]) -> tuple[Compiled, Size]:
    """The arrays with the bounds that a restriction leaves, and their size. The model itself stays as it was."""
    with bounds_kept(built.model):
        restrict(built)
        bounds = bounds_now(compiled, built.model)
    return bounds, _size(bounds)


def _size(compiled: Compiled) -> Size:
    return Size(
        compiled.rows,
        compiled.columns,
        int(compiled.is_integer.sum()),
        len(compiled.value),
        fingerprint(compiled),
    )


def denied_by_proof() -> SearchOutcome:
    """Infeasible, as others have proven."""
    reason = "a neighbour that allows all that is allowed here has no design"
    return SearchOutcome(
        status=Status.INFEASIBLE,
        x=None,
        value=inf,
        bound=inf,
        steps=(),
        seconds=0.0,
        interrupted=False,
        message=reason,
        searched=False,
    )


def fingerprint(compiled: Compiled) -> str:
    """SHA-256 over the matrix, the bounds and the forms: equal if and only if the solver sees the same problem."""
    digest = hashlib.sha256()
    arrays = (compiled.start, compiled.index, compiled.value, compiled.row_lower, compiled.row_upper)
    bounds = (compiled.column_lower, compiled.column_upper, compiled.is_integer)
    for array in (*arrays, *bounds, *(form.coefficients for form in compiled.forms.values())):
        digest.update(np.ascontiguousarray(array).tobytes())
    laws = compiled.parabolas
    for array in (laws.argument, laws.value, laws.scale, laws.count) if len(laws) else ():
        digest.update(array.tobytes())
    return digest.hexdigest()


def search(compiled: Compiled, goal: Goal, budget: Budget, hooks: Hooks | None = None) -> SearchOutcome:
    """Find the best design for a goal. Raises UnsoundError for numbers no solver may see, SolverCrash if it dies."""
    shown = _in_units_of(goal, hooks or Hooks())
    if goal.id == "lcoc":
        ratio, decomposed = _run(partial(least_ratio, compiled, budget), budget, shown)
        return _of_ratio(ratio, budget, decomposed)
    tie_break = None if goal.form == "cost" else "cost"
    linear, decomposed = _run(partial(least_form, compiled, budget, goal.form, tie_break), budget, shown)
    return _of_form(linear, goal, decomposed)


def least(compiled: Compiled, form: str, budget: Budget, hooks: Hooks | None = None) -> SearchOutcome:
    """Least value of a named form, with no second form to choose among equals."""
    alone = replace(budget, known=(), proofs=())
    outcome, _ = _run(partial(least_form, compiled, alone, form, None), budget, hooks or Hooks())
    return _search_outcome(outcome, outcome.objective, outcome.bound, ())


def has_relaxation(compiled: Compiled, budget: Budget, hooks: Hooks | None = None) -> bool:
    """False if not even fractions of pods and units keep all rows; True if that is not known within the time limit.

    Rows that are only learnt on the way, of years or parabolas, are left out: they could but rule out more.
    """
    return _run(partial(_has_relaxation, compiled, budget), budget, hooks or Hooks())


def _has_relaxation(compiled: Compiled, budget: Budget, hooks: Hooks) -> bool:
    from optimizer.solve.highs import Engine

    nothing = LinearForm(np.zeros(compiled.columns))
    relaxed = Engine(compiled, hooks, budget.presolve).lp_relaxation(nothing, budget.time_limit_s)
    return relaxed.status is not SolverStatus.INFEASIBLE


def _run(work: Callable[[Hooks], T], budget: Budget, hooks: Hooks) -> T:
    return run_isolated(work, hooks) if budget.isolated else work(hooks)


def _of_ratio(outcome: RatioOutcome, budget: Budget, decomposed: Decomposed) -> SearchOutcome:
    steps = tuple(
        {
            "trial": step.trial,
            "incumbent": step.incumbent,
            "bound": step.bound,
            "seconds": step.seconds,
            "relaxed": float(step.relaxed),
        }
        for step in outcome.steps
    )
    searched = not budget.proofs or not all(step.relaxed for step in outcome.steps)
    return replace(
        _search_outcome(outcome, outcome.ratio, outcome.bound, steps),
        searched=searched,
        split=decomposed.split,
        cuts=decomposed.cuts,
    )


def _of_form(outcome: LinearOutcome, goal: Goal, decomposed: Decomposed) -> SearchOutcome:
    factor = goal.sign * goal.scale
    step = {"incumbent": factor * outcome.objective, "bound": factor * outcome.bound, "seconds": outcome.seconds}
    result = _search_outcome(outcome, factor * outcome.objective, factor * outcome.bound, (step,))
    return replace(result, searched=outcome.searched, split=decomposed.split, cuts=decomposed.cuts)


def _search_outcome(
    outcome: RatioOutcome | LinearOutcome, value: float, bound: float, steps: tuple[dict[str, float], ...]
) -> SearchOutcome:
    message = outcome.message
    if outcome.names:
        message = f"{message}: {', '.join(outcome.names[:5])}" if message else ", ".join(outcome.names[:5])
    return SearchOutcome(
        status=Status(outcome.status.value),
        x=outcome.x,
        value=value,
        bound=bound,
        steps=steps,
        seconds=outcome.seconds,
        interrupted=outcome.interrupted,
        message=message,
        relaxation_feasible=outcome.relaxation_feasible,
    )


def _in_units_of(goal: Goal, hooks: Hooks) -> Hooks:
    """Progress of a linear goal in the unit a reader knows."""
    tell = hooks.on_progress
    if tell is None or goal.id == "lcoc":
        return hooks
    factor = goal.sign * goal.scale

    def forward(progress: Progress) -> None:
        _in_unit(tell, progress, factor)

    return replace(hooks, on_progress=forward)


def _in_unit(tell: Callable[[Progress], None], progress: Progress, factor: float) -> None:
    incumbent = factor * progress.incumbent if isfinite(progress.incumbent) else progress.incumbent
    bound = factor * progress.bound if isfinite(progress.bound) else progress.bound
    tell(replace(progress, incumbent=incumbent, bound=bound))
