"""Rising blocks of energy: every kWh of a month beyond a threshold costs more.

Each row adds its rise over the row before to what lies beyond it, so the bill is convex: its own linear term at a site
that dispatches nothing, and of the year's programme at one that does, where the thresholds are coordinates.

Decides     over_mwh[s, p, k, m] energy of month m beyond threshold k
Subject to  beyond_block[s, p, k, m]  over_mwh >= energy of the month - threshold
Of a year   used[y, m] energy of the month, over[y, k, m] beyond threshold k
            month[y, m]  used >= sum of imported;  beyond_block[y, k, m]  used <= threshold + over
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyomo.core import Block, NonNegativeReals, Var, quicksum, value

from optimizer.inputs.quantity import MUSD
from optimizer.ledger.ledger import Ledger, Place
from optimizer.operations.coefficients import SiteYear
from optimizer.operations.energy_thresholds import block_label, block_name, reachable
from optimizer.operations.month_energy import Where, month_energy
from optimizer.operations.shapes import YearShape

Key = tuple[str, ...]


def add(block: Block, years: dict[str, SiteYear], rigid: list[Where]) -> None:
    """Add the blocks of sites that dispatch nothing."""
    block.energy_rises = {s: reachable(year) for s, year in years.items()}
    rows = [(s, p, k, m) for s, p in rigid for k in range(len(block.energy_rises[s])) for m in years[s].kept.months]
    block.over_mwh = Var(rows, domain=NonNegativeReals)

    @block.Constraint(rows)
    def beyond_block(b: Block, s: str, p: str, k: int, m: int) -> Any:
        from_mwh, _ = b.energy_rises[s][k]
        return (None, month_energy(b, years[s], (s, p, m)) - b.over_mwh[s, p, k, m], from_mwh)


def post(block: Block, year: SiteYear, ledger: Ledger, where: Where) -> None:
    """Post a line for every block and month."""
    s, p = where
    factor = MUSD * year.prices.trend[p] * year.kept.month_weight
    for k, (from_mwh, rise) in enumerate(block.energy_rises[s]):
        for m in year.kept.months:
            ledger.post("energy", Place(p, s, block_label(from_mwh, m)), factor * rise * block.over_mwh[s, p, k, m])


def settle(block: Block, years: dict[str, SiteYear]) -> None:
    """What lies beyond a threshold is what the month has more."""
    for (s, p, k, m), over in block.over_mwh.items():
        from_mwh, _ = block.energy_rises[s][k]
        energy = value(month_energy(block, years[s], (s, p, m)))
        over.set_value(max(0.0, energy - from_mwh), skip_validation=True)


def add_year(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Any]) -> None:
    """Add the blocks of years that dispatch."""
    months = {k: [int(m) for m in np.unique(shape.month)] for k, shape in shapes.items() if shape.energy_rises}
    block.used = Var([(*k, m) for k in months for m in months[k]], domain=NonNegativeReals)
    rows = [(*k, i, m) for k in months for i in range(len(shapes[k].energy_rises)) for m in months[k]]
    block.over = Var(rows, domain=NonNegativeReals)

    @block.Constraint(list(block.used))
    def month(b: Block, *key: Any) -> Any:
        k, m = key[:-1], key[-1]
        shape = shapes[k]
        hours = np.flatnonzero(shape.month == m)
        energy = quicksum(shape.month_scale * b.imported[(*k, int(t))] for t in hours)
        return (None, energy - b.used[key], 0)

    @block.Constraint(list(block.over))
    def beyond_block(b: Block, *key: Any) -> Any:
        k, i, m = key[:-2], key[-2], key[-1]
        return (None, b.used[(*k, m)] - b.over[key] - x[k][block_name(i)], 0)


def cost_of_year(block: Block, shape: YearShape, k: Key) -> list[Any]:
    """USD per year, by block and month."""
    return [
        shape.month_weight * rise * block.over[(*k, i, int(m))]
        for i, rise in enumerate(shape.energy_rises)
        for m in np.unique(shape.month)
    ]
