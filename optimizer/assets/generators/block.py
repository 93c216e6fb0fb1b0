"""Standby generators: carry the critical load when the grid is out, with spare sets.

Given       sites s with a critical share of IT power; unit_mw, spare[s] sets in reserve (N+1), existing[s]
Decides     buy[s, p] sets bought, integer
            carried[s, p] 1 if there is a critical load, where halls are chosen
Subject to  carry[s, p]   critical load <= unit_mw * (sets in service - spare[s] if active), from the required phase;
                          where halls are chosen: spare[s] if carried
            spares[s, p]  critical load <= what the sets can carry * carried
            most[s, p]    sets in service <= units_max
Posts       capex_generators (with maintenance, insurance, residual), critical_mw, fuel, carbon, carbon_t,
            generator_units, plant_use_m2; working_generators_mw where they may run beside the grid
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Binary, Block, NonNegativeIntegers, Var

from optimizer.assets.generators.coefficients import GeneratorCoefficients
from optimizer.inputs.quantity import MUSD
from optimizer.ledger.ledger import Ledger, Place, is_variable
from optimizer.ledger.purchases import buy


def add(block: Block, given: GeneratorCoefficients, ledger: Ledger) -> None:
    """Add the generator slice."""
    calendar = ledger.calendar
    bought = [(s, p) for s, site in given.sites.items() for p in site.buyable]
    block.buy = Var(bought, domain=NonNegativeIntegers, bounds=lambda _, s, p: (0, given.sites[s].kind.max_units))
    here = [(s, p) for s in given.sites for p in calendar.phases]

    def sets(s: str, p: str) -> Any:
        site = given.sites[s]
        return site.backup.existing_units + ledger.in_service(block.buy, (s,), p, site.kind.life_years)

    block.units = {(s, p): sets(s, p) for s, p in here}
    required = [(s, p) for s, p in here if p in given.sites[s].required]
    for s, p in required:
        critical = ledger.weighted("it_mw", p, s, given.sites[s].critical_fraction)
        ledger.post("critical_mw", Place(p, s, "critical"), critical)
    block.carried = Var([key for key in required if given.sites[key[0]].spares_by_load], domain=Binary)

    def load(s: str, p: str) -> Any:
        return ledger.total("critical_mw", p, s)

    def spare(s: str, p: str) -> Any:
        kept = block.carried[s, p] if (s, p) in block.carried else ledger.total("active_sites", p, s)
        return given.sites[s].backup.spare_units * kept

    for s, p in required:
        site = given.sites[s]
        if site.backup.peak_shaving_hours_per_year > 0:
            at_work = site.kind.unit_mw * (block.units[s, p] - spare(s, p))
            ledger.post("working_generators_mw", Place(p, s, "generators"), at_work)

    @block.Constraint(list(block.carried))
    def spares(b: Block, s: str, p: str) -> Any:
        site = given.sites[s]
        most = max(site.kind.max_units, site.backup.existing_units) - site.backup.spare_units
        return (None, load(s, p) - site.kind.unit_mw * max(0, most) * b.carried[s, p], 0)

    @block.Constraint([key for key in required if is_variable(load(*key)) or is_variable(block.units[key])])
    def carry(b: Block, s: str, p: str) -> Any:
        return (None, load(s, p) - given.sites[s].kind.unit_mw * (b.units[s, p] - spare(s, p)), 0)

    @block.Constraint([key for key in here if is_variable(block.units[key])])
    def most(b: Block, s: str, p: str) -> Any:
        return (None, b.units[s, p], given.sites[s].kind.max_units)

    _post(block, given, ledger)


def _post(block: Block, given: GeneratorCoefficients, ledger: Ledger) -> None:
    for (s, p), units in block.buy.items():
        buy(ledger, Place(p, s, "generators"), (given.sites[s].offer, units))
    for (s, p), units in block.units.items():
        site, here = given.sites[s], Place(p, s, "generators")
        test_mwh = site.test_mwh_per_unit * units
        carbon_t = site.kind.carbon_kg_per_mwh / 1000 * test_mwh
        ledger.post("generator_units", here, units)
        ledger.post("plant_use_m2", here, site.kind.m2_per_unit * units)
        ledger.post("fuel", here, MUSD * site.kind.fuel_usd_per_mwh * test_mwh)
        ledger.post("carbon_t", here, carbon_t)
        ledger.post("carbon", here, MUSD * given.carbon_price_usd_per_t[s] * carbon_t)
