"""What a design says of generation beside the grid."""

from __future__ import annotations

from optimizer.inputs.hourly import Hourly
from optimizer.inputs.quantity import Id, PositiveCount, Spec


class GenerationRow(Spec):
    """Units of generation beside the grid bought in a phase."""

    site: Id
    source: Id
    phase: Id
    units: PositiveCount


class FedRow(Spec):
    """What a kind of generation gives, by hour."""

    source: Id
    fed_mw: Hourly
