"""Pods: what one weighs, draws, costs and delivers, and which may be bought where. Pure numbers.

A pod is the smallest thing bought: one rack of servers, or one rack-scale system. Its type is (accelerator, cooling).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from optimizer.assets.compute.admission import Exclusion, Rulings, about_chip, admission, lead_weeks, matches
from optimizer.assets.compute.duties import Duties, Holder, duties
from optimizer.assets.compute.spec import Accelerator
from optimizer.assets.cooling.spec import Cooling
from optimizer.instance.schema import Instance, Site
from optimizer.policies.payment import prepayment_fraction
from optimizer.regimes.ruling import Ruling
from optimizer.setting.asked import runs
from optimizer.setting.calendar import Calendar, years_between
from optimizer.setting.losses import loss_fraction
from optimizer.setting.work import TrainingRun

STANDARD_GRAVITY = 9.80665
MUSD = 1e-6


@dataclass(frozen=True)
class PodSize:
    """What one pod of (accelerator, cooling) is made of."""

    servers: int
    racks: int
    accelerators: int
    kw: float
    white_m2: float
    floor_kpa: float


@dataclass(frozen=True)
class PodType:
    """A pod type at a site, with its figures by phase."""

    site: str
    accelerator: str
    cooling: str
    size: PodSize
    stack: str
    rulings: dict[str, Ruling]
    """By phase of delivery."""
    deliverable: tuple[str, ...]
    """Phases in which it can be delivered; empty for pods that are only there already."""
    duties: Duties
    server_musd: dict[str, float]
    """Accelerators and servers of one pod by phase of delivery."""
    fee_musd: dict[str, float]
    prepayment_musd: dict[str, float]
    """What paying one pod before its delivery is worth, by phase; zeros if all is paid on delivery."""
    rack_musd: float
    pods_max: int
    """More do not fit on the white space."""
    standing_max: dict[str, int] = field(default_factory=dict)
    """Most pods that can stand in a phase: what is there, and what can have been delivered until then."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.site, self.accelerator, self.cooling

    @property
    def effective_pflops(self) -> dict[tuple[str, str], float]:
        """Per pod at work, by (workload, phase)."""
        return self.duties.effective_pflops

    @property
    def peak_pflops(self) -> dict[str, float]:
        """Per pod, by workload."""
        return self.duties.peak_pflops


@dataclass(frozen=True)
class ExistingGroup:
    """Pods of one type that are already there, with the number in service by phase if none is retired."""

    site: str
    accelerator: str
    cooling: str
    in_service: dict[str, int]
    salvage_musd: float
    maintenance_musd: float
    """Per pod and year."""
    may_stay: bool
    """False if pods of this type cannot stand at the site: then all are retired at once."""

    @property
    def type_key(self) -> tuple[str, str, str]:
        return self.site, self.accelerator, self.cooling


@dataclass(frozen=True)
class ComputeCoefficients:
    """Everything the compute slice needs."""

    types: dict[tuple[str, str, str], PodType]
    existing: tuple[ExistingGroup, ...]
    exclusions: tuple[Exclusion, ...]
    accelerators: dict[str, Accelerator]
    workloads: tuple[str, ...]
    runs: frozenset[str] = frozenset()
    """Those that are training runs: their throughput and steps are those of their clusters."""
    step_fraction: dict[tuple[str, str, str], float] = field(default_factory=dict)
    """By (site, accelerator, workload): import that swings per unit of rated IT power at work, after the server's own
    smoothing, losses included."""


