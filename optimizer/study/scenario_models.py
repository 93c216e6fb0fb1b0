"""The models of a tree's scenarios, side by side or alone: built, searched and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from threading import Event
from typing import Literal

from optimizer.inputs.design import Design, Status
from optimizer.inputs.quantity import MILLION
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem, derive
from optimizer.model.objectives import GOALS
from optimizer.model.readback import final_capacities, load_values, read_decisions, read_ledger
from optimizer.pipeline import Options, report_of, settings, threads_in_force
from optimizer.solve.compiled import Compiled
from optimizer.solve.input_keys import errors_by_key
from optimizer.solve.outcome import Hooks
from optimizer.solve.parametric import Parametric
from optimizer.solve.search import Budget, SearchOutcome, compile_built, search
from optimizer.solve.years import operate, years_within
from optimizer.study.extensive_form import Extensive, FirstStage, Tail, extensive
from optimizer.study.robust_plan import RobustPlan, ScenarioOutcome
from optimizer.study.scenarios import branches, shared_phases, uncertainty_of

Link = Literal["shared", "fixed", "none"]
"""Whether the first stage is one for all scenarios, is given, or is every scenario's own."""


@dataclass(frozen=True, kw_only=True)
class Follower:
    """Who follows the search for a plan: hears its steps, may stop it, and is told once there is a plan to keep."""

    say: Callable[[str], None] = lambda _: None
    stop: Event = field(default_factory=Event)
    keeps: Callable[[], None] = lambda: None
    """Called when a plan for all scenarios is known: whoever stops the search then waits until it is audited."""


@dataclass(kw_only=True)
class SearchRoom:
    """What every search of a study shares."""

    budget: Budget
    problems: dict[str, Problem]
    probability: dict[str, float]
    phases: tuple[str, ...]
    tail: Tail
    branches: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    programmes: dict[str, Parametric] = field(default_factory=dict)
    """Of the years that dispatch, compiled once; their cuts hold in every scenario whose year is the same."""
    follower: Follower = field(default_factory=Follower)

    @property
    def hooks(self) -> Hooks:
        """Those of every search in this process."""
        return Hooks(stop=self.follower.stop)

    @property
    def stopping(self) -> bool:
        """Whether the search was asked to stop."""
        return self.follower.stop.is_set()

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


def room_of(
    instance: Instance,
    scenarios: Mapping[str, Instance],
    folder: Path,
    options: Options,
    follower: Follower | None = None,
) -> SearchRoom:
    """What every search over the scenarios of an instance has in common."""
    tree = uncertainty_of(instance)
    return SearchRoom(
        budget=_budget(instance, options),
        problems={z: derive(one, folder) for z, one in scenarios.items()},
        probability={z: future.probability for z, future in tree.scenarios.items()},
        phases=shared_phases(instance),
        tail=Tail(tree.cvar_weight, tree.cvar_level),
        branches=branches(instance),
        follower=follower or Follower(),
    )


def _budget(instance: Instance, options: Options) -> Budget:
    _, gap, limit_s, seed = settings(instance, options)
    threads = threads_in_force(instance, options)
    return Budget(gap=gap, time_limit_s=limit_s, seed=seed, isolated=options.isolated, threads=threads)


def search_form(
    form: Extensive,
    budget: Budget,
    goal: str,
    start: Mapping[str, float] | None = None,
    hooks: Hooks | None = None,
) -> tuple[SearchOutcome, Compiled]:
    """The best for a goal over scenarios side by side, from a start if one is known, and the arrays searched."""
    from optimizer.model.build import Built

    first = next(iter(form.builts.values()))
    compiled, _ = compile_built(Built(first.problem, form.model, first.ledger, form.forms))
    budget = replace(budget, years=years_within(form.builts.values(), compiled, form.programmes))
    if start:
        vector = compiled.vector_from_names({name: start.get(name, 0.0) for name in compiled.column_names})
        budget = replace(budget, start=vector)
    with errors_by_key(first.problem.instance):
        return search(compiled, GOALS[goal], budget, hooks), compiled


def expectation_of(outcomes: Mapping[str, ScenarioOutcome], probability: Mapping[str, float]) -> float:
    """Expected cost over expected compute, USD per EFLOP; infinite where a scenario has no way on."""
    cost = sum(probability[z] * outcome.cost_musd for z, outcome in outcomes.items())
    eflop = sum(probability[z] * outcome.eflop for z, outcome in outcomes.items())
    return cost * MILLION / eflop if eflop > 0 else inf


def outcome_in(form: Extensive, scenario: str, values: Mapping[str, float]) -> ScenarioOutcome:
    """Cost and compute of one scenario at a solution, by its own forms."""
    from pyomo.core import value

    built = form.builts[scenario]
    load_values(built, dict(values))
    return ScenarioOutcome(float(value(built.forms["cost"])), float(value(built.forms["eflop"])) * MILLION)


def stage_in(form: Extensive, scenario: str, values: Mapping[str, float]) -> dict[str, float]:
    """Decisions before the reveal, by block, variable and index."""
    columns = form.shared[scenario] | form.committed
    return {key: values.get(data.name, 0.0) for key, data in columns.items()}


def plan_in(room: SearchRoom, form: Extensive, values: Mapping[str, float], status: Status, gap: float) -> RobustPlan:
    """The plan for all scenarios, by the values of its variables."""
    scenarios = tuple(room.problems)
    outcomes = {z: outcome_in(form, z, values) for z in scenarios}
    return RobustPlan(
        name="robust",
        stage=stage_in(form, scenarios[0], values),
        outcomes=outcomes,
        expected_lcoc=expectation_of(outcomes, room.probability),
        status=status,
        gap=gap,
    )


def design_in(form: Extensive, scenario: str, instance: Instance, values: Mapping[str, float]) -> Design:
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
