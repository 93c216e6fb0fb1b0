"""What the rest of the house knows of standby generators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.assets.generators.coefficients import GeneratorCoefficients
from optimizer.assets.generators.coefficients import derive as derive
from optimizer.inputs.design import Decisions, GeneratorRow
from optimizer.ledger.purchases import Purchase
from optimizer.ledger.values import whole_values

if TYPE_CHECKING:
    from pyomo.core import Block

STAGE_ONE = (("buy", 1, "generator sets at {0}"),)


def read(block: Block, given: GeneratorCoefficients) -> dict[str, Any]:
    """Its decisions, by field of a design."""
    return {"generators": tuple(GeneratorRow(site=s, phase=p, units=n) for (s, p), n in whole_values(block.buy))}


def purchases(given: GeneratorCoefficients, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
    """What a design buys of it."""
    for row in decisions.generators:
        yield Purchase(offer=given.sites[row.site].offer, site=row.site, phase=row.phase, quantity=row.units)
