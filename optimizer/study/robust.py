"""The plan that is best before the scenario is known: definitions in docs/model.md, section 14."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import inf, isfinite
from pathlib import Path

from optimizer.analysis.money import Currency, money_of
from optimizer.errors import NoDesignError, UsageError
from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance
from optimizer.inputs.uncertainty import Uncertainty
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Options, check, settings
from optimizer.solve.outcome import relative_gap
from optimizer.solve.search import SearchOutcome
from optimizer.study.extensive_form import Extensive, add_regret, block_name
from optimizer.study.pools import Executor
from optimizer.study.robust_many import TreeStudy, default_executor, robust_of_many
from optimizer.study.robust_plan import Robust, RobustPlan, ScenarioOutcome, no_way_on, tail
from optimizer.study.scenario_decomposition import STOPPED
from optimizer.study.scenario_models import (
    Follower,
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
    follower: Follower | None = None,
    executor: Executor | None = None,
) -> Robust:
    """Plan for all scenarios of an instance. Raises NoDesignError if a search ends without a design.

    The scenarios of a large tree go to the executor's workers one by one (scenario_decomposition.py). Whoever follows
    and stops it gets the best plan so far, audited; NoDesignError if there is none yet.
    """
    tree = uncertainty_of(instance)
    goal, *_ = settings(instance, options)
    if goal.id != "lcoc":
        raise UsageError(f"robust plans minimise the levelised cost, not {goal.id}", 'set solve.objective = "lcoc"')
    scenarios = scenario_instances(instance)
    room = room_of(instance, scenarios, folder, options, follower)
    asked = TreeStudy(instance=instance, scenarios=scenarios, folder=folder, room=room)
    if len(scenarios) > MOST_AT_ONCE and tree.mode == "expected":
        whole = room.form(tuple(scenarios), "shared", weighted=True)
        if is_plain(whole, room):
            return robust_of_many(asked, whole, executor or default_executor(options, room.follower.stop))
    return _side_by_side(asked)


def _side_by_side(asked: TreeStudy) -> Robust:
    """One model of all scenarios."""
    instance, scenarios, room = asked.instance, asked.scenarios, asked.room
    tree = uncertainty_of(instance)
    # Each scenario alone, each such plan in every other scenario, all together, and as if the scenario were known.
    steps, money = Steps(len(scenarios) ** 2 + 2, room.follower.say), money_of(instance)
    tell = steps.begin
    made = {z: _alone(room, z, tell) for z in scenarios}
    alone = {z: plan.outcomes[z] for z, (plan, _) in made.items()}
    followed = dict(_followed(room, {z: plan for z, (plan, _) in made.items()}, tell))
    single = {z: followed[z] for z in scenarios if z in followed}
    steps.best = _told(money, min(plan.expected_lcoc for plan in single.values()))
    tell("all scenarios together")
    # The best plan made for one scenario serves all of them: a search that starts there cannot end above it.
    known = min(single.values(), key=lambda plan: plan.expected_lcoc)
    # No plan's ratio is below the least of the scenarios' own.
    began = time.monotonic()
    form, values, plan = _together(room, tree, known, alone, min(bound for _, bound in made.values()))
    seconds = time.monotonic() - began
    designs = {z: design_in(form, z, scenarios[z], values) for z in scenarios}
    steps.best = _told(money, plan.expected_lcoc)
    tell("as if the scenario were known")
    single = {z: _best_known(z, (single[z], *single.values(), plan)) for z in single}
    informed = _informed(room, plan.expected_lcoc, alone | {z: one.outcomes[z] for z, one in single.items()})
    interrupted = room.stopping
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
        alone=alone if len(single) < len(scenarios) else {},
        gap=room.budget.gap,
        interrupted=interrupted,
        seconds=seconds,
    )


def _together(
    room: SearchRoom, tree: Uncertainty, known: RobustPlan, alone: Mapping[str, ScenarioOutcome], lower: float
) -> tuple[Extensive, Mapping[str, float], RobustPlan]:
    """One model of all scenarios, its values and the plan; one that is known if a stop or a limit leaves no other.

    lower       a proven bound of every plan's ratio
    """
    form = room.form(tuple(room.problems), "shared", weighted=True)
    if tree.mode == "min_max_regret":
        add_regret(form, {z: outcome.lcoc for z, outcome in alone.items()})
    plain = tree.mode == "expected" and not tree.cvar_weight
    goal_id = "total_cost" if tree.mode == "min_max_regret" else "lcoc"
    outcome, compiled = search_form(form, room.budget, goal_id, known.values if plain else {}, hooks=room.hooks)
    if outcome.x is not None:
        values: Mapping[str, float] = compiled.values_by_name(outcome.x)
        bound = max(outcome.bound, lower) if plain else outcome.bound
        gap_reached = relative_gap(outcome.value, bound)
        return form, values, plan_in(room, form, values, outcome.status, gap_reached)
    if not known.values or outcome.status is Status.INFEASIBLE:
        raise NoDesignError(f"no plan serves all scenarios: the search ended {outcome.status.value}", _hint(outcome))
    gap_reached = relative_gap(known.expected_lcoc, max(outcome.bound, lower)) if plain else inf
    return form, known.values, plan_in(room, form, known.values, Status.FEASIBLE, gap_reached)


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


def _alone(room: SearchRoom, scenario: str, tell: Callable[[str], None]) -> tuple[RobustPlan, float]:
    """The best plan if one scenario were certain, and the proven bound of its ratio."""
    tell(f"{scenario} alone")
    form = room.form((scenario,), "shared")
    result, compiled = search_form(form, room.budget, "lcoc", hooks=room.hooks)
    if room.stopping:
        raise NoDesignError(STOPPED, "nothing is kept")
    if result.x is None:
        message = f"scenario {scenario} has no design of its own: the search ended {result.status.value}"
        raise NoDesignError(message, f"optimizer explain says why; see scenario {scenario}")
    values = compiled.values_by_name(result.x)
    outcome = outcome_in(form, scenario, values)
    plan = RobustPlan(
        name=scenario,
        stage=stage_in(form, scenario, values),
        outcomes={scenario: outcome},
        expected_lcoc=outcome.lcoc,
        status=result.status,
    )
    return plan, result.bound


def _followed(
    room: SearchRoom, plans: Mapping[str, RobustPlan], tell: Callable[[str], None]
) -> Iterator[tuple[str, RobustPlan]]:
    """Each scenario's plan in every scenario, up to a stop; the most probable one's first, which no page does without.

    Raises NoDesignError if stopped before there is a plan that serves all.
    """
    served = False
    for z in sorted(plans, key=lambda z: -room.probability[z]):
        plan = _everywhere(room, plans[z], tell)
        if plan is None:
            break
        yield z, plan
        if plan.values and not served:
            room.follower.keeps()
            served = True
    if room.stopping and not served:
        raise NoDesignError(STOPPED, "nothing is kept")


def _everywhere(room: SearchRoom, plan: RobustPlan, tell: Callable[[str], None]) -> RobustPlan | None:
    """The first stage of a plan, fixed, in every scenario; then all of them together for its expected cost.

    None if stopped half-way.
    """
    outcomes = dict(plan.outcomes)
    for z in room.problems:
        if z in outcomes:
            continue
        tell(f"the plan for {plan.name} in {z}")
        form, result, values = _fixed(room, (z,), plan.stage)
        if room.stopping:
            return None
        outcomes[z] = outcome_in(form, z, values) if result.x is not None else no_way_on(result.status)
    ordered = {z: outcomes[z] for z in room.problems}
    if any(outcome.lcoc == inf for outcome in ordered.values()):
        return replace(plan, outcomes=ordered, expected_lcoc=inf)
    form, result, values = _fixed(room, tuple(room.problems), plan.stage)
    if room.stopping:
        return None
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
    outcome, compiled = search_form(form, room.budget, "lcoc", hooks=room.hooks)
    values = compiled.values_by_name(outcome.x) if outcome.x is not None else {}
    return form, outcome, values


def _informed(room: SearchRoom, value: float, alone: Mapping[str, ScenarioOutcome]) -> float:
    """Expected levelised cost without a common first stage. Never above that of a plan that has one."""
    names, together = tuple(alone), expectation_of(alone, room.probability)
    if room.stopping:
        return min(value, together)
    form = room.form(names, "none")
    outcome, compiled = search_form(form, room.budget, "lcoc", hooks=room.hooks)
    if outcome.x is None:
        return min(value, together)
    values = compiled.values_by_name(outcome.x)
    free = expectation_of({z: outcome_in(form, z, values) for z in names}, room.probability)
    return min(value, together, free)


__all__ = ["Robust", "RobustPlan", "ScenarioOutcome", "block_name", "robust", "tail"]
