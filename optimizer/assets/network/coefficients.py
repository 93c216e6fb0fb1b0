"""Offers of fabric and storage, per accelerator delivered. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import Offer, Purchase
from optimizer.setting.service_life import service_years

PodKey = tuple[str, str, str]
"""Site, accelerator, racks."""


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What the network needs to know of a type of pod."""

    accelerators: int
    """Of one pod."""
    fabric: str
    """Id; empty of systems that bring their own."""
    fabric_usd: float
    """Per accelerator."""
    lead_time_weeks: dict[str, float]
    """By phase of delivery: fabric and storage are ordered with the pods."""


@dataclass(frozen=True, kw_only=True)
class NetworkCoefficients:
    """What is bought per accelerator delivered."""

    accelerators: dict[PodKey, int]
    """Of one pod."""
    offers: dict[tuple[PodKey, str], tuple[Offer, ...]]
    """By pod type and phase of delivery; none for what costs nothing."""


def derive(instance: Instance, pods: Mapping[PodKey, Joined]) -> NetworkCoefficients:
    """Offers for every pod type and phase."""
    return NetworkCoefficients(
        accelerators={key: pod.accelerators for key, pod in pods.items()},
        offers={
            (key, phase): tuple(_offers(instance, key, pod, weeks))
            for key, pod in pods.items()
            for phase, weeks in pod.lead_time_weeks.items()
        },
    )


def purchases(given: NetworkCoefficients, decisions: Decisions) -> Iterator[Purchase]:
    """Fabric and storage of every delivery."""
    for row in decisions.deliveries:
        count = row.pods * given.accelerators[row.type_key]
        for offer in given.offers[row.type_key, row.phase]:
            yield Purchase(offer=offer, site=row.site, phase=row.phase, quantity=count, delivery=row)


def _offers(instance: Instance, key: PodKey, pod: Joined, lead_time_weeks: float) -> Iterator[Offer]:
    name = instance.fabrics[pod.fabric].name if pod.fabric else ""
    for what, table, item, title, usd in (
        ("fabric", "fabrics", pod.fabric, name, pod.fabric_usd),
        ("storage", "", "storage", "Storage", instance.network.storage_usd_per_accelerator),
    ):
        if usd:
            yield Offer(
                what=what,
                table=table,
                item=item,
                name=title,
                unit="accelerator",
                unit_price_usd=usd,
                account=f"capex_{what}",
                life_years=instance.accelerators[key[1]].life_years,
                service_years=service_years(instance, key[1]),
                lead_time_weeks=lead_time_weeks,
            )
