"""What the rest of the house knows of batteries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.assets.battery.coefficients import BatteryCoefficients
from optimizer.assets.battery.coefficients import derive as derive
from optimizer.inputs.design import BatteryRow, Decisions, MegawattRow
from optimizer.ledger.purchases import Purchase
from optimizer.ledger.values import real_values

if TYPE_CHECKING:
    from pyomo.core import Block

STAGE_ONE = (
    ("buy_mw", 1, "MW of battery at {0}"),
    ("buy_mwh", 1, "MWh of battery at {0}"),
    ("opening", 1, "battery opened at {0}"),
)


def read(block: Block, given: BatteryCoefficients) -> dict[str, Any]:
    """Its decisions, by field of a design."""
    reserves = (MegawattRow(site=s, phase=p, mw=mw) for (s, p), mw in real_values(block.reserve_mw))
    return {"batteries": tuple(_batteries(block)), "step_reserves": tuple(reserves)}


def _batteries(block: Block) -> Iterator[BatteryRow]:
    for key, mw in block.buy_mw.items():
        mwh = block.buy_mwh[key].value
        opened = round(block.opening[key].value) == 1
        if mw.value or mwh or opened:
            yield BatteryRow(site=key[0], phase=key[1], mw=mw.value, mwh=mwh, opened=opened)


def purchases(given: BatteryCoefficients, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
    """What a design buys of it: power, energy, and the works of the first purchase."""
    for row in decisions.batteries:
        power, energy, works = given.sites[row.site].offers
        for offer, quantity in ((power, row.mw), (energy, row.mwh), (works, float(row.opened))):
            yield Purchase(offer=offer, site=row.site, phase=row.phase, quantity=quantity)
