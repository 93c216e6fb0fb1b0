"""What it costs to take up a software stack, and to bring it to maturity sooner. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import LUMP_SUM, Offer, Purchase


@dataclass(frozen=True, kw_only=True)
class PortingOffers:
    """Offers by software stack; both are expenses of the first phase."""

    adoption: dict[str, Offer]
    programmes: dict[str, Offer]
    """Only of stacks that have one."""


def derive(instance: Instance) -> PortingOffers:
    """Every stack's software porting, and its porting programme if there is one."""
    adoption = {
        name: Offer(
            what="software porting",
            table="stacks",
            item=name,
            name=stack.name,
            unit=LUMP_SUM,
            unit_price_usd=stack.porting_usd,
            account="capex_porting",
            life_years=None,
        )
        for name, stack in instance.stacks.items()
    }
    programmes = {
        name: replace(adoption[name], what="porting programme", unit_price_usd=stack.programme_usd)
        for name, stack in instance.stacks.items()
        if stack.programme_usd is not None
    }
    return PortingOffers(adoption=adoption, programmes=programmes)


def purchases(given: PortingOffers, decisions: Decisions, phase: str) -> Iterator[Purchase]:
    """The stacks a design adopts and the programmes it runs, paid in the first phase."""
    for offers, stacks in ((given.adoption, decisions.stacks), (given.programmes, decisions.programmes)):
        for stack in stacks:
            yield Purchase(offer=offers[stack], site="", phase=phase, quantity=1)
