"""Building: white and plant space, fitted out as it is needed.

Given       white_space_m2[s], plant_m2[s] the site has; support_fraction[s]; existing fitted-out space
Decides     fit_white_m2[s, p], fit_plant_m2[s, p] fitted out in p; none where the works cannot be done in time
Subject to  white[s, p]        (1 + support_fraction) * space of the pods <= white space fitted out
            plant[s, p]        space of the equipment <= plant space fitted out
            white_room[s, p]   white space fitted out <= white_space_m2
            plant_room[s, p]   plant space fitted out <= plant_m2
Posts       capex_fitout (with maintenance, insurance, residual), rent, white_m2, plant_m2
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block, NonNegativeReals, Var

from optimizer.assets.building.coefficients import BuildingCoefficients
from optimizer.inputs.quantity import MUSD
from optimizer.ledger.ledger import Ledger, Place, is_variable
from optimizer.ledger.purchases import buy


def add(block: Block, given: BuildingCoefficients, ledger: Ledger) -> None:
    """Add the building slice; it reads the space every other slice has posted, so it comes after them."""
    phases = ledger.calendar.phases
    here = [(s, p) for s in given.sites for p in phases]
    block.fit_white_m2 = Var(here, domain=NonNegativeReals, bounds=lambda _, s, p: _bounds(given, s, p))
    block.fit_plant_m2 = Var(here, domain=NonNegativeReals, bounds=lambda _, s, p: _bounds(given, s, p))
    for s, p in here:
        site = given.sites[s]
        white = site.existing_white_m2 + ledger.in_service(block.fit_white_m2, (s,), p, site.fitout_life_years)
        plant = site.existing_plant_m2 + ledger.in_service(block.fit_plant_m2, (s,), p, site.fitout_life_years)
        ledger.post("white_m2", Place(p, s, "white"), white)
        ledger.post("plant_m2", Place(p, s, "plant"), plant)
        rent = MUSD * site.rent_usd_per_m2_year
        if rent:
            ledger.post("rent", Place(p, s, "rent"), rent * (white + plant))
    _bind(block, given, ledger, here)
    _post(block, given, ledger)


def _bounds(given: BuildingCoefficients, site: str, phase: str) -> tuple[float, float | None]:
    return 0.0, None if phase in given.buyable[site] else 0.0


def _bind(block: Block, given: BuildingCoefficients, ledger: Ledger, here: list[tuple[str, str]]) -> None:
    def lack_of_white(s: str, p: str) -> Any:
        pods = (1 + given.sites[s].support_fraction) * ledger.total("pod_m2", p, s)
        return pods - ledger.total("white_m2", p, s)

    def lack_of_plant(s: str, p: str) -> Any:
        return ledger.total("plant_use_m2", p, s) - ledger.total("plant_m2", p, s)

    @block.Constraint([key for key in here if is_variable(lack_of_white(*key))])
    def white(b: Block, s: str, p: str) -> Any:
        return (None, lack_of_white(s, p), 0)

    @block.Constraint([key for key in here if is_variable(lack_of_plant(*key))])
    def plant(b: Block, s: str, p: str) -> Any:
        return (None, lack_of_plant(s, p), 0)

    here = [(s, p) for s, p in here if is_variable(ledger.total("white_m2", p, s))]

    @block.Constraint(here)
    def white_room(b: Block, s: str, p: str) -> Any:
        return (None, ledger.total("white_m2", p, s), given.sites[s].white_space_m2)

    @block.Constraint(here)
    def plant_room(b: Block, s: str, p: str) -> Any:
        return (None, ledger.total("plant_m2", p, s), given.sites[s].plant_m2)


def _post(block: Block, given: BuildingCoefficients, ledger: Ledger) -> None:
    for (s, p), m2 in block.fit_white_m2.items():
        white, plant = given.offers[s]
        buy(ledger, Place(p, s, "fit-out"), (white, m2), (plant, block.fit_plant_m2[s, p]))
