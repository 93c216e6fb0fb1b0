"""Every choice of pods: how many of each type are delivered in each phase, and how many existing ones are retired.

No more pods of a type are tried than could do all the work alone. Choices that miss a target, break a rule on purchases
or do not fit the floor are struck out here; everything else is left to the linear program and the audit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from optimizer.audit.case import Type
from optimizer.audit.rules import matches, years_of_supply
from tests.crosscheck.facility import Facility
from tests.crosscheck.pricing import Effect, Numbers

Counts = npt.NDArray[np.int64]
MOST_CHOICES = 400_000
ROUNDING = 1e-7


class PodChoices:
    """All choices, one row of `counts` each: deliveries in the order of facility.buys, then facility.retires."""

    def __init__(self, facility: Facility) -> None:
        self.facility = facility
        self.counts = self._list()
        self.installed = self._installed()
        """By type, phase and choice."""
        self.possible, self.most_eflop = self._judge()
        """Whether a choice is worth completing, and the most (millions of EFLOP) its pods can deliver."""

    def stacks(self, choice: Counts) -> tuple[str, ...]:
        """Software stacks of what is delivered."""
        chips = self.facility.instance.accelerators
        return tuple(sorted({chips[k[0]].stack for (k, _), n in zip(self.facility.buys, choice, strict=False) if n}))

    def effect(self, choice: Counts) -> Effect:
        """What the pods of a choice add, with the stacks they need, to what is there."""
        f, total = self.facility, self.facility.pricing.base
        for (k, q), n in zip(f.buys, choice.tolist(), strict=False):
            total = total + f.delivery(k, q).times(n)
        stacks = self.stacks(choice)
        total = total + f.pricing.effect(stacks=stacks) if stacks else total
        return total + self._retirement(choice[len(f.buys) :])

    def _retirement(self, retired: Counts) -> Effect:
        """Priced together: entries of one type may be worth different sums, the first named leaving first."""
        f = self.facility
        rows = [f.retirement_row(k, p, n) for (k, p), n in zip(f.retires, retired.tolist(), strict=True) if n]
        return f.pricing.effect(retirements=tuple(rows)) if rows else f.pricing.base.times(0.0)

    def costs(self) -> Numbers:
        """Cost of each choice's effect, MUSD."""
        f, cut = self.facility, len(self.facility.buys)
        cost = f.pricing.base.cost + self.counts[:, :cut] @ np.array([f.delivery(*buy).cost for buy in f.buys])
        if f.retires:
            kinds, which = np.unique(self.counts[:, cut:], axis=0, return_inverse=True)
            cost = cost + np.array([self._retirement(kind).cost for kind in kinds])[which.ravel()]
        for stack in f.instance.stacks:
            of_stack = [j for j, (k, _) in enumerate(f.buys) if f.instance.accelerators[k[0]].stack == stack]
            porting = f.pricing.effect(stacks=(stack,)).cost
            cost = cost + porting * self.counts[:, of_stack].any(axis=1)
        return np.asarray(cost, dtype=np.float64)

    def _list(self) -> Counts:
        f = self.facility
        tops = [self._most_pods(k, q) for k, q in f.buys]
        tops += [sum(row.pods for row in f.site.existing_pods if f.type_of(row) == k) for k, _ in f.retires]
        assert math.prod(top + 1 for top in tops) <= MOST_CHOICES, f"too many designs to list: {tops}"
        grids = np.meshgrid(*(np.arange(top + 1) for top in tops), indexing="ij")
        return np.stack([grid.ravel() for grid in grids], axis=1) if tops else np.zeros((1, 0), dtype=np.int64)

    def _most_pods(self, k: Type, q: int) -> int:
        """Pods that could do all the work of a phase they serve, on the workload they are worst at."""
        f, most = self.facility, 0
        for p in f.phases:
            phase = f.periods.phases[p]
            floors = sum(load.floor_pflops.get(phase, 0.0) for load in f.instance.workloads.values())
            need = max(f.demand[p], f.instance.phases[phase].target_pflops, floors)
            yields = [f.pflops[key] for key in f.work if key[0] == k and key[2] == p]
            if f.periods.in_service(q, p, f.instance.accelerators[k[0]].life_years) and yields:
                most = max(most, math.ceil(need / min(yields) - ROUNDING))
        # With shares and floors by workload, more than the demand may have to be at work.
        mixed = len(f.instance.workloads) > 1 and bool(f.instance.procurement.shares)
        return most + (1 if mixed and most else 0)

    def _installed(self) -> Counts:
        f = self.facility
        found = np.zeros((len(f.types), len(f.phases), len(self.counts)), dtype=np.int64)
        for i, k in enumerate(f.types):
            life = f.instance.accelerators[k[0]].life_years
            for p in f.phases:
                for j, (bought, q) in enumerate(f.buys):
                    if bought == k and f.periods.in_service(q, p, life):
                        found[i, p] += self.counts[:, j]
                alive = [row for row in f.site.existing_pods if f.type_of(row) == k]
                alive = [row for row in alive if f.periods.exists(row.commissioned, p, life)]
                found[i, p] += sum(row.pods for row in alive)
                for j, (gone, q) in enumerate(f.retires, len(f.buys)):
                    if gone == k and q <= p and alive:
                        found[i, p] -= self.counts[:, j]
        return found

    def _judge(self) -> tuple[npt.NDArray[np.bool_], Numbers]:
        f, installed = self.facility, self.installed
        keep = (installed >= 0).all(axis=(0, 1))
        most = np.zeros(len(self.counts))
        room = f.site.building.white_space_m2 / (1 + f.site.building.support_fraction)
        for p in f.phases:
            best = [max((f.pflops[key] for key in f.work if key[0] == k and key[2] == p), default=0.0) for k in f.types]
            capacity = np.array(best) @ installed[:, p]
            keep &= capacity >= f.instance.phases[f.periods.phases[p]].target_pflops * (1 - ROUNDING)
            most += f.eflop[p] * np.minimum(capacity, f.demand[p])
            keep &= np.array([f.pods[k].white_m2 for k in f.types]) @ installed[:, p] <= room * (1 + ROUNDING)
        for coefficients, limit in self._purchase_rules():
            keep &= self.counts @ coefficients <= limit + ROUNDING
        return keep & (most > 0), most

    def _purchase_rules(self) -> Iterator[tuple[Numbers, float]]:
        """Quotas, quotas of rulings and supply, as limits on weighted sums of the pods delivered."""
        f, case = self.facility, self.facility.pricing.case
        chips = np.array([f.pods[k].accelerators for k, _ in f.buys] + [0.0] * len(f.retires))

        def those(wanted: list[bool]) -> Numbers:
            return chips * np.array([*wanted, *(False for _ in f.retires)], dtype=np.float64)

        for quota in f.instance.procurement.quotas.values():
            phases = f.periods.phases if quota.phases is None else quota.phases
            counted = [
                f.periods.phases[q] in phases and matches(case, quota.match, (f.name, k[0], q)) for k, q in f.buys
            ]
            yield those(counted), quota.max_accelerators
        for name, chip in f.instance.accelerators.items():
            licensed = case.ruling(f.name, name, 0).quota
            if licensed is not None:
                yield those([k[0] == name for k, _ in f.buys]), licensed
            for p in f.phases if chip.supply_per_year is not None else ():
                since = f.periods.starts[p - 1] if p else f.periods.planning_date
                years = years_of_supply(max(since, f.periods.planning_date), f.periods.starts[p])
                yield those([(k[0], q) == (name, p) for k, q in f.buys]), (chip.supply_per_year or 0) * years
