"""What an instance may say about the fabric between servers, and storage."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from optimizer.quantity import Id, Name, NonNegative, PositiveCount, Spec, Usd


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


class Network(Spec):
    """The fabric an instance uses."""

    fabric: Id
    cluster_accelerators: PositiveCount
    """Cluster size that picks the tier."""
    storage_usd_per_accelerator: Usd = 0.0
