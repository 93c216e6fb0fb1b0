"""Pods: what one weighs, draws, costs and delivers, and which may be bought where. Pure numbers.

A pod is the smallest thing bought: one rack of servers, or one rack-scale system. Its type is
(accelerator, cooling, fabric); where a site has one fabric, or a system brings its own, it goes without saying.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from optimizer.assets.compute.admission import (
    Admission,
    Exclusion,
    Rulings,
    admission,
    lead_weeks,
)
from optimizer.assets.compute.ageing import ageing
from optimizer.assets.compute.duties import PodHolder, duties
from optimizer.assets.compute.existing import existing_groups
from optimizer.assets.compute.fabrics import Wiring, existing_fabric, wiring
from optimizer.assets.compute.needless import needless
from optimizer.assets.compute.offers import pod_parts, racks_ahead
from optimizer.assets.compute.pods import ComputeCoefficients, PodSize, PodType, pod_size
from optimizer.assets.compute.throughput import wired
from optimizer.inputs.design import Decisions, racks_of
from optimizer.inputs.quantity import MUSD
from optimizer.inputs.schema import Instance
from optimizer.inputs.work import TrainingRun
from optimizer.ledger.purchases import Part, Purchase
from optimizer.regimes.ruling import Ruling
from optimizer.setting.calendar import Calendar, years_between
from optimizer.setting.demand import runs
from optimizer.setting.halls import availability, existing_hall, hall_of, halls_at, halls_there, may_work_in
from optimizer.setting.handover import rack_weeks
from optimizer.setting.losses import loss_fraction
from optimizer.setting.matching import about_chip, matches
from optimizer.setting.payment import payment_terms, prepayment_fraction
from optimizer.setting.service_life import service_years
from optimizer.setting.supply import has_quarters, supplied, supplied_at_most, supplied_since_phase_before


def chip_price_usd(instance: Instance, calendar: Calendar, name: str, phase: str) -> float:
    """Price of one accelerator delivered at the start of a phase."""
    accelerator = instance.accelerators[name]
    tau = years_between(instance.planning_date, calendar.starts[phase])
    factors = instance.phases[phase].accelerator_price_factors
    factor = math.prod(value for pattern, value in factors.items() if matches(name, (pattern,)))
    return float(accelerator.price_usd * (1 + accelerator.price_trend_fraction) ** tau * factor)


@dataclass(frozen=True, kw_only=True)
class _Variant:
    """Pods of an accelerator in a cooling on a fabric in a hall, and the phases in which they may be bought."""

    site: str
    name: str
    cooling: str
    wiring: Wiring
    hall: str | None
    phases: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.site, self.name, racks_of(self.cooling, self.wiring.fabric, self.hall)


def derive(instance: Instance, calendar: Calendar, rulings: Rulings) -> ComputeCoefficients:
    """All pod types that may be bought or are there, and the exclusions with their reasons."""
    types: dict[tuple[str, str, str], PodType] = {}
    exclusions: list[Exclusion] = []
    for site in instance.sites:
        for name in instance.accelerators:
            decision = admission(instance, calendar, rulings, (site, name))
            exclusions.extend(decision.exclusions)
            for variant in _variants(instance, (site, name), decision, exclusions):
                types[variant.key] = _pod_type(instance, calendar, variant, rulings)
    existing = existing_groups(instance, calendar)
    left_out = needless(instance, types, frozenset(group.type_key for group in existing))
    for (site, name, _), reason in left_out.items():
        exclusions.append(Exclusion(site, name, types[site, name, _].cooling, "fabric", reason))
    return ComputeCoefficients(
        types=types,
        existing=existing,
        exclusions=tuple(exclusions),
        accelerators=dict(instance.accelerators),
        workloads=tuple(instance.workloads),
        runs=frozenset(runs(instance)),
        step_fraction=_step_fractions(instance),
        refresh=instance.procurement.refresh,
        needless=left_out,
    )


def purchases(given: ComputeCoefficients, decisions: Decisions) -> Iterator[Purchase]:
    """Pods delivered, with their racks and the fees of their licences."""
    for row in decisions.deliveries:
        for part in given.types[row.type_key].parts[row.phase]:
            count = row.pods * part.quantity
            yield Purchase(offer=part.offer, site=row.site, phase=row.phase, quantity=count, delivery=row)


def _variants(
    instance: Instance, where: tuple[str, str], decision: Admission, exclusions: list[Exclusion]
) -> Iterator[_Variant]:
    """What may be bought of an accelerator at a site, or is there; floors too weak for it join the exclusions."""
    site, name = where
    there = _existing_wirings(instance, site, name)
    loading, loads = instance.sites[site].building.floor_loading_kpa, instance.workloads.values()
    for cooling in sorted({*decision.coolings, *there}, key=list(instance.coolings).index):
        size = pod_size(instance.accelerators[name], instance.coolings[cooling], 0.0)
        if size is None:
            continue
        too_heavy = loading is not None and size.floor_kpa > loading
        if too_heavy and cooling not in there:
            text = f"{size.floor_kpa:.1f} kPa under {cooling} racks; the floor carries {loading} kPa"
            exclusions.append(Exclusion(site, name, cooling, "floor loading", text))
            continue
        wires = () if too_heavy or cooling not in decision.coolings else decision.wirings
        halls = [h for h in halls_at(instance, site) if any(may_work_in(instance, w, h) for w in loads)]
        if wires and not halls:
            text = "no hall of the site has the availability that its work asks for"
            exclusions.append(Exclusion(site, name, cooling, "hall", text))
        offered = tuple((each, hall) for each in wires for hall in halls)
        for each, hall in dict.fromkeys((*offered, *there.get(cooling, ()))):
            phases = decision.phases if (each, hall) in offered else ()
            yield _Variant(site=site, name=name, cooling=cooling, wiring=each, hall=hall, phases=phases)


def _existing_wirings(instance: Instance, site: str, name: str) -> dict[str, list[tuple[Wiring, str | None]]]:
    """Wirings and halls of the pods of an accelerator that are there already, by cooling."""
    wirings: dict[str, list[tuple[Wiring, str | None]]] = {}
    for row in instance.sites[site].existing_pods:
        if row.accelerator == name:
            fabric = existing_fabric(instance, site, name, row.fabric)
            there = wiring(instance, site, name, fabric), existing_hall(instance, site, row.hall)
            wirings.setdefault(row.cooling, []).append(there)
    return wirings


def _parts(
    instance: Instance, variant: _Variant, size: PodSize, chip_usd: float, ruling: Ruling | None
) -> tuple[Part, ...]:
    """What a pod is bought as, its racks ahead of it."""
    parts = pod_parts(instance, variant.name, variant.cooling, size, chip_usd=chip_usd, ruling=ruling)
    return racks_ahead(parts, rack_weeks(instance, variant.site))


def _pod_type(instance: Instance, calendar: Calendar, variant: _Variant, rulings: Rulings) -> PodType:
    site, name, wires = variant.site, variant.name, variant.wiring
    chip, size = instance.accelerators[name], _size(instance, variant)
    here = {p: rulings[site, name, p] for p in calendar.phases if (site, name, p) in rulings}
    prices_usd = {p: chip_price_usd(instance, calendar, name, p) for p in variant.phases}
    parts = {p: _parts(instance, variant, size, usd, here.get(p)) for p, usd in prices_usd.items()}
    pods_max = _pods_max(instance, calendar, (site, name), size)
    works_as = wired(chip, wires.exponent_factor)
    there, supply = _there(instance, variant), _supplied(instance, calendar, variant)
    standing = {p: there + math.floor(min(pods_max, most / size.accelerators) + 1e-9) for p, most in supply.items()}
    holder = PodHolder(
        site=site,
        name=name,
        chip=works_as,
        accelerators=size.accelerators,
        standing_max=standing,
        spans_servers=wires.spans_servers,
        hall=variant.hall,
    )
    return PodType(
        site=site,
        accelerator=name,
        cooling=variant.cooling,
        hall=variant.hall,
        availability=availability(instance, variant.hall),
        wiring=wires,
        chip=works_as,
        size=size,
        stack=chip.stack,
        rulings=here,
        deliverable=variant.phases,
        duties=duties(instance, calendar, holder),
        parts=parts,
        prepayment_musd={
            p: share * MUSD * parts[p][0].offer.unit_price_usd
            for p, share in _prepaid(instance, calendar, variant, here).items()
        },
        pods_max=pods_max,
        order_max=pods_max,
        working_max=math.inf,
        standing_max=standing,
        service_years=service_years(instance, name),
        failed=_failed(instance, calendar, variant),
        removal_musd=size.accelerators * chip.removal_usd * MUSD,
    )


def _prepaid(instance: Instance, calendar: Calendar, variant: _Variant, here: dict[str, Ruling]) -> dict[str, float]:
    """What paying before delivery adds to the price, by phase of delivery, as a fraction."""
    chip, terms = instance.accelerators[variant.name], payment_terms(instance, variant.name)
    return {
        p: prepayment_fraction(terms, calendar.starts[p], lead_weeks(chip, here.get(p)), calendar.log_rate)
        for p in variant.phases
    }


def _failed(instance: Instance, calendar: Calendar, variant: _Variant) -> dict[tuple[str, str], float]:
    """Share of the pods of a delivery that has failed for good, by phase of delivery and phase of service."""
    return {
        (q, p): share
        for q in variant.phases
        for p in calendar.serving_from(q, service_years(instance, variant.name))
        if (share := ageing(instance, calendar, variant.name, p, calendar.t0[q]).failed)
    }


def _size(instance: Instance, variant: _Variant) -> PodSize:
    chip, cooling = instance.accelerators[variant.name], instance.coolings[variant.cooling]
    size, hall = pod_size(chip, cooling, variant.wiring.kw_per_accelerator), hall_of(instance, variant.hall)
    assert size is not None
    return replace(size, white_m2=size.white_m2 * hall.space_factor) if hall else size


def _there(instance: Instance, variant: _Variant) -> int:
    """Pods of a type that are there already."""
    site, name, _ = variant.key
    return sum(
        row.pods
        for row in instance.sites[site].existing_pods
        if (row.accelerator, row.cooling) == (name, variant.cooling)
        and existing_fabric(instance, site, name, row.fabric) == variant.wiring.fabric
        and existing_hall(instance, site, row.hall) == variant.hall
    )


def _supplied(instance: Instance, calendar: Calendar, variant: _Variant) -> dict[str, float]:
    """Accelerators that can have been delivered until each phase, by supply in the phases they are delivered in."""
    chip, supplies, most, by_year = instance.accelerators[variant.name], {}, 0.0, 0.0
    for p in calendar.phases:
        if p in variant.phases:
            each_year = chip.supply_per_year is not None
            by_year += supplied_since_phase_before(instance, variant.name, p) if each_year else math.inf
            by_quarter = supplied(instance, variant.name, calendar.starts[p]) if has_quarters(chip) else math.inf
            most = min(by_year, by_quarter)
        supplies[p] = most
    return supplies


def _pods_max(instance: Instance, calendar: Calendar, where: tuple[str, str], size: PodSize) -> int:
    """Most pods of a type that can be delivered at once: by white space, by quotas and caps, by its supply."""
    site, name = where
    building = instance.sites[site].building
    by_space = building.white_space_m2 / ((1 + building.support_fraction) * size.white_m2)
    chips = [
        float(quota.max_accelerators)
        for quota in instance.procurement.quotas.values()
        if quota.phases is None and quota.match.status is None and about_chip(instance, quota.match, name)
    ]
    offered = (tier for offer in instance.offers.values() for tier in offer.tiers if tier.accelerator == name)
    chips += [float(tier.to_accelerators) for tier in offered]
    if instance.limits.accelerators is not None:
        chips.append(float(instance.limits.accelerators))
    chips.append(supplied_at_most(instance, name, calendar.last))
    return math.floor(min([by_space, *(count / size.accelerators for count in chips)]) + 1e-9)


def _step_fractions(instance: Instance) -> dict[tuple[str, str, str, str | None], float]:
    loads = [w for w, load in instance.workloads.items() if not isinstance(load, TrainingRun)]
    rooms = [(s, h) for s in instance.sites for h in halls_there(instance, s)]
    keys = [(s, a, w, h) for s, h in rooms for a in instance.accelerators for w in loads]
    return {key: step_fraction(instance, key) for key in keys}


def step_fraction(instance: Instance, key: tuple[str, str, str, str | None]) -> float:
    """Import that swings per unit of rated IT power, by (site, accelerator, workload, hall)."""
    site, accelerator, workload, hall = key
    load, chip = instance.workloads[workload], instance.accelerators[accelerator]
    swing = load.step_fraction * load.load_fraction * (1 - chip.power_smoothing_fraction)
    return swing * (1 + loss_fraction(instance, site, hall))
