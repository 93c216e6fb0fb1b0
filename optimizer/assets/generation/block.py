"""Generation beside the grid: whole units of engines, turbines, fuel cells or photovoltaics, with spare units.

Given       sources g of site s with unit_mw, spare units (N+1), units_max; room_m2[s], if the site states one
Decides     buy[s, g, p] units bought, integer;  there[s, g, p] 1 if any unit is in service, where some are spare
Subject to  most[s, g, p]     units in service <= units_max (* there, where some are spare)
            room[s, p]        m2 under all units <= room_m2
Posts       capex_generation (with maintenance, insurance, residual), source_mw (units at work), generation_mw
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Binary, Block, NonNegativeIntegers, Var

from optimizer.assets.generation.coefficients import GenerationCoefficients
from optimizer.ledger.ledger import Ledger, Place, add_up, is_variable
from optimizer.ledger.purchases import buy


def add(block: Block, given: GenerationCoefficients, ledger: Ledger) -> None:
    """Add the generation slice."""
    calendar, sources = ledger.calendar, given.sources
    bought = [(s, g, p) for (s, g), source in sources.items() for p in source.buyable]
    block.buy = Var(bought, domain=NonNegativeIntegers, bounds=lambda _, s, g, p: (0, sources[s, g].kind.max_units))
    here = [(s, g, p) for s, g in sources for p in calendar.phases]
    block.there = Var([key for key in here if sources[key[:2]].stated.spare_units], domain=Binary)

    block.units = {
        (s, g, p): ledger.in_service(block.buy, (s, g), p, sources[s, g].kind.life_years) for s, g, p in here
    }

    @block.Constraint([key for key in here if is_variable(block.units[key])])
    def most(b: Block, s: str, g: str, p: str) -> Any:
        units_max = sources[s, g].kind.max_units
        if (s, g, p) in b.there:
            return (None, b.units[s, g, p] - units_max * b.there[s, g, p], 0)
        return (None, b.units[s, g, p], units_max)

    def area(s: str, p: str) -> Any:
        return add_up(sources[x, g].kind.m2_per_unit * block.units[x, g, p] for x, g in sources if x == s)

    areas = {(s, p): area(s, p) for s in given.room_m2 for p in calendar.phases}

    @block.Constraint([key for key, amount in areas.items() if is_variable(amount)])
    def room(b: Block, s: str, p: str) -> Any:
        return (None, areas[s, p], given.room_m2[s])

    for (s, g, p), units in block.buy.items():
        buy(ledger, Place(p, s, g), (sources[s, g].offer, units))
    for (s, g, p), units in block.units.items():
        source, where = sources[s, g], Place(p, s, g)
        spare = source.stated.spare_units * block.there[s, g, p] if (s, g, p) in block.there else 0
        ledger.post("source_mw", where, source.kind.unit_mw * (units - spare))
        ledger.post("generation_mw", where, source.kind.unit_mw * units)
