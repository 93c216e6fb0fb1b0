"""What joins the servers of a pod, and which fabrics a design may name: docs/model.md section 3."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.compute import Accelerator, ExistingPods
from optimizer.inputs.schema import Instance

UNNAMED = ""
"""Fabric of a type whose rows leave it out: of a site that does not choose, or of a system that brings its own."""


@dataclass(frozen=True)
class Interconnect:
    """What is between the servers of a pod."""

    kw_per_accelerator: float
    usd_per_accelerator: float
    exponent: float
    """A job on n accelerators keeps (n / reference)^-exponent of the utilisation beyond the reference."""
    spans_servers: bool
    """Whether a job can be larger than a server."""


def fabric_list(instance: Instance, site: str) -> tuple[str, ...] | None:
    """The fabrics of a site that chooses, in their order; None if it does not choose."""
    here = instance.sites[site]
    if here.fabrics is not None or here.fabric is not None:
        return here.fabrics
    return instance.network.fabrics


def only_fabric(instance: Instance, site: str) -> str:
    """The one fabric of a site that does not choose. Raises ValueError if the instance gives it none."""
    only = instance.sites[site].fabric or instance.network.fabric
    if only is None:
        raise ValueError(f"{site} has no fabric")
    return only


def brings_its_own(chip: Accelerator) -> bool:
    """Whether the fabric is part of the system."""
    return chip.rack_scale is not None and chip.rack_scale.fabric_included


def interconnect(instance: Instance, site: str, accelerator: str, fabric: str) -> Interconnect:
    """What joins the servers of a type's pods; `fabric` is the one its rows name."""
    chip = instance.accelerators[accelerator]
    if brings_its_own(chip):
        between = fabric_list(instance, site) or (only_fabric(instance, site),)
        spans = any(instance.fabrics[name].spans_servers for name in between)
        return Interconnect(0.0, 0.0, chip.fabric_exponent, spans)
    spec = instance.fabrics[fabric or only_fabric(instance, site)]
    size = instance.network.cluster_accelerators
    reaching = [tier for tier in spec.tiers if tier.up_to_accelerators >= size]
    return Interconnect(
        kw_per_accelerator=spec.kw_per_accelerator,
        usd_per_accelerator=(reaching or spec.tiers[-1:])[0].usd_per_accelerator,
        exponent=chip.fabric_exponent * spec.exponent_factor,
        spans_servers=spec.spans_servers,
    )


def fabric_of_existing(instance: Instance, site: str, entry: ExistingPods) -> str:
    """The fabric of pods that are there already, as rows name it; it need neither be listed nor join them."""
    choice = fabric_list(instance, site)
    if choice is None or brings_its_own(instance.accelerators[entry.accelerator]):
        return UNNAMED
    return entry.fabric or choice[0]


def naming_fault(instance: Instance, site: str, accelerator: str, fabric: str | None) -> str | None:
    """Why a row names no pod type: a fabric where there is no choice, or none where there is one. None: it does."""
    if brings_its_own(instance.accelerators[accelerator]):
        return None if fabric is None else f"{accelerator} brings its own fabric, and {fabric} is named"
    if fabric_list(instance, site) is None:
        return None if fabric is None else f"{site} does not choose its fabrics, and {fabric} is named"
    return None if fabric is not None else f"{site} chooses its fabrics, and none is named"


def joining_fault(instance: Instance, site: str, accelerator: str, fabric: str) -> str | None:
    """Why an accelerator cannot be bought with the fabric its rows name, or with the site's one. None: it can."""
    chip, choice = instance.accelerators[accelerator], fabric_list(instance, site)
    if brings_its_own(chip):
        return None
    name = only_fabric(instance, site) if choice is None else fabric
    if choice is not None and name not in choice:
        return f"{name} is not among the fabrics of {site}"
    spec = instance.fabrics[name]
    if spec.origins is not None and chip.origin not in spec.origins:
        return f"{name} joins no accelerators of origin {chip.origin}"
    if spec.vendors is not None and chip.vendor not in spec.vendors:
        return f"{name} joins no accelerators of {chip.vendor}"
    return None
