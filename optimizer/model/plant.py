"""The plant: assets that are derived, added, read back and bought in the same way. The literal table of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from optimizer.assets.battery import asset as battery
from optimizer.assets.building import asset as building
from optimizer.assets.cooling import asset as cooling
from optimizer.assets.facility import asset as facility
from optimizer.assets.generation import asset as generation
from optimizer.assets.generators import asset as generators
from optimizer.assets.substation import asset as substation
from optimizer.assets.ups import asset as ups
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import Ledger
from optimizer.ledger.purchases import Purchase
from optimizer.setting.calendar import Calendar

if TYPE_CHECKING:
    from pyomo.environ import Block


class Asset(Protocol):
    """A module `assets/X/asset.py`. `given` is what its `derive` returns."""

    STAGE_ONE: Any
    """Variables that scenarios share before the reveal: name, place of the phase in the index, words."""

    def derive(self, instance: Instance, calendar: Calendar) -> Any:
        """Its coefficients; no Pyomo."""

    def add(self, block: Block, given: Any, ledger: Ledger) -> None:
        """Decide, constrain, post."""

    def read(self, block: Block, given: Any) -> dict[str, Any]:
        """Its decisions, by field of a design."""

    def purchases(self, given: Any, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
        """What a design buys of it; quantities may be zero."""


PLANT: dict[str, Asset] = {
    "substation": substation,
    "cooling": cooling,
    "ups": ups,
    "generators": generators,
    "generation": generation,
    "battery": battery,
    "building": building,
    "facility": facility,
}
"""By block of the model, in the order in which they are added: each may read what those before it have posted."""
