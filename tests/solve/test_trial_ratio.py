"""Where the first tree is searched: near the best ratio, and of large models where less is given away."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.solve.denominator_range import DenominatorRange
from optimizer.solve.outcome import LinearForm
from optimizer.solve.trial_ratio import first_trial


def between(low: float, high: float) -> DenominatorRange:
    found = DenominatorRange(LinearForm(np.ones(1)))
    found.low, found.high = low, high
    return found


@pytest.mark.parametrize(
    ("lower", "at", "gap", "expected"),
    [
        (1.9, 101.0, 0.0, 2.0),
        (1.9, 109.0, 0.0, 2.0 - 5e-4 * 2.0),
        (1.99, 109.0, 0.0, 2.0 - 0.05 * 0.01),
        (1.99, 105.0, 1e-2, 2.0),
        (1.99, 105.0, 9e-3, 1.995),
        (1.99, 105.0, 1e-3, 1.995),
        (1.99, 105.0, 1e-4, 2.0),
        (1.9, 105.0, 1e-3, 2.0),
        (2.0, 105.0, 1e-3, 2.0),
    ],
)
def test_half_way_if_one_tree_shall_do_and_little_is_given_away(
    lower: float, at: float, gap: float, expected: float
) -> None:
    assert first_trial(2.0, lower, at, between(100.0, 110.0), gap) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("best", "lower", "low", "d", "high", "proven"),
    [(1.91197, 1.90113, 1707.8, 1759.4, 1850.8, 1.90402), (2.38137, 2.36425, 1457.0, 1507.9, 1569.0, 2.37582)],
    ids=["3 sites x 10 phases", "5 sites x 5 phases"],
)
def test_a_large_model_keeps_more_of_what_its_tree_proves(
    best: float, lower: float, low: float, d: float, high: float, proven: float
) -> None:
    """What N - r D >= (proven - r) d comes to as a ratio: at the best ratio known, and at the trial."""
    allowed = between(low, high)
    trial = first_trial(best, lower, d, allowed, 1e-3)
    at_trial, at_best = (allowed.ratio_bound(r, (proven - r) * d) for r in (trial, best))
    assert at_best < at_trial <= proven
    assert proven - at_trial < 0.7 * (proven - at_best)
