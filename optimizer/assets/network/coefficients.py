"""Fabric and storage prices per accelerator. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.assets.network.spec import Fabric
from optimizer.instance.schema import Instance

MUSD = 1e-6


@dataclass(frozen=True)
class NetworkCoefficients:
    """Prices in million US dollars per accelerator."""

    fabric_musd: dict[tuple[str, str], float]
    """By (site, accelerator)."""
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
    cluster, chips = instance.network.cluster_accelerators, instance.accelerators
    own = {name for name, chip in chips.items() if chip.rack_scale and chip.rack_scale.fabric_included}
    price = {s: tier_price_usd(instance.fabric_at(s), cluster) * MUSD for s in instance.sites}
    return NetworkCoefficients(
        {(s, name): 0.0 if name in own else price[s] for s in instance.sites for name in chips},
        instance.network.storage_usd_per_accelerator * MUSD,
        {name: chip.life_years for name, chip in chips.items()},
    )
