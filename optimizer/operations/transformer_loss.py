"""Load loss of transformers: the square of the year's mean load, held constant through the year.

Given       scale[s, x] loss in kW of one unit of type x per squared MW it carries; types without load loss carry too
Decides     units[s, x, p] of a type in place;  mean_mw[s, x, p] mean load they carry, the loss itself left out;
            loss_kw[s, x, p] what they lose (in kW: as MW its 8,760 hours would stretch the range of the matrix)
Subject to  place[s, x, p]       units = units in place
            split[s, p]          sum_x mean_mw = mean load of the site
            room[s, x, p]        mean_mw <= what units in place may carry
            tangent[s, x, p, i]  loss_kw >= scale (2 r_i mean_mw - r_i^2 units), tangents of scale mean_mw^2 / units
Posts       standing_mw
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block, NonNegativeReals, Var, value

from optimizer.assets.substation.coefficients import SiteSubstation
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.ledger.ledger import Ledger, Place, add_up, is_variable
from optimizer.ledger.parabola import Parabola
from optimizer.operations.coefficients import SiteYear
from optimizer.operations.feed import Feed

LOAD_LOSS = "load loss"
"""Detail of its postings."""
LOADINGS = (0.25, 0.5, 0.75, 1.0)
"""Shares of a unit's rating at which the model knows the tangent from the start."""
_GUARD = 1e-6
"""Relative: limits may be missed by that much (section 13)."""


def add(
    block: Block,
    given: dict[str, SiteSubstation],
    years: dict[str, SiteYear],
    feeds: dict[str, Feed],
    ledger: Ledger,
) -> None:
    """Add the loss of every site with a type that has one; it comes after all else that stands or works."""
    sites = {s: site for s, site in given.items() if not site.measured and _scales(site, years[s])}
    block.mean = {(s, p): _mean(ledger, years[s], s, p) for s in sites for p in ledger.calendar.phases}
    here = [key for key, mean in block.mean.items() if is_variable(mean)]
    columns = [(s, x, p) for s, p in here for x in sites[s].types]
    block.mean_mw = Var(columns, domain=NonNegativeReals)
    largest = {(s, x): _most_units(site, x) for s, site in sites.items() for x in site.types}
    block.units = Var(columns, domain=NonNegativeReals, bounds=lambda _, s, x, p: (0, largest[s, x]))
    scales = {(s, x): scale for s, site in sites.items() for x, scale in _scales(site, years[s]).items()}
    block.loss_kw = Var([(s, x, p) for s, x, p in columns if (s, x) in scales], domain=NonNegativeReals)

    @block.Constraint(columns)
    def place(b: Block, s: str, x: str, p: str) -> Any:
        return b.units[s, x, p] - ledger.total("substation_units", p, s, x) == 0

    @block.Constraint(here)
    def split(b: Block, s: str, p: str) -> Any:
        return add_up(b.mean_mw[s, x, p] for x in sites[s].types) - b.mean[s, p] == 0

    @block.Constraint(columns)
    def room(b: Block, s: str, x: str, p: str) -> Any:
        beside = sum(feeds[s].beside_mw.values()) * b.units[s, x, p]
        most = _moved_gain(years[s]) * (ledger.total("firm_mw", p, s, x) + beside)
        return (None, b.mean_mw[s, x, p] - most, 0)

    @block.Constraint([(*key, i) for key in block.loss_kw for i in range(len(LOADINGS))])
    def tangent(b: Block, s: str, x: str, p: str, i: int) -> Any:
        ratio = LOADINGS[i] * years[s].power_factor * sites[s].types[x].unit_mva
        least = scales[s, x] * (2 * ratio * b.mean_mw[s, x, p] - ratio**2 * b.units[s, x, p])
        return (None, least - b.loss_kw[s, x, p], 0)

    block.parabolas = tuple(
        Parabola(
            argument=block.mean_mw[s, x, p],
            value=loss,
            scale=scales[s, x],
            count=block.units[s, x, p],
            rows=block.tangent,
        )
        for (s, x, p), loss in block.loss_kw.items()
    )
    for (s, x, p), loss in block.loss_kw.items():
        ledger.post("standing_mw", Place(p, s, f"load loss {x}", LOAD_LOSS), loss / 1000)


def settle(block: Block, given: dict[str, SiteSubstation], years: dict[str, SiteYear]) -> None:
    """Put the whole mean load on the type in place, and its loss on the law itself."""
    for s, x, p in block.mean_mw:
        units = round(block.units[s, x, p].value)
        mean_mw = max(0.0, value(block.mean[s, p])) if units else 0.0
        block.units[s, x, p].set_value(float(units), skip_validation=True)
        block.mean_mw[s, x, p].set_value(mean_mw, skip_validation=True)
        if (s, x, p) in block.loss_kw:
            loss = _scales(given[s], years[s])[x] * mean_mw**2 / units if units else 0.0
            block.loss_kw[s, x, p].set_value(loss, skip_validation=True)


def _scales(site: SiteSubstation, year: SiteYear) -> dict[str, float]:
    """kW of loss per squared MW of import that one unit of a type carries."""
    return {
        name: kind.load_loss_kw / (year.power_factor * kind.unit_mva) ** 2
        for name, kind in site.types.items()
        if kind.load_loss_kw
    }


def _most_units(site: SiteSubstation, name: str) -> int:
    return max((option.units for option in site.options.values() if option.transformer == name), default=0)


def _mean(ledger: Ledger, year: SiteYear, site: str, phase: str) -> Any:
    """Mean load of the year with nothing moved, load loss left out, in MW."""
    at_work = add_up(
        year.mean((c, w), phase)
        * year.import_mwh[c, w]
        / HOURS_PER_YEAR
        * ledger.total("load_mw", phase, site, f"{c}/{w}")
        for c, w in year.loads
    )
    return at_work + ledger.total("standing_mw", phase, site)


def _moved_gain(year: SiteYear) -> float:
    """How far the mean of what is not moved may lie above that of what is: work may move to hours of less overhead."""
    most = float((year.overhead.max(axis=1) / year.overhead.min(axis=1)).max()) if year.flexible is not None else 1.0
    return most * (1 + _GUARD)
