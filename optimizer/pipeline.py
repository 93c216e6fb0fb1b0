"""The pipeline: read -> derive -> build -> solve -> read back -> audit -> measure.

`plan` stops before the search; `run` goes to the end. Nothing here prints, exits or writes files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from optimizer.inputs.design import Decisions, Design, Entry, Reported, SolveFacts, Status
from optimizer.inputs.schema import Instance, Objective
from optimizer.model.derive import Problem, derive
from optimizer.model.figures import Figures, objective_value
from optimizer.model.kpis import measure
from optimizer.model.objectives import GOALS, Goal

if TYPE_CHECKING:
    from optimizer.audit.audit import AuditReport
    from optimizer.model.build import Built
    from optimizer.solve.bound_transfer import ProvenBound
    from optimizer.solve.compiled import Compiled
    from optimizer.solve.outcome import Hooks, LinearForm, Size, Vector
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
    restrict: Callable[[Built], None] | None = None
    """Adds further restrictions to the model once it is built: a study's own, never the planner's."""
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


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came out. `design` is None if there is none; it is rejected if `audit` did not pass."""

    problem: Problem
    status: Status
    design: Design | None
    audit: AuditReport | None
    size: Size
    steps: tuple[dict[str, float], ...]
    """One row per ratio step: lambda, incumbent, bound, seconds."""
    seconds: dict[str, float]
    message: str = ""
    bound: float = float("-inf")
    solution: Mapping[str, float] | None = None
    """The design by the names of the model's variables: where a solve of a like instance may start."""
    split: Mapping[str, float] = field(default_factory=dict)
    """Of a decomposition: seconds in the master and in year programmes, and how many cuts and programmes."""
    relaxation_feasible: bool | None = None
    """Of an infeasible instance: whether fractions of pods and units would do. None if not known."""
    searched: bool = True
    """False if bounds proven of neighbours proved the design, without a search of its own."""
    proven_bound: ProvenBound | None = None
    """What a search has proven, for neighbours; None without a proof to the asked gap."""

    @property
    def verified(self) -> bool:
        """Whether there is a design and the audit accepts it."""
        return self.design is not None and self.audit is not None and self.audit.passed


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


def run(
    instance: Instance, folder: Path, options: Options | None = None, hooks: Hooks | None = None, sha256: str = ""
) -> Result:
    """Solve an instance. `folder` resolves its series; `sha256` identifies the resolved instance in the design."""
    from optimizer.solve.input_keys import errors_by_key
    from optimizer.solve.search import search

    options = options or Options()
    if options.hours is not None:
        solve = instance.solve.model_copy(update={"hours": options.hours})
        instance = Instance.model_validate(instance.model_dump() | {"solve": solve.model_dump()})
    watch = Stopwatch()
    problem = derive(instance, folder)
    watch.lap("derive")
    with errors_by_key(instance):
        prepared = _ask(problem, options, watch)
        outcome = _denied(prepared, options) or search(prepared.compiled, prepared.goal, prepared.budget, hooks)
    watch.lap("solve")
    empty = Result(
        problem=problem,
        status=outcome.status if outcome.x is None else Status.NO_SOLUTION,
        design=None,
        audit=None,
        size=prepared.size,
        steps=outcome.steps,
        seconds=watch.seconds,
        message=outcome.message,
        bound=outcome.bound,
        split=outcome.split,
        relaxation_feasible=outcome.relaxation_feasible,
        searched=outcome.searched,
        proven_bound=_proven_bound(prepared, outcome) if options.keep_proof else None,
    )
    if outcome.x is None or not isfinite(outcome.bound):
        # A start that was handed in is no answer if the search was stopped before it proved anything of it.
        return empty
    solution = prepared.compiled.values_by_name(outcome.x)
    design = _read_back(prepared, solution, outcome, sha256)
    watch.lap("read back")
    report = check(instance, design, folder)
    watch.lap("audit")
    return replace(
        empty,
        status=outcome.status,
        design=design,
        audit=report,
        solution=solution,
        relaxation_feasible=None,
    )


@dataclass(frozen=True, kw_only=True)
class _PreparedSearch:
    """A question put into arrays."""

    built: Built
    compiled: Compiled
    size: Size
    goal: Goal
    budget: Budget
    programmes: Mapping[str, Parametric]
    method: str


