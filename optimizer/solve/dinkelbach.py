"""Least N(x) / D(x) by Dinkelbach's iteration, with a proven bound of the ratio itself.

At a trial ratio r the solver minimises N - r D. If B is a proven lower bound of that minimum, every design has
N/D >= r + B/D >= r + B/D_low for B < 0 (r + B/D_high for B >= 0), where D_low <= D <= D_high over the relaxation.
r is the ratio of the best design known, so the minimum is at most 0; when it is nearly 0 the ratio is proven.
Source: W. Dinkelbach, On nonlinear fractional programming, Management Science 13 (1967).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import frexp, inf, isfinite, ldexp

from optimizer.solve.dinkelbach_messages import GAP_SHARE, RatioOptions, RatioOutcome, RatioStep
from optimizer.solve.guards import CONTRADICTION
from optimizer.solve.highs import Engine
from optimizer.solve.linear import LinearOptions, LinearOutcome, minimise_linear
from optimizer.solve.outcome import Hooks, LinearForm, Outcome, Progress, Request, SolverStatus, Vector, relative_gap
from optimizer.solve.proof_rows import taught
from optimizer.solve.unsound import Unsound

__all__ = [
    "GAP_SHARE",
    "LinearOptions",
    "LinearOutcome",
    "RatioOptions",
    "RatioOutcome",
    "RatioStep",
    "minimise_linear",
    "minimise_ratio",
]

SMALLEST_GAP = 1e-9
_FIRST_STEP_SHARE = 3e-3
_FAR = 0.05
"""A start further than this from the relaxation's bound says little of where the ratio lies."""
_EXTENT_MARGIN = 1e-7
_CONVERGED = 1e-12
_LP_STEPS = 50
_MIP_STEPS = 60
_TIGHT = 1e-9


def minimise_ratio(
    engine: Engine,
    numerator: LinearForm,
    denominator: LinearForm,
    options: RatioOptions | None = None,
    hooks: Hooks | None = None,
) -> RatioOutcome:
    """Minimise numerator / denominator over the engine's model to the asked gap.

    Raises Unsound if the denominator can be zero or negative over the relaxation: then the ratio means nothing.
    """
    search = _RatioSearch(engine, numerator, denominator, options or RatioOptions())
    with search.listening(hooks or engine.hooks):
        return search.run()


