"""The range of a ratio's denominator D over the relaxation: what turns a bound of N - r D into one of N / D.

Of designs with D in [low, high], N - r D >= B means N / D >= r + B / low for B < 0 and r + B / high for B >= 0.
Once a design is known only better ones count, which narrows the range: a worse one cannot lower the bound below the
ratio of the design itself.
"""

from __future__ import annotations

import time
from math import inf

from optimizer.solve.highs import Engine
from optimizer.solve.outcome import LinearForm, Outcome, SolverStatus
from optimizer.solve.unsound import Unsound

_MARGIN = 1e-7


class DenominatorRange:
    """Least and largest D, each moved outwards by 1e-7 of itself."""

    def __init__(self, denominator: LinearForm) -> None:
        self.denominator = denominator
        self._negative = LinearForm(-denominator.coefficients, -denominator.constant)
        self.low, self.high = 0.0, inf

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
        return None

    def narrow(self, engine: Engine, numerator: LinearForm, ratio: float, time_limit_s: float) -> None:
        """Leave only what designs at least as good as a known ratio can have."""
        d = self.denominator
        better = LinearForm(
            numerator.coefficients - ratio * d.coefficients,
            numerator.constant - ratio * d.constant,
        )
        deadline = time.monotonic() + time_limit_s
        with engine.held(better, _MARGIN * abs(ratio) * self.low):
            low = engine.lp_relaxation(d, time_limit_s)
            high = engine.lp_relaxation(self._negative, deadline - time.monotonic())
        if low.status is SolverStatus.OPTIMAL:
            self.low = max(self.low, low.objective - _MARGIN * abs(low.objective))
        if high.status is SolverStatus.OPTIMAL:
            self.high = min(self.high, -high.objective + _MARGIN * abs(high.objective))

    def ratio_bound(self, trial: float, bound: float) -> float:
        """Lower bound of N / D from a lower bound of N - trial * D."""
        return trial + bound / (self.low if bound < 0 else self.high)
