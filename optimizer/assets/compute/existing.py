"""Pods that are there already: how long they may stay, what they cost and what they fetch. Pure numbers."""

from __future__ import annotations

from typing import Any

from optimizer.assets.compute.ageing import ageing
from optimizer.assets.compute.fabrics import existing_fabric
from optimizer.assets.compute.pods import ExistingGroup, PodSize, pod_size
from optimizer.inputs.compute import Accelerator, ExistingPods
from optimizer.inputs.quantity import MUSD
from optimizer.inputs.schema import Instance, Site
from optimizer.setting.calendar import LIFE_TOLERANCE_YEARS, Calendar, years_between
from optimizer.setting.halls import existing_hall
from optimizer.setting.resale import resale_fraction
from optimizer.setting.service_life import service_years


def existing_groups(instance: Instance, calendar: Calendar) -> tuple[ExistingGroup, ...]:
    """A group for each row of existing pods, in the order of the sites."""
    groups = []
    for site, data in instance.sites.items():
        for row in data.existing_pods:
            chip = instance.accelerators[row.accelerator]
            size = pod_size(chip, instance.coolings[row.cooling], 0.0)
            born = years_between(calendar.base, row.commissioned)
            most_years = service_years(instance, row.accelerator)
            alive = {p: calendar.t1[p] - born <= most_years + LIFE_TOLERANCE_YEARS for p in calendar.phases}
            aged = {p: ageing(instance, calendar, row.accelerator, p, born) for p in calendar.phases if alive[p]}
            price = size.accelerators * chip.price_usd + size.servers * chip.server_rest_usd if size else 0.0
            groups.append(
                ExistingGroup(
                    site=site,
                    accelerator=row.accelerator,
                    cooling=row.cooling,
                    fabric=existing_fabric(instance, site, row.accelerator, row.fabric),
                    hall=existing_hall(instance, site, row.hall),
                    in_service={p: row.pods if alive[p] else 0 for p in calendar.phases},
                    **_worth(calendar, row, chip, price * MUSD),
                    maintenance_musd=chip.maintenance_fraction * price * MUSD,
                    ageing_musd={p: a.maintenance_fraction * price * MUSD for p, a in aged.items()},
                    failed={p: a.failed for p, a in aged.items()},
                    removal_musd=(size.accelerators if size else 0) * chip.removal_usd * MUSD,
                    may_stay=_may_stay(data, chip, row.cooling, size),
                )
            )
    return tuple(groups)


def _worth(calendar: Calendar, row: ExistingPods, chip: Accelerator, price_musd: float) -> dict[str, Any]:
    """What an existing pod fetches by phase of retirement, and what it is worth at the end of the horizon."""
    born = years_between(calendar.base, row.commissioned)

    def fetched(years: float) -> float:
        return price_musd * resale_fraction(chip.resale, years - born) if chip.resale else 0.0

    if row.salvage_usd_per_pod is not None:
        return {"salvage_musd": dict.fromkeys(calendar.phases, row.salvage_usd_per_pod * MUSD), "end_musd": 0.0}
    return {
        "salvage_musd": {p: fetched(calendar.t0[p]) for p in calendar.phases},
        "end_musd": fetched(calendar.horizon),
    }


def _may_stay(site: Site, chip: Accelerator, cooling: str, size: PodSize | None) -> bool:
    loading = site.building.floor_loading_kpa
    strong_enough = size is not None and (loading is None or size.floor_kpa <= loading)
    return strong_enough and cooling in site.coolings and cooling in chip.coolings
