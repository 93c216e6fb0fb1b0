"""The plan that is best before the scenario is known: definitions in docs/model.md, section 14."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from pathlib import Path
from typing import Literal

from optimizer.analysis.money import Currency, money_of
from optimizer.errors import NoDesignError, UsageError
from optimizer.inputs.design import Design, Status
from optimizer.inputs.quantity import MILLION
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem, derive
from optimizer.model.objectives import GOALS
from optimizer.model.readback import final_capacities, load_values, read_decisions, read_ledger
from optimizer.pipeline import Options, check, report_of, settings, threads_in_force
from optimizer.solve.compiled import Compiled
from optimizer.solve.input_keys import errors_by_key
from optimizer.solve.parametric import Parametric
from optimizer.solve.search import Budget, SearchOutcome, compile_built, search
from optimizer.solve.years import operate, years_within
from optimizer.study.extensive_form import Extensive, FirstStage, Tail, add_regret, block_name, extensive
from optimizer.study.robust_plan import Robust, RobustPlan, ScenarioOutcome, tail
from optimizer.study.scenarios import branches, scenario_instances, shared_phases, uncertainty_of
from optimizer.study.steps import Steps

Link = Literal["shared", "fixed", "none"]
"""Whether the first stage is one for all scenarios, is given, or is every scenario's own."""


@dataclass(kw_only=True)
class _Room:
    """What every search of a study shares."""

    budget: Budget
    problems: dict[str, Problem]
    probability: dict[str, float]
    phases: tuple[str, ...]
    tail: Tail
    branches: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    programmes: dict[str, Parametric] = field(default_factory=dict)
    """Of the years that dispatch, compiled once; their cuts hold in every scenario whose year is the same."""

    def form(self, names: tuple[str, ...], link: Link, weighted: bool = False) -> Extensive:
        """Scenarios side by side; of a single one the form is its own model."""
        total = sum(self.probability[z] for z in names)
        chance = {z: self.probability[z] / total for z in names}
        problems = {z: self.problems[z] for z in names}
        first_stage = FirstStage()
        if link != "none":
            first_stage = FirstStage(phases=self.phases, linked=link == "shared", branches=self.branches)
        whole = extensive(problems, chance, first_stage, self.tail if weighted else None)
        return replace(whole, programmes=self.programmes)


def _room(instance: Instance, scenarios: Mapping[str, Instance], folder: Path, options: Options) -> _Room:
    """What every search over the scenarios of an instance has in common."""
    tree = uncertainty_of(instance)
    return _Room(
        budget=_budget(instance, options),
        problems={z: derive(one, folder) for z, one in scenarios.items()},
        probability={z: future.probability for z, future in tree.scenarios.items()},
        phases=shared_phases(instance),
        tail=Tail(tree.cvar_weight, tree.cvar_level),
        branches=branches(instance),
    )


def robust(instance: Instance, folder: Path, options: Options, say: Callable[[str], None] | None = None) -> Robust:
    """Plan for all scenarios of an instance. Raises NoDesignError if a search ends without a design."""
    tree = uncertainty_of(instance)
    goal, gap, _, _ = settings(instance, options)
    if goal.id != "lcoc":
        raise UsageError(f"robust plans minimise the levelised cost, not {goal.id}", 'set solve.objective = "lcoc"')
    scenarios = scenario_instances(instance)
    room = _room(instance, scenarios, folder, options)
    # Each scenario alone, each such plan in every other scenario, all together, and as if the scenario were known.
    steps, money = Steps(len(scenarios) ** 2 + 2, say or (lambda _: None)), money_of(instance)
    tell = steps.begin
    single = {z: _alone(room, z, tell) for z in scenarios}
    best = {z: plan.outcomes[z].lcoc for z, plan in single.items()}
    single = {z: _everywhere(room, plan, tell) for z, plan in single.items()}
    steps.best = _told(money, min(plan.expected_lcoc for plan in single.values()))
    tell("all scenarios together")
    form = room.form(tuple(scenarios), "shared", weighted=True)
    if tree.mode == "min_max_regret":
        add_regret(form, best)
    # The best plan made for one scenario serves all of them: a search that starts there cannot end above it.
    known = min(single.values(), key=lambda plan: plan.expected_lcoc)
    plain = tree.mode == "expected" and not tree.cvar_weight
    goal_id = "total_cost" if tree.mode == "min_max_regret" else "lcoc"
    outcome, compiled = _search(form, room.budget, goal_id, known.values if plain else {})
    if outcome.x is None:
        raise NoDesignError(f"no plan serves all scenarios: the search ended {outcome.status.value}", _hint(outcome))
    values = compiled.values_by_name(outcome.x)
    plan = _shared(room, form, outcome, values)
    designs = {z: _design(form, z, scenarios[z], values) for z in scenarios}
    steps.best = _told(money, plan.expected_lcoc)
    tell("as if the scenario were known")
    single = {z: _best_known(z, (single[z], *single.values(), plan)) for z in scenarios}
    informed = _informed(room, tuple(scenarios), plan.expected_lcoc, single)
    return Robust(
        instance=instance,
        scenarios=scenarios,
        probability=room.probability,
        phases=room.phases,
        plan=plan,
        designs=designs,
        audits={z: check(scenarios[z], designs[z], folder) for z in scenarios},
        problems=room.problems,
        single=single,
        informed_lcoc=informed,
        gap=gap,
        seconds=outcome.seconds,
    )


