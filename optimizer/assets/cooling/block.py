"""Cooling plant: rejects the heat of the pods, with spare modules.

Given       plants (site s, technology x); module_mw[x] heat one module rejects; spare[x] modules kept idle (N+1)
Decides     buy[s, x, p] modules bought, integer;  opening[s, x, p] 1 if the technology is opened at the site in p
Subject to  duty[s, x, p]   heat carried <= module_mw[x] * (modules in service - spare[x] * open[s, x, p])
            gate[s, x, p]   modules in service <= modules_max[x] * open[s, x, p]
            once[s, x]      a technology is opened at most once
            variety[s, p]   technologies open <= the site's limit
Posts       capex_cooling (with maintenance, insurance, residual), cooling_modules, plant_use_m2, standing_mw (fans and
            pumps that run at any load)
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Binary, Block, NonNegativeIntegers, Var

from optimizer.assets.cooling.coefficients import CoolingCoefficients, PlantCoefficients
from optimizer.ledger.ledger import Ledger, Place, add_up, is_variable
from optimizer.ledger.purchases import buy


def add(block: Block, given: CoolingCoefficients, ledger: Ledger) -> None:
    """Add the cooling slice."""
    calendar = ledger.calendar
    plants = given.plants
    bought = [(*k, p) for k, plant in plants.items() for p in plant.buyable]
    block.buy = Var(
        bought, domain=NonNegativeIntegers, bounds=lambda _, s, x, p: (0, plants[s, x].technology.max_modules)
    )
    new = [k for k, plant in plants.items() if plant.existing_modules == 0]
    block.opening = Var([key for key in bought if key[:2] in new], domain=Binary)
    everywhere = [(*k, p) for k in plants for p in calendar.phases]
    block.modules = {
        (s, x, p): plants[s, x].existing_modules
        + ledger.in_service(block.buy, (s, x), p, plants[s, x].technology.life_years)
        for s, x, p in everywhere
    }
    block.open = {
        (s, x, p): add_up(block.opening[s, x, q] for q in calendar.up_to(p) if (s, x, q) in block.opening)
        if (s, x) in new
        else 1
        for s, x, p in everywhere
    }
    _bind(block, given, ledger, everywhere)
    _post(block, given, ledger)


def _bind(block: Block, given: CoolingCoefficients, ledger: Ledger, everywhere: list[tuple[str, str, str]]) -> None:
    plants = given.plants

    def heat(s: str, x: str, p: str) -> Any:
        return add_up(share * ledger.total("it_mw", p, s, c) for c, share in plants[s, x].heat_from.items())

    decided = (block.modules, block.open)
    carrying = [k for k in everywhere if is_variable(heat(*k)) or any(is_variable(of[k]) for of in decided)]

    @block.Constraint(carrying)
    def duty(b: Block, s: str, x: str, p: str) -> Any:
        technology = plants[s, x].technology
        at_work = b.modules[s, x, p] - technology.spare_modules * b.open[s, x, p]
        return (None, heat(s, x, p) - technology.module_mw * at_work, 0.0)

    built = [key for key in everywhere if is_variable(block.modules[key])]

    @block.Constraint(built)
    def gate(b: Block, s: str, x: str, p: str) -> Any:
        return (None, b.modules[s, x, p] - plants[s, x].technology.max_modules * b.open[s, x, p], 0.0)

    @block.Constraint(sorted({key[:2] for key in block.opening}))
    def once(b: Block, s: str, x: str) -> Any:
        return add_up(b.opening[s, x, q] for q in ledger.calendar.phases if (s, x, q) in b.opening) <= 1

    def opened(s: str, p: str) -> Any:
        return add_up(block.open[s2, x, p] for s2, x in plants if s2 == s)

    limited = [(s, p) for s in given.max_coolings for p in ledger.calendar.phases if is_variable(opened(s, p))]

    @block.Constraint(limited)
    def variety(b: Block, s: str, p: str) -> Any:
        return (None, opened(s, p), given.max_coolings[s])


def _post(block: Block, given: CoolingCoefficients, ledger: Ledger) -> None:
    for (s, x, p), units in block.buy.items():
        modules, works = given.plants[s, x].offers
        opened = [(works, block.opening[s, x, p])] if (s, x, p) in block.opening else []
        buy(ledger, Place(p, s, x), (modules, units), *opened)
    for (s, x, p), there in block.modules.items():
        ledger.post("cooling_modules", Place(p, s, x), there)
        ledger.post("plant_use_m2", Place(p, s, x), given.plants[s, x].technology.m2_per_module * there)
        if given.plants[s, x].standing_mw_per_module:
            at_work = _at_work(block, given.plants[s, x], ledger, (s, x, p))
            fans = given.plants[s, x].standing_mw_per_module * at_work
            ledger.post("standing_mw", Place(p, s, "fans and pumps"), fans)


def _at_work(block: Block, plant: PlantCoefficients, ledger: Ledger, key: tuple[str, str, str]) -> Any:
    """Modules that run: all but the spare ones. Those of before stand still until the site has a substation."""
    s, _, p = key
    beyond = plant.existing_modules - plant.technology.spare_modules
    bought = block.modules[key] - plant.existing_modules
    return bought + max(0, beyond) * ledger.total("active_sites", p, s) - max(0, -beyond) * block.open[key]
