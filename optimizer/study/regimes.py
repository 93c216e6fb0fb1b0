"""The same facility under each export regime: one design for each, audited, beside the one without rules.

Under the instance's own rules it is also asked what a policy costs, and what it would cost to leave one decision out
(refresh, generation beside the grid, the choice of hall): the plans of `optimizer baselines` that do so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem, derive
from optimizer.pipeline import Result, check, run
from optimizer.preparation import SharedPreparation
from optimizer.study.baselines import restricted, under_rule
from optimizer.study.plan_rules import Rule, decisions
from optimizer.study.search_settings import SearchSettings

BASELINE = "open_market"
AS_STATED = "as_stated"
POLICIES: dict[str, dict[str, str]] = {
    AS_STATED: {},
    "no_gp10": {"prc_3a090": "avoid"},
    "no_supercomputer": {"supercomputer": "bind"},
    "no_gp10_no_supercomputer": {"prc_3a090": "avoid", "supercomputer": "bind"},
}
"""The instance's own rules, as they stand and with the planner's policies on top."""


@dataclass(frozen=True)
class RegimeCase:
    """What comes out under one regime. `same_as` names an earlier regime with the same rulings on every delivery;
    `without` is the plan that leaves one decision out, under the instance's own rules."""

    regime: str
    result: Result
    same_as: str | None = None
    without: Rule | None = None

    @property
    def problem(self) -> Problem:
        """What is offered in this case."""
        return restricted(self.result.problem, self.without) if self.without else self.result.problem

    @property
    def lcoc(self) -> float | None:
        """USD per EFLOP of a verified design."""
        reported = self.result.design.reported if self.result.verified and self.result.design else None
        return reported.lcoc_usd_per_eflop if reported else None

    @property
    def kpis(self) -> dict[str, float]:
        """Key figures; empty without a verified design."""
        reported = self.result.design.reported if self.result.verified and self.result.design else None
        return reported.kpis if reported else {}

    @property
    def bought(self) -> dict[str, int]:
        """Accelerators delivered over the horizon, most first."""
        counts: dict[str, int] = {}
        if not self.result.verified or self.result.design is None:
            return counts
        for row in self.result.design.decisions.deliveries:
            size = self.result.problem.compute.types[row.type_key].size
            counts[row.accelerator] = counts.get(row.accelerator, 0) + row.pods * size.accelerators
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def under(instance: Instance, regime: str) -> Instance:
    """The instance with one regime for the whole horizon, as if it were the law on every day of delivery; or its own
    rules with a policy on top."""
    if regime in POLICIES:
        plain = {"prc_3a090": "use", "supercomputer": "warn"}
        export = instance.export.model_copy(update={**(plain if POLICIES[regime] else {}), **POLICIES[regime]})
        return instance.model_copy(update={"export": export})
    export = instance.export.model_copy(update={"regime": regime, "timeline": ()})
    return instance.model_copy(update={"export": export})


def cases(
    instance: Instance,
    folder: Path,
    regimes: tuple[str, ...],
    search: SearchSettings,
    say: Callable[[str], None] | None = None,
) -> tuple[RegimeCase, ...]:
    """A design for each regime, one after the other, the baseline first. Equal rulings are solved once.

    Policies, and decisions that are left out, are held against the instance's own rules: these then come along.
    """
    problem = derive(instance, folder)
    left_out = decisions_by_id(problem)
    own = (AS_STATED,) if any(regime in POLICIES or regime in left_out for regime in regimes) else ()
    shared = SharedPreparation(problem)
    designs: list[RegimeCase] = []
    for regime in dict.fromkeys((BASELINE, *own, *regimes)):
        rule = left_out.get(regime)
        changed = under(instance, regime) if rule is None else instance
        twin = _twin(changed, folder, designs) if rule is None else None
        if twin is not None:
            designs.append(RegimeCase(regime, _audited_again(changed, twin.result, folder), twin.regime))
            continue
        if say:
            say(regime)
        if rule is not None:
            designs.append(RegimeCase(regime, under_rule(shared, rule, search), without=rule))
            continue
        start = next((case.result.solution for case in reversed(designs) if case.result.solution), None)
        designs.append(RegimeCase(regime, run(changed, folder, replace(search.options, start=start), search.hooks)))
    return tuple(designs)


def decisions_by_id(problem: Problem) -> dict[str, Rule]:
    """The plans that leave one decision out, by the id under which they are asked for."""
    return {rule.id: rule for rule in decisions(problem)}


def _twin(instance: Instance, folder: Path, designs: list[RegimeCase]) -> RegimeCase | None:
    """An earlier case whose rulings decide the same on every delivery; its search must have ended by proof."""
    terms = _terms(derive(instance, folder).rulings)
    proven = (Status.OPTIMAL, Status.INFEASIBLE)
    return next(
        (
            case
            for case in designs
            if not case.same_as
            and not case.without
            and case.result.status in proven
            and case.result.problem.instance.export.supercomputer == instance.export.supercomputer
            and _terms(case.result.problem.rulings) == terms
        ),
        None,
    )


def _terms(rulings: object) -> dict[object, tuple[object, ...]]:
    assert isinstance(rulings, dict)
    return {
        where: (
            ruling.status,
            ruling.fee_fraction,
            ruling.extra_lead_weeks,
            ruling.quota_accelerators,
            ruling.clause if ruling.quota_accelerators is not None else None,
        )
        for where, ruling in rulings.items()
    }


def _audited_again(instance: Instance, result: Result, folder: Path) -> Result:
    """The same design, held against the other regime's rulings."""
    problem = derive(instance, folder)
    report = check(instance, result.design, folder) if result.design is not None else None
    return replace(result, problem=problem, audit=report)
