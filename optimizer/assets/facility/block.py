"""Facility: distribution, controls, fit-out and works around the plant, by the MW of IT power; design; contingency.

Given       items i of site s with usd_per_mw, usd_fixed, life; existing_mw[s]; design_fraction, contingency_fraction
Decides     buy_mw[s, i, p] IT power that what is bought of an item serves
            base_musd[s, p] price of plant, fit-out and items bought
Subject to  serve[s, i, p]   installed IT power <= existing_mw + MW bought in service , of
                                 distribution with what each hall has beyond its need
            base[s, p]       base_musd = plant, fit-out and items bought, in million US dollars
            wait[s, p]       no first substation where something paid once cannot be there in time
Posts       capex_<item>, capex_design, capex_contingency (with maintenance, insurance, residual); standing_mw (house)
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block, NonNegativeReals, Var, value

from optimizer.assets.facility.coefficients import PLANT_ACCOUNTS, SHARES, FacilityCoefficients, SiteFacility
from optimizer.ledger.ledger import Ledger, Place, add_up, is_variable
from optimizer.ledger.purchases import buy


def add(block: Block, given: FacilityCoefficients, ledger: Ledger) -> None:
    """Add the facilities; design and contingency read what all plant and the building have posted."""
    items = {(s, i): item for s, site in given.sites.items() for i, item in site.items.items() if item.item.usd_per_mw}
    block.buy_mw = Var([(*key, p) for key, item in items.items() for p in item.buyable], domain=NonNegativeReals)

    def lack(s: str, i: str, p: str) -> Any:
        there = ledger.in_service(block.buy_mw, (s, i), p, items[s, i].item.life_years)
        doubled = items[s, i].per_it_mw
        needed = ledger.weighted("it_mw", p, s, doubled) if doubled else ledger.total("it_mw", p, s)
        return needed - there - given.sites[s].existing_mw

    @block.Constraint([(*key, p) for key in items for p in ledger.calendar.phases if is_variable(lack(*key, p))])
    def serve(b: Block, s: str, i: str, p: str) -> Any:
        return (None, lack(s, i, p), 0)

    block.base_musd = Var([(s, p) for s in given.sites for p in ledger.calendar.phases], domain=NonNegativeReals)
    for s, site in given.sites.items():
        _post(block, ledger, s, site)
    _bind(block, given, ledger)


def _opening(ledger: Ledger, site: str, phase: str) -> Any:
    """1 in the phase of the site's first substation."""
    earlier = ledger.calendar.up_to(phase)[:-1]
    before = ledger.total("active_sites", earlier[-1], site) if earlier else 0
    return ledger.total("active_sites", phase, site) - before


def _bind(block: Block, given: FacilityCoefficients, ledger: Ledger) -> None:
    @block.Constraint(list(block.base_musd))
    def base(b: Block, s: str, p: str) -> Any:
        accounts = (f"capex_{name}" for name in (*PLANT_ACCOUNTS, *given.sites[s].items))
        return b.base_musd[s, p] - add_up(ledger.total(account, p, s) for account in accounts) == 0

    late = [
        (s, p)
        for s, site in given.sites.items()
        for p in ledger.calendar.phases
        if not site.opened and any(row.item.usd_fixed and p not in row.buyable for row in site.items.values())
    ]

    @block.Constraint([key for key in late if is_variable(_opening(ledger, *key))])
    def wait(b: Block, s: str, p: str) -> Any:
        return _opening(ledger, s, p) == 0


def _post(block: Block, ledger: Ledger, s: str, site: SiteFacility) -> None:
    for p in ledger.calendar.phases:
        for i, row in site.items.items():
            by_power, once = row.offers
            opens = bool(row.item.usd_fixed) and not site.opened and p in row.buyable
            parts = [(by_power, block.buy_mw[s, i, p])] if (s, i, p) in block.buy_mw else []
            parts += [(once, _opening(ledger, s, p))] if opens else []
            if parts:
                buy(ledger, Place(p, s, i), *parts)
        base = block.base_musd[s, p]
        design = site.facility.design_fraction * base
        amounts = dict(zip(SHARES, (design, site.facility.contingency_fraction * (base + design)), strict=True))
        for name, amount in amounts.items():
            if getattr(site.facility, f"{name}_fraction"):
                buy(ledger, Place(p, s, name), (site.shares[name], amount))
        if site.house_load_fraction:
            at_work = ledger.total("load_mw", p, s)
            ledger.post("standing_mw", Place(p, s, "house load"), site.house_load_fraction * at_work)


def settle(block: Block, ledger: Ledger, given: FacilityCoefficients) -> None:
    """Put the base of design and contingency on what is bought, as it is read back."""
    for s, p in block.base_musd:
        accounts = (f"capex_{name}" for name in (*PLANT_ACCOUNTS, *given.sites[s].items))
        bought = sum(value(ledger.total(account, p, s)) for account in accounts)
        block.base_musd[s, p].set_value(max(0.0, bought), skip_validation=True)
