"""What a class of hall means for the pods in it, and which halls a design may name: docs/model.md section 3a."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.compute import ExistingPods
from optimizer.inputs.schema import Instance
from optimizer.inputs.work import AnyWorkload

NO_HALL = ""
"""Hall of a type at a site that states none; its rows leave it out."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """Of a hall at a site, per MW of IT power in it; at a site without halls, what the UPS row says."""

    protected_fraction: float
    ups_redundancy_fraction: float
    distribution_redundancy_fraction: float = 0.0
    generator_fraction: float = 1.0
    """Share of its critical load that generators carry."""
    loss_fraction: float
    """Of distribution, the hall's own paths and UPS."""
    powered_fraction: float = 1.0
    """Share of the time in which its pods have power."""
    space_factor: float = 1.0


def room(instance: Instance, site: str, hall: str) -> Room:
    """What one hall of a site asks for and gives."""
    spec = instance.sites[site]
    ups = instance.upses[spec.ups]
    if hall == NO_HALL:
        return Room(
            protected_fraction=ups.protected_fraction,
            ups_redundancy_fraction=ups.redundancy_fraction,
            loss_fraction=spec.distribution_loss_fraction + ups.loss_fraction * ups.protected_fraction,
        )
    row = instance.halls[hall]
    protected = ups.protected_fraction if row.protected_fraction is None else row.protected_fraction
    return Room(
        protected_fraction=protected,
        ups_redundancy_fraction=row.ups_redundancy_fraction,
        distribution_redundancy_fraction=row.distribution_redundancy_fraction,
        generator_fraction=row.generator_fraction,
        loss_fraction=spec.distribution_loss_fraction + row.loss_fraction + ups.loss_fraction * protected,
        powered_fraction=row.availability,
        space_factor=row.space_factor,
    )


def hall_of_existing(instance: Instance, site: str, entry: ExistingPods) -> str:
    """The hall of pods that are there already, as rows name it; it need not be listed."""
    choice = instance.sites[site].halls
    if choice is None:
        return NO_HALL
    return entry.hall or choice[0]


def hall_fault(instance: Instance, site: str, hall: str | None) -> str | None:
    """Why a row names no hall it could be in: one where there are none, or none where there are. None: it does."""
    if instance.sites[site].halls is None:
        return None if hall is None else f"{site} states no halls, and {hall} is named"
    return None if hall is not None else f"{site} chooses its halls, and none is named"


def listing_fault(instance: Instance, site: str, hall: str) -> str | None:
    """Why nothing new may stand in a hall. None: it may."""
    choice = instance.sites[site].halls
    return None if choice is None or hall in choice else f"{hall} is not among the halls of {site}"


def available_enough(instance: Instance, hall: str, work: AnyWorkload) -> bool:
    """Whether a hall is up as much of the time as a workload asks for; without halls nobody knows."""
    if work.availability_min is None:
        return True
    return hall != NO_HALL and instance.halls[hall].availability >= work.availability_min
