"""A year of dispatch: the least bill of a site for given capacities, hour by hour.

Given       shapes[k] of year k; x[k] its capacities (coordinates of the shape)
Decides     imported[k, t], charge[k, t], discharge[k, t], soc[k, t] free energy held at the start of hour t,
            running[k, t] generators, fed[k, i, t] generation i beside the grid, placed[k, j, t] IT power that waited,
            done in hour t; exported[k, t] surplus sold; response[k] load that can be dropped, steady[k, i] mean that
            engine i gives; peak[k, r, m] of charge r, top[k, r] highest of the year, billed[k, r, m] what a month is
            billed for;
            used[k, m] energy of a month, over[k, i, m] beyond threshold i;
            above[k, m] the block, contract[k] contracted MW, beyond[k, m] what exceeds it
Subject to  balance[k, t]      imported + discharge + running + fed = load + charge + exported
            limit[k, t]        imported, and what full work draws beyond the mean and no generation has left, <= limit
                               of grid and substation;  still[k, t]  imported <= limit, where generation is there
            within[k, t]       the same on the left <= share of what is held available, in hours called back
            calm[k, t]         imported <= that share, where generation is there
            sold[k, t]         exported <= limit;  offered[k, t]  exported <= share of what is held available
            mean[k, i]         steady = mean of fed over the year;  enrolled[k]  response <= share of what is held;
            asked[k]           response <= what may be enrolled: nothing where the site does not enrol
            drop[k, t]         response <= what waits, the battery, generators, and engines beyond their mean, less
                               what is sold, in hours called, where the site enrols
            charging[k, t]     charge <= free power;  discharging[k, t]  discharge <= free power
            trading[k, t]      charge + discharge <= free power, where a year might waste energy by doing both
            holding[k, t]      soc <= free energy
            store[k, t]        soc of the next hour (the first after the last) = soc + charge and discharge with losses
            yielded[k, i, t]   fed <= what generation i can give in the hour;  permitted[k, i]  its full-load hours
            parallel[k, t]     running <= generators at work;  fuelled[k]  their full-load hours
            room[k, j, t]      placed <= what the accelerators have room for
            day[k, j, d]       what waited is placed within its day
            highest[k, r, t]   what limit has on its left <= peak of the month within the hours of the charge
            base[k, r, t]      imported <= that peak, where generation takes up what full work draws
            yearly[k, r, m]    peak <= top;  charged[k, r, m]  peak <= billed
            ratchet[k, r, m]   fraction of top <= billed;  least[k, r, m]  fraction of what is held available <= billed
            month[k, m]        imported of the month <= used;  beyond_block[k, i, m]  used <= threshold + over
            tier[k, m]         peak <= block + above;   excess[k, m]  peak <= contract + beyond
            cap[k, what]       energy, carbon or water of the year <= its coordinate
Costs       energy, demand, contract, wear, fuel, carbon and moved water of year k in USD per year, less what is paid
            for surplus and response
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyomo.core import Block, NonNegativeReals, Var, quicksum

from optimizer.inputs.quantity import HOURS_PER_DAY
from optimizer.operations import energy_blocks
from optimizer.operations import year_connection as connection
from optimizer.operations.shapes import AVAILABLE, YearShape, load_name, source_name

Key = tuple[str, ...]
Capacities = Mapping[str, Any]


def add(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities]) -> None:
    """Add the years. `x[k]` holds a variable for every coordinate of shape k; costs go to `block.cost`."""
    hours = [(*k, t) for k, shape in shapes.items() for t in range(shape.hours)]
    batteries = [(*k, t) for k, shape in shapes.items() if shape.efficiency is not None for t in range(shape.hours)]
    running = [(*k, t) for k, shape in shapes.items() if shape.generator_hours is not None for t in range(shape.hours)]
    placing = [(*k, j, t) for k, shape in shapes.items() for j in range(len(shape.placing)) for t in range(shape.hours)]
    block.imported = Var(hours, domain=NonNegativeReals)
    for name in ("charge", "discharge", "soc"):
        setattr(block, name, Var(batteries, domain=NonNegativeReals))
    block.running = Var(running, domain=NonNegativeReals)
    feeding = [(*k, i, t) for k, shape in shapes.items() for i in range(len(shape.sources)) for t in range(shape.hours)]
    block.fed = Var(feeding, domain=NonNegativeReals)
    block.placed = Var(placing, domain=NonNegativeReals)
    connection.columns(block, shapes)
    _flow(block, shapes, x, hours)
    _battery(block, shapes, x, batteries)
    _generators(block, shapes, x, running)
    _sources(block, shapes, x, feeding)
    _placing(block, shapes, x, placing)
    connection.rows(block, shapes, x)
    _demand(block, shapes, x)
    energy_blocks.add_year(block, shapes, x)
    _caps(block, shapes, x)
    block.cost = {k: _cost(block, shape, k) for k, shape in shapes.items()}


def _flow(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities], hours: list[Any]) -> None:
    @block.Constraint(hours)
    def balance(b: Block, *key: Any) -> Any:
        k, t = key[:-1], key[-1]
        shape, given = shapes[k], x[k]
        terms = [b.imported[key], -1.0 * given["standing"]]
        terms += [
            -float(shape.base_per_mw[j, t]) * given[load_name(load)]
            for j, load in enumerate(shape.loads)
            if shape.base_per_mw[j, t]
        ]
        if shape.efficiency is not None:
            terms += [b.discharge[key], -1.0 * b.charge[key]]
        if shape.generator_hours is not None:
            terms.append(b.running[key])
        terms += [b.fed[(*k, i, t)] for i in range(len(shape.sources))]
        if shape.export is not None:
            terms.append(-1.0 * b.exported[key])
        terms += [-float(work.overhead[t]) * b.placed[(*k, j, t)] for j, work in enumerate(shape.placing)]
        return quicksum(terms) == 0

    @block.Constraint(hours)
    def limit(b: Block, *key: Any) -> Any:
        k, t = key[:-1], key[-1]
        return (None, quicksum([*connection.drawn(b, k, t, shapes[k], x[k]), -1.0 * x[k]["limit"]]), 0)

    @block.Constraint([key for key in hours if shapes[key[:-1]].takes_up])
    def still(b: Block, *key: Any) -> Any:
        return (None, b.imported[key] - x[key[:-1]]["limit"], 0)


def _battery(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities], hours: list[Any]) -> None:
    @block.Constraint(hours)
    def charging(b: Block, *key: Any) -> Any:
        return (None, b.charge[key] - x[key[:-1]]["free_mw"], 0)

    @block.Constraint(hours)
    def discharging(b: Block, *key: Any) -> Any:
        return (None, b.discharge[key] - x[key[:-1]]["free_mw"], 0)

    @block.Constraint([key for key in hours if shapes[key[:-1]].may_waste])
    def trading(b: Block, *key: Any) -> Any:
        return (None, b.charge[key] + b.discharge[key] - x[key[:-1]]["free_mw"], 0)

    @block.Constraint(hours)
    def holding(b: Block, *key: Any) -> Any:
        return (None, b.soc[key] - x[key[:-1]]["free_mwh"], 0)

    @block.Constraint(hours)
    def store(b: Block, *key: Any) -> Any:
        k, t = key[:-1], key[-1]
        kept = shapes[k].efficiency
        assert kept is not None
        after = b.soc[(*k, (t + 1) % shapes[k].hours)]
        return after - b.soc[key] - kept * b.charge[key] + (1 / kept) * b.discharge[key] == 0


def _generators(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities], hours: list[Any]) -> None:
    @block.Constraint(hours)
    def parallel(b: Block, *key: Any) -> Any:
        return (None, b.running[key] - x[key[:-1]]["generator"], 0)

    @block.Constraint([k for k, shape in shapes.items() if shape.generator_hours is not None])
    def fuelled(b: Block, *k: Any) -> Any:
        shape = shapes[k]
        mwh = quicksum(shape.weight * b.running[(*k, t)] for t in range(shape.hours))
        return (None, mwh - shape.generator_hours * x[k]["generator"], 0)


def _sources(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities], hours: list[Any]) -> None:
    @block.Constraint(hours)
    def yielded(b: Block, *key: Any) -> Any:
        k, i, t = key[:-2], key[-2], key[-1]
        source = shapes[k].sources[i]
        return (None, b.fed[key] - float(source.availability[t]) * x[k][source_name(source.name)], 0)

    limited: list[Any] = [
        (*k, i) for k, shape in shapes.items() for i, source in enumerate(shape.sources) if source.hours is not None
    ]

    @block.Constraint(limited)
    def permitted(b: Block, *key: Any) -> Any:
        k: Key = key[:-1]
        i = key[-1]
        shape = shapes[k]
        source = shape.sources[i]
        mwh = quicksum(shape.weight * b.fed[(*key, t)] for t in range(shape.hours))
        return (None, mwh - source.hours * x[k][source_name(source.name)], 0)


def _placing(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities], hours: list[Any]) -> None:
    @block.Constraint(hours)
    def room(b: Block, *key: Any) -> Any:
        k, j, t = key[:-2], key[-2], key[-1]
        work = shapes[k].placing[j]
        return (None, b.placed[key] - float(work.room[t]) * x[k][load_name(work.load)], 0)

    days = [
        (*k, j, d)
        for k, shape in shapes.items()
        for j in range(len(shape.placing))
        for d in range(shape.hours // HOURS_PER_DAY)
    ]

    @block.Constraint(days)
    def day(b: Block, *key: Any) -> Any:
        k, j, d = key[:-2], key[-2], key[-1]
        work = shapes[k].placing[j]
        today = range(HOURS_PER_DAY * d, HOURS_PER_DAY * (d + 1))
        waited = float(work.deferred[today].sum()) * x[k][load_name(work.load)]
        return quicksum(b.placed[(*k, j, t)] for t in today) - waited == 0


def _months(shape: YearShape, charge: int = 0) -> list[int]:
    return [int(m) for m in np.unique(shape.month[shape.charges[charge].mask])]


def _demand(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities]) -> None:
    charges = [(k, r, shape) for k, shape in shapes.items() for r in range(len(shape.charges))]
    block.peak = Var([(*k, r, m) for k, r, shape in charges for m in _months(shape, r)], domain=NonNegativeReals)
    _beyond_month(block, charges, x)
    blocks = [(*k, m) for k, shape in shapes.items() if shape.above_usd_per_mw_month for m in _months(shape)]
    contracted = [k for k, shape in shapes.items() if shape.uncontracted_usd_per_mw_month is not None]
    block.above = Var(blocks, domain=NonNegativeReals)
    block.contract = Var(contracted, domain=NonNegativeReals)
    block.beyond = Var([(*k, m) for k in contracted for m in _months(shapes[k])], domain=NonNegativeReals)
    watched: list[Any] = [(*k, r, int(t)) for k, r, shape in charges for t in np.flatnonzero(shape.charges[r].mask)]

    @block.Constraint(watched)
    def highest(b: Block, *key: Any) -> Any:
        k, r, t = key[:-2], key[-2], key[-1]
        peak = b.peak[(*k, r, int(shapes[k].month[t]))]
        imported, *beyond = connection.drawn(b, k, t, shapes[k], x[k])
        return (None, quicksum([imported, -1.0 * peak, *beyond]), 0)

    @block.Constraint([key for key in watched if shapes[key[:-2]].takes_up])
    def base(b: Block, *key: Any) -> Any:
        k, r, t = key[:-2], key[-2], key[-1]
        return (None, b.imported[(*k, t)] - b.peak[(*k, r, int(shapes[k].month[t]))], 0)

    @block.Constraint(blocks)
    def tier(b: Block, *key: Any) -> Any:
        return (None, b.peak[(*key[:-1], 0, key[-1])] - b.above[key] - x[key[:-1]]["block"], 0)

    @block.Constraint(list(block.beyond))
    def excess(b: Block, *key: Any) -> Any:
        return (None, b.peak[(*key[:-1], 0, key[-1])] - b.beyond[key] - b.contract[key[:-1]], 0)


def _beyond_month(block: Block, charges: list[tuple[Key, int, YearShape]], x: Mapping[Key, Capacities]) -> None:
    """Charges that look beyond the month: at the year's highest, or at what is held available."""
    seen = [(*k, r, m) for k, r, shape in charges if shape.charges[r].sees_year for m in _months(shape, r)]
    rows = {(*k, r, m): shape.charges[r] for k, r, shape in charges for m in _months(shape, r)}
    more = [key for key, charge in rows.items() if charge.bills_more]
    block.top = Var(list(dict.fromkeys(key[:-1] for key in seen)), domain=NonNegativeReals)
    block.billed = Var(more, domain=NonNegativeReals)

    @block.Constraint(seen)
    def yearly(b: Block, *key: Any) -> Any:
        return (None, b.peak[key] - b.top[key[:-1]], 0)

    @block.Constraint(more)
    def charged(b: Block, *key: Any) -> Any:
        return (None, b.peak[key] - b.billed[key], 0)

    @block.Constraint([key for key in more if rows[key].ratchet_fraction > 0])
    def ratchet(b: Block, *key: Any) -> Any:
        return (None, rows[key].ratchet_fraction * b.top[key[:-1]] - b.billed[key], 0)

    @block.Constraint([key for key in more if rows[key].minimum_fraction > 0])
    def least(b: Block, *key: Any) -> Any:
        return (None, rows[key].minimum_fraction * x[key[:-2]][AVAILABLE] - b.billed[key], 0)


