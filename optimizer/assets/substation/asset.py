"""What the rest of the house knows of the substation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.assets.substation.coefficients import SubstationCoefficients
from optimizer.assets.substation.coefficients import derive as derive
from optimizer.inputs.design import Decisions, SubstationRow
from optimizer.ledger.purchases import Purchase
from optimizer.ledger.values import whole_values

if TYPE_CHECKING:
    from pyomo.core import Block

STAGE_ONE = (("in_place", 2, "substation {1} at {0}"),)


def read(block: Block, given: SubstationCoefficients) -> dict[str, Any]:
    """Its decisions, by field of a design."""
    return {"substations": tuple(_in_place(block, given))}


def _in_place(block: Block, given: SubstationCoefficients) -> Iterator[SubstationRow]:
    for (s, o, p), chosen in whole_values(block.in_place):
        option = given.sites[s].options[o]
        if chosen:
            yield SubstationRow(site=s, phase=p, transformer=option.transformer, units=option.units)


def purchases(given: SubstationCoefficients, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
    """Growth of a substation from phase to phase; another type than before is paid in full, with its works."""
    rows = {(row.site, row.phase): row for row in decisions.substations}
    for s, site in given.sites.items():
        there = site.options[site.existing] if site.existing else None
        before = (there.transformer, there.units) if there else ("", 0)
        for p in phases:
            row = rows.get((s, p))
            if row is None:
                continue
            new_type = row.transformer != before[0]
            bought = row.units - (0 if new_type else before[1])
            before = (row.transformer, row.units)
            units, works = site.offers[row.transformer]
            for offer, quantity in ((units, bought), (works, int(new_type))):
                yield Purchase(offer=offer, site=s, phase=p, quantity=quantity)
