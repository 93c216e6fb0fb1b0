"""The pipeline: read -> derive -> build -> solve -> read back -> audit -> measure.

`plan` stops before the search; `run` goes to the end. Nothing here prints, exits or writes files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.inputs.design import Decisions, Design, Entry, Reported, SolveFacts, Status
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem, derive
from optimizer.model.figures import Figures, objective_value
from optimizer.model.kpis import measure
from optimizer.preparation import (
    Method,
    Options,
    Preparation,
    Prepared,
    SharedPreparation,
    Stopwatch,
    denied,
    proven_bound_from,
    settings,
    threads_in_force,
)

if TYPE_CHECKING:
    from optimizer.audit.audit import AuditReport
    from optimizer.solve.bill_cuts import Cuts
    from optimizer.solve.bound_transfer import ProvenBound
    from optimizer.solve.outcome import Hooks, Size
    from optimizer.solve.search import SearchOutcome

__all__ = [
    "Method", "Options", "Result", "Stopwatch", "check", "report_of", "run", "run_again", "settings",
    "threads_in_force",
]  # fmt: skip


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
    cuts: Cuts = field(default_factory=dict)
    """Of a decomposition: cuts of the years' bills, for neighbours."""
    preparation: SharedPreparation | None = None
    """The model, if it was to be kept."""

    @property
    def verified(self) -> bool:
        """Whether there is a design and the audit accepts it."""
        return self.design is not None and self.audit is not None and self.audit.passed

    @property
    def decisions(self) -> Decisions:
        """What the design decides; only to be asked of a result with a design."""
        assert self.design is not None
        return self.design.decisions

    @property
    def reported(self) -> Reported:
        """The figures and the ledger of the design; only to be asked of a result that reports them."""
        assert self.design is not None
        assert self.design.reported is not None
        return self.design.reported

    @property
    def solve_facts(self) -> SolveFacts:
        """How the design was searched for; only to be asked of a result whose design a search made."""
        assert self.design is not None
        assert self.design.solve is not None
        return self.design.solve


def run(
    instance: Instance, folder: Path, options: Options | None = None, hooks: Hooks | None = None, sha256: str = ""
) -> Result:
    """Solve an instance. `folder` resolves its series; `sha256` identifies the resolved instance in the design."""
    options = options or Options()
    if options.hours is not None:
        solve = instance.solve.model_copy(update={"hours": options.hours})
        instance = Instance.model_validate(instance.model_dump() | {"solve": solve.model_dump()})
    watch = Stopwatch()
    problem = derive(instance, folder)
    watch.lap("derive")
    keep = options.keep_model and options.restrict is None
    preparation = SharedPreparation(problem) if keep else Preparation(problem)
    result = _answered(preparation, options, hooks, watch, sha256)
    return replace(result, preparation=preparation) if isinstance(preparation, SharedPreparation) else result


def run_again(preparation: Preparation, options: Options, hooks: Hooks | None = None, sha256: str = "") -> Result:
    """As `run`, of a problem that is derived already."""
    return _answered(preparation, options, hooks, Stopwatch(), sha256)


def _answered(preparation: Preparation, options: Options, hooks: Hooks | None, watch: Stopwatch, sha256: str) -> Result:
    from optimizer.solve.input_keys import errors_by_key
    from optimizer.solve.search import search

    problem = preparation.problem
    with errors_by_key(problem.instance):
        prepared = preparation.prepared(options, watch)
        outcome = denied(prepared, options) or search(prepared.model.compiled, prepared.goal, prepared.budget, hooks)
    watch.lap("solve")
    empty = Result(
        problem=problem,
        status=outcome.status if outcome.x is None else Status.NO_SOLUTION,
        design=None,
        audit=None,
        size=prepared.model.size,
        steps=outcome.steps,
        seconds=watch.seconds,
        message=outcome.message,
        bound=outcome.bound,
        split=outcome.split,
        cuts=outcome.cuts,
        relaxation_feasible=outcome.relaxation_feasible,
        searched=outcome.searched,
        proven_bound=proven_bound_from(prepared, outcome) if options.keep_proof else None,
    )
    if outcome.x is None or not isfinite(outcome.bound):
        # A start that was handed in is no answer if the search was stopped before it proved anything of it.
        return empty
    solution = prepared.model.compiled.values_by_name(outcome.x)
    design = _read_back(prepared, solution, outcome, sha256)
    watch.lap("read back")
    report = check(problem.instance, design, problem.folder)
    watch.lap("audit")
    return replace(
        empty,
        status=outcome.status,
        design=design,
        audit=report,
        solution=solution,
        relaxation_feasible=None,
    )


def _read_back(prepared: Prepared, values: dict[str, float], outcome: SearchOutcome, sha256: str) -> Design:
    from optimizer.model.readback import final_capacities, load_values, read_decisions, read_ledger
    from optimizer.solve.years import operate

    built = prepared.model.built
    instance = built.problem.instance
    load_values(built, values)
    shapes = built.model.operations.shapes
    isolated = prepared.budget.isolated and bool(shapes)
    operated = operate(shapes, final_capacities(built), prepared.model.programmes, isolated)
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
        method=prepared.model.method,
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
