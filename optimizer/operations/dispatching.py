"""Sites that dispatch, as the master problem sees them: their capacities x, and the bill that cuts hold up.

See block.py for the names. What is posted here is provisional: the lines of the final ledger come from the hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyomo.core import Binary, Block, NonNegativeReals, Reals, Var, value

from optimizer.inputs.quantity import MUSD
from optimizer.ledger.ledger import Ledger, Place, add_up
from optimizer.operations.coefficients import SiteYear, non_dominated
from optimizer.operations.energy_thresholds import thresholds
from optimizer.operations.feed import ACCOUNTS, FOR_HOURS, GRID, IN_AN_HOUR
from optimizer.operations.month_energy import Where
from optimizer.operations.shapes import (
    AVAILABLE,
    ENROLLABLE,
    UNBOUND,
    YEARLY_ACCOUNTS,
    YearShape,
    load_name,
    shape_of,
    source_name,
)

STRETCHES = (1, 2, 4, 8, 24)
"""Lengths in hours of the stretches over which stored energy has to reach; valid for any, chosen by trial."""


_POSTED = ("standing", AVAILABLE, ENROLLABLE, UNBOUND, *ACCOUNTS)
"""Coordinates that other parts of the model post, loads and sources apart."""


@dataclass(frozen=True)
class YearlyTotals:
    """What years that dispatch need to know beside themselves."""

    capped: tuple[str, ...]
    """Yearly amounts that are capped or sought."""
    most_mw: Mapping[Where, float]
    """Most that can feed a site in an hour, by site and phase."""


def add(block: Block, years: dict[str, SiteYear], ledger: Ledger, ready: list[Where], totals: YearlyTotals) -> None:
    """Add the sites and phases that dispatch."""
    block.shapes = {}
    for s, p in ready:
        wanted = tuple(what for what in YEARLY_ACCOUNTS if _counts(years[s], what, totals.capped))
        block.shapes[s, p] = shape_of(years[s], p, wanted)
    names = [(*where, name) for where in ready for name in block.shapes[where][0].coordinates]
    block.available = {(s, p): years[s].grid_mw[p] * ledger.total("active_sites", p, s) for s, p in ready}
    block.at_work_mw = {
        (s, p): {source_name(g): ledger.total("source_mw", p, s, g) for g in years[s].sources} for s, p in ready
    }
    block.enrols = Var([where for where in ready if block.shapes[where][0].response is not None], domain=Binary)
    block.promised = {where: _promised(block, years, where, totals.most_mw[where]) for where in block.enrols}
    block.x = Var(names, domain=NonNegativeReals, bounds=lambda _, s, p, name: _bounds(years[s], p, name))
    lowest = {(s, p): _least_bill(block.shapes[s, p], years[s].grid_mw[p]) for s, p in ready}
    block.bill = Var(ready, domain=Reals, bounds=lambda _, s, p: (lowest[s, p], None))
    _capacities(block, years, ledger, names)
    block.provisional = set()
    for where in ready:
        before = len(ledger.postings)
        _post(block, years[where[0]], ledger, where)
        block.provisional.update(range(before, len(ledger.postings)))


def _counts(year: SiteYear, what: str, capped: tuple[str, ...]) -> bool:
    """Whether a yearly amount is a coordinate of the site's years."""
    if what == "carbon" and year.connection.carbon_cap_t is not None:
        return True
    return what in capped and (what != "water" or (year.flexible is not None and bool(year.flexible.moving)))


def _least_bill(priced: tuple[YearShape, float], grid_mw: float) -> float | None:
    """Million USD below which no year's bill is; None: not known before the first cut."""
    shape, scale = priced
    prices, usd = shape.energy_usd_per_mwh, 0.0
    if not shape.trades and shape.connection is None:
        return None if bool((prices < 0).any()) else 0.0
    usd -= shape.weight * float(np.maximum(0.0, -prices).sum())
    if shape.export is not None:
        usd -= shape.weight * shape.hours * shape.export.usd_per_mwh
    if shape.response is not None:
        usd -= shape.response.usd_per_mw * shape.response.share
    return MUSD * scale * usd * grid_mw


def _promised(block: Block, years: dict[str, SiteYear], where: Where, most_mw: float) -> dict[str, Any]:
    """What a site that enrols may promise; one that does not may raise its load in the hours called as far as it goes.

    Load and charge are at most what feeds the site, and so are what is sold and what engines give on the mean.
    """
    response = years[where[0]].connection.response
    assert response is not None
    enrols, unbound_mw = block.enrols[where], 2.0 * most_mw
    return {ENROLLABLE: response.max_mw * enrols, UNBOUND: unbound_mw - unbound_mw * enrols}


def _bounds(year: SiteYear, phase: str, name: str) -> tuple[float, float | None]:
    if name == "block":
        mw = (year.prices.block_mva or 0.0) * year.power_factor
        return mw, mw
    if (mwh := thresholds(year).get(name)) is not None:
        return mwh, mwh
    return 0.0, year.grid_mw[phase] if name == GRID else None


