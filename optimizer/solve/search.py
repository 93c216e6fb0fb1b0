"""Search: the compiled model, an objective and a budget in; the best design and what is proven of it out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np

from optimizer.inputs.design import Status
from optimizer.model.objectives import Goal
from optimizer.solve.compiled import Compiled, compile_model
from optimizer.solve.dinkelbach import GAP_SHARE, RatioOptions, RatioOutcome, minimise_ratio
from optimizer.solve.highs import Engine
from optimizer.solve.isolation import run_isolated
from optimizer.solve.learning import LearningEngine
from optimizer.solve.linear import LinearOptions, LinearOutcome, minimise_linear
from optimizer.solve.outcome import Hooks, LinearForm, Progress, Size, SolverStatus, Vector

if TYPE_CHECKING:
    from optimizer.model.build import Built
    from optimizer.solve.benders import Years

_SLACK_SHARE = 0.1
"""Error of a bill left in the linear relaxation, as a share of the gap asked for."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How close and how long: relative gap, seconds, seed; presolve off and in-process solving are for cross-checks."""

    gap: float
    time_limit_s: float
    seed: int
    presolve: bool = True
    isolated: bool = True
    start: Vector | None = None
    share: float = GAP_SHARE
    """Part of the gap that one step of the ratio's search may leave open."""
    known: tuple[Vector, ...] = ()
    """Further designs to start from."""
    proofs: tuple[LinearForm, ...] = ()
    """Forms that are proven not to be negative on any design."""
    threads: int = 1
    """Branches searched at a time; the answer depends on this number and not on the machine's cores."""
    years: Years | None = None
    """Years that dispatch, to be priced by cuts; None: the model is complete."""


@dataclass(frozen=True, kw_only=True)
class Found:
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


def compile_built(built: Built) -> tuple[Compiled, Size]:
    """The model as arrays, and its size."""
    compiled = compile_model(built.model, built.forms)
    size = Size(
        compiled.rows,
        compiled.columns,
        int(compiled.is_integer.sum()),
        len(compiled.value),
        fingerprint(compiled),
    )
    return compiled, size


def nothing_found() -> Found:
    """Infeasible, as others have proven."""
    told = "a neighbour that allows all that is allowed here has no design"
    return Found(
        status=Status.INFEASIBLE,
        x=None,
        value=inf,
        bound=inf,
        steps=(),
        seconds=0.0,
        interrupted=False,
        message=told,
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
    for array in (laws.argument, laws.value, laws.scale) if len(laws) else ():
        digest.update(array.tobytes())
    return digest.hexdigest()


def search(compiled: Compiled, goal: Goal, budget: Budget, hooks: Hooks | None = None) -> Found:
    """Find the best design for a goal. Raises UnsoundError for numbers no solver may see, SolverCrash if it dies."""

    def work(inner: Hooks) -> Found:
        engine = _engine(compiled, budget, inner)
        kind = _ratio if goal.id == "lcoc" else _linear
        return replace(kind(engine, compiled, goal, budget), split=_split(engine))

    shown = _in_units_of(goal, hooks or Hooks())
    return run_isolated(work, shown) if budget.isolated else work(shown)


def least(compiled: Compiled, form: str, budget: Budget, hooks: Hooks | None = None) -> Found:
    """Least value of a named form, with no second form to choose among equals."""

    def work(inner: Hooks) -> Found:
        engine = _engine(compiled, budget, inner)
        options = LinearOptions(gap=budget.gap, time_limit_s=budget.time_limit_s, seed=budget.seed, start=budget.start)
        outcome = minimise_linear(engine, compiled.forms[form], options)
        return _found(outcome, outcome.objective, outcome.bound, ())

    return run_isolated(work, hooks or Hooks()) if budget.isolated else work(hooks or Hooks())


def _engine(compiled: Compiled, budget: Budget, hooks: Hooks) -> Engine:
    if budget.years is None:
        kind = LearningEngine if len(compiled.parabolas) else Engine
        return kind(compiled, hooks, budget.presolve, budget.threads)
    from optimizer.solve.benders import CuttingEngine

    return CuttingEngine(compiled, budget.years, hooks, max(_SLACK_SHARE * budget.gap, 1e-9), budget.threads)


def _split(engine: Engine) -> dict[str, float]:
    seconds: dict[str, float] = getattr(engine, "seconds", {})
    if not seconds:
        return {}
    told = {f"{name}_s": s for name, s in seconds.items()}
    return {**told, "cuts": float(engine.learnt), "programmes": float(getattr(engine, "solves", 0))}


def _ratio(engine: Engine, compiled: Compiled, goal: Goal, budget: Budget) -> Found:
    options = RatioOptions(
        gap=budget.gap,
        time_limit_s=budget.time_limit_s,
        seed=budget.seed,
        start=budget.start,
        share=budget.share,
        known=budget.known,
        proofs=budget.proofs,
    )
    outcome = minimise_ratio(engine, compiled.forms["cost"], compiled.forms["eflop"], options)
    if outcome.status is SolverStatus.INFEASIBLE and outcome.relaxation_feasible and engine.learnt:
        # Cuts that came after the first relaxation may have taken its solutions away.
        found = engine.lp_relaxation(LinearForm(np.zeros(compiled.columns)))
        outcome = replace(outcome, relaxation_feasible=found.status is SolverStatus.OPTIMAL)
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
    return replace(_found(outcome, outcome.ratio, outcome.bound, steps), searched=searched)


def _linear(engine: Engine, compiled: Compiled, goal: Goal, budget: Budget) -> Found:
    options = LinearOptions(
        gap=budget.gap,
        time_limit_s=budget.time_limit_s,
        seed=budget.seed,
        start=budget.start,
        known=budget.known,
        proofs=budget.proofs,
    )
    tie_break = None if goal.form == "cost" else compiled.forms["cost"]
    outcome = minimise_linear(engine, compiled.forms[goal.form], options, tie_break)
    factor = goal.sign * goal.scale
    step = {"incumbent": factor * outcome.objective, "bound": factor * outcome.bound, "seconds": outcome.seconds}
    found = _found(outcome, factor * outcome.objective, factor * outcome.bound, (step,))
    return replace(found, searched=outcome.searched)


def _found(
    outcome: RatioOutcome | LinearOutcome, value: float, bound: float, steps: tuple[dict[str, float], ...]
) -> Found:
    message = outcome.message
    if outcome.names:
        message = f"{message}: {', '.join(outcome.names[:5])}" if message else ", ".join(outcome.names[:5])
    return Found(
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

    def told(progress: Progress) -> None:
        _in_unit(tell, progress, factor)

    return replace(hooks, on_progress=told)


def _in_unit(tell: Callable[[Progress], None], progress: Progress, factor: float) -> None:
    incumbent = factor * progress.incumbent if isfinite(progress.incumbent) else progress.incumbent
    bound = factor * progress.bound if isfinite(progress.bound) else progress.bound
    tell(replace(progress, incumbent=incumbent, bound=bound))
