"""Least N(x) / D(x) by Dinkelbach's iteration, with a proven bound of the ratio itself.

At a trial ratio r the solver minimises N - r D. If B is a proven lower bound of that minimum, every design has
N/D >= r + B/D, which the range of D turns into a number (denominator_range.py).
The nearer r lies to the least ratio, from either side, the less is lost by that; the last steps take the best design's
own ratio, where nothing is. A step ends as soon as what it has told proves the ratio's gap.
Source: W. Dinkelbach, On nonlinear fractional programming, Management Science 13 (1967).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from math import frexp, inf, isfinite, ldexp
from operator import attrgetter

from optimizer.errors import SolverCrash
from optimizer.solve.denominator_range import DenominatorRange, Vertex
from optimizer.solve.dinkelbach_messages import GAP_SHARE, RatioOptions, RatioOutcome, RatioStep
from optimizer.solve.guards import CONTRADICTION
from optimizer.solve.highs import Engine
from optimizer.solve.integers_kept import NOTHING, Kept, Ratio, best_with_integers
from optimizer.solve.limits_of_choices import LEAST_INTEGERS
from optimizer.solve.outcome import Hooks, LinearForm, Outcome, Progress, Request, SolverStatus, Vector, relative_gap
from optimizer.solve.proof_rows import with_proofs
from optimizer.solve.solver_options import EASY_NODES, FEW
from optimizer.solve.start_heuristic import FIRST_GAP, Relaxed, better_design, first_design
from optimizer.solve.trial_ratio import first_trial

__all__ = ["GAP_SHARE", "RatioOptions", "RatioOutcome", "RatioStep", "minimise_ratio"]

SMALLEST_GAP = 1e-9
_FIRST_STEP_SHARE = 3e-3
_FAR = 0.05
"""A start further than this from the relaxation's bound says little of where the ratio lies."""
_LOOSE = 1e-2
"""With a gap as wide as that a restricted search is likely to answer, from whatever start; a tree takes longer."""
_NEARLY = 0.98
"""Part of the gap at which a step is ended: the design it ends with is rounded only after that."""
_APART = 0.1
"""Part of the gap from which on a trial ratio is not the best design's own: a tree's solutions are worth more."""
_CONVERGED = 1e-12
_LP_STEPS, _MIP_STEPS = 50, 60
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
        self.range, self.scale = DenominatorRange(denominator), 1.0
        self.ratio = Ratio(numerator, denominator, self._request)
        self.best, self.lower = inf, -inf
        self.best_x: Vector | None = None
        self.trial, self.tolerance = 0.0, 1e-6
        self.steps: list[RatioStep] = []
        self.complaint = Outcome(status=SolverStatus.NO_SOLUTION)
        self.relaxed: Outcome | None = None
        self.vertex: Vertex | None = None
        self.beside: Engine | None = None
        self.restricted = self.ended_early = self.likely_short = False
        self.may_end_early = True

    def run(self) -> RatioOutcome:
        for start in self.starts:
            self._adopt(start)
            # A start that does not hold is dropped, which is no fault of the model.
            self.complaint = Outcome(status=SolverStatus.NO_SOLUTION)
        failed = self._bounded()
        if failed is not None:
            return self._result(failed)
        self._find_start()
        for count in range(_MIP_STEPS):
            if self._proven() or self._left_s() <= 0 or self.engine.hooks.stopping:
                break
            known = (self.best, self.lower, self.engine.added_rows)
            outcome = self._mip_step(first=count == 0)
            if outcome.status in (SolverStatus.INFEASIBLE, SolverStatus.UNBOUNDED):
                return self._result(outcome)
            if (outcome.x is None and not self.ended_early) or outcome.interrupted:
                self.complaint = outcome if outcome.x is None else self.complaint
                break
            # A solution that was enough in the tree and is not when rounded would only end the next tree again.
            self.may_end_early = self.may_end_early and not self.ended_early
            if known == (self.best, self.lower, self.engine.added_rows) and count and not self._tighten():
                break
        return self._result(self.complaint)

    def _bounded(self) -> Outcome | None:
        """First bounds, with the proofs of others if there are any; an outcome if that already ends the search."""
        plain, self.engine = self.engine, with_proofs(self.engine, self.proofs, self.best_x)
        failed = self.range.find(self.engine, self._left_s()) or self._relaxed()
        # Branching is slower with the proofs (2 to 5 times, measured): on their face all designs look alike.
        self.engine, self.vertex = plain, None if self.proofs else self.vertex
        if failed is not None and self.proofs:
            # Proofs are dense rows, and the simplex method may stumble over them: that says nothing of the model.
            failed = self.range.find(self.engine, self._left_s()) or self._relaxed()
        return failed

    def _left_s(self) -> float:
        return self.deadline - time.monotonic()

    def _proven(self) -> bool:
        return relative_gap(self.best, self.lower) <= self.gap

    def _suffices(self, x: Vector) -> bool:
        return relative_gap(self.ratio.at(x), self.lower) <= self.gap

    def _request(self, trial: float) -> Request:
        cost = self.scale * (self.numerator.coefficients - trial * self.denominator.coefficients)
        offset = self.scale * (self.numerator.constant - trial * self.denominator.constant)
        return Request(cost=cost, offset=offset, time_limit_s=self._left_s(), seed=self.seed)

    def bound_from(self, trial: float, bound: float) -> float:
        """Lower bound of the ratio from a bound of the scaled N - trial * D."""
        return self.range.ratio_bound(trial, bound / self.scale)

    def _relaxed(self) -> Outcome | None:
        """Dinkelbach on the linear relaxation: first lower bound and first trial ratio."""
        outcome = self.engine.solve(replace(self._request(0.0), relaxed=True))
        for _ in range(_LP_STEPS):
            if outcome.status is not SolverStatus.OPTIMAL or outcome.x is None:
                return None if isfinite(self.lower) and outcome.status.undecided else outcome
            ratio = self.ratio.at(outcome.x)
            self._choose_scale(self.numerator.at(outcome.x))
            falls_by = relative_gap(self.trial, ratio) if self.steps else inf
            self.trial = ratio
            outcome = self.engine.solve(replace(self._request(ratio), relaxed=True))
            if outcome.status is SolverStatus.OPTIMAL and outcome.x is not None:
                self.relaxed, self.vertex = outcome, Vertex(outcome.x, self.engine.basis)
                self.lower = max(self.lower, self.bound_from(ratio, outcome.bound))
                self._record(outcome, relaxed=True)
            if falls_by <= _CONVERGED:
                break
        return None

    def _choose_scale(self, magnitude: float) -> None:
        """Keep N - r D within the solver's absolute tolerances, by a power of two so that nothing is rounded."""
        size = abs(magnitude) * self.scale
        if size > 0 and not 1.0 <= size <= 1e6:
            self.scale = ldexp(1.0, 10 - frexp(abs(magnitude))[1])

    def _find_start(self) -> None:
        """Look for a good design around the relaxation, unless one is known."""
        relaxed = self.relaxed or Outcome(status=SolverStatus.NO_SOLUTION)
        looks = self._far() or (self.gap >= _LOOSE and not self._proven())
        if relaxed.x is not None and relaxed.column_duals is not None and looks:
            size = self.scale * abs(self.numerator.at(relaxed.x))
            around = Relaxed(x=relaxed.x, column_duals=relaxed.column_duals, size=size)
            for look in (first_design, better_design) if self.gap < FIRST_GAP else (first_design,):
                if self._proven() or self._left_s() <= 0 or self.engine.hooks.stopping:
                    break
                self._look(look, around)
        self._narrow_unless_proven()

    def _look(self, look: Callable[[Engine, Relaxed, Request], Outcome | None], around: Relaxed) -> None:
        self.restricted = True
        try:
            step = look(self.engine, around, replace(self._request(self.trial), start=self.best_x))
        finally:
            self.restricted = False
        self.likely_short = self.likely_short if step is None else step.nodes <= EASY_NODES
        if step is not None and step.x is not None:
            self._adopt(step.x)
        self.complaint = Outcome(status=SolverStatus.NO_SOLUTION)

    def _narrow_unless_proven(self) -> None:
        """Half a dozen LPs, so not for a question that is answered."""
        if not self._proven() and isfinite(self.best) and not self.engine.hooks.stopping and self._left_s() > 0:
            self.range.narrow(self.engine, self.numerator, self.best, self._left_s(), self.vertex)

    def _far(self) -> bool:
        """Whether too much is open to tell where the least ratio lies; a tree far from it proves little."""
        near = _FAR if self.best == inf or self.engine.compiled.is_integer.sum() > FEW else inf
        return relative_gap(self.best, self.lower) > max(self.gap, near)

    def _next_trial(self, first: bool) -> float:
        """The relaxation's ratio while much is open, then near the best design's, at last that itself."""
        if self.best_x is None or (first and self._far()):
            return self.trial
        if not first or not isfinite(self.range.high + self.lower):
            return self.best
        one_tree = self.gap if self.engine.compiled.is_integer.sum() >= LEAST_INTEGERS else 0.0
        return first_trial(self.best, self.lower, self.denominator.at(self.best_x), self.range, one_tree)

    def _mip_step(self, first: bool) -> Outcome:
        share = max(self.share * self.gap, _FIRST_STEP_SHARE if first and self._far() else 0.0)
        self.trial, self.ended_early = self._next_trial(first), False
        request = replace(
            self._request(self.trial), start=self.best_x, integrality_tolerance=self.tolerance,
            absolute_gap=max(share * abs(self.trial) * self.range.low * self.scale, 1e-9),
            enough=self._enough if self.may_end_early else None, likely_short=self.likely_short,
        )  # fmt: skip
        outcome = self.engine.solve(request)
        if isfinite(outcome.bound):  # first, for it tells which design suffices
            self.lower = max(self.lower, self.bound_from(self.trial, outcome.bound))
        if outcome.x is not None:
            self._adopt(outcome.x)
        # A tree ends with the least N - r D, which need not be the least ratio that it showed.
        if self.seen.x is not None and relative_gap(self.best, self.seen.ratio) > (1 - _NEARLY) * self.gap:
            self._adopt(self.seen.x)
        if isfinite(outcome.bound):
            self._narrow_unless_proven()
            self.lower = max(self.lower, self.bound_from(self.trial, outcome.bound))
        self._record(outcome, relaxed=False)
        return outcome

    def _enough(self, bound: float) -> bool:
        """Whether a bound told by the running step, and the best ratio seen, prove the gap."""
        best = min(self.best, self.seen.ratio)
        lower = max(self.lower, self.bound_from(self.trial, bound))
        self.ended_early = relative_gap(best, lower) <= _NEARLY * self.gap
        return self.ended_early

    def _adopt(self, x: Vector) -> None:
        """Make x honest (whole integers, rest optimal for the ratio) and keep it if it is the best."""
        kept = best_with_integers(self.engine, self.ratio, x, self.trial, self._suffices)
        self.complaint = self.complaint if kept.unsound is None else kept.unsound
        if kept.x is not None and kept.ratio < self.best:
            self.best, self.best_x = kept.ratio, self.engine.rounded(kept.x)

    def _tighten(self) -> bool:
        """A step without progress leant on the tolerance of integers; False if that is tight already."""
        loose, self.tolerance = self.tolerance > _TIGHT, _TIGHT
        return loose

    def _record(self, outcome: Outcome, relaxed: bool) -> None:
        step = RatioStep(
            trial=self.trial, incumbent=self.best, bound=self.lower,
            seconds=outcome.seconds, nodes=outcome.nodes, relaxed=relaxed,
        )  # fmt: skip
        self.steps.append(step)

    def _result(self, ending: Outcome) -> RatioOutcome:
        status, names, message = self._verdict(ending)
        lower = min(self.lower, self.best)
        interrupted = self.engine.hooks.stopping and not self._proven()
        relaxation_feasible = bool(self.steps) if self.steps or status is SolverStatus.INFEASIBLE else None
        return RatioOutcome(
            status=status, x=self.best_x, ratio=self.best, bound=lower, gap=relative_gap(self.best, lower),
            steps=tuple(self.steps), seconds=time.monotonic() - self.began, interrupted=interrupted, names=names,
            message=message, relaxation_feasible=relaxation_feasible,
        )  # fmt: skip

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
        self.seen = NOTHING
        try:
            yield
        finally:
            self.engine.hooks = before

    def _seen(self, hooks: Hooks, x: Vector) -> None:
        if self.engine.is_design(x):
            self.seen = min(self.seen, Kept(self.ratio.at(x), x), key=attrgetter("ratio"))
        apart = not self.restricted and relative_gap(self.best, self.trial) > _APART * self.gap
        if apart and self.engine.compiled.is_integer.sum() >= LEAST_INTEGERS:
            self.seen = min(self.seen, self._worth(x), key=attrgetter("ratio"))
        if hooks.on_solution is not None:
            hooks.on_solution(x)

    def _worth(self, x: Vector) -> Kept:
        """The best design with a running tree's integers, found beside it.

        A second of the flagship's, and no tree of its size ended sooner: only where a tree takes minutes.
        """
        self.beside = self.beside or self.engine.another()
        with suppress(SolverCrash):  # the tree itself goes on
            return NOTHING if self.beside is None else best_with_integers(self.beside, self.ratio, x, self.trial)
        return NOTHING

    def _tell(self, hooks: Hooks, progress: Progress) -> None:
        assert hooks.on_progress is not None
        bounded = isfinite(progress.bound) and not self.restricted
        bound = max(self.lower, self.bound_from(self.trial, progress.bound)) if bounded else self.lower
        best = min(self.best, self.seen.ratio)
        hooks.on_progress(Progress(time.monotonic() - self.began, best, min(bound, best), progress.nodes))