def _capacities(block: Block, years: dict[str, SiteYear], ledger: Ledger, names: list[tuple[str, str, str]]) -> None:
    def total(s: str, p: str, name: str) -> Any:
        if name.startswith("load/"):
            return ledger.total("load_mw", p, s, name.removeprefix("load/"))
        if name == AVAILABLE:
            return block.available[s, p]
        if name in block.at_work_mw[s, p]:
            return block.at_work_mw[s, p][name]
        if (s, p) in block.promised and name in block.promised[s, p]:
            return block.promised[s, p][name]
        return ledger.total("standing_mw" if name == "standing" else ACCOUNTS[name], p, s)

    kept = [key for key in names if key[2].startswith(("load/", "source/")) or key[2] in _POSTED]

    @block.Constraint(kept)
    def at(b: Block, s: str, p: str, name: str) -> Any:
        amount = b.x[s, p, name] - total(s, p, name)
        at_most = name in ACCOUNTS or name in block.at_work_mw[s, p]
        return (None, amount, 0) if at_most else amount == 0


def add_valid(block: Block, operations: Block) -> None:
    """Add what every year demands of its capacities, so that the master problem knows it before any cut does."""
    rows = {where: (shape.base_per_mw + shape.idle_per_mw).T for where, (shape, _) in operations.shapes.items()}
    hours = {where: non_dominated(peaks) for where, peaks in rows.items()}

    @block.Constraint([(*where, i) for where, peaks in hours.items() for i in range(len(peaks))])
    def feed(b: Block, s: str, p: str, i: int) -> Any:
        helping = [operations.x[s, p, name] for name in IN_AN_HOUR if (s, p, name) in operations.x]
        helping += _beside(operations, (s, p))
        return (None, _stays(operations, (s, p), hours[s, p][i]) - add_up(helping), 0)

    stretches = {
        (*where, h): _stretches(peaks, h)
        for where, peaks in rows.items()
        if (*where, "free_mwh") in operations.x
        for h in STRETCHES
    }

    @block.Constraint([(*key, i) for key, peaks in stretches.items() for i in range(len(peaks))])
    def carry(b: Block, s: str, p: str, h: int, i: int) -> Any:
        kept = operations.shapes[s, p][0].efficiency
        helping = [operations.x[s, p, name] for name in FOR_HOURS if (s, p, name) in operations.x]
        helping += _beside(operations, (s, p))
        stored = kept / h * operations.x[s, p, "free_mwh"]
        return (None, _stays(operations, (s, p), stretches[s, p, h][i]) - add_up(helping) - stored, 0)


def _beside(block: Block, where: Where) -> list[Any]:
    """Most that generation beside the grid gives in any hour."""
    sources = block.shapes[where][0].sources
    return [float(source.availability.max()) * block.x[(*where, source_name(source.name))] for source in sources]


def _stays(block: Block, where: Where, row: Any) -> Any:
    """Load of full work that cannot wait, of an hour or on the mean of some hours."""
    loads = block.shapes[where][0].loads
    at_work = add_up(float(row[j]) * block.x[(*where, load_name(load))] for j, load in enumerate(loads))
    return at_work + block.x[(*where, "standing")]


def _stretches(hours: Any, length: int) -> Any:
    """Means over stretches of hours that no other stretch of the length dominates."""
    total = np.concatenate([np.zeros((1, hours.shape[1])), np.cumsum(hours, axis=0)])
    return non_dominated((total[length:] - total[:-length]) / length)


def _post(block: Block, year: SiteYear, ledger: Ledger, where: Where) -> None:
    s, p = where
    shape = block.shapes[where][0]
    here = Place(p, s, "dispatch")
    ledger.post("energy", here, 1.0 * block.bill[where])
    ledger.post("peak_import_mw", here, 1.0 * block.x[s, p, GRID])
    for what, account in YEARLY_ACCOUNTS.items():
        if what in shape.capped:
            ledger.post(account, here, 1.0 * block.x[s, p, what])
    for load in year.loads:
        stays = ((1 - year.flexible.fraction(load)) if year.flexible else 1.0) * year.mean(load, p)
        water = stays * year.water_m3[load] * block.load[where][load]
        ledger.post("water_m3", Place(p, s, "/".join(load)), water)
        ledger.post("water", Place(p, s, "/".join(load)), MUSD * year.water_usd_per_m3 * water)
        ledger.post(
            "it_mwh", Place(p, s, "/".join(load)), year.it_mwh[load] * year.mean(load, p) * block.load[where][load]
        )


def add_hours(block: Block, hours: Block) -> None:
    """Put every hour of every year into the model: the one-piece formulation."""
    from optimizer.operations import year

    shapes = {where: shape for where, (shape, _) in block.shapes.items()}
    x = {where: {name: block.x[(*where, name)] for name in shape.coordinates} for where, shape in shapes.items()}
    year.add(hours, shapes, x)

    @block.Constraint(list(shapes))
    def price(b: Block, s: str, p: str) -> Any:
        return (None, MUSD * b.shapes[s, p][1] * hours.cost[s, p] - b.bill[s, p], 0)


def capacities(
    block: Block, years: Mapping[str, SiteYear], where: Where, there: Mapping[str, float]
) -> dict[str, float]:
    """Final x of a year: loads and standing load as decided, the rest as `there` states it."""
    s, p = where
    shape: YearShape = block.shapes[where][0]
    levels = {load_name(load): float(value(block.load[where][load])) for load in shape.loads}
    levels["standing"] = float(value(block.standing[where]))
    levels["block"] = (years[s].prices.block_mva or 0.0) * years[s].power_factor
    levels |= thresholds(years[s])
    for name, mw in block.at_work_mw[where].items():
        levels[name] = max(0.0, float(value(mw)))
    levels[AVAILABLE] = float(value(block.available[where]))
    for name, mw in block.promised.get(where, {}).items():
        levels[name] = float(value(mw))
    for what in shape.capped:
        levels[what] = float(block.x[s, p, what].value)
    return {**levels, **there} if np.isfinite(list(there.values())).all() else levels
