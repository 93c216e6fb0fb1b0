"""A plan for several scenarios, and what it is worth: definitions in docs/model.md, section 14."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from optimizer.audit.audit import AuditReport
from optimizer.inputs.design import Design, Status
from optimizer.inputs.quantity import MILLION
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.study.scenarios import uncertainty_of


@dataclass(frozen=True)
class ScenarioOutcome:
    """What a plan comes to in one scenario: cost and compute, or nothing if it has no way on, or none was found."""

    cost_musd: float = inf
    eflop: float = 0.0
    undecided: bool = False
    """Without a way on: the search ended, out of time for one, before it had proven that there is none."""

    @property
    def lcoc(self) -> float:
        """USD per EFLOP; infinite if the plan fails, or is undecided."""
        return self.cost_musd * MILLION / self.eflop if self.eflop > 0 else inf


def no_way_on(status: Status) -> ScenarioOutcome:
    """What comes of a search for a way on that ended so, without one."""
    return ScenarioOutcome(undecided=status is not Status.INFEASIBLE)


@dataclass(frozen=True, kw_only=True)
class RobustPlan:
    """One first stage and what follows from it in every scenario."""

    name: str
    stage: Mapping[str, float]
    """Decisions before the reveal, by block, variable and index."""
    outcomes: Mapping[str, ScenarioOutcome]
    expected_lcoc: float
    """Expected cost over expected compute; infinite if the plan fails in a scenario, or is undecided there."""
    status: Status
    gap: float = 0.0
    values: Mapping[str, float] = field(default_factory=dict)
    """All scenarios together at this first stage, by the names of the columns: where a search may start."""

    @property
    def undecided(self) -> tuple[str, ...]:
        """Scenarios of which it is not known whether the plan fails there."""
        return tuple(z for z, outcome in self.outcomes.items() if outcome.undecided)


@dataclass(frozen=True, kw_only=True)
class Robust:
    """The robust plan beside the plans made for one scenario each."""

    instance: Instance
    scenarios: Mapping[str, Instance]
    probability: Mapping[str, float]
    phases: tuple[str, ...]
    """Phases before the reveal."""
    plan: RobustPlan
    designs: Mapping[str, Design]
    audits: Mapping[str, AuditReport]
    problems: Mapping[str, Problem]
    single: Mapping[str, RobustPlan]
    """The plan made for each scenario as if it were certain; its outcomes in the others. Of a large tree, the most
    probable one's alone."""
    informed_lcoc: float
    """Expected levelised cost if the scenario were known from the start."""
    alone: Mapping[str, ScenarioOutcome] = field(default_factory=dict)
    """Of a large tree: what the best plan of each scenario comes to in it."""
    gap: float = 0.0
    """Relative gap asked of every search."""
    interrupted: bool = False
    """Somebody stopped the search before it had come to its end."""
    seconds: float = 0.0

    @property
    def verified(self) -> bool:
        """Whether the audit accepts the design of every scenario."""
        return bool(self.designs) and all(report.passed for report in self.audits.values())

    def regret(self, plan: RobustPlan, scenario: str) -> float:
        """USD per EFLOP above the best plan of the scenario."""
        return plan.outcomes[scenario].lcoc - self.best_lcoc[scenario]

    @property
    def best_lcoc(self) -> dict[str, float]:
        """Least levelised cost found for each scenario: that of its own plan, within the gap."""
        plans = (self.plan, *self.single.values())
        own = {z: self.alone[z].lcoc if z in self.alone else inf for z in self.scenarios}
        return {z: min(own[z], *(plan.outcomes[z].lcoc for plan in plans)) for z in self.scenarios}

    @property
    def perfect_information(self) -> float:
        """Expected value of knowing the scenario from the start, USD per EFLOP."""
        return self.plan.expected_lcoc - self.informed_lcoc

    @property
    def likeliest(self) -> str:
        """The most probable scenario; the first of equals."""
        return max(self.probability, key=lambda z: self.probability[z])

    @property
    def stochastic_solution(self) -> float:
        """Saving against the plan made for the most probable scenario, USD per EFLOP.

        Infinite if that plan fails, or is undecided.
        """
        return self.single[self.likeliest].expected_lcoc - self.plan.expected_lcoc

    def tail_cost_musd(self, plan: RobustPlan) -> float:
        """Conditional value at risk of the cost at the instance's level."""
        level = uncertainty_of(self.instance).cvar_level
        costs = {z: outcome.cost_musd for z, outcome in plan.outcomes.items()}
        return tail(costs, self.probability, level)


def tail(costs: Mapping[str, float], probability: Mapping[str, float], level: float) -> float:
    """Mean of the worst 1 - level of the probability (Rockafellar and Uryasev)."""
    if inf in costs.values():
        return inf
    return min(
        at + sum(probability[z] * max(0.0, cost - at) for z, cost in costs.items()) / (1 - level)
        for at in costs.values()
    )