def _ask(problem: Problem, options: Options, watch: Stopwatch) -> _PreparedSearch:
    from optimizer.model.build import build
    from optimizer.solve.search import Budget, compile_built
    from optimizer.solve.years import programmes, years_of

    goal, gap, time_limit_s, seed = settings(problem.instance, options)
    dispatches = any(year.flexible is not None for year in problem.years.values())
    method = options.method if dispatches else "single"
    built = build(problem, goal.id, hours=method == "monolithic")
    if options.restrict is not None:
        options.restrict(built)
    watch.lap("build")
    compiled, size = compile_built(built)
    by_digest = programmes(built)
    watch.lap("compile")
    years = years_of(built, compiled, by_digest) if method == "decomposition" else None
    start = None
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
        threads=threads_in_force(problem.instance, options),
    )
    if options.proven_bounds and years is None:
        budget = replace(budget, known=_known(compiled, options), proofs=_proofs(compiled, options))
    if options.gap_share is not None:
        budget = replace(budget, share=options.gap_share)
    return _PreparedSearch(
        built=built, compiled=compiled, size=size, goal=goal, budget=budget, programmes=by_digest, method=method
    )


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


def _denied(prepared: _PreparedSearch, options: Options) -> SearchOutcome | None:
    """No design, without a search: a neighbour that holds all of this problem's designs is proven to have none."""
    from optimizer.solve.search import denied_by_proof

    if prepared.budget.years is not None:
        return None
    denials = [proven_bound for proven_bound in options.proven_bounds if proven_bound.denies]
    return denied_by_proof() if any(proven_bound.holds_for(prepared.compiled) for proven_bound in denials) else None


def _proven_bound(prepared: _PreparedSearch, outcome: SearchOutcome) -> ProvenBound | None:
    """What the search proved, over the forms it sought; None for a bound that neighbours or cuts have a part in."""
    from optimizer.solve.bound_transfer import one, proven_bound_of

    proven = outcome.status in (Status.OPTIMAL, Status.INFEASIBLE)
    if not outcome.searched or not proven or prepared.budget.years is not None:
        return None
    compiled, goal = prepared.compiled, prepared.goal
    if outcome.status is Status.INFEASIBLE:
        return proven_bound_of(compiled, (one(compiled), one(compiled)), inf)
    if goal.id == "lcoc":
        return proven_bound_of(compiled, (compiled.forms[goal.form], compiled.forms["eflop"]), outcome.bound)
    return proven_bound_of(
        compiled, (compiled.forms[goal.form], one(compiled)), outcome.bound / (goal.sign * goal.scale)
    )


def _read_back(prepared: _PreparedSearch, values: dict[str, float], outcome: SearchOutcome, sha256: str) -> Design:
    from optimizer.model.readback import final_capacities, load_values, read_decisions, read_ledger
    from optimizer.solve.years import operate

    built = prepared.built
    instance = built.problem.instance
    load_values(built, values)
    shapes = built.model.operations.shapes
    isolated = prepared.budget.isolated and bool(shapes)
    operated = operate(shapes, final_capacities(built), prepared.programmes, isolated)
    decisions = read_decisions(built, operated)
    reported = report_of(built.problem, decisions, read_ledger(built, decisions))
    value = objective_value(Figures(built.problem, decisions, reported.ledger), prepared.goal.id)
    facts = SolveFacts(
        status=outcome.status.value,
        objective=prepared.goal.id,
        value=value,
        bound=outcome.bound,
        gap=abs(value - outcome.bound) / max(abs(value), 1e-9),
        gap_asked=prepared.budget.gap,
        seconds=outcome.seconds,
        iterations=len(outcome.steps),
        interrupted=outcome.interrupted,
        method=prepared.method,
        hours=instance.solve.hours,
    )
    return Design(
        instance=instance.name,
        instance_sha256=sha256,
        planning_date=instance.planning_date,
        decisions=decisions,
        reported=reported,
        solve=facts,
    )


def report_of(problem: Problem, decisions: Decisions, entries: tuple[Entry, ...]) -> Reported:
    """Totals and key figures over the ledger."""
    figures = Figures(problem, decisions, entries)
    kpis = measure(problem, decisions, entries)
    return Reported(
        lcoc_usd_per_eflop=kpis["lcoc_usd_per_eflop"],
        npv_cost_musd=figures.npv_cost_musd(),
        npv_eflop=figures.npv_eflop(),
        kpis=kpis,
        ledger=entries,
    )


def check(instance: Instance, design: Design, folder: Path, sha256: str | None = None) -> AuditReport:
    """The independent audit of a design; with the `sha256` of the instance, whether the design answers that one."""
    from optimizer.audit.audit import audit

    return audit(instance, design, folder, sha256)
