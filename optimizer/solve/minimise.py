"""What the solver's process is given to do: arrays in, arrays out, and no more of this program than the solver.

A process that is spawned imports this file anew for every search, so that Pyomo, scipy and the schema stay outside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.solve.bill_cuts import Cuts
from optimizer.solve.compiled import Compiled
from optimizer.solve.dinkelbach import GAP_SHARE, RatioOptions, RatioOutcome, minimise_ratio
from optimizer.solve.highs import Engine
from optimizer.solve.learning import LearningEngine
from optimizer.solve.limits_of_choices import with_limits_of_choices
from optimizer.solve.linear import LinearOptions, LinearOutcome, minimise_linear
from optimizer.solve.outcome import Hooks, LinearForm, SolverStatus, Vector
from optimizer.solve.required_choices import with_required_choices

if TYPE_CHECKING:
    from optimizer.solve.benders import Years

Split = dict[str, float]
"""Of a decomposition: seconds in the master and in year programmes, number of both cuts and programmes solved."""
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
class Decomposed:
    """Of a decomposition: what it took, and the cuts it found. Both are empty of a search in one piece."""

    split: Split
    cuts: Cuts


def least_ratio(compiled: Compiled, budget: Budget, hooks: Hooks) -> tuple[RatioOutcome, Decomposed]:
    """Least cost per EFLOP, the forms `cost` and `eflop`. Raises Unsound or SolverCrash."""
    engine = _engine(compiled, budget, hooks)
    options = RatioOptions(
        gap=budget.gap, time_limit_s=budget.time_limit_s, seed=budget.seed, start=budget.start,
        share=budget.share, known=budget.known, proofs=budget.proofs,
    )  # fmt: skip
    outcome = minimise_ratio(engine, compiled.forms["cost"], compiled.forms["eflop"], options)
    if outcome.status is SolverStatus.INFEASIBLE and outcome.relaxation_feasible and engine.added_rows:
        # Cuts that came after the first relaxation may have taken its solutions away.
        relaxation = engine.lp_relaxation(LinearForm(np.zeros(compiled.columns)))
        outcome = replace(outcome, relaxation_feasible=relaxation.status is SolverStatus.OPTIMAL)
    return outcome, _decomposed(engine)


def least_form(
    compiled: Compiled, budget: Budget, form: str, tie_break: str | None, hooks: Hooks
) -> tuple[LinearOutcome, Decomposed]:
    """Least value of a named form, and among equals of a second one. Raises Unsound or SolverCrash."""
    engine = _engine(compiled, budget, hooks)
    options = LinearOptions(
        gap=budget.gap, time_limit_s=budget.time_limit_s, seed=budget.seed, start=budget.start,
        known=budget.known, proofs=budget.proofs,
    )  # fmt: skip
    second = None if tie_break is None else compiled.forms[tie_break]
    return minimise_linear(engine, compiled.forms[form], options, second), _decomposed(engine)


def _engine(compiled: Compiled, budget: Budget, hooks: Hooks) -> Engine:
    compiled = with_limits_of_choices(compiled)
    compiled = with_required_choices(compiled, hooks, budget.presolve, budget.time_limit_s)
    if budget.years is None:
        kind = LearningEngine if len(compiled.parabolas) else Engine
        return kind(compiled, hooks, budget.presolve, budget.threads)
    from optimizer.solve.benders import CuttingEngine

    return CuttingEngine(compiled, budget.years, hooks, max(_SLACK_SHARE * budget.gap, 1e-9), budget.threads)


def _decomposed(engine: Engine) -> Decomposed:
    seconds: dict[str, float] = getattr(engine, "seconds", {})
    if not seconds:
        return Decomposed(split={}, cuts={})
    split = {f"{name}_s": s for name, s in seconds.items()}
    split |= {"cuts": float(engine.added_rows), "programmes": float(getattr(engine, "solves", 0))}
    return Decomposed(split=split, cuts=getattr(engine, "cuts", {}))