def pod_size(accelerator: Accelerator, cooling: Cooling, fabric_kw: float) -> PodSize | None:
    """Size of a pod, or None if not even one server fits into a rack. `fabric_kw` is per accelerator."""
    scale = accelerator.rack_scale
    if scale is not None:
        servers = 1 if scale.densest_rack_kw <= cooling.rack_kw_max else 0
        racks = scale.racks
    else:
        by_power = math.floor(cooling.rack_kw_max / accelerator.server_kw + 1e-9)
        servers = min(by_power, cooling.rack_units // accelerator.server_units)
        racks = 1
    if servers == 0:
        return None
    count = servers * accelerator.per_server
    extra_kw = 0.0 if scale is not None and scale.fabric_included else fabric_kw * count
    rack_kg = servers * accelerator.server_kg / racks + cooling.rack_kg
    return PodSize(
        servers=servers,
        racks=racks,
        accelerators=count,
        kw=servers * accelerator.server_kw + extra_kw,
        white_m2=racks * cooling.m2_per_rack,
        floor_kpa=rack_kg * STANDARD_GRAVITY / 1000 / cooling.rack_footprint_m2,
    )


def chip_price_usd(instance: Instance, calendar: Calendar, name: str, phase: str) -> float:
    """Price of one accelerator delivered at the start of a phase."""
    accelerator = instance.accelerators[name]
    tau = years_between(instance.planning_date, calendar.starts[phase])
    factors = instance.phases[phase].accelerator_price_factors
    factor = math.prod(value for pattern, value in factors.items() if matches(name, (pattern,)))
    return float(accelerator.price_usd * (1 + accelerator.price_trend_fraction) ** tau * factor)


def derive(instance: Instance, calendar: Calendar, rulings: Rulings) -> ComputeCoefficients:
    """All pod types that may be bought or are there, and the exclusions with their reasons."""
    types: dict[tuple[str, str, str], PodType] = {}
    exclusions: list[Exclusion] = []
    there = {(s, row.accelerator, row.cooling) for s, site in instance.sites.items() for row in site.existing_pods}
    for site in instance.sites:
        for name in instance.accelerators:
            decision = admission(instance, calendar, rulings, (site, name))
            exclusions.extend(decision.exclusions)
            existing = {c for s, a, c in there if (s, a) == (site, name)}
            for cooling in sorted(set(decision.coolings) | existing, key=list(instance.coolings).index):
                size = _size(instance, (site, name, cooling))
                if size is None:
                    continue
                loading = instance.sites[site].building.floor_loading_kpa
                too_heavy = loading is not None and size.floor_kpa > loading
                if too_heavy and cooling not in existing:
                    text = f"{size.floor_kpa:.1f} kPa under {cooling} racks; the floor carries {loading} kPa"
                    exclusions.append(Exclusion(site, name, cooling, "floor loading", text))
                    continue
                buyable = () if too_heavy or cooling not in decision.coolings else decision.phases
                types[site, name, cooling] = _pod_type(instance, calendar, (site, name, cooling), buyable, rulings)
    return ComputeCoefficients(
        types,
        _existing(instance, calendar),
        tuple(exclusions),
        dict(instance.accelerators),
        tuple(instance.workloads),
        frozenset(runs(instance)),
        _step_fractions(instance),
    )


def _size(instance: Instance, key: tuple[str, str, str]) -> PodSize | None:
    site, accelerator, cooling = key
    fabric_kw = instance.fabric_at(site).kw_per_accelerator
    return pod_size(instance.accelerators[accelerator], instance.coolings[cooling], fabric_kw)


def _pod_type(
    instance: Instance,
    calendar: Calendar,
    key: tuple[str, str, str],
    buyable: tuple[str, ...],
    rulings: Rulings,
) -> PodType:
    site, name, cooling = key
    chip = instance.accelerators[name]
    size = _size(instance, key)
    assert size is not None
    here = {p: rulings[site, name, p] for p in calendar.phases if (site, name, p) in rulings}
    chips_musd = {p: size.accelerators * chip_price_usd(instance, calendar, name, p) * MUSD for p in buyable}
    rest_musd = size.servers * chip.server_rest_usd * MUSD
    parts = instance.procurement.payment
    early = {
        p: prepayment_fraction(parts, calendar.starts[p], lead_weeks(chip, here.get(p)), calendar.log_rate)
        for p in buyable
    }
    pods_max = _pods_max(instance, calendar, key, size)
    there = sum(row.pods for row in instance.sites[site].existing_pods if (row.accelerator, row.cooling) == key[1:])
    standing = {
        p: there + math.floor(min(pods_max, most) + 1e-9)
        for p, most in _supplied(calendar, chip, size, buyable).items()
    }
    return PodType(
        site=site,
        accelerator=name,
        cooling=cooling,
        size=size,
        stack=chip.stack,
        rulings=here,
        deliverable=buyable,
        duties=duties(instance, calendar, Holder(site, name, chip, size.accelerators, standing)),
        server_musd={p: musd + rest_musd for p, musd in chips_musd.items()},
        fee_musd={p: here[p].fee_fraction * musd if p in here else 0.0 for p, musd in chips_musd.items()},
        prepayment_musd={p: (musd + rest_musd) * early[p] for p, musd in chips_musd.items()},
        rack_musd=size.racks * instance.coolings[cooling].usd_per_rack * MUSD,
        pods_max=pods_max,
        standing_max=standing,
    )


def _supplied(calendar: Calendar, chip: Accelerator, size: PodSize, buyable: tuple[str, ...]) -> dict[str, float]:
    """Pods that can have been delivered until each phase, by the chip's supply in the phases it is delivered in."""
    found, chips = {}, 0.0
    for p in calendar.phases:
        if p in buyable:
            chips += math.inf if chip.supply_per_year is None else chip.supply_per_year * calendar.supply_years(p)
        found[p] = chips / size.accelerators
    return found


def _pods_max(instance: Instance, calendar: Calendar, key: tuple[str, str, str], size: PodSize) -> int:
    """Most pods of a type that can be delivered at once: by white space, by quotas on the chip, by its supply."""
    site, name, _ = key
    building, chip = instance.sites[site].building, instance.accelerators[name]
    by_space = building.white_space_m2 / ((1 + building.support_fraction) * size.white_m2)
    chips = [
        float(quota.max_accelerators)
        for quota in instance.procurement.quotas.values()
        if quota.phases is None and quota.match.status is None and about_chip(instance, quota.match, name)
    ]
    if chip.supply_per_year is not None:
        chips.append(chip.supply_per_year * years_between(calendar.planning, calendar.starts[calendar.last]))
    return math.floor(min([by_space, *(count / size.accelerators for count in chips)]) + 1e-9)


def _existing(instance: Instance, calendar: Calendar) -> tuple[ExistingGroup, ...]:
    groups = []
    for site, data in instance.sites.items():
        for row in data.existing_pods:
            chip = instance.accelerators[row.accelerator]
            size = _size(instance, (site, row.accelerator, row.cooling))
            born = years_between(calendar.base, row.commissioned)
            alive = {p: calendar.t1[p] - born <= chip.life_years + 0.05 for p in calendar.phases}
            price = size.accelerators * chip.price_usd + size.servers * chip.server_rest_usd if size else 0.0
            groups.append(
                ExistingGroup(
                    site,
                    row.accelerator,
                    row.cooling,
                    {p: row.pods if alive[p] else 0 for p in calendar.phases},
                    row.salvage_usd_per_pod * MUSD,
                    chip.maintenance_fraction * price * MUSD,
                    _may_stay(data, chip, row.cooling, size),
                )
            )
    return tuple(groups)


def _may_stay(site: Site, chip: Accelerator, cooling: str, size: PodSize | None) -> bool:
    loading = site.building.floor_loading_kpa
    carried = size is not None and (loading is None or size.floor_kpa <= loading)
    return carried and cooling in site.coolings and cooling in chip.coolings


def _step_fractions(instance: Instance) -> dict[tuple[str, str, str], float]:
    loads = [w for w, load in instance.workloads.items() if not isinstance(load, TrainingRun)]
    keys = [(s, a, w) for s in instance.sites for a in instance.accelerators for w in loads]
    return {key: step_fraction(instance, key) for key in keys}


def step_fraction(instance: Instance, key: tuple[str, str, str]) -> float:
    """Import that swings per unit of rated IT power, by (site, accelerator, workload)."""
    site, accelerator, workload = key
    load, chip = instance.workloads[workload], instance.accelerators[accelerator]
    swing = load.step_fraction * load.load_fraction * (1 - chip.power_smoothing_fraction)
    return swing * (1 + loss_fraction(instance, site))
