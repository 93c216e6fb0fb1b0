"""Global sensitivity by SALib: Morris' elementary effects and Sobol's variance shares.

Samples lie in the unit cube and go through the quantiles of the factors, so any distribution will do.
Sources: M. Morris, Technometrics 33 (1991); A. Saltelli et al., Computer Physics Communications 181 (2010).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from optimizer.errors import UsageError

Method = Literal["morris", "sobol"]
LEVELS = 4
DEFAULT_SAMPLES: dict[Method, int] = {"morris": 10, "sobol": 64}
CONFIDENCE = 0.95
COLUMNS: dict[Method, tuple[str, ...]] = {
    "morris": ("mu", "mu_star", "mu_star_conf", "sigma"),
    "sobol": ("S1", "S1_conf", "ST", "ST_conf"),
}


def size(method: Method, factors: int, samples: int) -> int:
    """Number of cells. Raises UsageError for a number of samples the method cannot take."""
    if method == "sobol" and (samples < 2 or samples & (samples - 1)):
        below = 1 << max(1, samples.bit_length() - 1)
        raise UsageError(
            f"Sobol indices take a power of two, not {samples} samples", f"--samples {below} or {2 * below}"
        )
    if factors < 2:
        raise UsageError("sensitivity indices need two axes at least", "one axis alone: optimizer sweep")
    return samples * (factors + (1 if method == "morris" else 2))


def sample(method: Method, factors: int, samples: int, seed: int) -> list[tuple[float, ...]]:
    """Points of the unit cube, in SALib's order."""
    with _salib():
        if method == "morris":
            from SALib.sample.morris import sample as draw

            drawn = draw(_problem(factors), samples, num_levels=LEVELS, seed=seed)
        else:
            from SALib.sample.sobol import sample as draw_sobol

            drawn = draw_sobol(_problem(factors), samples, calc_second_order=False, seed=seed)
    return [tuple(float(u) for u in row) for row in drawn]


def analyse(
    method: Method, points: Sequence[Sequence[float]], outputs: Sequence[float], seed: int
) -> list[dict[str, float]]:
    """Indices of every factor with the half-width of their 95 % intervals. An output that never moves gives zeros."""
    import numpy as np

    factors = len(points[0])
    values = np.array(outputs, dtype=float)
    if not float(np.ptp(values)) > 1e-12 * max(1.0, float(np.abs(values).max())):
        return [dict.fromkeys(COLUMNS[method], 0.0) for _ in range(factors)]
    with _salib():
        if method == "morris":
            from SALib.analyze import morris

            effects = morris.analyze(
                _problem(factors), np.array(points), values, conf_level=CONFIDENCE, num_levels=LEVELS, seed=seed
            )
        else:
            from SALib.analyze import sobol

            effects = sobol.analyze(
                _problem(factors), values, calc_second_order=False, conf_level=CONFIDENCE, seed=seed
            )
    return [{name: _plain(effects[name][place]) for name in COLUMNS[method]} for place in range(factors)]


def _plain(value: Any) -> float:
    number = float(value)
    return number if abs(number) < float("inf") else 0.0


def _problem(factors: int) -> dict[str, Any]:
    names = [f"x{place}" for place in range(factors)]
    return {"num_vars": factors, "names": names, "bounds": [[0.0, 1.0]] * factors}


@contextmanager
def _salib() -> Iterator[None]:
    """SALib, with the warnings of its own imports kept to itself. Raises UsageError if it is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import SALib  # noqa: F401
        except ImportError:
            raise UsageError(
                "Morris and Sobol indices need SALib, which is not installed",
                "pip install 'facility-optimizer[studies]'",
            ) from None
        yield
