"""Random choices by seed, for instances that are the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
Changes = dict[str, Any]
"""Values of an instance by dotted path."""
SITE = "paper"
"""The only site of instances/minimal.toml."""


class Dice:
    """Random choices of one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([20261122, seed])

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return bool(self.rng.random() < probability)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[int(self.rng.integers(len(choices)))]

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def real(self, low: float, high: float) -> float:
        """A number with three decimals."""
        return round(float(self.rng.uniform(low, high)), 3)
