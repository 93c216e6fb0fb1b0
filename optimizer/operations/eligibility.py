"""Rebates that the last twelve months must earn: energy of the year for the sum of its months' highest demands.

The reference year repeats, so the twelve months before any month of a phase are months like its own. Loss in
transformers is left out on both sides: the model holds it from below only, and more of it must not help.

Decides     eligible[s, p] 1 if the rebates are paid; only where load mixes may lie on both sides
Subject to  reach[s, p]  mean of the months' highest <= mean of their energy / hours to reach, unless not eligible
            (in kW: a small site's tolerance has to be below what is let pass)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyomo.core import Binary, Block, Var, value

from optimizer.ledger.ledger import add_up
from optimizer.operations.coefficients import SiteYear
from optimizer.operations.month_energy import Where, month_energy, month_mwh

REACHED_WITHIN = 1e-6
"""Relative; docs/model.md, section 11. The search asks for half of it, so that an edge is not lost to rounding."""
KW = 1000.0


def may_reach(year: SiteYear, phase: str) -> bool | None:
    """Whether every load mix reaches the hours (True) or misses them (False); None: it depends on the mix."""
    least = year.prices.eligible_hours
    if least is None:
        return True
    months = year.kept.months
    energy = [month_mwh(year, m, phase) for m in months]
    mwh, standing = np.sum([per_mw for per_mw, _ in energy], axis=0), sum(hours for _, hours in energy)
    per_mw = least / year.power_factor
    highest = np.sum([year.peaks[m].max(axis=0) for m in months], axis=0)
    if (mwh >= per_mw * highest).all() and standing >= per_mw * len(months):
        return True
    # One hour of each month is at most its highest.
    some = np.sum([year.peaks[m][np.argmax(year.peaks[m].sum(axis=1))] for m in months], axis=0)
    misses = (mwh < (1 - 2 * REACHED_WITHIN) * per_mw * some).all()
    return False if misses and standing < (1 - 2 * REACHED_WITHIN) * per_mw * len(months) else None


def add(block: Block, years: dict[str, SiteYear], where: list[Where]) -> None:
    """Add what decides whether rebates are paid; `may_reach`: where they can be."""
    known = {(s, p): may_reach(years[s], p) for s, p in where}
    block.may_reach = {key: found is not False for key, found in known.items()}
    block.eligible = Var([key for key, found in known.items() if found is None], domain=Binary)

    @block.Constraint(list(block.eligible))
    def reach(b: Block, s: str, p: str) -> Any:
        grid_kw = KW * years[s].grid_mw[p]
        asked = 1 - REACHED_WITHIN / 2
        return (None, -KW * _beyond_mw(b, years[s], (s, p), asked) + grid_kw * b.eligible[s, p], grid_kw)


def _beyond_mw(block: Block, year: SiteYear, where: Where, share: float) -> Any:
    """By how much the mean of the highest demands could be higher and a share of the hours still be reached."""
    months, least = year.kept.months, share * (year.prices.eligible_hours or 0.0)
    loss = block.load_loss[where]
    terms = []
    for m in months:
        _, hours = month_mwh(year, m, where[1])
        terms.append(year.power_factor / least * (month_energy(block, year, (*where, m)) - hours * loss))
        terms.append(loss - block.peak_mw[(*where, m)])
    return 1.0 / len(months) * add_up(terms)


def settle(block: Block, years: dict[str, SiteYear]) -> None:
    """Rebates are paid where the hours are reached, wanted or not."""
    for (s, p), eligible in block.eligible.items():
        reached = value(_beyond_mw(block, years[s], (s, p), 1 - REACHED_WITHIN)) >= 0
        eligible.set_value(float(reached), skip_validation=True)
