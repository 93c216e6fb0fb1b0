"""A small instance with one site, as the enumeration of its designs sees it: types, yields, loads, columns, effects.

Pod figures, calendar, weather and cooling come from the audit's pages; nothing comes from the optimisation model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.audit.case import Type
from optimizer.audit.cooling import rack_draw
from optimizer.audit.fabrics import UNNAMED, brings_its_own, fabric_list, fabric_of_existing
from optimizer.audit.halls import NO_HALL, room
from optimizer.audit.pods import runs
from optimizer.audit.power import load_profile
from optimizer.audit.throughput import effective_pflops
from optimizer.audit.weather import MONTH_OF_YEAR, site_year
from optimizer.inputs.compute import ExistingPods
from optimizer.inputs.design import AssignmentRow, BatteryRow, FitoutRow, MegawattRow, PodRow, RetirementRow
from optimizer.inputs.quantity import EFLOP_PER_PFLOPS_YEAR
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.inputs.work import AnyWorkload
from tests.crosscheck.pricing import Effect, Numbers, Pricing

Work = tuple[Type, str, int]
"""Type, workload, phase by position."""
Column = tuple[Any, ...]
"""A continuous decision: its kind, its phase (or its Work), and the month of a peak."""
EFLOP_MILLIONS = EFLOP_PER_PFLOPS_YEAR * 1e-6
MONTHS = range(12)


@dataclass(frozen=True)
class Substation:
    """What a substation lets through, in MW: standing load, firm capacity and tolerated load step; and its space."""

    standing_mw: float = 0.0
    firm_mw: float = 0.0
    step_mw: float = 0.0
    m2: float = 0.0


@dataclass(frozen=True)
class Whole:
    """The whole-number decisions of a design; tuples have one entry per phase."""

    installed: dict[tuple[Type, int], int]
    it_mw: tuple[float, ...]
    """Rated power of the installed pods."""
    substation: tuple[Substation, ...]
    plant_m2: tuple[float, ...]
    """Plant space of modules, generators and substation."""
    effect: Effect
    """Of all whole-number decisions together."""
    battery_from: int | None
    """Phase in which the battery is opened."""


def _about(k: Type) -> dict[str, Any]:
    """A type as a row names it."""
    return {"accelerator": k.accelerator, "cooling": k.cooling, "fabric": k.fabric or None}


class Facility:
    """The numbers of an instance's only site."""

    def __init__(self, pricing: Pricing) -> None:
        self.pricing, self.instance, self.periods = pricing, pricing.instance, pricing.periods
        ((self.name, self.site),) = self.instance.sites.items()
        self.phases = range(len(self.periods.phases))
        self.existing = tuple(sorted({self.type_of(row) for row in self.site.existing_pods}))
        kinds = [
            Type(a, c, f) for a in self.instance.accelerators for c in self.instance.coolings for f in self.fabrics(a)
        ]
        self.buys = [(k, p) for k in kinds for p in self.phases if self.delivery(k, p).allowed]
        self.retires = [(k, p) for k in self.existing for p in self.phases if self.retirement(k, p).allowed]
        self.types = tuple(sorted({k for k, _ in self.buys} | set(self.existing)))
        loads = self.instance.workloads
        self.pods = {k: pricing.case.pod(self.name, k) for k in self.types}
        self.work: list[Work] = [
            (k, w, p) for k in self.types for w in loads for p in self.phases if self._can_work(k, loads[w])
        ]
        self.pflops = {
            (k, w, p): self.pods[k].accelerators * effective_pflops(pricing.case, self.name, k, w, p)
            for k, w, p in self.work
        }
        used = _common_occupancy(self.instance)
        self.eflop = [used * EFLOP_MILLIONS * self.periods.weight("yearly", p) for p in self.phases]
        self.demand = [
            row.target_pflops if row.demand_pflops is None else row.demand_pflops
            for row in self.instance.phases.values()
        ]
        self.hours = self._hours()
        self.demand_musd = [self._demand_musd(p) for p in self.phases]
        self.effects = self._effects()
        self.columns = {column: at for at, column in enumerate(self.effects)}

    def fabrics(self, accelerator: str) -> tuple[str, ...]:
        """Fabrics an accelerator's pods might be on, as rows name them; the audit strikes out what cannot be bought."""
        choice = fabric_list(self.instance, self.name)
        own = choice is None or brings_its_own(self.instance.accelerators[accelerator])
        return (UNNAMED,) if own else tuple(dict.fromkeys(choice or ()))

    def type_of(self, entry: ExistingPods) -> Type:
        """The type of pods that are there already."""
        return Type(entry.accelerator, entry.cooling, fabric_of_existing(self.instance, self.name, entry))

    def _can_work(self, k: Type, load: AnyWorkload) -> bool:
        """Whether the chip can, and a job finds a fabric between the servers if it needs one."""
        chip = self.instance.accelerators[k.accelerator]
        job = load.job_accelerators if isinstance(load, Workload) else 1
        joined = job <= chip.per_server or self.pricing.case.interconnect(self.name, k).spans_servers
        return runs(chip, load) and joined

    def here(self, p: int) -> dict[str, str]:
        """Site and phase of a decision's row."""
        return {"site": self.name, "phase": self.periods.phases[p]}

    def pod_row(self, k: Type, p: int, pods: int) -> PodRow:
        """Pods of a type delivered."""
        return PodRow(**self.here(p), **_about(k), pods=pods)

    def retirement_row(self, k: Type, p: int, pods: int) -> RetirementRow:
        """Existing pods of a type retired."""
        return RetirementRow(**self.here(p), **_about(k), pods=pods)

    def delivery(self, k: Type, p: int) -> Effect:
        """Effect of one pod delivered."""
        return self.pricing.effect(deliveries=(self.pod_row(k, p, 1),))

    def retirement(self, k: Type, p: int) -> Effect:
        """Effect of one existing pod retired."""
        return self.pricing.effect(retirements=(self.retirement_row(k, p, 1),))

    def assignment(self, key: Work, pods: float) -> AssignmentRow:
        """Pods at work."""
        k, w, p = key
        return AssignmentRow(**self.here(p), **_about(k), workload=w, pods=pods)

    def in_service(self, kind: str, p: int, life_years: float, each: float = 1.0) -> list[tuple[Column, float]]:
        """Terms of what was bought and is in service in a phase."""
        return [((kind, q), each) for q in self.phases if self.periods.in_service(q, p, life_years)]

    def swing_mw(self, key: Work) -> float:
        """Load step of one pod at work."""
        load, chip = self.instance.workloads[key[1]], self.instance.accelerators[key[0][0]]
        swing = load.step_fraction * load.load_fraction * (1 - chip.power_smoothing_fraction)
        return swing * self.pods[key[0]].kw / 1000 * (1 + room(self.instance, self.name, NO_HALL).loss_fraction)

    def _hours(self) -> list[tuple[int, dict[tuple[str, str], float]]]:
        """Month, and import per MW at work by (cooling, workload), of the hours no other hour of the month exceeds."""
        loads = sorted({(k[1], w) for k, w, _ in self.work})
        if not loads:
            return []
        year = site_year(self.instance, self.name, None)
        series = []
        for c, w in loads:
            per_kw = (
                1 + room(self.instance, self.name, NO_HALL).loss_fraction + rack_draw(self.instance, c, year).kw_per_kw
            )
            series.append(load_profile(self.instance, w) * per_kw)
        unique = np.unique(np.vstack([MONTH_OF_YEAR, *series]).T, axis=0)
        assert len(unique) <= 1000, "climates and profiles of crosscheck instances have few different hours"
        kept = [row for row in unique if not _dominated(row, unique)]
        return [(int(row[0]), dict(zip(loads, row[1:].tolist(), strict=True))) for row in kept]

    def _demand_musd(self, p: int) -> float:
        """Price of a MW of monthly peak, read off the audit of one pod at work."""
        for key in self.work:
            if key[2] == p:
                rows = (self.assignment(key, 1.0),)
                return self.pricing.demand_musd_per_mw(self.periods.phases[p], assignments=rows)
        return 0.0

    def _effects(self) -> dict[Column, Effect]:
        """The continuous decisions, and what one unit (pod, MW, MWh, m2, PFLOPS) of each adds."""
        effect, nothing = self.pricing.effect, self.pricing.base.times(0.0)
        found: dict[Column, Effect] = {
            ("work", *key): effect(assignments=(self.assignment(key, 1.0),)) for key in self.work
        }
        for p in self.phases:
            here = self.here(p)
            found |= {(kind, p): nothing for kind in ("delivered", "reserve", "ramp")}
            found |= {("peak", p, m): nothing for m in MONTHS}
            found["ups", p] = effect(ups=(MegawattRow(**here, mw=1.0),))
            found["white", p] = effect(fitout=(FitoutRow(**here, white_m2=1.0, plant_m2=0.0),))
            found["plant", p] = effect(fitout=(FitoutRow(**here, white_m2=0.0, plant_m2=1.0),))
            found["mw", p] = effect(batteries=(BatteryRow(**here, mw=1.0, mwh=0.0, opened=False),))
            found["mwh", p] = effect(batteries=(BatteryRow(**here, mw=0.0, mwh=1.0, opened=False),))
        return found


def _dominated(row: Numbers, rows: Numbers) -> bool:
    """Whether another hour of the same month draws at least as much of every load, and more of one."""
    same = rows[rows[:, 0] == row[0]]
    return bool(((same >= row).all(axis=1) & (same > row).any(axis=1)).any())


def _common_occupancy(instance: Instance) -> float:
    """Share of the year in which everything works: the list of designs knows one for all classes and phases."""
    (used,) = {getattr(load, "occupancy", None) or 1.0 for load in instance.workloads.values()}
    return float(used)
