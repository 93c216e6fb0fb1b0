"""What a solved problem proves for its neighbours: its bound is a valid row wherever its feasible set contains theirs.

Of a problem k with the forms N_k, D_k > 0 and a proven lower bound L_k of N_k / D_k

    N_k(x) - L_k D_k(x) >= 0        for every x in X_k        (of a plain objective D_k is the constant 1)

A problem with the same columns whose X lies inside X_k may have that row added, whatever its own objective is. The
least value of a ratio is quasi-concave in its coefficients, so a few such rows all around close most of the gap.
Where X_k is proven to be empty (L_k is infinite), so is every X inside it.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor, inf, isfinite, log2
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.solve.compiled import Compiled
from optimizer.solve.guards import DROPPED_BELOW, RANGE_LIMIT
from optimizer.solve.outcome import LinearForm, Vector

SAFETY = 1e-8
"""Relative part by which a bound is lowered before it is handed on: far above what a solver's tolerances on such rows
amount to (some 1e-9), far below any gap that is asked for."""
_ROUNDING = 1e-12
_LARGEST_EXPONENT = 6
"""A proof row is scaled so that its largest coefficient lies between 64 and 128, or below the largest of the model:
then it does not widen the range of the model's coefficients upwards."""
_ARRAYS = ("value", "row_lower", "row_upper", "column_lower", "column_upper", "parabola_scale")


@dataclass(frozen=True)
class Arrays:
    """The numbers of a compiled problem, as in `Compiled`."""

    value: Vector
    row_lower: Vector
    row_upper: Vector
    column_lower: Vector
    column_upper: Vector
    parabola_scale: Vector = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class ProvenBound:
    """A problem, its forms, what is proven of them and the design found, by names of its columns.

    `shape` is the SHA-256 of the names, the integers and the places of the non-zeros. The bound of a problem without
    any feasible point is inf.
    """

    shape: str
    arrays: Arrays
    numerator: LinearForm
    denominator: LinearForm
    bound: float
    start: Mapping[str, float] = field(default_factory=dict)

    @property
    def denies(self) -> bool:
        """Whether it is proven that the problem has no feasible point at all."""
        return self.bound == inf

    def holds_for(self, compiled: Compiled) -> bool:
        """Whether every feasible point of the compiled problem is one of this one, told by its arrays alone."""
        if self.shape != shape_of(compiled):
            return False
        a = self.arrays
        inside = (compiled.column_lower >= a.column_lower) & (compiled.column_upper <= a.column_upper)
        # A steeper parabola leaves less.
        steeper = len(a.parabola_scale) == len(compiled.parabolas) and (compiled.parabola_scale >= a.parabola_scale)
        return bool(inside.all() and np.all(steeper)) and self._rows_follow(compiled)

    def _rows_follow(self, compiled: Compiled) -> bool:
        """Whether each row follows from the row in its place and the bounds of the columns.

        a x <= u follows from a' x <= u' if u' + max (a - a') x <= u, the maximum over the bounds of the columns.
        """
        a = self.arrays
        most, least = _ranges(a.value - compiled.value, compiled)
        with np.errstate(invalid="ignore"):
            # Infinities that cancel give NaN, which follows from nothing.
            upper = np.isinf(a.row_upper) | (compiled.row_upper + most <= a.row_upper)
            lower = np.isinf(a.row_lower) | (compiled.row_lower + least >= a.row_lower)
        return bool(upper.all() and lower.all())

    def row(self) -> LinearForm:
        """The form that is not negative on all of this problem's feasible points: N - L D."""
        bound = self.bound - SAFETY * abs(self.bound)
        return LinearForm(
            self.numerator.coefficients - bound * self.denominator.coefficients,
            self.numerator.constant - bound * self.denominator.constant,
        )

    def to_json(self) -> dict[str, Any]:
        """Compact, without the design: floats as they are, so that nothing is rounded."""
        forms = (self.numerator, self.denominator)
        arrays = [*(getattr(self.arrays, name) for name in _ARRAYS), *(form.coefficients for form in forms)]
        packed = zlib.compress(b"".join(np.ascontiguousarray(a, dtype="<f8").tobytes() for a in arrays), 6)
        return {
            "shape": self.shape,
            "bound": None if self.denies else self.bound,
            "constants": [form.constant for form in forms],
            "sizes": [len(array) for array in arrays],
            "arrays": base64.b85encode(packed).decode("ascii"),
        }


