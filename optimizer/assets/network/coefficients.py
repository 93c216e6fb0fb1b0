"""Fabric and storage prices per accelerator. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.inputs.quantity import MUSD
from optimizer.inputs.schema import Instance


@dataclass(frozen=True)
class NetworkCoefficients:
    """Prices in million US dollars per accelerator."""

    fabric_musd: dict[tuple[str, str, str], float]
    """By pod type: (site, accelerator, racks)."""
    storage_musd: float
    life_years: dict[str, float]


def derive(instance: Instance, fabric_usd: Mapping[tuple[str, str, str], float]) -> NetworkCoefficients:
    """Prices for every pod type; `fabric_usd` per accelerator, 0 of systems that bring their own fabric."""
    return NetworkCoefficients(
        {key: usd * MUSD for key, usd in fabric_usd.items()},
        instance.network.storage_usd_per_accelerator * MUSD,
        {name: chip.life_years for name, chip in instance.accelerators.items()},
    )
