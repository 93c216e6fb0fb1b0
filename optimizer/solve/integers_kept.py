"""The best design for a ratio that has the integers of a solution: what the solution is worth.

A tree minimises N - r D at a trial ratio r, so the rest of its solution is best for r and not for the solution's own
ratio: where r lies below, it serves no more than it must. With the integers kept, the rest is a linear programme.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

from optimizer.solve.highs import Engine
from optimizer.solve.outcome import LinearForm, Outcome, Request, SolverStatus, Suffices, Vector
from optimizer.solve.unsound import Unsound

_CONVERGED = 1e-12
_STEPS = 50


@dataclass(frozen=True)
class Ratio:
    """N / D, and how a search asks for the least N - r D at a trial r."""

    numerator: LinearForm
    denominator: LinearForm
    request: Callable[[float], Request]

    def at(self, x: Vector) -> float:
        """The ratio of a solution; inf where its D is not positive."""
        d = self.denominator.at(x)
        return self.numerator.at(x) / d if d > 0 else inf


@dataclass(frozen=True)
class Kept:
    """A ratio and its design, None if the integers have none, and the outcome that says why the numbers are unsound."""

    ratio: float
    x: Vector | None
    unsound: Outcome | None = None


NOTHING = Kept(inf, None)


def best_with_integers(engine: Engine, ratio: Ratio, x: Vector, trial: float, suffices: Suffices | None = None) -> Kept:
    """Make x honest: whole integers, the rest best for its ratio by Dinkelbach's iteration from `trial`.

    A design that `suffices` need not be the best.
    """
    added_rows, unsound = engine.added_rows, None
    try:
        with engine.integers_fixed(x) as whole:
            best, best_x = (ratio.at(whole), whole) if engine.holds(whole) else (inf, None)
            trial = best if isfinite(best) else trial
            for _ in range(_STEPS):
                request = ratio.request(trial)
                outcome = engine.fixed_lp(request.cost, request.offset, suffices)
                if outcome.x is None or outcome.status is not SolverStatus.OPTIMAL:
                    # Rows learnt on the way may forbid what the model allowed: that is no fault of the numbers.
                    if outcome.status is SolverStatus.UNSOUND and engine.added_rows == added_rows:
                        unsound = outcome
                    break
                trial = ratio.at(outcome.x)
                if isfinite(best) and not trial < best - _CONVERGED * abs(best):
                    break
                best, best_x = trial, outcome.x
                if engine.hooks.stopping:
                    break
    except Unsound as error:
        return Kept(inf, None, Outcome(status=SolverStatus.UNSOUND, names=error.names, message=error.reason))
    return Kept(best, best_x, unsound)
