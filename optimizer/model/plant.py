"""The plant: assets that are derived, added, read back and bought in the same way, read off the fields of a design."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from optimizer.inputs.design import DecidedBy, Decisions
from optimizer.inputs.schema import Instance
from optimizer.ledger.ledger import Ledger
from optimizer.ledger.purchases import Purchase
from optimizer.setting.calendar import Calendar

if TYPE_CHECKING:
    from pyomo.core import Block


class Asset(Protocol):
    """A module `assets/X/asset.py`; `given` is what its `derive` returns. `block.py` beside it adds it to the model."""

    STAGE_ONE: Any
    """Variables that scenarios share before the reveal: name, place of the phase in the index, label."""

    def derive(self, instance: Instance, calendar: Calendar) -> Any:
        """Its coefficients; no Pyomo."""

    def read(self, block: Block, given: Any) -> dict[str, Any]:
        """Its decisions, by field of a design."""

    def purchases(self, given: Any, decisions: Decisions, phases: tuple[str, ...]) -> Iterator[Purchase]:
        """What a design buys of it; quantities may be zero."""


def asset_of_field() -> dict[str, str]:
    """The asset that decides each field of a design which one decides, in the order of the fields."""
    fields = Decisions.model_fields.items()
    return {name: note.asset for name, field in fields for note in field.metadata if isinstance(note, DecidedBy)}


PLANT: dict[str, Asset] = {
    name: cast(Asset, import_module(f"optimizer.assets.{name}.asset"))
    for name in dict.fromkeys(asset_of_field().values())
}
"""By block of the model, in the order in which they are added: each may read what those before it have posted."""


def add_asset(name: str, block: Block, given: Any, ledger: Ledger) -> None:
    """Decide, constrain, post: `add` of `assets/X/block.py`, which is imported now, for it needs Pyomo."""
    import_module(f"optimizer.assets.{name}.block").add(block, given, ledger)
