"""What an instance may say about the fabric between servers, and storage."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.inputs.quantity import (
    Eccn,
    FabricId,
    Name,
    NonNegative,
    PositiveCount,
    Spec,
    Usd,
)

Fabrics = Annotated[tuple[FabricId, ...], Field(strict=False, min_length=1)]
"""Fabrics among which a plan may choose, pod by pod."""


class FabricTier(Spec):
    """Price of a fabric up to a cluster size."""

    up_to_accelerators: PositiveCount
    usd_per_accelerator: Usd


class Fabric(Spec):
    """A scale-out network, priced per accelerator by the number of switch tiers its size needs."""

    name: Name
    tiers: Annotated[tuple[FabricTier, ...], Field(strict=False, min_length=1)]
    """By rising size; the last one also prices clusters beyond it."""
    kw_per_accelerator: NonNegative
    """Switches, optics and storage nodes: IT power beside the servers."""
    spans_servers: bool = True
    """False if no job can span several servers: there is nothing but what is inside a server."""
    exponent_factor: Annotated[float, Field(ge=0, le=20)] = 1.0
    """Times the accelerator's fabric_exponent: above 1, large jobs lose more on this fabric."""
    origins: Annotated[tuple[Literal["US", "CN"], ...], Field(strict=False, min_length=1)] | None = None
    """Origins of the accelerators it joins. Default: any."""
    vendors: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)] | None = None
    """Vendors of the accelerators it joins. Default: any."""

    eccn: Eccn | None = None
    """Classification of its switches and adapters (Export Control Classification Number); none given: not known."""

    def price_usd(self, accelerators: int) -> float:
        """Price per accelerator in a cluster of this size: the first tier that reaches it, else the last."""
        for tier in self.tiers:
            if tier.up_to_accelerators >= accelerators:
                return tier.usd_per_accelerator
        return self.tiers[-1].usd_per_accelerator


class Network(Spec):
    """The fabric an instance uses: one, or several among which the plan may choose."""

    fabric: FabricId | None = None
    """Fabric of the sites that state none of their own."""
    fabrics: Fabrics | None = None
    """In place of `fabric`: fabrics among which each pod's is chosen."""
    cluster_accelerators: PositiveCount
    """Cluster size that picks the tier."""
    storage_usd_per_accelerator: Usd = 0.0
