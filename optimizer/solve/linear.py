"""Least value of one linear form, with whole integers, and a second form to choose among equals."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from math import inf

from optimizer.solve.guards import CONTRADICTION
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import Hooks, LinearForm, Outcome, Request, SolverStatus, Vector, relative_gap
from optimizer.solve.proof_rows import best_known, with_proofs
from optimizer.solve.start_heuristic import Relaxed, first_design
from optimizer.solve.unsound import Unsound

ANY_DESIGN = 0.99
"""From this gap on the question is whether there is a design, and any will do: one near the relaxation is found in a
tenth of the time of a tree's first one, and nothing is chosen among equals."""
_SMALLEST_GAP = 1e-9
_TIGHT = 1e-9
_HELD_MARGIN = 1e-9
_TIE_BREAK_S = 3.0
"""Seconds for the second form where the first took all the time."""


@dataclass(frozen=True, kw_only=True)
class LinearOptions:
    """gap is relative; start is a design to begin with, known are more; proofs hold for every design (form >= 0)."""

    gap: float = 1e-4
    time_limit_s: float = inf
    seed: int = 0
    start: Vector | None = None
    known: tuple[Vector, ...] = ()
    proofs: tuple[LinearForm, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LinearOutcome:
    """Best design and what is proven of it; objective is inf without a design, gap is relative."""

    status: SolverStatus
    x: Vector | None
    objective: float
    bound: float
    gap: float
    seconds: float
    nodes: int
    interrupted: bool
    names: tuple[str, ...] = ()
    message: str = ""
    relaxation_feasible: bool | None = None
    searched: bool = True
    """False if the proofs that were handed in did without a search."""


def minimise_linear(
    engine: Engine,
    form: LinearForm,
    options: LinearOptions | None = None,
    tie_break: LinearForm | None = None,
    hooks: Hooks | None = None,
) -> LinearOutcome:
    """Minimise the form to the asked relative gap; then, its value held, minimise tie_break to the same gap."""
    options, before = options or LinearOptions(), engine.hooks
    engine.hooks = hooks or before
    began = time.monotonic()
    try:
        transferred = (
            _transferred(engine, form, options)
            if options.known or options.proofs
            else Outcome(status=SolverStatus.NO_SOLUTION)
        )
        searched = transferred.status is not SolverStatus.OPTIMAL
        if transferred.x is not None:
            options = replace(options, start=transferred.x)
        if searched and options.gap >= ANY_DESIGN and options.start is None:
            options = replace(options, start=_near_the_relaxation(engine, form, options))
        outcome = _whole(engine, form, options) if searched else transferred
        if outcome.x is not None and tie_break is not None and options.gap < ANY_DESIGN:
            left_s = max(_TIE_BREAK_S, options.time_limit_s - (time.monotonic() - began))
            within = replace(options, time_limit_s=left_s)
            outcome = replace(outcome, x=_untied(engine, outcome.x, (form, tie_break), within))
        relaxation_feasible: bool | None = True if outcome.x is not None else None
        if outcome.status is SolverStatus.INFEASIBLE:
            left_s = max(0.0, options.time_limit_s - (time.monotonic() - began))
            relaxation = engine.lp_relaxation(LinearForm(0.0 * form.coefficients), left_s)
            known = relaxation.status in (SolverStatus.OPTIMAL, SolverStatus.INFEASIBLE)
            relaxation_feasible = relaxation.status is SolverStatus.OPTIMAL if known else None
    finally:
        engine.hooks = before
    objective = inf if outcome.x is None else form.at(outcome.x)
    bound = min(outcome.bound, objective)
    return LinearOutcome(
        status=outcome.status, x=outcome.x, objective=objective, bound=bound,
        gap=relative_gap(objective, bound), seconds=time.monotonic() - began, nodes=outcome.nodes,
        interrupted=outcome.interrupted, names=outcome.names, message=outcome.message,
        relaxation_feasible=relaxation_feasible,
        searched=searched,
    )  # fmt: skip


def _transferred(engine: Engine, form: LinearForm, options: LinearOptions) -> Outcome:
    """The best of the known designs and the bound of the relaxation with the proofs; optimal if they meet."""
    known = (*(() if options.start is None else (options.start,)), *options.known)
    best = best_known(engine, form, known)
    if best.x is None:
        return best
    relaxed = with_proofs(engine, options.proofs, best.x).lp_relaxation(form, options.time_limit_s)
    bound = relaxed.objective if relaxed.status is SolverStatus.OPTIMAL else -inf
    if bound > best.objective + CONTRADICTION * max(abs(bound), abs(best.objective)):
        raise Unsound((), f"bound {bound:.9g} lies above a known design of {best.objective:.9g}")
    proven = relative_gap(best.objective, bound) <= max(options.gap, _SMALLEST_GAP)
    status = SolverStatus.OPTIMAL if proven else SolverStatus.FEASIBLE
    return replace(best, status=status, x=engine.rounded(best.x), bound=bound)


def _near_the_relaxation(engine: Engine, form: LinearForm, options: LinearOptions) -> Vector | None:
    """A design over what the relaxation uses, as a start; None if it has none."""
    request = Request(
        cost=form.coefficients, offset=form.constant, seed=options.seed, time_limit_s=options.time_limit_s
    )
    hooks = engine.hooks
    # The bound of a model that is restricted says nothing of this one.
    engine.hooks = replace(hooks, on_progress=None, on_solution=None)
    try:
        relaxed = engine.solve(replace(request, relaxed=True))
        if relaxed.status is not SolverStatus.OPTIMAL or relaxed.x is None or relaxed.column_duals is None:
            return None
        around = Relaxed(x=relaxed.x, column_duals=relaxed.column_duals, size=abs(form.at(relaxed.x)))
        found = first_design(engine, around, request)
    finally:
        engine.hooks = hooks
    return None if found is None else found.x


def _whole(engine: Engine, form: LinearForm, options: LinearOptions) -> Outcome:
    """Solve, round and polish; once more with tight integers if the answer leant on the tolerance."""
    deadline = time.monotonic() + options.time_limit_s
    gap = max(options.gap, _SMALLEST_GAP)
    request = Request(
        cost=form.coefficients,
        offset=form.constant,
        relative_gap=gap,
        absolute_gap=0.0,
        seed=options.seed,
        start=options.start,
    )
    honest = Outcome(status=SolverStatus.NO_SOLUTION)
    tolerance = request.integrality_tolerance
    while True:
        left_s, added_rows = deadline - time.monotonic(), engine.added_rows
        if left_s <= 0 and honest.status is not SolverStatus.NO_SOLUTION:
            break
        raw = engine.solve(replace(request, time_limit_s=left_s, integrality_tolerance=tolerance))
        if raw.x is None:
            return raw if honest.x is None else honest
        honest = _better(honest, _polished(engine, raw, form, gap), gap)
        leant = raw.status in (SolverStatus.OPTIMAL, SolverStatus.UNSOUND) and honest.status is not SolverStatus.OPTIMAL
        grown = engine.added_rows > added_rows
        if not leant or engine.hooks.stopping or not (grown or tolerance > _TIGHT):
            break
        # What was learnt on the way moves the answer; only without news did it lean on the tolerance.
        tolerance = tolerance if grown else _TIGHT
        request = replace(request, start=honest.x)
    return honest


def _polished(engine: Engine, raw: Outcome, form: LinearForm, gap: float) -> Outcome:
    assert raw.x is not None

    def suffices(x: Vector) -> bool:
        return relative_gap(form.at(x), raw.bound) <= gap

    fixed = engine.polish(raw.x, form.coefficients, form.constant, suffices)
    if fixed.status is SolverStatus.NO_SOLUTION and raw.status is not SolverStatus.UNSOUND:
        whole = engine.rounded(raw.x)
        if engine.holds(whole):
            fixed = replace(fixed, status=SolverStatus.OPTIMAL, x=whole, objective=form.at(whole))
    if fixed.x is None or fixed.status is not SolverStatus.OPTIMAL:
        return replace(fixed, status=SolverStatus.UNSOUND, bound=raw.bound, nodes=raw.nodes, x=None, objective=inf)
    proven = relative_gap(fixed.objective, raw.bound) <= gap * (1 + 1e-6)
    status = SolverStatus.OPTIMAL if proven else SolverStatus.FEASIBLE
    return replace(raw, status=status, x=engine.rounded(fixed.x), objective=fixed.objective, names=(), message="")


def _better(old: Outcome, new: Outcome, gap: float) -> Outcome:
    bound = max(old.bound, new.bound)
    if old.x is None or (new.x is not None and new.objective <= old.objective):
        return replace(new, bound=bound)
    proven = relative_gap(old.objective, bound) <= gap * (1 + 1e-6)
    return replace(old, bound=bound, status=SolverStatus.OPTIMAL if proven else old.status)


def _untied(engine: Engine, x: Vector, forms: tuple[LinearForm, LinearForm], options: LinearOptions) -> Vector:
    """The design least in the second form among those no worse in the first, whole numbers included.

    First with the integers of x, which is quick; then with all free, for as long as there is time.
    """
    form, tie_break = forms
    value = form.at(x)
    at_most = value + _HELD_MARGIN * max(1.0, abs(value))
    with engine.held(form, at_most) if form.coefficients.any() else nullcontext():
        x = _least_of_integers(engine, x, tie_break)
        for tolerance in (1e-6, _TIGHT):
            if engine.hooks.stopping or not len(engine.compiled.is_integer.nonzero()[0]):
                break
            request = Request(
                cost=tie_break.coefficients, offset=tie_break.constant,
                relative_gap=max(options.gap, _SMALLEST_GAP), seed=options.seed,
                time_limit_s=options.time_limit_s, start=x, integrality_tolerance=tolerance,
            )  # fmt: skip
            added_rows, raw = engine.added_rows, engine.solve(request)
            if raw.x is None:
                break
            least = _least_of_integers(engine, raw.x, tie_break)
            if engine.holds(least) and form.at(least) <= at_most and tie_break.at(least) < tie_break.at(x):
                x = least
            elif engine.added_rows == added_rows and raw.objective >= tie_break.at(x) - options.gap * abs(
                tie_break.at(x)
            ):
                break
    return x


def _least_of_integers(engine: Engine, x: Vector, tie_break: LinearForm) -> Vector:
    """The design least in the form among those with the same integers; x itself if none is found."""
    try:
        with engine.integers_fixed(x):
            outcome = engine.fixed_lp(tie_break.coefficients, tie_break.constant)
        return engine.rounded(outcome.x) if outcome.status is SolverStatus.OPTIMAL and outcome.x is not None else x
    except Unsound:
        return x
