"""Substation: at most one option (transformer type, units) in place per site and phase.

Given       options o of site s with firm_mw[o], step_limit_mw[o], no_load_mw[o]; the existing one, if any
Decides     in_place[s, o, p] 1 if the option is in place in p
Subject to  one[s, p]       sum_o in_place[s, o, p] <= 1;  never without again once there was one (stay[s, p])
            grow[s, x, p]   units of type x never shrink below what was bought
            keep[s, x, p]   a type once started stays
            late[s, x, p]   no growth of a type before its lead time allows
Posts       capex_substation, substation_units, active_sites, standing_mw, firm_mw, step_limit_mw, plant_use_m2
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Binary, Block, Var

from optimizer.assets.substation.coefficients import SiteSubstation, SubstationCoefficients
from optimizer.ledger.ledger import Ledger, Place, add_up, is_variable
from optimizer.ledger.purchases import buy


def add(block: Block, given: SubstationCoefficients, ledger: Ledger) -> None:
    """Add the substation slice."""
    calendar = ledger.calendar
    keys = [(s, o, p) for s, site in given.sites.items() for o in site.options for p in calendar.phases]
    block.in_place = Var(keys, domain=Binary)
    here = [(s, p) for s in given.sites for p in calendar.phases]
    block.present = {(s, p): add_up(block.in_place[s, o, p] for o in given.sites[s].options) for s, p in here}
    _stay(block, given, ledger, here)
    _grow(block, given, ledger)
    _post(block, given, ledger)


def _before(ledger: Ledger, phase: str) -> str | None:
    index = ledger.calendar.phases.index(phase)
    return ledger.calendar.phases[index - 1] if index else None


def _stay(block: Block, given: SubstationCoefficients, ledger: Ledger, here: list[tuple[str, str]]) -> None:
    here = [key for key in here if is_variable(block.present[key])]

    @block.Constraint(here)
    def one(b: Block, s: str, p: str) -> Any:
        return (None, b.present[s, p], 1)

    @block.Constraint(here)
    def stay(b: Block, s: str, p: str) -> Any:
        before = _before(ledger, p)
        already = 1 if given.sites[s].existing else 0
        return (None, (b.present[s, before] if before else already) - b.present[s, p], 0)


def _levels(block: Block, site: SiteSubstation, key: tuple[str, str, str | None]) -> tuple[Any, Any]:
    """Units of a type bought so far, and 1 if the type was started; the untouched existing option counts 0."""
    s, x, p = key
    if p is None:
        return 0, 0
    base = site.options[site.existing].units if site.existing and site.options[site.existing].transformer == x else 0
    bought = [
        (o, option.units - base) for o, option in site.options.items() if option.transformer == x and o != site.existing
    ]
    bought = [(o, units) for o, units in bought if units > 0]
    units = add_up(more * block.in_place[s, o, p] for o, more in bought)
    return units, add_up(block.in_place[s, o, p] for o, _ in bought)


def _grow(block: Block, given: SubstationCoefficients, ledger: Ledger) -> None:
    keys = [(s, x, p) for s, site in given.sites.items() for x in site.types for p in ledger.calendar.phases]
    now = {key: _levels(block, given.sites[key[0]], key) for key in keys}
    then = {(s, x, p): _levels(block, given.sites[s], (s, x, _before(ledger, p))) for s, x, p in keys}
    block.units_bought = {key: now[key][0] - then[key][0] for key in keys}
    block.started = {key: now[key][1] - then[key][1] for key in keys}
    real = [key for key in keys if is_variable(now[key][0])]

    @block.Constraint(real)
    def grow(b: Block, s: str, x: str, p: str) -> Any:
        return (0, b.units_bought[s, x, p], None)

    @block.Constraint(real)
    def keep(b: Block, s: str, x: str, p: str) -> Any:
        return (0, b.started[s, x, p], None)

    late_keys = [key for key in real if key[2] not in given.sites[key[0]].buyable[key[1]]]

    @block.Constraint(late_keys)
    def late(b: Block, s: str, x: str, p: str) -> Any:
        return b.units_bought[s, x, p] == 0


def _post(block: Block, given: SubstationCoefficients, ledger: Ledger) -> None:
    for (s, x, p), units in block.units_bought.items():
        if not is_variable(units):
            continue
        site = given.sites[s]
        inherited = bool(site.existing) and site.options[site.existing or ""].transformer == x
        transformers, works = site.offers[x]
        started = 0 if inherited else block.started[s, x, p]
        buy(ledger, Place(p, s, x), (transformers, units), (works, started))
    for (s, o, p), chosen in block.in_place.items():
        option = given.sites[s].options[o]
        here = Place(p, s, option.transformer)
        ledger.post("substation_units", here, option.units * chosen)
        ledger.post("firm_mw", here, option.firm_mw * chosen)
        ledger.post("step_limit_mw", here, option.step_limit_mw * chosen)
        if not given.sites[s].measured:
            ledger.post("standing_mw", here, option.no_load_mw * chosen)
        ledger.post("plant_use_m2", here, option.plant_m2 * chosen)
    for (s, p), active in block.present.items():
        ledger.post("active_sites", Place(p, s, "substation"), active)
        ledger.post("standing_mw", Place(p, s, "auxiliaries"), given.sites[s].auxiliary_mw * active)
