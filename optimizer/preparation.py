"""A problem put into arrays: the options of a search, the model built and compiled, and what neighbours have proven.

A model is built once for as many searches as ask of it: they may differ in gap, time, seed, in a form sought that
takes no other model, and in bounds of its variables.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Literal

from optimizer.inputs.design import Status
from optimizer.inputs.schema import Instance, Objective
from optimizer.model.derive import Problem
from optimizer.model.objectives import GOALS, Goal, yearly

if TYPE_CHECKING:
    from optimizer.model.build import Built
    from optimizer.solve.bill_cuts import Cuts
    from optimizer.solve.bound_transfer import ProvenBound
    from optimizer.solve.compiled import Compiled
    from optimizer.solve.outcome import LinearForm, Size, Vector
    from optimizer.solve.parametric import Parametric
    from optimizer.solve.search import Budget, SearchOutcome

Method = Literal["decomposition", "monolithic"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to search. None takes the instance's own setting."""

    objective: Objective | None = None
    gap: float | None = None
    time_limit_s: float | None = None
    seed: int | None = None
    threads: int | None = None
    presolve: bool = True
    isolated: bool = True
    """Search in a child process, so that a crash of the solver cannot take the plan with it."""
    start: Mapping[str, float] | None = None
    """A known design to start from, by the names of the model's variables; dropped if it does not hold."""
    gap_share: float | None = None
    """Part of the gap one step of the ratio's search may leave open, below 1; None: the cautious default."""
    proven_bounds: tuple[ProvenBound, ...] = ()
    """What was proven of neighbours: taken for what it is worth, which may be nothing, or all of the proof."""
    keep_proof: bool = False
    """Whether what is proven is kept for neighbours, as `Result.proven_bound`."""
    known_cuts: Cuts = field(default_factory=dict)
    """Cuts of years' bills that another search found, for the programmes that are the same here."""
    restrict: Callable[[Built], None] | None = None
    """Adds further restrictions to the model once it is built: a study's own, never the planner's."""
    keep_model: bool = False
    """Whether to hand on the model, as `Result.preparation`, to a study that asks of it again under other bounds."""
    method: Method = "decomposition"
    """How sites that dispatch are solved; where none does, there is one model and no choice."""
    hours: int | None = None
    """Hours of the year to look at; fewer than 8,760 are for teaching and tests."""


@dataclass
class Stopwatch:
    """Seconds spent in each step."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    def lap(self, step: str) -> None:
        """Book the time since the last lap."""
        now = time.monotonic()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._since
        self._since = now


def settings(instance: Instance, options: Options) -> tuple[Goal, float, float, int]:
    """Objective, gap, time limit in seconds and seed in force."""
    given = instance.solve
    return (
        GOALS[options.objective or given.objective],
        given.gap if options.gap is None else options.gap,
        given.time_limit_s if options.time_limit_s is None else options.time_limit_s,
        given.seed if options.seed is None else options.seed,
    )


def threads_in_force(instance: Instance, options: Options) -> int:
    """How many branches are searched at a time."""
    return instance.solve.threads if options.threads is None else options.threads


@dataclass(frozen=True, kw_only=True)
class CompiledModel:
    """A model as it was built, and as arrays."""

    built: Built
    compiled: Compiled
    size: Size
    programmes: Mapping[str, Parametric]
    method: str


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A model, what is sought on it, and the budget of the search."""

    model: CompiledModel
    goal: Goal
    budget: Budget


class Preparation:
    """A problem that is asked about once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def prepared(self, options: Options, watch: Stopwatch) -> Prepared:
        """The question with these options, put into arrays."""
        goal = settings(self.problem.instance, options)[0]
        model = self._model(options, goal, watch)
        budget = _budget(self.problem.instance, model, options)
        watch.lap("compile")
        return Prepared(model=model, goal=goal, budget=budget)

    def _model(self, options: Options, goal: Goal, watch: Stopwatch) -> CompiledModel:
        from optimizer.model.build import build

        method = self._method(options)
        built = build(self.problem, goal.id, hours=method == "monolithic")
        if options.restrict is not None:
            options.restrict(built)
        watch.lap("build")
        return _compiled(built, method)

    def _method(self, options: Options) -> str:
        return options.method if self._dispatches else "single"

    @property
    def _dispatches(self) -> bool:
        return any(year.flexible is not None for year in self.problem.years.values())


class SharedPreparation(Preparation):
    """A problem that is asked about again and again: its models are kept, and restrictions change bounds alone."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._models: dict[tuple[object, ...], CompiledModel] = {}

    def _model(self, options: Options, goal: Goal, watch: Stopwatch) -> CompiledModel:
        amounts = yearly(self.problem.instance, goal.id) if self._dispatches else ()
        key = (self._method(options), amounts, goal.id == "simplicity")
        if key not in self._models:
            self._models[key] = super()._model(replace(options, restrict=None), goal, watch)
        return _rebounded(self._models[key], options.restrict)

    def forget(self) -> None:
        """Let the models go; one that is asked for again is built anew."""
        self._models.clear()


