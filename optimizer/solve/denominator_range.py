"""The range of a ratio's denominator D over the relaxation: what turns a bound of N - r D into one of N / D.

Of designs with D in [low, high], N - r D >= B means N / D >= r + B / low for B < 0 and r + B / high for B >= 0.
Once a design is known only better ones count, which narrows the range: a worse one cannot lower the bound below the
ratio of the design itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf, isfinite

from optimizer.solve.highs import Engine
from optimizer.solve.outcome import Basis, LinearForm, Outcome, SolverStatus, Vector
from optimizer.solve.unsound import Unsound

_MARGIN = 1e-7
_ENOUGH = 0.01
"""Part of a range that its end may be off: what a bound loses by it is that part of what the range costs it."""


@dataclass(frozen=True)
class Vertex:
    """A solution of the relaxation, and its basis in an engine that is asked again."""

    x: Vector
    basis: Basis | None


class DenominatorRange:
    """Least and largest D, each moved outwards by 1e-7 of itself."""

    def __init__(self, denominator: LinearForm) -> None:
        self.denominator = denominator
        self._negative = LinearForm(-denominator.coefficients, -denominator.constant)
        self.low, self.high = 0.0, inf
        self._ends: tuple[Vector | None, Vector | None] = (None, None)
        self._narrowed_by: tuple[float, int] | None = None

    def find(self, engine: Engine, time_limit_s: float) -> Outcome | None:
        """The range over the engine's relaxation; an outcome if that already ends the search.

        Raises Unsound if D can be zero or negative: then the ratio means nothing.
        """
        deadline = time.monotonic() + time_limit_s
        low = engine.lp_relaxation(self.denominator, time_limit_s)
        if low.status not in (SolverStatus.OPTIMAL, SolverStatus.UNBOUNDED):
            return low
        high = engine.lp_relaxation(self._negative, deadline - time.monotonic())
        if high.status is SolverStatus.OPTIMAL:
            self.high = -high.objective + _MARGIN * abs(high.objective)
            if self.high <= 0:
                return Outcome(status=SolverStatus.INFEASIBLE, message="no design has a positive denominator")
        elif high.status is not SolverStatus.UNBOUNDED:
            return high
        self.low = low.objective - _MARGIN * abs(low.objective) if low.status is SolverStatus.OPTIMAL else -inf
        if not self.low > 0:
            text = f"the ratio's denominator can be as small as {self.low:g}; it must be bounded above zero"
            raise Unsound((), text)
        self._ends = low.x, high.x
        return None

    def narrow(
        self, engine: Engine, numerator: LinearForm, ratio: float, time_limit_s: float, relaxed: Vertex | None = None
    ) -> None:
        """Leave only what designs at least as good as a known ratio can have.

        Those have an excess N - ratio D of at most 0, so that their D is at most the largest D - m excess of all
        designs, whatever m >= 0; of -D likewise. A row "excess <= 0" says as much, but is dense: its two linear
        programmes took 2 to 4 times as long as those of the few m that are tried, from the basis of the relaxation.
        `relaxed` is a solution of little excess, where it is known.
        """
        if (ratio, engine.added_rows) == self._narrowed_by:
            return
        d = self.denominator
        excess = LinearForm(
            numerator.coefficients - ratio * d.coefficients,
            numerator.constant - ratio * d.constant - _MARGIN * abs(ratio) * self.low,
        )
        deadline = time.monotonic() + time_limit_s
        (least, largest), (low, high) = self._ends, (self.low, self.high)
        self.low = max(low, -_most(engine, excess, _Sought(self._negative, least, -high, relaxed), deadline))
        self.high = min(high, _most(engine, excess, _Sought(d, largest, low, relaxed), deadline))
        self._narrowed_by = (ratio, engine.added_rows)

    def ratio_bound(self, trial: float, bound: float) -> float:
        """Lower bound of N / D from a lower bound of N - trial * D."""
        return trial + bound / (self.low if bound < 0 else self.high)


@dataclass(frozen=True)
class _Sought:
    """A form, the solution that has most of it at whatever excess, and what is known of solutions without excess."""

    form: LinearForm
    furthest: Vector | None
    least: float
    """A value that the form has at least."""
    relaxed: Vertex | None


def _most(engine: Engine, excess: LinearForm, sought: _Sought, deadline: float) -> float:
    """Upper bound of a form over what has no excess, moved outwards; inf without one.

    The largest form - m excess is convex in m, and each solution's own form and excess give a line below it. The next m
    is where the lines of a solution with excess and of one without meet; it ends when they leave little open.
    Source: J. E. Kelley, The cutting-plane method for solving convex programs, SIAM Journal 8 (1960).
    """
    form, basis, bound = sought.form, None, inf
    if sought.furthest is None or not isfinite(sought.least):
        return inf
    above, below = (form.at(sought.furthest), excess.at(sought.furthest)), (sought.least, 0.0)
    enough = _ENOUGH * (above[0] - below[0])
    if sought.relaxed is not None:
        basis = sought.relaxed.basis
        below = min(below, (form.at(sought.relaxed.x), excess.at(sought.relaxed.x)), key=lambda line: line[1])
    while above[1] > 0 and (left_s := deadline - time.monotonic()) > 0:
        m = (above[0] - below[0]) / (above[1] - below[1])
        cost = LinearForm(m * excess.coefficients - form.coefficients, m * excess.constant - form.constant)
        solved = engine.lp_relaxation(cost, left_s, basis)
        if solved.status is not SolverStatus.OPTIMAL or solved.x is None:
            break
        most, basis = -solved.objective, engine.basis
        bound = min(bound, most + _MARGIN * abs(most))
        if most - (above[0] - m * above[1]) <= enough:
            break
        line = (form.at(solved.x), excess.at(solved.x))
        above, below = (line, below) if line[1] > 0 else (above, line)
    return bound
