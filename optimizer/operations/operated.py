"""A year as it was operated: the dispatch that belongs to given capacities. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.operations.flexible import Load

Hours = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Operated:
    """The best dispatch of a year for given capacities; series in MW over the hours kept, rounded by nobody yet."""

    charge_mw: Hours
    discharge_mw: Hours
    soc_start_mwh: float
    generator_mw: Hours
    moved_mw: dict[Load, Hours]
    contract_mw: float | None
    fed_mw: dict[str, Hours] = field(default_factory=dict)
    """By source of generation beside the grid."""
    response_mw: float = 0.0
    """Load that can be dropped in every hour called."""