def _shared(room: _Room, form: Extensive, outcome: SearchOutcome, values: Mapping[str, float]) -> RobustPlan:
    """The plan for all scenarios, by the values of its variables."""
    scenarios = tuple(room.problems)
    outcomes = {z: _outcome(form, z, values) for z in scenarios}
    return RobustPlan(
        name="robust",
        stage=_stage(form, scenarios[0], values),
        outcomes=outcomes,
        expected_lcoc=_expected(outcomes, room.probability),
        status=outcome.status,
        gap=abs(outcome.value - outcome.bound) / max(abs(outcome.value), 1e-9),
    )


def _told(money: Currency, expected_lcoc: float) -> str:
    """An expected levelised cost in words; nothing of a plan that fails in a scenario."""
    return f"{money.figure(expected_lcoc, GOALS['lcoc'].unit)} expected" if isfinite(expected_lcoc) else ""


def _budget(instance: Instance, options: Options) -> Budget:
    _, gap, limit_s, seed = settings(instance, options)
    threads = threads_in_force(instance, options)
    return Budget(gap=gap, time_limit_s=limit_s, seed=seed, isolated=options.isolated, threads=threads)


def _best_known(scenario: str, plans: tuple[RobustPlan, ...]) -> RobustPlan:
    """The plan for a scenario: its own, unless another turned out better in it, which the gap allows."""
    return replace(min(plans, key=lambda plan: plan.outcomes[scenario].lcoc), name=plans[0].name)


def _hint(outcome: SearchOutcome) -> str:
    if outcome.status is Status.INFEASIBLE:
        return "some scenario leaves no way on from any common start: lower its demand_factor, or reveal earlier"
    return "a larger --time-limit or --gap helps"


def _search(
    form: Extensive, budget: Budget, goal: str, start: Mapping[str, float] | None = None
) -> tuple[SearchOutcome, Compiled]:
    from optimizer.model.build import Built

    first = next(iter(form.builts.values()))
    compiled, _ = compile_built(Built(first.problem, form.model, first.ledger, form.forms))
    budget = replace(budget, years=years_within(form.builts.values(), compiled, form.programmes))
    if start:
        vector = compiled.vector_from_names({name: start.get(name, 0.0) for name in compiled.column_names})
        budget = replace(budget, start=vector)
    with errors_by_key(first.problem.instance):
        return search(compiled, GOALS[goal], budget), compiled


def _expected(outcomes: Mapping[str, ScenarioOutcome], probability: Mapping[str, float]) -> float:
    cost = sum(probability[z] * outcome.cost_musd for z, outcome in outcomes.items())
    eflop = sum(probability[z] * outcome.eflop for z, outcome in outcomes.items())
    return cost * MILLION / eflop if eflop > 0 else inf


