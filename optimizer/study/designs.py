"""Designs of experiments: which points of the factors' space a study visits.

A point has one value per factor; None means that the factor stays as it is in the instance.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from optimizer.errors import UsageError
from optimizer.study.axes import Axis, Value
from optimizer.study.targets import Factor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["grid", "one_at_a_time", "latin_hypercube", "sobol", "monte_carlo"]
KINDS: tuple[Kind, ...] = ("grid", "one_at_a_time", "latin_hypercube", "sobol", "monte_carlo")
SAMPLED = ("latin_hypercube", "sobol", "monte_carlo")
DEFAULT_SAMPLES = 64
MAX_CELLS = 10_000
Point = tuple[Value, ...]


@dataclass(frozen=True)
class Definition:
    """Factors and how they are combined. `samples` and `seed` are of sampled designs."""

    kind: Kind
    factors: tuple[Factor, ...]
    samples: int = DEFAULT_SAMPLES
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises UsageError for a design that cannot be."""
        if not self.factors:
            raise UsageError("a study needs something to vary", "for example --vary sites.main.grid_mw=10:30:5")
        if self.kind not in SAMPLED and not all(isinstance(factor, Axis) for factor in self.factors):
            raise UsageError(
                f"a {self.kind} design takes axes only; the study file has a table of changes",
                "sample it: --design monte_carlo, latin_hypercube or sobol",
            )
        if self.kind == "sobol" and self.samples & (self.samples - 1):
            below = 1 << (self.samples.bit_length() - 1)
            raise UsageError(
                f"a Sobol sequence is balanced for powers of two; {self.samples} samples is none",
                f"--samples {below} or --samples {2 * below}",
            )

    def to_json(self) -> dict[str, Any]:
        """What defines the design."""
        sampled = {"samples": self.samples, "seed": self.seed} if self.kind in SAMPLED else {}
        return {"kind": self.kind, "factors": [factor.to_json() for factor in self.factors], **sampled}


def count(definition: Definition) -> int:
    """Number of points, without making them."""
    if definition.kind in SAMPLED:
        return definition.samples
    sizes = [len(factor.values) for factor in definition.factors]
    return math.prod(sizes) if definition.kind == "grid" else 1 + sum(sizes)


def check_count(cells: int, max_cells: int, workers: int) -> None:
    """Raise UsageError, with an estimate of the time, if there are more cells than allowed."""
    if cells <= max_cells:
        return
    small, large = (duration(cells * seconds / workers) for seconds in (1, 30))
    raise UsageError(
        f"the study has {cells:,} cells, more than the {max_cells:,} allowed; with {workers} workers that takes about "
        f"{small} at 1 s a cell, {large} at 30 s",
        f"fewer values, a sampled design (--design latin_hypercube --samples 200), or --max-cells {cells}",
    )


def duration(seconds: float) -> str:
    """A length of time in words."""
    for size, unit in ((86_400 * 365.25, "years"), (86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds"


def points(definition: Definition) -> Iterator[Point]:
    """The points in the order of the cells; the last factor of a grid changes fastest."""
    factors = definition.factors
    if definition.kind == "grid":
        yield from itertools.product(*(factor.values for factor in factors))
    elif definition.kind == "one_at_a_time":
        yield (None,) * len(factors)
        for place, factor in enumerate(factors):
            for value in factor.values:
                yield (*(None,) * place, value, *(None,) * (len(factors) - place - 1))
    else:
        for row in unit_points(definition):
            yield tuple(factor.quantile(float(u)) for factor, u in zip(factors, row, strict=True))


def unit_points(definition: Definition) -> NDArray[np.float64]:
    """The sampled points in the unit cube, an array of shape (samples, factors)."""
    import numpy as np

    size, seed = len(definition.factors), definition.seed
    if definition.kind == "monte_carlo":
        return np.random.default_rng(seed).random((definition.samples, size))
    from scipy.stats import qmc

    if definition.kind == "latin_hypercube":
        return np.asarray(qmc.LatinHypercube(size, rng=seed).random(definition.samples))
    return np.asarray(qmc.Sobol(size, rng=seed).random_base2(definition.samples.bit_length() - 1))