class _RatioSearch:
    def __init__(self, engine: Engine, numerator: LinearForm, denominator: LinearForm, options: RatioOptions) -> None:
        self.engine, self.numerator, self.denominator = engine, numerator, denominator
        self.seed, self.gap = options.seed, max(options.gap, SMALLEST_GAP)
        self.starts = (*(() if options.start is None else (options.start,)), *options.known)
        self.share, self.proofs = options.share, options.proofs
        self.began = time.monotonic()
        self.deadline = self.began + options.time_limit_s
        self.d_low, self.d_high, self.scale = 0.0, inf, 1.0
        self.best, self.lower = inf, -inf
        self.best_x: Vector | None = None
        self.trial = 0.0
        self.tolerance = 1e-6
        self.steps: list[RatioStep] = []
        self.complaint = Outcome(status=SolverStatus.NO_SOLUTION)

    def run(self) -> RatioOutcome:
        for start in self.starts:
            self._adopt(start)
            # A start that does not hold is dropped, which is no fault of the model.
            self.complaint = Outcome(status=SolverStatus.NO_SOLUTION)
        failed = self._bounded()
        if failed is not None:
            return self._result(failed)
        for count in range(_MIP_STEPS):
            if self._proven() or self._left_s() <= 0 or self.engine.hooks.stopping:
                break
            known = (self.best, self.lower, self.engine.learnt)
            outcome = self._mip_step(first=count == 0 and relative_gap(self.best, self.lower) > _FAR)
            if outcome.status in (SolverStatus.INFEASIBLE, SolverStatus.UNBOUNDED):
                return self._result(outcome)
            if outcome.x is None or outcome.interrupted:
                self.complaint = outcome if outcome.x is None else self.complaint
                break
            if known == (self.best, self.lower, self.engine.learnt) and not self._tighten():
                break
        return self._result(self.complaint)

    def _bounded(self) -> Outcome | None:
        """First bounds, with the proofs of others if there are any; an outcome if that already ends the search."""
        plain, self.engine = self.engine, taught(self.engine, self.proofs, self.best_x)
        failed = self._find_extent() or self._relaxed()
        # Branching is slower with the proofs (2 to 5 times, measured): on their face all designs look alike.
        self.engine = plain
        if failed is not None and self.proofs:
            # Proofs are dense rows, and the simplex method may stumble over them: that says nothing of the model.
            failed = self._find_extent() or self._relaxed()
        return failed

    def ratio_at(self, x: Vector) -> float:
        d = self.denominator.at(x)
        return self.numerator.at(x) / d if d > 0 else inf

    def _left_s(self) -> float:
        return self.deadline - time.monotonic()

    def _proven(self) -> bool:
        return relative_gap(self.best, self.lower) <= self.gap

    def _request(self, trial: float) -> Request:
        cost = self.scale * (self.numerator.coefficients - trial * self.denominator.coefficients)
        offset = self.scale * (self.numerator.constant - trial * self.denominator.constant)
        return Request(cost=cost, offset=offset, time_limit_s=self._left_s(), seed=self.seed)

    def bound_from(self, trial: float, bound: float) -> float:
        """Lower bound of the ratio from a bound of the scaled N - trial * D."""
        bound = bound / self.scale
        return trial + bound / (self.d_low if bound < 0 else self.d_high)

    def _find_extent(self) -> Outcome | None:
        """Range of D over the relaxation; an outcome if that already ends the search."""
        d = self.denominator
        low = self.engine.lp_relaxation(d, self._left_s())
        if low.status not in (SolverStatus.OPTIMAL, SolverStatus.UNBOUNDED):
            return low
        high = self.engine.lp_relaxation(LinearForm(-d.coefficients, -d.constant), self._left_s())
        if high.status is SolverStatus.OPTIMAL:
            self.d_high = -high.objective + _EXTENT_MARGIN * abs(high.objective)
            if self.d_high <= 0:
                return Outcome(status=SolverStatus.INFEASIBLE, message="no design has a positive denominator")
        elif high.status is not SolverStatus.UNBOUNDED:
            return high
        self.d_low = low.objective - _EXTENT_MARGIN * abs(low.objective) if low.status is SolverStatus.OPTIMAL else -inf
        if not self.d_low > 0:
            told = f"the ratio's denominator can be as small as {self.d_low:g}; it must be bounded above zero"
            raise Unsound((), told)
        return None

    def _relaxed(self) -> Outcome | None:
        """Dinkelbach on the linear relaxation: first lower bound and first trial ratio."""
        outcome = self.engine.solve(self._relaxed_request(0.0))
        for _ in range(_LP_STEPS):
            if outcome.status is not SolverStatus.OPTIMAL or outcome.x is None:
                return None if isfinite(self.lower) and outcome.status is SolverStatus.NO_SOLUTION else outcome
            ratio = self.ratio_at(outcome.x)
            self._choose_scale(self.numerator.at(outcome.x))
            falls_by = relative_gap(self.trial, ratio) if self.steps else inf
            self.trial = ratio
            outcome = self.engine.solve(self._relaxed_request(ratio))
            if outcome.status is SolverStatus.OPTIMAL:
                self.lower = max(self.lower, self.bound_from(ratio, outcome.bound))
                self._record(outcome, ratio, relaxed=True)
            if falls_by <= _CONVERGED:
                break
        return None

    def _relaxed_request(self, trial: float) -> Request:
        return replace(self._request(trial), relaxed=True)

    def _choose_scale(self, magnitude: float) -> None:
        """Keep N - r D within the solver's absolute tolerances, by a power of two so that nothing is rounded."""
        size = abs(magnitude) * self.scale
        if size > 0 and not 1.0 <= size <= 1e6:
            self.scale = ldexp(1.0, 10 - frexp(abs(magnitude))[1])

    def _narrow(self) -> None:
        """Least D of a design better than the best known: others cannot lower the bound below the best itself."""
        worth = LinearForm(
            self.numerator.coefficients - self.best * self.denominator.coefficients,
            self.numerator.constant - self.best * self.denominator.constant,
        )
        if self.engine.hooks.stopping or self._left_s() <= 0:
            return
        with self.engine.held(worth, _EXTENT_MARGIN * abs(self.best) * self.d_low):
            low = self.engine.lp_relaxation(self.denominator, self._left_s())
        if low.status is SolverStatus.OPTIMAL:
            self.d_low = max(self.d_low, low.objective - _EXTENT_MARGIN * abs(low.objective))

    def _mip_step(self, first: bool) -> Outcome:
        trial = self.trial if first or not isfinite(self.best) else self.best
        self.trial = trial
        share = max(self.share * self.gap, _FIRST_STEP_SHARE if first else 0.0)
        absolute = share * abs(trial) * self.d_low * self.scale
        request = replace(
            self._request(trial),
            absolute_gap=max(absolute, 1e-9),
            start=self.best_x,
            integrality_tolerance=self.tolerance,
        )
        outcome = self.engine.solve(request)
        if outcome.x is not None:
            self._adopt(outcome.x)
        if isfinite(self.best):
            self._narrow()
        if isfinite(outcome.bound):
            self.lower = max(self.lower, self.bound_from(trial, outcome.bound))
        self._record(outcome, trial, relaxed=False)
        return outcome

    def _adopt(self, x: Vector) -> None:
        """Make x honest (whole integers, rest optimal for the ratio) and keep it if it is the best."""
        engine, learnt = self.engine, self.engine.learnt
        try:
            with engine.integers_fixed(x) as whole:
                ratio, best_x = (self.ratio_at(whole), whole) if engine.holds(whole) else (inf, None)
                trial = ratio if isfinite(ratio) else self.trial
                for _ in range(_LP_STEPS):
                    request = self._request(trial)
                    outcome = engine.fixed_lp(request.cost, request.offset)
                    if outcome.x is None or outcome.status is not SolverStatus.OPTIMAL:
                        # Rows learnt on the way may forbid what the model allowed: that is no fault of the numbers.
                        unsound = outcome.status is SolverStatus.UNSOUND and engine.learnt == learnt
                        self.complaint = outcome if unsound else self.complaint
                        break
                    trial = self.ratio_at(outcome.x)
                    if isfinite(ratio) and not trial < ratio - _CONVERGED * abs(ratio):
                        break
                    ratio, best_x = trial, outcome.x
                    if engine.hooks.stopping:
                        break
        except Unsound as error:
            self.complaint = Outcome(status=SolverStatus.UNSOUND, names=error.names, message=error.reason)
            return
        if best_x is not None and ratio < self.best:
            self.best, self.best_x = ratio, engine.rounded(best_x)

    def _tighten(self) -> bool:
        """A step without progress leant on the tolerance of integers; False if that is tight already."""
        if self.tolerance <= _TIGHT:
            return False
        self.tolerance = _TIGHT
        return True

    def _record(self, outcome: Outcome, trial: float, relaxed: bool) -> None:
        self.steps.append(
            RatioStep(
                trial=trial,
                incumbent=self.best,
                bound=self.lower,
                seconds=outcome.seconds,
                nodes=outcome.nodes,
                relaxed=relaxed,
            )
        )

    def _result(self, ending: Outcome) -> RatioOutcome:
        status, names, message = self._verdict(ending)
        lower = min(self.lower, self.best)
        interrupted = self.engine.hooks.stopping and not self._proven()
        relaxation_feasible = bool(self.steps) if self.steps or status is SolverStatus.INFEASIBLE else None
        return RatioOutcome(
            status=status,
            x=self.best_x,
            ratio=self.best,
            bound=lower,
            gap=relative_gap(self.best, lower),
            steps=tuple(self.steps),
            seconds=time.monotonic() - self.began,
            interrupted=interrupted,
            names=names,
            message=message,
            relaxation_feasible=relaxation_feasible,
        )

    def _verdict(self, ending: Outcome) -> tuple[SolverStatus, tuple[str, ...], str]:
        if self.best_x is None:
            # The relaxation may have had a solution when time ran out; that is no design.
            halfway = ending.status in (SolverStatus.OPTIMAL, SolverStatus.FEASIBLE)
            return SolverStatus.NO_SOLUTION if halfway else ending.status, ending.names, ending.message
        if ending.status in (SolverStatus.INFEASIBLE, SolverStatus.UNBOUNDED):
            return SolverStatus.UNSOUND, ending.names, f"the solver calls a model with a design {ending.status.value}"
        if self.lower > self.best + CONTRADICTION * max(abs(self.best), abs(self.lower)):
            return SolverStatus.UNSOUND, (), f"bound {self.lower:.9g} lies above a known design of {self.best:.9g}"
        return SolverStatus.OPTIMAL if self._proven() else SolverStatus.FEASIBLE, (), ""

    @contextmanager
    def listening(self, hooks: Hooks) -> Iterator[None]:
        """Hear the caller's hooks during the steps, with progress told as ratios over the whole search."""
        before = self.engine.hooks
        self.engine.hooks = replace(
            hooks,
            on_progress=None if hooks.on_progress is None else lambda p: self._tell(hooks, p),
            on_solution=lambda x: self._seen(hooks, x),
        )
        self.seen = inf
        try:
            yield
        finally:
            self.engine.hooks = before

    def _seen(self, hooks: Hooks, x: Vector) -> None:
        if self.engine.is_design(x):
            self.seen = min(self.seen, self.ratio_at(x))
        if hooks.on_solution is not None:
            hooks.on_solution(x)

    def _tell(self, hooks: Hooks, progress: Progress) -> None:
        assert hooks.on_progress is not None
        bound = max(self.lower, self.bound_from(self.trial, progress.bound)) if isfinite(progress.bound) else self.lower
        best = min(self.best, self.seen)
        hooks.on_progress(Progress(time.monotonic() - self.began, best, min(bound, best), progress.nodes))
