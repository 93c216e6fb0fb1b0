"""What the rest of the house knows of facilities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from optimizer.assets.facility.coefficients import PLANT_ACCOUNTS, SHARES, FacilityCoefficients
from optimizer.assets.facility.coefficients import derive as derive
from optimizer.inputs.design import Decisions, FacilityRow
from optimizer.inputs.quantity import MUSD
from optimizer.ledger.purchases import Purchase
from optimizer.ledger.values import real_values

if TYPE_CHECKING:
    from pyomo.core import Block

STAGE_ONE = (("buy_mw", 2, "MW of {1} at {0}"),)


def read(block: Block, given: FacilityCoefficients) -> dict[str, Any]:
    """Its decisions, by field of a design."""
    rows = (FacilityRow(site=s, item=i, phase=p, mw=mw) for (s, i, p), mw in real_values(block.buy_mw))
    return {"facility": tuple(rows)}


def purchases(given: FacilityCoefficients, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
    """Items by power, and what is paid once with the first substation."""
    for row in decisions.facility:
        offer = given.sites[row.site].items[row.item].offers[0]
        yield Purchase(offer=offer, site=row.site, phase=row.phase, quantity=row.mw)
    for s, site in given.sites.items():
        first = next((p for p in phases if any((r.site, r.phase) == (s, p) for r in decisions.substations)), None)
        if first is None or site.opened:
            continue
        for item in site.items.values():
            if item.item.usd_fixed:
                yield Purchase(offer=item.offers[1], site=s, phase=first, quantity=1)


def shares(given: FacilityCoefficients, bought: Iterable[Purchase]) -> Iterator[Purchase]:
    """Design and contingency of what else is bought, in million US dollars."""
    base: dict[tuple[str, str], float] = defaultdict(float)
    for purchase in bought:
        site = given.sites.get(purchase.site)
        if site and purchase.offer.account.removeprefix("capex_") in (*PLANT_ACCOUNTS, *site.items):
            base[purchase.site, purchase.phase] += MUSD * purchase.offer.unit_price_usd * purchase.quantity
    for (s, p), amount in base.items():
        facility = given.sites[s].facility
        design = facility.design_fraction * amount
        for name, share in zip(SHARES, (design, facility.contingency_fraction * (amount + design)), strict=True):
            yield Purchase(offer=given.sites[s].shares[name], site=s, phase=p, quantity=share)
