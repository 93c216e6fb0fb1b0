"""What never reaches the solver: numbers and versions that HiGHS is measured to answer wrongly, without a word.

A coefficient of 1e15 makes every row vanish and NaN comes back "optimal"; highspy 1.14.0 returns wrong optima.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizer.solve.unsound import Unsound

if TYPE_CHECKING:
    from optimizer.solve.compiled import Compiled
    from optimizer.solve.outcome import LinearForm

MAGNITUDE_LIMIT = 1e12
RANGE_LIMIT = 1e9
DROPPED_BELOW = 1e-9
"""HiGHS drops matrix entries of this size or smaller."""
OLDEST_HIGHSPY = (1, 15, 1)
CONTRADICTION = 1e-5
"""A design that denies a proof by more than this, relative to the terms it is made of, is no matter of rounding."""


def check_highspy(installed: str | None = None) -> None:
    """Raise Unsound if the installed highspy (or the version given) is older than 1.15.1."""
    installed = _found(version) if installed is None else installed
    digits = tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in installed.split(".")[:3])
    if digits < OLDEST_HIGHSPY:
        raise Unsound((), f"highspy {installed} is refused: 1.14.0 returns wrong optima; install highspy>=1.15.1")


@cache
def _found(look_up: Callable[[str], str]) -> str:
    """The version that is installed, looked up once: a cell of a study loads some engines."""
    return look_up("highspy")


def check_matrix(compiled: Compiled) -> None:
    """Raise Unsound for non-finite or huge numbers anywhere, and for a matrix HiGHS would distort."""
    _check_vectors(compiled)
    value, size = compiled.value, np.abs(compiled.value)
    _refuse(~np.isfinite(value), compiled, "coefficients that are not finite")
    _refuse(size >= MAGNITUDE_LIMIT, compiled, f"coefficients of {MAGNITUDE_LIMIT:g} or more")
    _refuse((size > 0) & (size <= DROPPED_BELOW), compiled, f"coefficients of {DROPPED_BELOW:g} or less, dropped")
    size = size[size > 0]
    if size.size and size.max() > RANGE_LIMIT * size.min():
        extremes = (np.abs(value) == size.max()) | (np.abs(value) == size.min())
        _refuse(extremes, compiled, f"coefficients range over more than {RANGE_LIMIT:g}")


def violated(compiled: Compiled, x: npt.NDArray[np.float64], tolerance: float) -> tuple[str, ...]:
    """Names of the rows and columns whose limits x misses by more than tolerance * (1 + |limit|), or is NaN at."""
    return (
        *_outside(compiled.activity(x), compiled.row_lower, compiled.row_upper, compiled.row_names, tolerance),
        *_outside(x, compiled.column_lower, compiled.column_upper, compiled.column_names, tolerance),
    )


def whole(compiled: Compiled, x: npt.NDArray[np.float64], tolerance: float) -> npt.NDArray[np.float64]:
    """x with its integers rounded; raises Unsound naming those further from whole than that, or out of bounds."""
    rounded = np.where(compiled.is_integer, np.round(x), x).astype(np.float64)
    far = ~(np.abs(rounded - x) <= tolerance)
    far |= compiled.is_integer & ((rounded < compiled.column_lower) | (rounded > compiled.column_upper))
    if far.any():
        raise Unsound([compiled.column_names[j] for j in np.flatnonzero(far)], "integers that are not whole")
    return rounded


def check_proofs(
    proofs: Iterable[LinearForm], x: npt.NDArray[np.float64] | None, tolerance: float = CONTRADICTION
) -> None:
    """Raise Unsound if a design denies what is proven of all designs: no form is negative."""
    if x is None:
        return
    for number, form in enumerate(proofs):
        size = abs(form.constant) + float(np.abs(form.coefficients) @ np.abs(x))
        if not form.at(x) >= -tolerance * max(size, 1e-6):
            raise Unsound((f"proof[{number}]",), "a bound that was handed on lies above a known design")


def falling(compiled: Compiled, cost: npt.NDArray[np.float64]) -> tuple[str, ...]:
    """Columns that could drive cost . x to minus infinity: those paid to move towards a missing bound."""
    endless = (cost < 0) & (compiled.column_upper == np.inf) | (cost > 0) & (compiled.column_lower == -np.inf)
    return tuple(compiled.column_names[j] for j in np.flatnonzero(endless))


def _outside(
    value: npt.NDArray[np.float64],
    lower: npt.NDArray[np.float64],
    upper: npt.NDArray[np.float64],
    names: tuple[str, ...],
    tolerance: float,
) -> list[str]:
    margin_low = tolerance * (1 + np.where(np.isfinite(lower), np.abs(lower), 0))
    margin_high = tolerance * (1 + np.where(np.isfinite(upper), np.abs(upper), 0))
    # Written so that NaN counts as a violation.
    inside = (value >= lower - margin_low) & (value <= upper + margin_high) & np.isfinite(value)
    return [names[i] for i in np.flatnonzero(~inside)]


def _check_vectors(compiled: Compiled) -> None:
    vectors = [("cost", compiled.cost, compiled.column_names, False)]
    vectors += [
        (f"form {name}", form.coefficients, compiled.column_names, False) for name, form in compiled.forms.items()
    ]
    vectors += [
        ("lower limit of row", compiled.row_lower, compiled.row_names, True),
        ("upper limit of row", compiled.row_upper, compiled.row_names, True),
        ("lower bound of column", compiled.column_lower, compiled.column_names, True),
        ("upper bound of column", compiled.column_upper, compiled.column_names, True),
    ]
    for label, numbers, names, may_be_infinite in vectors:
        fine = np.abs(numbers) < MAGNITUDE_LIMIT
        if may_be_infinite:
            fine |= np.isinf(numbers)
        bad = np.flatnonzero(~fine)
        if bad.size:
            texts = (f"{label} {names[i]} = {numbers[i]:g}" for i in bad)
            raise Unsound(texts, f"numbers that are not finite or reach {MAGNITUDE_LIMIT:g}")
    for label, constant in [("cost", compiled.cost_offset), *((n, f.constant) for n, f in compiled.forms.items())]:
        if not abs(constant) < MAGNITUDE_LIMIT:
            raise Unsound((f"constant of {label} = {constant:g}",), "a constant that is not finite or far too large")


def _refuse(mask: npt.NDArray[np.bool_], compiled: Compiled, message: str) -> None:
    entries = np.flatnonzero(mask)
    if not entries.size:
        return
    columns = np.searchsorted(compiled.start, entries, side="right") - 1
    raise Unsound(
        (
            f"row {compiled.row_names[compiled.index[e]]}, column {compiled.column_names[j]} = {compiled.value[e]:g}"
            for e, j in zip(entries, columns, strict=True)
        ),
        message,
    )
