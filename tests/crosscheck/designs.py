"""All designs of a small instance: whole numbers enumerated, the rest completed, the best scored by the audit.

Enumerated: pods delivered of every type in every phase, existing pods retired, substations through the phases, the phase
in which the battery is opened. Modules and generators follow: the least number that the pods ask for, bought as late as
possible (their price does not change, so that what is bought later costs less and keeps more value). No more pods of a
type are tried than could do all the work alone. Continuous decisions: completion.py.

Designs are tried in the order of a lower bound: the cost of their whole numbers over the most compute their pods can
deliver. Once that bound is no better than the best design known, no later design can be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

import numpy as np
import numpy.typing as npt

from optimizer.audit.audit import AuditReport
from optimizer.audit.cooling import carried_share
from optimizer.audit.periods import years_between
from optimizer.audit.pods import runs
from optimizer.audit.rules import matches
from optimizer.design import (
    BatteryRow,
    Decisions,
    FitoutRow,
    GeneratorRow,
    ModuleRow,
    PodRow,
    ReserveRow,
    SubstationRow,
    UpsRow,
)
from optimizer.instance.schema import Instance
from tests.crosscheck.completion import DOCUMENTED_STEPS, Completed, Completion
from tests.crosscheck.facility import Facility, Type, Whole
from tests.crosscheck.pricing import Effect, Numbers, Pricing

Counts = npt.NDArray[np.int64]
MOST_DESIGNS = 400_000
_ROUNDING = 1e-7
_BETTER = 1e-9


@dataclass
class Best:
    """The best of all designs."""

    lcoc: float = inf
    """As audited, US dollars per EFLOP; inf if there is no design."""
    decisions: Decisions | None = None
    highest_lcoc: float = inf
    """The same whole numbers with the documented straight lines for ramp energy: a model can be that dear and right."""
    listed: int = 0
    """Choices of pods."""
    completed: int = 0
    """Linear programs solved."""
    rejected: list[AuditReport] = field(default_factory=list)
    """Audits of designs the enumeration thought right and the audit did not: there should be none."""


def best_design(instance: Instance) -> Best:
    """The design with the least LCOC."""
    return _Enumeration(instance).run()


@dataclass(frozen=True)
class _Plant:
    """Whole-number decisions that follow from the pods."""

    modules: tuple[ModuleRow, ...]
    generators: tuple[GeneratorRow, ...]
    plant_m2: tuple[float, ...]
    effect: Effect


class _Enumeration:
    def __init__(self, instance: Instance) -> None:
        self.instance, self.pricing = instance, Pricing(instance)
        ((self.name, self.site),) = instance.sites.items()
        self.buys, self.retires = self._pod_decisions()
        existing = {(row.accelerator, row.cooling) for row in self.site.existing_pods}
        types = sorted({k for k, _ in self.buys} | existing)
        self.facility = Facility(self.pricing, types)
        self.phases, self.periods = self.facility.phases, self.pricing.periods
        self.completion = Completion(self.facility)
        self.paths = sorted(self._substation_paths(), key=lambda path: path[1].cost)
        self.best = Best()

    def run(self) -> Best:
        counts = self._counts()
        self.best.listed = len(counts)
        installed = self._installed(counts)
        keep, most = self._possible(counts, installed)
        cost = self._pod_costs(counts)
        least = np.where(cost >= 0, cost / np.maximum(most, 1e-12), -inf) + self._least_work_cost()
        for at in np.argsort(np.where(keep, least, inf), kind="stable"):
            if not keep[at] or least[at] >= self.best.lcoc * (1 - _BETTER):
                break
            self._try_pods(counts[at], installed[:, :, at], float(most[at]))
        return self.best

    # ---- pods

    def _row(self, k: Type, p: int, pods: int) -> PodRow:
        return PodRow(**self._here(p), accelerator=k[0], cooling=k[1], pods=pods)

    def _here(self, p: int) -> dict[str, str]:
        return {"site": self.name, "phase": self.pricing.periods.phases[p]}

    def _pod_decisions(self) -> tuple[list[tuple[Type, int]], list[tuple[Type, int]]]:
        """Deliveries and retirements the audit does not forbid."""
        phases = range(len(self.pricing.periods.phases))
        kinds = [(a, c) for a in self.instance.accelerators for c in self.instance.coolings]
        buys = [
            (k, q) for k in kinds for q in phases if self.pricing.effect(deliveries=(self._row(k, q, 1),)).allowed
        ]
        retires = [
            (k, p)
            for k in sorted({(row.accelerator, row.cooling) for row in self.site.existing_pods})
            for p in phases
            if self.pricing.effect(retirements=(self._row(k, p, 1),)).allowed
        ]
        return buys, retires

    def _counts(self) -> Counts:
        """Every choice of pods delivered and retired, one row each."""
        tops = [self._most_pods(k, q) for k, q in self.buys]
        tops += [sum(row.pods for row in self.site.existing_pods if self._is(row, k)) for k, _ in self.retires]
        assert math.prod(top + 1 for top in tops) <= MOST_DESIGNS, f"too many designs to list: {tops}"
        grids = np.meshgrid(*(np.arange(top + 1) for top in tops), indexing="ij")
        return np.stack([grid.ravel() for grid in grids], axis=1) if tops else np.zeros((1, 0), dtype=np.int64)

    @staticmethod
    def _is(row: object, k: Type) -> bool:
        return (getattr(row, "accelerator", None), getattr(row, "cooling", None)) == k

    def _most_pods(self, k: Type, q: int) -> int:
        """Pods of a type that could do all the work of a phase they serve, on the workload they are worst at."""
        f, life = self.facility, self.instance.accelerators[k[0]].life_years
        most = 0
        for p in self.phases:
            phase = self.periods.phases[p]
            floors = sum(load.floor_pflops.get(phase, 0.0) for load in self.instance.workloads.values())
            need = max(f.demand[p], self.instance.phases[phase].target_pflops, floors)
            yields = [f.pflops[key] for key in f.work if key[0] == k and key[2] == p]
            if self.periods.in_service(q, p, life) and yields:
                most = max(most, math.ceil(need / min(yields) - _ROUNDING))
        mixed = len(self.instance.workloads) > 1 and bool(self.instance.procurement.shares)
        return most + (1 if mixed and most else 0)

    def _installed(self, counts: Counts) -> Counts:
        """Pods in service, by type, phase and choice."""
        f = self.facility
        found = np.zeros((len(f.types), len(self.phases), len(counts)), dtype=np.int64)
        for i, k in enumerate(f.types):
            life = self.instance.accelerators[k[0]].life_years
            for p in self.phases:
                for j, (bought, q) in enumerate(self.buys):
                    if bought == k and self.periods.in_service(q, p, life):
                        found[i, p] += counts[:, j]
                for row in self.site.existing_pods:
                    if self._is(row, k) and self.periods.exists(row.commissioned, p, life):
                        found[i, p] += row.pods
                        for j, (gone, q) in enumerate(self.retires, len(self.buys)):
                            if gone == k and q <= p:
                                found[i, p] -= counts[:, j]
        return found

    def _possible(self, counts: Counts, installed: Counts) -> tuple[npt.NDArray[np.bool_], Numbers]:
        """Which choices reach the targets and keep the rules on purchases, and the most compute each can deliver."""
        f = self.facility
        keep = (installed >= 0).all(axis=(0, 1))
        most = np.zeros(len(counts))
        room = self.site.building.white_space_m2 / (1 + self.site.building.support_fraction)
        for p in self.phases:
            best = [max((f.pflops[key] for key in f.work if key[0] == k and key[2] == p), default=0.0) for k in f.types]
            capacity = np.tensordot(np.array(best), installed[:, p], axes=1)
            keep &= capacity >= self.instance.phases[self.periods.phases[p]].target_pflops * (1 - _ROUNDING)
            most += f.eflop[p] * np.minimum(capacity, f.demand[p])
            space = np.tensordot(np.array([f.pods[k].white_m2 for k in f.types]), installed[:, p], axes=1)
            keep &= space <= room * (1 + _ROUNDING)
        for coefficients, limit in self._purchase_rules():
            keep &= counts @ coefficients <= limit + _ROUNDING
        return keep & (most > 0), most

    def _purchase_rules(self) -> Iterator[tuple[Numbers, float]]:
        """Quotas, supply and quotas of rulings, as limits on weighted sums of the pods delivered."""
        f, case = self.facility, self.pricing.case

        def chips(wanted: object) -> Numbers:
            assert callable(wanted)
            weights = [f.pods[k].accelerators * float(wanted(k[0], q)) for k, q in self.buys]
            return np.array(weights + [0.0] * len(self.retires))

        for quota in self.instance.procurement.quotas.values():
            phases = self.periods.phases if quota.phases is None else quota.phases

            def counted(a: str, q: int, quota: object = quota, phases: object = phases) -> bool:
                return self.periods.phases[q] in phases and matches(case, quota.match, self.name, a)  # type: ignore

            yield chips(counted), quota.max_accelerators
        for name, chip in self.instance.accelerators.items():
            limit = case.ruling(self.name, name).quota
            if limit is not None:
                yield chips(lambda a, _, name=name: a == name), limit
            if chip.supply_per_year is not None:
                for p in self.phases:
                    since = self.periods.starts[p - 1] if p else self.periods.planning_date
                    years = years_between(max(since, self.periods.planning_date), self.periods.starts[p])
                    yield chips(lambda a, q, name=name, p=p: (a, q) == (name, p)), chip.supply_per_year * years

    def _pod_effects(self) -> list[Effect]:
        bought = [self.pricing.effect(deliveries=(self._row(k, q, 1),)) for k, q in self.buys]
        return bought + [self.pricing.effect(retirements=(self._row(k, p, 1),)) for k, p in self.retires]

    def _pod_costs(self, counts: Counts) -> Numbers:
        """Cost of the pods, of the stacks they need, and of what is there."""
        cost = self.pricing.base.cost + counts @ np.array([effect.cost for effect in self._pod_effects()])
        for stack in self.instance.stacks:
            of_stack = [j for j, (k, _) in enumerate(self.buys) if self.instance.accelerators[k[0]].stack == stack]
            if of_stack:
                cost = cost + self.pricing.effect(stacks=(stack,)).cost * counts[:, of_stack].any(axis=1)
        return cost

    def _least_work_cost(self) -> float:
        """Least energy, water and carbon cost per EFLOP of any pod."""
        f = self.facility
        costs = [f.effects["work", *key].cost / (f.pflops[key] * f.eflop[key[2]]) for key in f.work]
        return max(0.0, min(costs, default=0.0))

    # ---- what follows from the pods

    def _try_pods(self, count: Counts, installed: Counts, most: float) -> None:
        f = self.facility
        there = {(k, p): int(installed[i, p]) for i, k in enumerate(f.types) for p in self.phases if installed[i, p]}
        it_mw = tuple(sum(n * f.pods[k].kw / 1000 for (k, q), n in there.items() if q == p) for p in self.phases)
        plant = self._plant(there, it_mw)
        if plant is None:
            return
        fixed = self.pricing.base + plant.effect
        for n, effect in zip(count.tolist(), self._pod_effects(), strict=True):
            fixed = fixed + effect.times(n)
        stacks = self._stacks(count)
        if stacks:
            fixed = fixed + self.pricing.effect(stacks=stacks)
        for path, effect in self.paths:
            for opened in self._battery_openings():
                whole = fixed + effect + self._opening_effect(opened)
                if whole.cost >= 0 and whole.cost / most + self._least_work_cost() >= self.best.lcoc * (1 - _BETTER):
                    continue
                self._complete(Whole(there, it_mw, path, plant.plant_m2, whole, opened), count, (plant, stacks))

    def _stacks(self, count: Counts) -> tuple[str, ...]:
        bought = {self.instance.accelerators[k[0]].stack for (k, _), n in zip(self.buys, count, strict=False) if n}
        return tuple(sorted(bought))

    def _battery_openings(self) -> list[int | None]:
        if self.site.battery is None:
            return [None]
        return [None, *(p for p in self.phases if self._opening_effect(p).allowed)]

    def _opening_effect(self, p: int | None) -> Effect:
        if p is None:
            return self.pricing.base.times(0.0)
        return self.pricing.effect(batteries=(BatteryRow(**self._here(p), mw=0.0, mwh=0.0, opened=True),))

    def _substation_paths(self) -> Iterator[tuple[tuple[tuple[str, int] | None, ...], Effect]]:
        """Every way through the phases that the audit does not forbid."""
        existing = self.site.grid.existing
        options: list[tuple[str, int] | None] = [None]
        options += [
            (x, n) for x in self.site.grid.transformers for n in range(1, self.instance.transformers[x].max_units + 1)
        ]
        if existing and (existing.transformer, existing.units) not in options:
            options.append((existing.transformer, existing.units))
        for path in itertools.product(options, repeat=len(self.phases)):
            effect = self.pricing.effect(substations=self._substation_rows(path))
            if effect.allowed and not (existing and None in path):
                yield path, effect

    def _substation_rows(self, path: tuple[tuple[str, int] | None, ...]) -> tuple[SubstationRow, ...]:
        return tuple(
            SubstationRow(**self._here(p), transformer=there[0], units=there[1])
            for p, there in enumerate(path)
            if there is not None
        )

    def _plant(self, there: dict[tuple[Type, int], int], it_mw: tuple[float, ...]) -> _Plant | None:
        """The least modules and generators, bought as late as possible; None if they cannot be had in time."""
        modules: list[ModuleRow] = []
        area = [0.0 for _ in self.phases]
        opened_in = [0 for _ in self.phases]
        for x, technology in self.instance.coolings.items():
            heat = [self._heat_mw(there, x, p) for p in self.phases]
            rows = self._modules(x, heat, area, opened_in)
            if rows is None:
                return None
            modules += rows
            del technology
        if self.site.max_coolings is not None and max(opened_in) > self.site.max_coolings:
            return None
        generators = self._generators(it_mw, area)
        if generators is None:
            return None
        effect = self.pricing.base.times(0.0)
        for module in modules:
            one = self.pricing.effect(cooling=(module.model_copy(update={"units": 1, "opened": False}),))
            opening = self.pricing.effect(cooling=(module.model_copy(update={"units": 0, "opened": True}),))
            effect = effect + one.times(module.units) + opening.times(1.0 if module.opened else 0.0)
        for generator in generators:
            effect = effect + self.pricing.effect(
                generators=(generator.model_copy(update={"units": 1}),)
            ).times(generator.units)
        return _Plant(tuple(modules), tuple(generators), tuple(area), effect)

    def _heat_mw(self, there: dict[tuple[Type, int], int], x: str, p: int) -> float:
        pods = self.facility.pods
        return sum(
            carried_share(self.instance, k[1], x) * n * pods[k].kw / 1000 for (k, q), n in there.items() if q == p
        )

    def _modules(self, x: str, heat: list[float], area: list[float], opened_in: list[int]) -> list[ModuleRow] | None:
        technology = self.instance.coolings[x]
        existing = self.site.existing_cooling_modules.get(x, 0)
        is_open, rows, bought = existing > 0, [], [0 for _ in self.phases]
        for p in self.phases:
            opens = heat[p] > 0 and not is_open
            is_open = is_open or opens
            need = math.ceil(heat[p] / technology.module_mw - _ROUNDING)
            need += technology.spare_modules if is_open else 0
            serving = sum(n for q, n in enumerate(bought) if self.periods.in_service(q, p, technology.life_years))
            bought[p] = max(0, need - existing - serving)
            if opens or bought[p]:
                if not self.pricing.effect(
                    cooling=(ModuleRow(**self._here(p), cooling=x, units=1, opened=False),)
                ).allowed:
                    return None
                rows.append(ModuleRow(**self._here(p), cooling=x, units=bought[p], opened=opens))
            if bought[p] and not self.periods.in_service(p, p, technology.life_years):
                return None
            modules = existing + serving + bought[p]
            if modules > technology.max_modules:
                return None
            area[p] += modules * technology.m2_per_module
            opened_in[p] += int(is_open)
        return rows

    def _generators(self, it_mw: tuple[float, ...], area: list[float]) -> list[GeneratorRow] | None:
        backup = self.site.backup
        if backup is None:
            return []
        kind, rows, bought = self.instance.generators[backup.generator], [], [0 for _ in self.phases]
        for p in self.phases:
            need = 0
            if p >= self.periods.index(backup.from_phase):
                critical = backup.critical_fraction * it_mw[p]
                need = math.ceil(critical / kind.unit_mw - _ROUNDING) + backup.spare_units
            serving = sum(n for q, n in enumerate(bought) if self.periods.in_service(q, p, kind.life_years))
            bought[p] = max(0, need - backup.existing_units - serving)
            if bought[p]:
                row = GeneratorRow(**self._here(p), units=bought[p])
                late = not self.pricing.effect(generators=(row.model_copy(update={"units": 1}),)).allowed
                if late or not self.periods.in_service(p, p, kind.life_years):
                    return None
                rows.append(row)
            units = backup.existing_units + serving + bought[p]
            if units > kind.max_units:
                return None
            area[p] += units * kind.m2_per_unit
        return rows

    # ---- the rest

    def _complete(self, whole: Whole, count: Counts, follows: tuple[_Plant, tuple[str, ...]]) -> None:
        self.best.completed += 1
        found = self.completion.complete(whole)
        if found is None or found.ratio >= self.best.lcoc * (1 - _BETTER):
            return
        decisions = self._decisions(whole, count, follows, found)
        report = self.pricing.audit(decisions)
        if not report.passed or abs(report.lcoc_usd_per_eflop - found.ratio) > 1e-6 * abs(found.ratio):
            self.best.rejected.append(report)
            return
        self.best.lcoc, self.best.decisions = report.lcoc_usd_per_eflop, decisions
        self.best.highest_lcoc = report.lcoc_usd_per_eflop
        if self.site.battery and self.site.grid.ramp_mw_per_minute is not None:
            dearer = Completion(self.facility, DOCUMENTED_STEPS).complete(whole)
            self.best.highest_lcoc = dearer.ratio if dearer else inf

    def _decisions(
        self, whole: Whole, count: Counts, follows: tuple[_Plant, tuple[str, ...]], found: Completed
    ) -> Decisions:
        f, (plant, stacks) = self.facility, follows
        pods = [(k, p, int(n)) for (k, p), n in zip([*self.buys, *self.retires], count, strict=True)]
        cut = len(self.buys)
        value = found.values

        def of(kind: str, p: int) -> float:
            return value.get((kind, p), 0.0)

        work = {key: value["work", *key] for key in f.work if ("work", *key) in value}
        return Decisions(
            deliveries=tuple(self._row(*row) for row in pods[:cut] if row[2]),
            retirements=tuple(self._row(*row) for row in pods[cut:] if row[2]),
            assignments=tuple(f.assignment(key, pods) for key, pods in work.items()),
            cooling=plant.modules,
            substations=self._substation_rows(whole.substation),
            ups=tuple(UpsRow(**self._here(p), mw=of("ups", p)) for p in self.phases if of("ups", p)),
            batteries=tuple(
                BatteryRow(**self._here(p), mw=of("mw", p), mwh=of("mwh", p), opened=p == whole.battery_from)
                for p in self.phases
                if of("mw", p) or of("mwh", p) or p == whole.battery_from
            ),
            step_reserves=tuple(
                ReserveRow(**self._here(p), mw=of("reserve", p)) for p in self.phases if of("reserve", p)
            ),
            generators=plant.generators,
            fitout=tuple(
                FitoutRow(**self._here(p), white_m2=of("white", p), plant_m2=of("plant", p))
                for p in self.phases
                if of("white", p) or of("plant", p)
            ),
            stacks=stacks,
        )
