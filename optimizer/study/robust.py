"""The plan that is best before the scenario is known: definitions in docs/model.md, section 14."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf, isfinite
from pathlib import Path

from optimizer.analysis.money import Currency, money_of
from optimizer.errors import NoDesignError, UsageError
from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Options, check, settings
from optimizer.solve.search import SearchOutcome
from optimizer.study.extensive_form import Extensive, add_regret, block_name
from optimizer.study.pools import Executor
from optimizer.study.robust_many import TreeStudy, default_executor, robust_of_many
from optimizer.study.robust_plan import Robust, RobustPlan, ScenarioOutcome, tail
from optimizer.study.scenario_models import (
    SearchRoom,
    design_in,
    expectation_of,
    outcome_in,
    plan_in,
    room_of,
    search_form,
    stage_in,
)
from optimizer.study.scenario_tree import MOST_AT_ONCE, is_plain
from optimizer.study.scenarios import scenario_instances, uncertainty_of
from optimizer.study.steps import Steps


def robust(
    instance: Instance,
    folder: Path,
    options: Options,
    say: Callable[[str], None] | None = None,
    executor: Executor | None = None,
) -> Robust:
    """Plan for all scenarios of an instance. Raises NoDesignError if a search ends without a design.

    The scenarios of a large tree go to the executor's workers one by one (scenario_decomposition.py).
    """
    tree = uncertainty_of(instance)
    goal, *_ = settings(instance, options)
    if goal.id != "lcoc":
        raise UsageError(f"robust plans minimise the levelised cost, not {goal.id}", 'set solve.objective = "lcoc"')
    scenarios = scenario_instances(instance)
    room = room_of(instance, scenarios, folder, options)
    asked = TreeStudy(instance=instance, scenarios=scenarios, folder=folder, room=room)
    if len(scenarios) > MOST_AT_ONCE and tree.mode == "expected":
        whole = room.form(tuple(scenarios), "shared", weighted=True)
        if is_plain(whole, room):
            return robust_of_many(asked, whole, executor or default_executor(options), say or (lambda _: None))
    return _side_by_side(asked, say or (lambda _: None))


def _side_by_side(asked: TreeStudy, say: Callable[[str], None]) -> Robust:
    """One model of all scenarios."""
    instance, scenarios, room = asked.instance, asked.scenarios, asked.room
    tree = uncertainty_of(instance)
    # Each scenario alone, each such plan in every other scenario, all together, and as if the scenario were known.
    steps, money = Steps(len(scenarios) ** 2 + 2, say), money_of(instance)
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
    outcome, compiled = search_form(form, room.budget, goal_id, known.values if plain else {})
    if outcome.x is None:
        raise NoDesignError(f"no plan serves all scenarios: the search ended {outcome.status.value}", _hint(outcome))
    values = compiled.values_by_name(outcome.x)
    gap_reached = abs(outcome.value - outcome.bound) / max(abs(outcome.value), 1e-9)
    plan = plan_in(room, form, values, outcome.status, gap_reached)
    designs = {z: design_in(form, z, scenarios[z], values) for z in scenarios}
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
        audits={z: check(scenarios[z], designs[z], asked.folder) for z in scenarios},
        problems=room.problems,
        single=single,
        informed_lcoc=informed,
        gap=room.budget.gap,
        seconds=outcome.seconds,
    )


def _told(money: Currency, expected_lcoc: float) -> str:
    """An expected levelised cost in words; nothing of a plan that fails in a scenario."""
    return f"{money.figure(expected_lcoc, GOALS['lcoc'].unit)} expected" if isfinite(expected_lcoc) else ""


def _best_known(scenario: str, plans: tuple[RobustPlan, ...]) -> RobustPlan:
    """The plan for a scenario: its own, unless another turned out better in it, which the gap allows."""
    return replace(min(plans, key=lambda plan: plan.outcomes[scenario].lcoc), name=plans[0].name)


def _hint(outcome: SearchOutcome) -> str:
    if outcome.status is Status.INFEASIBLE:
        return "some scenario leaves no way on from any common start: lower its demand_factor, or reveal earlier"
    return "a larger --time-limit or --gap helps"


def _alone(room: SearchRoom, scenario: str, tell: Callable[[str], None]) -> RobustPlan:
    """The best plan if one scenario were certain."""
    tell(f"{scenario} alone")
    form = room.form((scenario,), "shared")
    result, compiled = search_form(form, room.budget, "lcoc")
    if result.x is None:
        message = f"scenario {scenario} has no design of its own: the search ended {result.status.value}"
        raise NoDesignError(message, f"optimizer explain says why; see scenario {scenario}")
    values = compiled.values_by_name(result.x)
    outcome = outcome_in(form, scenario, values)
    return RobustPlan(
        name=scenario,
        stage=stage_in(form, scenario, values),
        outcomes={scenario: outcome},
        expected_lcoc=outcome.lcoc,
        status=result.status,
    )


def _everywhere(room: SearchRoom, plan: RobustPlan, tell: Callable[[str], None]) -> RobustPlan:
    """The first stage of a plan, fixed, in every scenario; then all of them together for its expected cost."""
    outcomes = dict(plan.outcomes)
    for z in room.problems:
        if z in outcomes:
            continue
        tell(f"the plan for {plan.name} in {z}")
        form, result, values = _fixed(room, (z,), plan.stage)
        outcomes[z] = ScenarioOutcome() if result.x is None else outcome_in(form, z, values)
    ordered = {z: outcomes[z] for z in room.problems}
    if any(outcome.lcoc == inf for outcome in ordered.values()):
        return replace(plan, outcomes=ordered, expected_lcoc=inf)
    form, result, values = _fixed(room, tuple(room.problems), plan.stage)
    joint = {z: outcome_in(form, z, values) for z in room.problems} if result.x is not None else ordered
    return replace(plan, outcomes=ordered, expected_lcoc=expectation_of(joint, room.probability), values=values)


def _fixed(
    room: SearchRoom, names: tuple[str, ...], stage: Mapping[str, float]
) -> tuple[Extensive, SearchOutcome, dict[str, float]]:
    """The best that can follow a given first stage."""
    form = room.form(names, "fixed")
    for columns in (*form.shared.values(), form.committed):
        for key, data in columns.items():
            wanted = stage.get(key, 0.0)
            data.setlb(wanted)
            data.setub(wanted)
    outcome, compiled = search_form(form, room.budget, "lcoc")
    values = compiled.values_by_name(outcome.x) if outcome.x is not None else {}
    return form, outcome, values


def _informed(room: SearchRoom, names: tuple[str, ...], value: float, single: Mapping[str, RobustPlan]) -> float:
    """Expected levelised cost without a common first stage. Never above that of a plan that has one."""
    together = expectation_of({z: single[z].outcomes[z] for z in names}, room.probability)
    form = room.form(names, "none")
    outcome, compiled = search_form(form, room.budget, "lcoc")
    if outcome.x is None:
        return min(value, together)
    values = compiled.values_by_name(outcome.x)
    free = expectation_of({z: outcome_in(form, z, values) for z in names}, room.probability)
    return min(value, together, free)


__all__ = ["Robust", "RobustPlan", "ScenarioOutcome", "block_name", "robust", "tail"]
