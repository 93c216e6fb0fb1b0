"""Cuts of years' bills, and how one search hands them on to another.

A cut follows from a year's programme alone (year_lp.py): not from the objective, the targets or the other years. It
holds wherever a programme of the same digest prices a year, whatever else differs between two instances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.solve.outcome import Vector


@dataclass(frozen=True, eq=False)
class BillCut:
    """Over the coordinates x of a programme: bill >= cut . x if `served`, else 0 >= cut . x."""

    served: bool
    cut: Vector


Cuts = Mapping[str, tuple[BillCut, ...]]
"""By the digest of the programme."""


def cuts_to_json(cuts: Cuts) -> dict[str, Any]:
    """Plain JSON; floats as they are, so that nothing is rounded."""
    return {digest: [[cut.served, cut.cut.tolist()] for cut in found] for digest, found in cuts.items() if found}


def cuts_from_json(record: Mapping[str, Any]) -> Cuts:
    """Inverse of `cuts_to_json`."""
    return {
        digest: tuple(BillCut(served, np.array(values, dtype=np.float64)) for served, values in found)
        for digest, found in record.items()
    }
