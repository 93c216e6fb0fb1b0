"""What a pod is bought as: accelerators with their servers, racks, and the fee of its licence. Pure."""

from __future__ import annotations

from dataclasses import replace

from optimizer.assets.compute.admission import lead_weeks
from optimizer.assets.compute.pods import PodSize
from optimizer.inputs.schema import Instance
from optimizer.ledger.purchases import Offer, Part
from optimizer.regimes.ruling import Ruling
from optimizer.setting.service_life import is_kept_longer, service_years


def pod_parts(
    instance: Instance, accelerator: str, cooling: str, size: PodSize, chip_usd: float, ruling: Ruling | None
) -> tuple[Part, ...]:
    """Offers of one pod delivered under a ruling, its accelerators at `chip_usd` each; all are ordered together."""
    chip, rack = instance.accelerators[accelerator], instance.coolings[cooling]
    ageing = chip.ageing
    pods = Offer(
        what="accelerator pods",
        table="accelerators",
        item=accelerator,
        name=chip.name,
        unit="pod",
        unit_price_usd=size.accelerators * chip_usd + size.servers * chip.server_rest_usd,
        account="capex_accelerators",
        life_years=chip.life_years,
        resale=chip.resale,
        maintenance_fraction=chip.maintenance_fraction,
        warranty_years=chip.warranty_years,
        service_years=service_years(instance, accelerator),
        ageing_fraction_per_year=ageing.maintenance_fraction_per_year if is_kept_longer(instance, accelerator) else 0.0,
        lead_time_weeks=lead_weeks(chip, ruling),
    )
    cabinets = replace(
        pods,
        what="racks",
        table="coolings",
        item=cooling,
        name=rack.name,
        unit="rack",
        unit_price_usd=rack.usd_per_rack,
        account="capex_racks",
        resale=(),
        maintenance_fraction=0.0,
        ageing_fraction_per_year=0.0,
    )
    parts = [Part(offer=pods, quantity=1), Part(offer=cabinets, quantity=size.racks)]
    if ruling is not None and ruling.fee_fraction * chip_usd:
        fee = replace(
            pods,
            what="export licence",
            unit="accelerator",
            unit_price_usd=ruling.fee_fraction * chip_usd,
            account="licence_fees",
            life_years=None,
            resale=(),
            maintenance_fraction=0.0,
        )
        parts.append(Part(offer=fee, quantity=size.accelerators))
    return tuple(parts)


def racks_ahead(parts: tuple[Part, ...], weeks: float) -> tuple[Part, ...]:
    """The parts of a pod with its racks on site so many weeks before service."""
    return tuple(
        replace(part, offer=replace(part.offer, on_site_weeks=weeks)) if part.offer.what == "racks" else part
        for part in parts
    )
