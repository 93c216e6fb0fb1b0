"""All designs of a small instance: whole numbers enumerated, the rest completed, the best scored by the audit.

Enumerated: pods delivered and retired (pod_choices.py), the substation in every phase and what follows from the pods
(plant.py), the phase in which the battery is opened. Continuous decisions: a linear program (completion.py).

Designs are tried in the order of a lower bound: the cost of their whole numbers over the most compute their pods can
deliver. Once that bound is no better than the best design known, no later design can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from optimizer.audit.audit import AuditReport
from optimizer.audit.case import Type
from optimizer.audit.findings import Recorder
from optimizer.audit.fleet import Fleet
from optimizer.audit.supercomputer import check_supercomputer
from optimizer.inputs.design import BatteryRow, Decisions, FitoutRow, MegawattRow
from optimizer.inputs.schema import Instance
from tests.crosscheck.completion import Completion
from tests.crosscheck.facility import Column, Facility, Substation, Whole
from tests.crosscheck.plant import Path, Plant, plant_for, substation_paths
from tests.crosscheck.pod_choices import Counts, PodChoices
from tests.crosscheck.pricing import Effect, Pricing

BETTER = 1e-9
"""A design replaces another only if its ratio is lower by this share."""
AGREES = 1e-6


@dataclass
class Best:
    """The best of all designs."""

    lcoc: float = inf
    """As audited, US dollars per EFLOP; inf if there is no design."""
    decisions: Decisions | None = None
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
class _Pods:
    """One choice of pods and what follows from it."""

    choice: Counts
    installed: dict[tuple[Type, int], int]
    it_mw: tuple[float, ...]
    plant: Plant
    stacks: tuple[str, ...]
    effect: Effect
    most_eflop: float


class _Enumeration:
    def __init__(self, instance: Instance) -> None:
        self.pricing = Pricing(instance)
        self.facility = Facility(self.pricing)
        self.choices = PodChoices(self.facility)
        self.completion = Completion(self.facility)
        self.paths = sorted(substation_paths(self.facility), key=lambda path: path.effect.cost)
        self.openings = list(self._openings())
        self.work_cost = self._least_work_cost()
        self.best = Best(listed=len(self.choices.counts))

    def run(self) -> Best:
        choices = self.choices
        cost, most = choices.costs(), np.maximum(choices.most_eflop, 1e-12)
        bound = np.where(cost >= 0, cost / most, -inf) + self.work_cost
        for at in np.argsort(np.where(choices.possible, bound, inf), kind="stable") if self.paths else ():
            if not choices.possible[at] or self._hopeless(float(bound[at])):
                break
            pods = self._pods(int(at))
            if pods is not None and self._worth_trying(pods):
                self._try(pods)
        return self.best

    def _hopeless(self, bound: float) -> bool:
        return bound >= self.best.lcoc - BETTER * abs(self.best.lcoc)

    def _bound(self, whole: Whole, pods: _Pods) -> float:
        return whole.effect.cost / pods.most_eflop + self.work_cost if whole.effect.cost >= 0 else -inf

    def _least_work_cost(self) -> float:
        """Least energy, water and carbon cost per million EFLOP of any pod, MUSD."""
        f = self.facility
        costs = [f.effects["work", *key].cost / (f.pflops[key] * f.eflop[key[2]]) for key in f.work]
        return max(0.0, min(costs, default=0.0))

    def _openings(self) -> Iterator[tuple[int | None, Effect]]:
        """Phases in which the battery may be opened, and never."""
        yield None, self.pricing.base.times(0.0)
        for p in self.facility.phases if self.facility.site.battery else ():
            row = BatteryRow(**self.facility.here(p), mw=0.0, mwh=0.0, opened=True)
            effect = self.pricing.effect(batteries=(row,))
            if effect.allowed:
                yield p, effect

    def _pods(self, at: int) -> _Pods | None:
        f, choice = self.facility, self.choices.counts[at]
        numbers = self.choices.installed[:, :, at]
        there = {(k, p): int(numbers[i, p]) for i, k in enumerate(f.types) for p in f.phases if numbers[i, p]}
        if not self._lawful(there):
            return None
        it_mw = tuple(sum(n * f.pods[k].kw / 1000 for (k, q), n in there.items() if q == p) for p in f.phases)
        plant = plant_for(f, there, it_mw)
        if plant is None:
            return None
        effect = plant.effect + self.choices.effect(choice)
        stacks = self.choices.stacks(choice)
        return _Pods(choice, there, it_mw, plant, stacks, effect, float(self.choices.most_eflop[at]))

    def _lawful(self, there: dict[tuple[Type, int], int]) -> bool:
        """Whether the pods make no supercomputer where the audit finds one forbidden."""
        fleet, recorder = Fleet(), Recorder()
        fleet.installed.update({(self.facility.name, p, k): n for (k, p), n in there.items()})
        check_supercomputer(self.pricing.case, fleet, recorder)
        return not recorder.findings

    def _whole(self, pods: _Pods, phases: tuple[Substation, ...], effect: Effect, opened: int | None) -> Whole:
        m2 = tuple(a + there.m2 for a, there in zip(pods.plant.m2, phases, strict=True))
        return Whole(pods.installed, pods.it_mw, phases, m2, pods.effect + effect, opened)

    def _worth_trying(self, pods: _Pods) -> bool:
        """One linear program with the best of every substation and a battery for nothing, before all of them."""
        if len(self.paths) * len(self.openings) <= 2:
            return True
        loosest = tuple(
            Substation(
                min(there.standing_mw for there in phase), max(there.firm_mw for there in phase),
                max(there.step_mw for there in phase), min(there.m2 for there in phase),
            )
            for phase in zip(*(path.phases for path in self.paths), strict=True)
        )  # fmt: skip
        effects = [path.effect for path in self.paths]
        uses = np.min([effect.uses for effect in effects], axis=0)
        opened = min((p for p, _ in self.openings if p is not None), default=None)
        whole = self._whole(pods, loosest, Effect(effects[0].cost, uses), opened)
        self.best.completed += 1
        found = None if self._hopeless(self._bound(whole, pods)) else self.completion.complete(whole)
        return found is not None and not self._hopeless(found.ratio)

    def _try(self, pods: _Pods) -> None:
        for path in self.paths:
            for opened, effect in self.openings:
                whole = self._whole(pods, path.phases, path.effect + effect, opened)
                if not self._hopeless(self._bound(whole, pods)):
                    self._complete(whole, pods, path)

    def _complete(self, whole: Whole, pods: _Pods, path: Path) -> None:
        self.best.completed += 1
        found = self.completion.complete(whole)
        if found is None or self._hopeless(found.ratio):
            return
        decisions = self._decisions(whole, pods, path, found.values)
        report = self.pricing.audit(decisions)
        if not report.passed or abs(report.lcoc_usd_per_eflop - found.ratio) > AGREES * abs(found.ratio):
            self.best.rejected.append(report)
            return
        self.best = replace(self.best, lcoc=report.lcoc_usd_per_eflop, decisions=decisions)

    def _decisions(self, whole: Whole, pods: _Pods, path: Path, values: dict[Column, float]) -> Decisions:
        f = self.facility
        bought, retired = pods.choice.tolist()[: len(f.buys)], pods.choice.tolist()[len(f.buys) :]

        def of(*kinds: str) -> list[tuple[int, list[float]]]:
            """Values of some kinds of decisions in the phases in which any of them is not zero."""
            found = [(p, [values.get((kind, p), 0.0) for kind in kinds]) for p in f.phases]
            return [(p, numbers) for p, numbers in found if any(numbers) or (kinds[0], p) == ("mw", whole.battery_from)]

        return Decisions(
            deliveries=tuple(f.pod_row(*which, pods=n) for which, n in zip(f.buys, bought, strict=True) if n),
            retirements=tuple(
                f.retirement_row(*which, pods=n) for which, n in zip(f.retires, retired, strict=True) if n
            ),
            assignments=tuple(f.assignment(key, values["work", *key]) for key in f.work if ("work", *key) in values),
            cooling=pods.plant.modules,
            substations=path.rows,
            ups=tuple(MegawattRow(**f.here(p), mw=mw) for p, (mw,) in of("ups")),
            batteries=tuple(
                BatteryRow(**f.here(p), mw=mw, mwh=mwh, opened=p == whole.battery_from)
                for p, (mw, mwh) in of("mw", "mwh")
            ),
            step_reserves=tuple(MegawattRow(**f.here(p), mw=mw) for p, (mw,) in of("reserve")),
            generators=pods.plant.generators,
            fitout=tuple(
                FitoutRow(**f.here(p), white_m2=white, plant_m2=plant) for p, (white, plant) in of("white", "plant")
            ),
            stacks=pods.stacks,
        )
