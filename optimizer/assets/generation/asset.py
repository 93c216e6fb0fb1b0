"""What the rest of the house knows of generation beside the grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.assets.generation.coefficients import GenerationCoefficients
from optimizer.assets.generation.coefficients import derive as derive
from optimizer.inputs.design import Decisions, GenerationRow
from optimizer.ledger.purchases import Purchase
from optimizer.ledger.values import whole_values

if TYPE_CHECKING:
    from pyomo.core import Block

STAGE_ONE = (("buy", 2, "units of {1} at {0}"),)


def read(block: Block, given: GenerationCoefficients) -> dict[str, Any]:
    """Its decisions, by field of a design."""
    rows = (GenerationRow(site=s, source=g, phase=p, units=n) for (s, g, p), n in whole_values(block.buy))
    return {"generation": tuple(rows)}


def purchases(given: GenerationCoefficients, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
    """What a design buys of it."""
    for row in decisions.generation:
        offer = given.sources[row.site, row.source].offer
        yield Purchase(offer=offer, site=row.site, phase=row.phase, quantity=row.units)
