"""What an instance may say about halls: how far the power of a room is doubled up, and what that costs and gives."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from optimizer.inputs.quantity import Fraction, HallId, Name, PositiveFraction, Spec

Redundancy = Annotated[float, Field(ge=0, le=3)]
Halls = Annotated[tuple[HallId, ...], Field(strict=False, min_length=1)]
"""Classes of hall among which a plan may choose, pod by pod."""


class Hall(Spec):
    """A class of hall: redundancy of its power, what generators carry of it, and how much of the time it has power."""

    name: Name
    ups_redundancy_fraction: Redundancy
    """UPS installed beyond what is protected (0 = N, 1 = 2N), in place of what the UPS's row says."""
    protected_fraction: Fraction | None = None
    """Share of the IT power in it that a UPS protects. None given: as its row says."""
    distribution_redundancy_fraction: Redundancy
    """Low-voltage distribution installed beyond the IT power in it."""
    generator_fraction: Fraction
    """Share of its critical load that standby generators carry; 0: none."""
    loss_fraction: Annotated[float, Field(ge=0, lt=0.2)] = 0.0
    """What its switches and second paths lose beyond the site's distribution and the UPS, as a share of IT power."""
    availability: PositiveFraction
    """Share of the time in which its pods have power."""
    space_factor: Annotated[float, Field(ge=1, le=3)] = 1.0
    """White space of a pod in it, times that of the racks alone."""


def room_of(cooling: str, hall: str | None) -> str:
    """Name of the room a pod stands in: its cooling and, where halls are chosen, its hall (`air@n_plus_1`)."""
    return cooling if hall is None else f"{cooling}@{hall}"


def parts_of(room: str) -> tuple[str, str | None]:
    """Cooling and hall of a room."""
    cooling, _, hall = room.partition("@")
    return cooling, hall or None
