"""What pods are made of: sizes, types, groups of existing ones, and everything the compute slice needs. Pure data."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property

from optimizer.assets.compute.admission import Exclusion
from optimizer.assets.compute.duties import Duties
from optimizer.assets.compute.fabrics import Wiring
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.design import racks_of
from optimizer.inputs.halls import room_of
from optimizer.inputs.quantity import MUSD
from optimizer.ledger.purchases import Part
from optimizer.regimes.ruling import Ruling

STANDARD_GRAVITY = 9.80665


Assigned = tuple[str, str, str, str, str]
"""Site, accelerator, racks, workload, phase."""


@dataclass(frozen=True, kw_only=True)
class PodSize:
    """What one pod of (accelerator, cooling) is made of."""

    servers: int
    racks: int
    accelerators: int
    kw: float
    white_m2: float
    floor_kpa: float


@dataclass(frozen=True, kw_only=True)
class PodType:
    """A pod type at a site, with its figures by phase."""

    site: str
    accelerator: str
    cooling: str
    hall: str | None = None
    """Class of the hall it stands in, where classes are chosen."""
    availability: float = 1.0
    """Share of the time in which its hall has power."""
    wiring: Wiring
    chip: Accelerator
    """The accelerator as its fabric lets it work."""
    size: PodSize
    stack: str
    rulings: dict[str, Ruling]
    """By phase of delivery."""
    deliverable: tuple[str, ...]
    """Phases in which it can be delivered; empty for pods that are only there already."""
    duties: Duties
    parts: dict[str, tuple[Part, ...]]
    """What one pod is bought as, by phase of delivery."""
    prepayment_musd: dict[str, float]
    """What paying one pod before its delivery is worth, by phase; zeros if all is paid on delivery."""
    pods_max: int
    """Most that the white space, quotas, supply and the cap on accelerators let stand of what can be bought."""
    order_max: int
    """Most that are worth ordering at once; at most pods_max."""
    working_max: float
    """Most that the site can feed at work."""
    standing_max: dict[str, int] = field(default_factory=dict)
    """Most pods that can stand in a phase: what is there, and what can have been delivered until then."""
    service_years: float
    """Most years in service."""
    failed: dict[tuple[str, str], float] = field(default_factory=dict)
    """Share of the pods of a delivery that stands failed, by phase of delivery and phase; none given: 0."""
    removal_musd: float = 0.0
    """What taking one pod out of service costs."""

    def price_musd(self, phase: str, *accounts: str) -> float:
        """Price in million US dollars of one pod delivered in a phase, of some accounts or (none named) of all."""
        paid = (part for part in self.parts[phase] if not accounts or part.offer.account in accounts)
        return MUSD * sum(part.offer.unit_price_usd * part.quantity for part in paid)

    def working_pflops(self, workload: str, phase: str, programmes: Collection[str]) -> float:
        """Effective PFLOPS of a pod at work, with the porting programme of its stack if that is run."""
        gain = self.duties.gain_pflops.get((workload, phase), 0.0) if self.stack in programmes else 0.0
        return self.effective_pflops[workload, phase] + gain

    @property
    def fabric(self) -> str | None:
        """Fabric between the servers, where it is chosen."""
        return self.wiring.fabric

    @cached_property
    def rack_name(self) -> str:
        """Cooling and, where they are chosen, fabric and hall."""
        return racks_of(self.cooling, self.fabric, self.hall)

    @property
    def room(self) -> str:
        """Cooling and, where it is chosen, hall."""
        return room_of(self.cooling, self.hall)

    @cached_property
    def key(self) -> tuple[str, str, str]:
        """Site, accelerator and racks."""
        return self.site, self.accelerator, self.rack_name

    @property
    def effective_pflops(self) -> dict[tuple[str, str], float]:
        """Per pod at work, by (workload, phase)."""
        return self.duties.effective_pflops

    @property
    def peak_pflops(self) -> dict[str, float]:
        """Per pod, by workload."""
        return self.duties.peak_pflops


@dataclass(frozen=True, kw_only=True)
class ExistingGroup:
    """Pods of one type that are already there, with the number in service by phase if none is retired."""

    site: str
    accelerator: str
    cooling: str
    fabric: str | None
    hall: str | None = None
    in_service: dict[str, int]
    salvage_musd: dict[str, float]
    """What a pod fetches that is retired in a phase."""
    end_musd: float
    """What a pod is worth that is still there at the end."""
    maintenance_musd: float
    """Per pod and year, within its life."""
    ageing_musd: dict[str, float] = field(default_factory=dict)
    """Per pod and year beyond its life, by phase; none given: 0."""
    failed: dict[str, float] = field(default_factory=dict)
    """Share of the pods that stands failed, by phase; none given: 0."""
    removal_musd: float = 0.0
    """What taking one pod out of service costs."""
    may_stay: bool
    """False if pods of this type cannot stand at the site: then all are retired at once."""

    @property
    def type_key(self) -> tuple[str, str, str]:
        """Site, accelerator and racks: the key of their pod type."""
        return self.site, self.accelerator, racks_of(self.cooling, self.fabric, self.hall)


@dataclass(frozen=True, kw_only=True)
class ComputeCoefficients:
    """Everything the compute slice needs."""

    types: dict[tuple[str, str, str], PodType]
    """By (site, accelerator, racks)."""
    existing: tuple[ExistingGroup, ...]
    exclusions: tuple[Exclusion, ...]
    accelerators: dict[str, Accelerator]
    workloads: tuple[str, ...]
    runs: frozenset[str] = frozenset()
    """Those that are training runs: their throughput and steps are those of their clusters."""
    step_fraction: dict[tuple[str, str, str, str | None], float] = field(default_factory=dict)
    """By (site, accelerator, workload, hall): import that swings per unit of rated IT power at work, after the server's
    own smoothing, losses included."""
    refresh: bool = False
    """Whether what is bought may be retired before the end of its life."""
    needless: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Types that a search may leave out, since another fabric does all they do or they do nothing, with the reason."""

    def needful(self) -> ComputeCoefficients:
        """Without the types that are needless."""
        if not self.needless:
            return self
        return replace(self, types={key: pod for key, pod in self.types.items() if key not in self.needless})


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
