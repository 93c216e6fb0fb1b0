"""What the rest of the house knows of the UPS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.assets.ups.coefficients import UpsCoefficients
from optimizer.assets.ups.coefficients import derive as derive
from optimizer.inputs.design import Decisions, MegawattRow
from optimizer.ledger.purchases import Purchase
from optimizer.ledger.values import real_values

if TYPE_CHECKING:
    from pyomo.core import Block

STAGE_ONE = (("buy_mw", 1, "MW of UPS at {0}"),)


def read(block: Block, given: UpsCoefficients) -> dict[str, Any]:
    """Its decisions, by field of a design."""
    return {"ups": tuple(MegawattRow(site=s, phase=p, mw=mw) for (s, p), mw in real_values(block.buy_mw))}


def purchases(given: UpsCoefficients, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
    """What a design buys of it."""
    for row in decisions.ups:
        yield Purchase(offer=given.sites[row.site].offer, site=row.site, phase=row.phase, quantity=row.mw)
