"""What the rest of the house knows of the building."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.assets.building.coefficients import BuildingCoefficients
from optimizer.assets.building.coefficients import derive as derive
from optimizer.inputs.design import Decisions, FitoutRow
from optimizer.ledger.purchases import Purchase

if TYPE_CHECKING:
    from pyomo.core import Block

STAGE_ONE = (
    ("fit_white_m2", 1, "m2 of white space fitted out at {0}"),
    ("fit_plant_m2", 1, "m2 of plant space fitted out at {0}"),
)


def read(block: Block, given: BuildingCoefficients) -> dict[str, Any]:
    """Its decisions, by field of a design."""
    return {"fitout": tuple(_fitout(block))}


def _fitout(block: Block) -> Iterator[FitoutRow]:
    for key, white in block.fit_white_m2.items():
        plant = block.fit_plant_m2[key].value
        if white.value or plant:
            yield FitoutRow(site=key[0], phase=key[1], white_m2=white.value, plant_m2=plant)


def purchases(given: BuildingCoefficients, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
    """What a design fits out."""
    for row in decisions.fitout:
        for offer, m2 in zip(given.offers[row.site], (row.white_m2, row.plant_m2), strict=True):
            yield Purchase(offer=offer, site=row.site, phase=row.phase, quantity=m2)