def _compiled(built: Built, method: str) -> CompiledModel:
    from optimizer.solve.search import compile_built
    from optimizer.solve.years import programmes

    compiled, size = compile_built(built)
    return CompiledModel(built=built, compiled=compiled, size=size, programmes=programmes(built), method=method)


def _rebounded(model: CompiledModel, restrict: Callable[[Built], None] | None) -> CompiledModel:
    """The model with the bounds that a restriction leaves; the one it was built from stays as it was."""
    from optimizer.solve.search import rebounded

    if restrict is None:
        return model
    compiled, size = rebounded(model.compiled, model.built, restrict)
    return replace(model, compiled=compiled, size=size)


def _budget(instance: Instance, model: CompiledModel, options: Options) -> Budget:
    from optimizer.solve.search import Budget
    from optimizer.solve.years import years_of

    compiled, start = model.compiled, None
    _, gap, time_limit_s, seed = settings(instance, options)
    years = None
    if model.method == "decomposition":
        years = replace(years_of(model.built, compiled, dict(model.programmes)), cuts=options.known_cuts)
    if options.start is not None:
        start = compiled.vector_from_names({name: options.start.get(name, 0.0) for name in compiled.column_names})
    budget = Budget(
        gap=gap,
        time_limit_s=time_limit_s,
        seed=seed,
        presolve=options.presolve,
        isolated=options.isolated,
        start=start,
        years=years,
        threads=threads_in_force(instance, options),
    )
    if options.proven_bounds and years is None:
        budget = replace(budget, known=_known(compiled, options), proofs=_proofs(compiled, options))
    return budget if options.gap_share is None else replace(budget, share=options.gap_share)


def _known(compiled: Compiled, options: Options) -> tuple[Vector, ...]:
    """The neighbours' designs, as far as they have a name here."""
    starts = [proven_bound.start for proven_bound in options.proven_bounds if proven_bound.start]
    return tuple(
        compiled.vector_from_names({name: start.get(name, 0.0) for name in compiled.column_names}) for start in starts
    )


def _proofs(compiled: Compiled, options: Options) -> tuple[LinearForm, ...]:
    """What is proven of problems that hold all of this one's designs."""
    bounds = [proven_bound for proven_bound in options.proven_bounds if not proven_bound.denies]
    return tuple(proven_bound.row() for proven_bound in bounds if proven_bound.holds_for(compiled))


def denied(prepared: Prepared, options: Options) -> SearchOutcome | None:
    """No design, without a search: a neighbour that holds all of this problem's designs is proven to have none."""
    from optimizer.solve.search import denied_by_proof

    if prepared.budget.years is not None:
        return None
    denials = [proven_bound for proven_bound in options.proven_bounds if proven_bound.denies]
    return (
        denied_by_proof() if any(proven_bound.holds_for(prepared.model.compiled) for proven_bound in denials) else None
    )


def proven_bound_from(prepared: Prepared, outcome: SearchOutcome) -> ProvenBound | None:
    """What the search proved, over the forms it sought; None for a bound that neighbours or cuts have a part in."""
    from optimizer.solve.bound_transfer import one, proven_bound_of

    proven = outcome.status in (Status.OPTIMAL, Status.INFEASIBLE)
    if not outcome.searched or not proven or prepared.budget.years is not None:
        return None
    compiled, goal = prepared.model.compiled, prepared.goal
    if outcome.status is Status.INFEASIBLE:
        return proven_bound_of(compiled, (one(compiled), one(compiled)), inf)
    if goal.id == "lcoc":
        return proven_bound_of(compiled, (compiled.forms[goal.form], compiled.forms["eflop"]), outcome.bound)
    return proven_bound_of(
        compiled, (compiled.forms[goal.form], one(compiled)), outcome.bound / (goal.sign * goal.scale)
    )