def _outcome(form: Extensive, scenario: str, values: Mapping[str, float]) -> ScenarioOutcome:
    """Cost and compute of one scenario at a solution, by its own forms."""
    from pyomo.core import value

    built = form.builts[scenario]
    load_values(built, dict(values))
    return ScenarioOutcome(float(value(built.forms["cost"])), float(value(built.forms["eflop"])) * MILLION)


def _stage(form: Extensive, scenario: str, values: Mapping[str, float]) -> dict[str, float]:
    columns = form.shared[scenario] | form.committed
    return {key: values.get(data.name, 0.0) for key, data in columns.items()}


def _alone(room: _Room, scenario: str, tell: Callable[[str], None]) -> RobustPlan:
    """The best plan if one scenario were certain."""
    tell(f"{scenario} alone")
    form = room.form((scenario,), "shared")
    result, compiled = _search(form, room.budget, "lcoc")
    if result.x is None:
        message = f"scenario {scenario} has no design of its own: the search ended {result.status.value}"
        raise NoDesignError(message, f"optimizer explain says why; see scenario {scenario}")
    values = compiled.values_by_name(result.x)
    outcome = _outcome(form, scenario, values)
    return RobustPlan(
        name=scenario,
        stage=_stage(form, scenario, values),
        outcomes={scenario: outcome},
        expected_lcoc=outcome.lcoc,
        status=result.status,
    )


def _everywhere(room: _Room, plan: RobustPlan, tell: Callable[[str], None]) -> RobustPlan:
    """The first stage of a plan, fixed, in every scenario; then all of them together for its expected cost."""
    outcomes = dict(plan.outcomes)
    for z in room.problems:
        if z in outcomes:
            continue
        tell(f"the plan for {plan.name} in {z}")
        form, result, values = _fixed(room, (z,), plan.stage)
        outcomes[z] = ScenarioOutcome() if result.x is None else _outcome(form, z, values)
    ordered = {z: outcomes[z] for z in room.problems}
    if any(outcome.lcoc == inf for outcome in ordered.values()):
        return replace(plan, outcomes=ordered, expected_lcoc=inf)
    form, result, values = _fixed(room, tuple(room.problems), plan.stage)
    joint = {z: _outcome(form, z, values) for z in room.problems} if result.x is not None else ordered
    return replace(plan, outcomes=ordered, expected_lcoc=_expected(joint, room.probability), values=values)


def _fixed(
    room: _Room, names: tuple[str, ...], stage: Mapping[str, float]
) -> tuple[Extensive, SearchOutcome, dict[str, float]]:
    """The best that can follow a given first stage."""
    form = room.form(names, "fixed")
    for columns in (*form.shared.values(), form.committed):
        for key, data in columns.items():
            wanted = stage.get(key, 0.0)
            data.setlb(wanted)
            data.setub(wanted)
    outcome, compiled = _search(form, room.budget, "lcoc")
    values = compiled.values_by_name(outcome.x) if outcome.x is not None else {}
    return form, outcome, values


def _informed(room: _Room, names: tuple[str, ...], value: float, single: Mapping[str, RobustPlan]) -> float:
    """Expected levelised cost without a common first stage. Never above that of a plan that has one."""
    together = _expected({z: single[z].outcomes[z] for z in names}, room.probability)
    form = room.form(names, "none")
    outcome, compiled = _search(form, room.budget, "lcoc")
    if outcome.x is None:
        return min(value, together)
    values = compiled.values_by_name(outcome.x)
    free = _expected({z: _outcome(form, z, values) for z in names}, room.probability)
    return min(value, together, free)


def _design(form: Extensive, scenario: str, instance: Instance, values: Mapping[str, float]) -> Design:
    """The design of one scenario, with its own ledger, for the audit."""
    built = form.builts[scenario]
    load_values(built, dict(values))
    operated = operate(built.model.operations.shapes, final_capacities(built), form.programmes, isolated=False)
    decisions = read_decisions(built, operated)
    return Design(
        instance=instance.name,
        instance_sha256="",
        planning_date=instance.planning_date,
        decisions=decisions,
        reported=report_of(built.problem, decisions, read_ledger(built, decisions)),
    )


__all__ = ["Robust", "RobustPlan", "ScenarioOutcome", "block_name", "robust", "tail"]