def _caps(block: Block, shapes: Mapping[Key, YearShape], x: Mapping[Key, Capacities]) -> None:
    @block.Constraint([(*k, what) for k, shape in shapes.items() for what in shape.capped])
    def cap(b: Block, *key: Any) -> Any:
        k, what = key[:-1], key[-1]
        return (None, quicksum(_amount(b, shapes[k], k, what)) - x[k][what], 0)


def _amount(block: Block, shape: YearShape, k: Key, what: str) -> list[Any]:
    """MWh imported, t of carbon, or m3 of water of work that waited, in the year."""
    hours = range(shape.hours)
    if what == "water":
        return [
            shape.weight * float(work.water_m3_per_mwh[t]) * block.placed[(*k, j, t)]
            for j, work in enumerate(shape.placing)
            for t in hours
        ]
    per_mwh = np.broadcast_to(1.0 if what == "energy" else shape.carbon_t_per_mwh, (shape.hours,))
    terms = [shape.weight * float(per_mwh[t]) * block.imported[(*k, t)] for t in hours]
    if what == "carbon" and shape.generator_hours is not None:
        terms += [shape.weight * shape.generator_t_per_mwh * block.running[(*k, t)] for t in hours]
    for i, source in enumerate(shape.sources if what == "carbon" else ()):
        terms += [shape.weight * source.carbon_t_per_mwh * block.fed[(*k, i, t)] for t in hours]
    return terms


