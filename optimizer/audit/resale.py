"""What a thing fetches at an age: docs/model.md section 2, resale."""

from __future__ import annotations

from itertools import pairwise

from optimizer.inputs.quantity import ResalePoint


def resale_fraction(rows: tuple[ResalePoint, ...], years: float) -> float:
    """Share of the price at an age: linear between the rows, the first before them, the last after them."""
    if years <= rows[0].years:
        return rows[0].fraction
    for young, old in pairwise(rows):
        if years <= old.years:
            gone = (years - young.years) / (old.years - young.years)
            return young.fraction + gone * (old.fraction - young.fraction)
    return rows[-1].fraction
