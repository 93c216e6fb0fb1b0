"""Fabric and storage prices per accelerator. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.assets.network.spec import Fabric
from optimizer.instance.schema import Instance

MUSD = 1e-6


@dataclass(frozen=True)
class NetworkCoefficients:
    """Prices in million US dollars per accelerator."""

    fabric_musd: dict[str, float]
    storage_musd: float
    life_years: dict[str, float]


def tier_price_usd(fabric: Fabric, accelerators: int) -> float:
    """Fabric price per accelerator of a cluster of this size: the first tier that reaches it, else the last."""
    for tier in fabric.tiers:
        if tier.up_to_accelerators >= accelerators:
            return tier.usd_per_accelerator
    return fabric.tiers[-1].usd_per_accelerator


def derive(instance: Instance) -> NetworkCoefficients:
    """Prices for every accelerator; systems that bring their own fabric pay none."""
    price = tier_price_usd(instance.fabrics[instance.network.fabric], instance.network.cluster_accelerators)
    chips = instance.accelerators
    own = {name for name, chip in chips.items() if chip.rack_scale and chip.rack_scale.fabric_included}
    return NetworkCoefficients(
        {name: 0.0 if name in own else price * MUSD for name in chips},
        instance.network.storage_usd_per_accelerator * MUSD,
        {name: chip.life_years for name, chip in chips.items()},
    )
