"""UPS: protects a share of the installed IT power.

Given       per_it_mw[s, h] capacity needed per MW of installed IT power in hall h; existing_mw[s]
Decides     buy_mw[s, p] capacity bought
Subject to  protect[s, p]   capacity in service >= sum_h per_it_mw[s, h] * installed IT power in h
Posts       capex_ups (with maintenance, insurance, residual), plant_use_m2, standing_mw (its idle loss)
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block, NonNegativeReals, Var

from optimizer.assets.ups.coefficients import UpsCoefficients
from optimizer.ledger.ledger import Ledger, Place, is_variable
from optimizer.ledger.purchases import buy


def add(block: Block, given: UpsCoefficients, ledger: Ledger) -> None:
    """Add the UPS slice."""
    calendar = ledger.calendar
    block.buy_mw = Var([(s, p) for s, site in given.sites.items() for p in site.buyable], domain=NonNegativeReals)
    here = [(s, p) for s in given.sites for p in calendar.phases]

    def capacity(s: str, p: str) -> Any:
        site = given.sites[s]
        return site.existing_mw + ledger.in_service(block.buy_mw, (s,), p, site.technology.life_years)

    def need(s: str, p: str) -> Any:
        return ledger.weighted("it_mw", p, s, given.sites[s].per_it_mw)

    @block.Constraint([key for key in here if is_variable(need(*key)) or is_variable(capacity(*key))])
    def protect(b: Block, s: str, p: str) -> Any:
        return (None, need(s, p) - capacity(s, p), 0)

    for (s, p), mw in block.buy_mw.items():
        buy(ledger, Place(p, s, "ups"), (given.sites[s].offer, mw))
    for s, p in here:
        ledger.post("plant_use_m2", Place(p, s, "ups"), given.sites[s].technology.m2_per_mw * capacity(s, p))
        if given.sites[s].idle_fraction:
            existing = given.sites[s].existing_mw
            idle = capacity(s, p) - existing + existing * ledger.total("active_sites", p, s)
            ledger.post("standing_mw", Place(p, s, "idle UPS"), given.sites[s].idle_fraction * idle)
