"""The robust plan of a large tree, whose scenarios are searched one at a time, by workers.

Compared with a small tree: of the plans made for one scenario only the most probable one's is followed into all others;
what knowing the scenario would save is taken from each scenario's own best plan, which is never above the true saving.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from threading import Event

from optimizer.errors import InputOutputError, NoDesignError
from optimizer.inputs.design import Status
from optimizer.inputs.quantity import MILLION
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, check
from optimizer.study.cell import Question, Record, StudyContext
from optimizer.study.extensive_form import Extensive
from optimizer.study.pools import Executor, Serial
from optimizer.study.robust_plan import Robust, RobustPlan, ScenarioOutcome
from optimizer.study.scenario_decomposition import SHARE, STOPPED, plan_of
from optimizer.study.scenario_models import SearchRoom, design_in, expectation_of, plan_in
from optimizer.study.scenario_tasks import solve_scenario
from optimizer.study.scenario_tree import Tree, TreeStopped, answered_by
from optimizer.study.versions import versions


@dataclass(frozen=True, kw_only=True)
class TreeStudy:
    """A tree: the instance, one for each scenario, their folder, and what searches share."""

    instance: Instance
    scenarios: Mapping[str, Instance]
    folder: Path
    room: SearchRoom


def default_executor(options: Options, stop: Event) -> Executor:
    """One worker: in a process of its own, unless the search is asked to stay in this one."""
    from optimizer.study.processes import Processes

    return Processes(1) if options.isolated else Serial(stop)


def robust_of_many(asked: TreeStudy, form: Extensive, executor: Executor) -> Robust:
    """Plan for all scenarios. Raises NoDesignError if a scenario has no design or no plan serves all.

    A stop keeps the best plan so far, if there is one.
    """
    room, scenarios = asked.room, asked.scenarios
    budget, say = room.budget, room.follower.say
    searched = Question(gap=budget.gap, time_limit_s=budget.time_limit_s, seed=budget.seed, aim=SHARE)
    context = StudyContext(asked.folder, searched, versions=tuple(sorted(versions().items())))
    pool, finished = executor.open(solve_scenario, context), False
    try:
        tree = Tree(room=room, instances=scenarios, ask=answered_by(pool, room.follower.stop))
        say(f"each of {len(scenarios)} scenarios alone")
        alone = tree.answers(tree.tasks(question=replace(searched, aim=1.0)))
        likeliest = max(room.probability, key=lambda z: room.probability[z])
        best = {z: _outcome_of(z, record) for z, record in alone.items()}
        start = alone[likeliest]["stage"]
        after = tree.after(start, best[likeliest].lcoc)
        found = plan_of(tree, form, start, after, min(record["bound"] for record in alone.values()))
        finished = not room.stopping
    except TreeStopped:
        raise NoDesignError(STOPPED, "nothing is kept") from None
    except InputOutputError as problem:
        # Studies of many cells go on where they were; here there is nothing to go on from.
        raise InputOutputError(problem.message, "no plan was known yet: the same command begins anew") from problem
    finally:
        pool.close(at_once=not finished)
    status = Status.OPTIMAL if found.gap <= budget.gap else Status.FEASIBLE
    plan = plan_in(room, form, found.values, status, found.gap)
    say("the audit of every scenario's design")
    designs = {z: design_in(form, z, one, found.values) for z, one in scenarios.items()}
    together = expectation_of(best, room.probability)
    return Robust(
        instance=asked.instance,
        scenarios=scenarios,
        probability=room.probability,
        phases=room.phases,
        plan=plan,
        designs=designs,
        audits={z: check(scenarios[z], designs[z], asked.folder) for z in scenarios},
        problems=room.problems,
        single={likeliest: _followed(room, likeliest, start, after)},
        alone=best,
        informed_lcoc=min(plan.expected_lcoc, together),
        gap=budget.gap,
        interrupted=found.interrupted,
        seconds=found.seconds,
    )


def _outcome_of(scenario: str, record: Record) -> ScenarioOutcome:
    if "values" not in record:
        message = f"scenario {scenario} has no design of its own: the search ended {record['status']}"
        raise NoDesignError(message, f"optimizer explain says why; see scenario {scenario}")
    return ScenarioOutcome(record["cost_musd"], record["eflop"] * MILLION)


def _followed(room: SearchRoom, scenario: str, stage: Mapping[str, float], after: Mapping[str, Record]) -> RobustPlan:
    """The plan made for one scenario, followed into all of them."""
    outcomes = {
        z: ScenarioOutcome(record["cost_musd"], record["eflop"] * MILLION)
        if "values" in record
        else ScenarioOutcome(undecided=record["status"] != Status.INFEASIBLE.value)
        for z, record in after.items()
    }
    fails = any(outcome.lcoc == inf for outcome in outcomes.values())
    expected = inf if fails else expectation_of(outcomes, room.probability)
    return RobustPlan(name=scenario, stage=stage, outcomes=outcomes, expected_lcoc=expected, status=Status.OPTIMAL)