def _cost(block: Block, shape: YearShape, k: Key) -> Any:
    """The year's bill in USD."""
    hours, weight = range(shape.hours), shape.weight
    terms = [weight * float(shape.energy_usd_per_mwh[t]) * block.imported[(*k, t)] for t in hours]
    if shape.efficiency is not None and shape.degradation_usd_per_mwh:
        terms += [weight * shape.degradation_usd_per_mwh * block.discharge[(*k, t)] for t in hours]
    if shape.generator_hours is not None:
        terms += [weight * shape.generator_usd_per_mwh * block.running[(*k, t)] for t in hours]
    for i, source in enumerate(shape.sources):
        terms += [weight * source.usd_per_mwh * block.fed[(*k, i, t)] for t in hours]
    for j, work in enumerate(shape.placing):
        terms += [weight * float(work.water_usd_per_mwh[t]) * block.placed[(*k, j, t)] for t in hours]
    terms += connection.cost(block, shape, k)
    monthly = shape.month_weight
    for r, charge in enumerate(shape.charges):
        billed = block.billed if charge.bills_more else block.peak
        terms += [monthly * charge.usd_per_mw_month * billed[(*k, r, m)] for m in _months(shape, r)]
        if charge.sees_year:
            terms.append(charge.usd_per_mw_year * block.top[(*k, r)])
    if shape.above_usd_per_mw_month:
        terms += [monthly * shape.above_usd_per_mw_month * block.above[(*k, m)] for m in _months(shape)]
    if shape.uncontracted_usd_per_mw_month is not None:
        terms.append(12 * shape.contracted_usd_per_mw_month * block.contract[k])
        terms += [monthly * shape.uncontracted_usd_per_mw_month * block.beyond[(*k, m)] for m in _months(shape)]
    terms += energy_blocks.cost_of_year(block, shape, k)
    return quicksum(terms)
