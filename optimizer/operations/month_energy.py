"""Energy of a month at a site that dispatches nothing, as a sum over its loads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyomo.core import Block

from optimizer.ledger.ledger import add_up
from optimizer.operations.coefficients import SiteYear

Where = tuple[str, str]
"""(site, phase)"""


def month_mwh(year: SiteYear, month: int, phase: str) -> tuple[NDArray[np.float64], float]:
    """MWh of the month per MW, by load and of the standing load; a month of which days are kept counts in full days."""
    inside = year.kept.month == month
    scale = year.kept.weight / year.kept.month_weight
    return scale * year.import_per_mw[:, inside].sum(axis=1) * year.means(phase), scale * float(inside.sum())


def month_energy(block: Block, year: SiteYear, key: tuple[str, str, int]) -> Any:
    """MWh imported in the month."""
    s, p, m = key
    mwh, standing = month_mwh(year, m, p)
    at_work = add_up(float(mwh[j]) * block.load[s, p][load] for j, load in enumerate(year.loads))
    return at_work + standing * block.standing[s, p]
