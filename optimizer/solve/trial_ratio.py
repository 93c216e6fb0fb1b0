"""The trial ratio of the first tree, between the relaxation's bound and the best ratio known.

A tree at a trial r proves B <= N - r D, so a ratio of r + B / D. If r lies above what is proven, that is taken at the
least D, and (r - bound)(1 - least D / D) is given away; below, at the largest D likewise. A second tree at the best
ratio gives next to nothing away, but a large model has no time for one, and its first design is far from the best:
3 sites by 10 phases began 0.32 % above it and gave 0.013 % of the ratio away, where the 0.004 % proven last had taken
their tree 140 CPU s.
"""

from __future__ import annotations

from optimizer.solve.denominator_range import DenominatorRange

_BELOW, _MOST_BELOW = 0.05, 5e-4
"""How far below the best ratio, of what is open and of the ratio: about where the least one of a small model is."""
_MIDDLE = 0.5
"""The same for large models, of what is open: nobody knows where their bound will end."""
_LOOSE = 1e-2
"""From this gap on one tree does from the best ratio too."""
_LITTLE = 0.3
"""Part of the gap that may be given away: with more, one tree would not do from the middle either."""


def first_trial(best: float, lower: float, at: float, allowed: DenominatorRange, gap: float) -> float:
    """A trial for the first tree, from the best ratio known and the bound (both in one unit).

    `at` is the best design's D, `allowed` the range of those as good; `gap` is the relative one that a single tree
    shall prove, 0 of a model that has time for two.
    """
    below = _MIDDLE * (best - lower)
    given_away = below * max(1.0 - allowed.low / at, 1.0 - at / allowed.high)
    if gap < _LOOSE and given_away <= _LITTLE * gap * abs(best):
        return best - below
    # Below the least ratio the largest D gives the bound, above it the least D: the side near the best's own D.
    near_least = at <= 0.5 * (allowed.low + allowed.high)
    return best if near_least else best - min(_BELOW * (best - lower), _MOST_BELOW * abs(best))
