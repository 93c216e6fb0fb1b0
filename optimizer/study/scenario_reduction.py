"""Scenarios that stand for others: those to which the first stage is worth nearly the same.

Source: H. Heitsch and W. Roemisch, Scenario reduction algorithms in stochastic programming, Computational Optimization
and Applications 24 (2003).
"""

from __future__ import annotations

from math import inf

import numpy as np
import numpy.typing as npt

from optimizer.solve.outcome import Vector

Matrix = npt.NDArray[np.float64]


def _distances(features: Matrix) -> Matrix:
    """Between any two scenarios: how differently they value the first stage, MUSD."""
    return np.array([np.abs(features - one).sum(axis=1) for one in features])


def stood_for(features: Matrix, chance: Vector, few: tuple[int, ...]) -> Vector:
    """Probability of what each of the few stands for: itself, and the others that are nearest to it.

    Also if another of the few is as near as itself: if all are among them, the chances are the tree's own, and what is
    proven of the few is proven of the tree.
    """
    nearest = _distances(features)[:, few].argmin(axis=1)
    nearest[list(few)] = range(len(few))
    total = np.zeros(len(few))
    np.add.at(total, nearest, chance)
    return total


def standing_for_all(features: Matrix, chance: Vector, most: int) -> tuple[int, ...]:
    """Scenarios such that the others lie near one of them, by probability: forward selection, the first of equals."""
    distances = _distances(features)
    nearest, few = np.full(len(chance), inf), list[int]()
    while len(few) < min(most, len(chance)):
        left = [float(chance @ np.minimum(nearest, column)) for column in distances.T]
        at = int(np.argmin(left))
        if at in few:
            break
        few.append(at)
        nearest = np.minimum(nearest, distances[:, at])
    return tuple(few)
