"""What the rest of the house knows of cooling plant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.assets.cooling.coefficients import CoolingCoefficients
from optimizer.assets.cooling.coefficients import derive as derive
from optimizer.inputs.design import Decisions, ModuleRow
from optimizer.ledger.purchases import Purchase
from optimizer.ledger.values import whole_values

if TYPE_CHECKING:
    from pyomo.core import Block

STAGE_ONE = (("buy", 2, "{1} modules at {0}"), ("opening", 2, "{1} opened at {0}"))


def read(block: Block, given: CoolingCoefficients) -> dict[str, Any]:
    """Its decisions, by field of a design."""
    return {"cooling": tuple(_modules(block))}


def _modules(block: Block) -> Iterator[ModuleRow]:
    opening = {key for key, n in whole_values(block.opening) if n}
    for (s, x, p), variable in block.buy.items():
        units = round(variable.value)
        if units or (s, x, p) in opening:
            yield ModuleRow(site=s, cooling=x, phase=p, units=units, opened=(s, x, p) in opening)


def purchases(given: CoolingCoefficients, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
    """What a design buys of it: modules, and the works of opening a technology."""
    for row in decisions.cooling:
        modules, works = given.plants[row.site, row.cooling].offers
        for offer, quantity in ((modules, row.units), (works, int(row.opened))):
            yield Purchase(offer=offer, site=row.site, phase=row.phase, quantity=quantity)