def proven_bound_from(record: Mapping[str, Any], start: Mapping[str, float]) -> ProvenBound:
    """Inverse of `ProvenBound.to_json`, with the design that goes with it."""
    whole = np.frombuffer(zlib.decompress(base64.b85decode(record["arrays"])), dtype="<f8").astype(np.float64)
    arrays = np.split(whole, np.cumsum(record["sizes"])[:-1])
    numerator, denominator = (LinearForm(a, c) for a, c in zip(arrays[-2:], record["constants"], strict=True))
    bound = inf if record["bound"] is None else record["bound"]
    return ProvenBound(record["shape"], Arrays(*arrays[:-2]), numerator, denominator, bound=bound, start=start)


def proven_bound_of(compiled: Compiled, forms: tuple[LinearForm, LinearForm], bound: float) -> ProvenBound:
    """What is proven of a problem whose ratio of forms is proven to be at least `bound`."""
    arrays = Arrays(*(getattr(compiled, name) for name in _ARRAYS))
    return ProvenBound(shape_of(compiled), arrays, *forms, bound)


def one(compiled: Compiled) -> LinearForm:
    """The denominator of a plain objective."""
    return LinearForm(np.zeros(compiled.columns), 1.0)


def shape_of(compiled: Compiled) -> str:
    """SHA-256 of the names of rows and columns, the integers and the places of the non-zeros."""
    digest = hashlib.sha256()
    for names in (compiled.column_names, compiled.row_names):
        digest.update("\n".join(names).encode() + b"\0")
    laws = compiled.parabolas
    for array in (compiled.start, compiled.index, compiled.is_integer, laws.argument, laws.value, laws.count):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def with_rows(compiled: Compiled, rows: Sequence[LinearForm]) -> Compiled:
    """The problem with a row `form >= 0` for every form that can be written without numbers a solver distorts."""
    written = [row for form in rows if (row := _written(compiled, form)) is not None]
    if not written:
        return compiled
    entries = [np.flatnonzero(row.coefficients) for row in written]
    index = np.concatenate([np.full(len(at), compiled.rows + number) for number, at in enumerate(entries)])
    value = np.concatenate([row.coefficients[at] for row, at in zip(written, entries, strict=True)])
    columns = np.concatenate([np.repeat(np.arange(compiled.columns), np.diff(compiled.start)), *entries])
    order = np.argsort(columns, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(columns, minlength=compiled.columns))))
    return replace(
        compiled,
        start=start.astype(np.int32),
        index=np.concatenate([compiled.index, index])[order].astype(np.int32),
        value=np.concatenate([compiled.value, value])[order],
        row_lower=np.append(compiled.row_lower, [-row.constant for row in written]),
        row_upper=np.append(compiled.row_upper, np.full(len(written), inf)),
        row_names=(*compiled.row_names, *(f"proof[{number}]" for number in range(len(written)))),
    )


def _written(compiled: Compiled, form: LinearForm) -> LinearForm | None:
    """The form, scaled; small coefficients give way to the most they could add, so that the row stays valid."""
    size = np.abs(form.coefficients)
    if not (size.size and 0 < size.max() < inf and isfinite(form.constant)):
        return None
    largest = float(np.abs(compiled.value).max(initial=0.0)) or 1.0
    factor = 2.0 ** (min(_LARGEST_EXPONENT, floor(log2(largest)) - 1) - floor(log2(size.max())))
    coefficients, constant = form.coefficients * factor, form.constant * factor
    small = (coefficients != 0) & (np.abs(coefficients) <= max(2 * DROPPED_BELOW, 1.01 * largest / RANGE_LIMIT))
    limit = np.where(coefficients > 0, compiled.column_upper, compiled.column_lower)
    constant += float((coefficients[small] * limit[small]).sum())
    return LinearForm(np.where(small, 0.0, coefficients), constant) if isfinite(constant) else None


def _ranges(difference: Vector, compiled: Compiled) -> tuple[Vector, Vector]:
    """Most and least of difference . x by row over the bounds of the columns, rounded outwards."""
    at = np.flatnonzero(difference)
    columns: npt.NDArray[np.int64] = np.repeat(np.arange(compiled.columns), np.diff(compiled.start))[at]
    gap, low, high = difference[at], compiled.column_lower[columns], compiled.column_upper[columns]
    most, least = (np.asarray(pick(gap * low, gap * high)) for pick in (np.maximum, np.minimum))
    rows = compiled.index[at]

    def by_row(terms: Vector, outwards: float) -> Vector:
        # A term of 0 is exact: most limits are on columns that start at 0.
        margin = outwards * _ROUNDING * np.where(np.isfinite(terms), np.abs(terms), 0.0)
        return np.bincount(rows, weights=terms + margin, minlength=compiled.rows).astype(np.float64)

    return by_row(most, 1.0), by_row(least, -1.0)
