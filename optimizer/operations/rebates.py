"""Rebates for a high load factor: every kWh of a month beyond h hours of its demand is cheaper.

The rebate of a month is the largest of a few linear pieces, piece k adding up the first k rows,

    rebate = max over k of  sum_{i <= k} rise_i * (MWh of the month - h_i * MVA of the month),

because the rises are not negative and the rows hold one after the other. Less cost means more rebate, so the largest
piece has to be chosen: pieces that no load mix can make the largest are left out, and if one is left it holds by
itself. Otherwise a binary chooses.

Where the twelve months must earn them (eligibility.py), they are nothing unless reached.

Decides     rebate_musd[s, p, m] before trend;  piece[s, p, m, k] 1 if piece k is chosen
Subject to  rebate[s, p, m, k]   rebate_musd <= piece k + most the others can be above it, unless chosen
            one[s, p, m]         one piece is chosen
            paid[s, p, m]        rebate_musd <= 0, unless the site is eligible
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyomo.core import Binary, Block, Reals, Var, value

from optimizer.inputs.quantity import MUSD
from optimizer.ledger.ledger import add_up
from optimizer.operations import eligibility
from optimizer.operations.coefficients import SiteYear
from optimizer.operations.month_energy import Where, month_energy, month_mwh


def pieces(year: SiteYear, month: int, phase: str) -> list[int]:
    """Pieces some load mix could make the largest: k rows in force, k = 0 .. number of rows."""
    mwh, standing = month_mwh(year, month, phase)
    rows = year.peaks[month]
    highest = rows.max(axis=0)
    least, most = 0, len(year.prices.rebates)
    for k, (hours, _) in enumerate(year.prices.rebates, 1):
        per_mw = hours / year.power_factor
        if (mwh >= per_mw * highest).all() and standing >= per_mw:
            least = k
        elif standing <= per_mw and any((mwh <= per_mw * row).all() for row in rows):
            most = min(most, k - 1)
    return list(range(least, max(least, most) + 1))


def add(block: Block, years: dict[str, SiteYear], rigid: list[Where]) -> None:
    """Add the rebates of sites that dispatch nothing."""
    eligibility.add(block, years, [(s, p) for s, p in rigid if years[s].prices.rebates])
    earned = [where for where in rigid if block.may_reach.get(where, False)]
    here = [(s, p, m) for s, p in earned for m in years[s].kept.months]
    most = {(s, p, m): _most_above(years[s], m, years[s].grid_mw[p]) for s, p, m in here}
    block.rebate_musd = Var(here, domain=Reals, bounds=lambda _, s, p, m: (None, most[s, p, m]))
    block.rebate_pieces = {(s, p, m): pieces(years[s], m, p) for s, p, m in here}
    several = [key for key in here if len(block.rebate_pieces[key]) > 1]
    block.piece = Var([(*key, k) for key in several for k in block.rebate_pieces[key]], domain=Binary)

    @block.Constraint([(*key, k) for key in here for k in block.rebate_pieces[key]])
    def rebate(b: Block, s: str, p: str, m: int, k: int) -> Any:
        amount = b.rebate_musd[s, p, m] - _piece(b, years[s], (s, p, m), k)
        if (s, p, m, k) not in b.piece:
            return (None, amount, 0)
        return (None, amount + most[s, p, m] * b.piece[s, p, m, k], most[s, p, m])

    @block.Constraint(several)
    def one(b: Block, s: str, p: str, m: int) -> Any:
        return add_up(b.piece[s, p, m, k] for k in b.rebate_pieces[s, p, m]) == 1

    @block.Constraint([key for key in here if key[:2] in block.eligible])
    def paid(b: Block, s: str, p: str, m: int) -> Any:
        return (None, b.rebate_musd[s, p, m] - most[s, p, m] * b.eligible[s, p], 0)


def _piece(block: Block, year: SiteYear, key: tuple[str, str, int], k: int) -> Any:
    energy, peak = month_energy(block, year, key), block.peak_mw[key]
    rows = year.prices.rebates[:k]
    return add_up(MUSD * rise * (energy - hours / year.power_factor * peak) for hours, rise in rows)


def _most_above(year: SiteYear, month: int, grid_mw: float) -> float:
    """MUSD by which the largest piece can be above another: all rises on all energy, or all of them on none."""
    hours = year.kept.weight / year.kept.month_weight * float((year.kept.month == month).sum())
    rises = [rise * max(hours, length / year.power_factor) for length, rise in year.prices.rebates]
    return MUSD * grid_mw * float(np.sum(rises))


def settle(block: Block, years: dict[str, SiteYear]) -> None:
    """Every rebate is the largest of its pieces, where the year is eligible."""
    eligibility.settle(block, years)
    for (s, p, m), amount in block.rebate_musd.items():
        pieces = [value(_piece(block, years[s], (s, p, m), k)) for k in range(len(years[s].prices.rebates) + 1)]
        paid = (s, p) not in block.eligible or block.eligible[s, p].value == 1
        amount.set_value(max(pieces) if paid else 0.0, skip_validation=True)
