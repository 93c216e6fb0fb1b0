"""Studies of one design: the design to start from, each study, and the folder of the results."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from optimizer.errors import (
    InfeasibleError,
    NoDesignError,
    OptimizerError,
    UnsoundError,
    UsageError,
    VerificationError,
)
from optimizer.reading.layers import Origin
from optimizer.runs.folder import RunLocation, open_run, run_name

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance
    from optimizer.pipeline import Result
    from optimizer.reading.read import Reading
    from optimizer.report.alternatives import Choices
    from optimizer.report.baselines import Plans
    from optimizer.report.studies import Studies
    from optimizer.study.baselines import Baseline
    from optimizer.study.deciders import Deciders
    from optimizer.study.entry_price import EntryPrice
    from optimizer.study.marginal import Marginal
    from optimizer.study.pools import Executor
    from optimizer.study.search_settings import SearchSettings
    from optimizer.study.steps import Steps

Note: TypeAlias = Callable[[str], None]
QUICK_S = 25.0
"""Seconds that the baselines of every design have together."""
QUICK_GAP = 0.01
"""Gap they are searched to."""
DECIDERS_S = 35.0
"""Seconds that trials of the widest estimates have together."""
DECIDERS_GAP = 0.015
"""Gap they are searched to: beyond that of a root relaxation, so that one takes seconds and all can be tried."""


@dataclass(frozen=True)
class StudySelection:
    """Which studies of a design to make."""

    marginal: bool = False
    alternatives: bool = False
    baselines: bool = False
    entry: bool = False
    quick: bool = False
    """Simple plans in a few seconds, if they are not asked for in full."""

    def __bool__(self) -> bool:
        return self.marginal or self.alternatives or self.baselines or self.entry or self.compares_quickly

    @property
    def compares_quickly(self) -> bool:
        return self.quick and not self.baselines and QUICK_S > 0

    @property
    def only_quick(self) -> bool:
        """Whether nothing was asked for but what comes with every design."""
        return self.compares_quickly and not (self.marginal or self.alternatives or self.entry)


def base_design(reading: Reading, search: SearchSettings, note: Note) -> Result:
    """The design a study starts from. Raises what says why there is none."""
    note(f"designing {reading.instance.name}, to start from")
    from optimizer import pipeline

    result = pipeline.run(reading.instance, reading.folder, search.options, search.hooks, reading.sha256)
    if not result.verified:
        raise no_design(result)
    return result


def no_design(result: Result) -> OptimizerError:
    """Why there is no design to start from."""
    if result.design is not None:
        return VerificationError("the audit does not confirm the design to start from")
    if result.status.value == "infeasible":
        return InfeasibleError("no design can meet all requirements", help="optimizer explain INSTANCE says why")
    if result.status.value == "no_solution":
        return NoDesignError("a limit stopped the search before a design was found", "a larger --time-limit helps")
    return UnsoundError(result.message or f"the search ended {result.status.value}")


def studies(
    base: Result, selection: StudySelection, search: SearchSettings, note: Note, origins: Mapping[str, Origin]
) -> Studies:
    """Make the studies that were chosen. `origins` says where the values come from, by path."""
    from optimizer.report.studies import Studies

    quick = selection.compares_quickly
    found, decisive = _beside(base, search, note, origins) if quick else (_plans(base, search, note, selection), None)
    return Studies(
        marginals=_marginals(base, search, note) if selection.marginal else (),
        alternatives=_alternatives(base, search, note) if selection.alternatives else None,
        baselines=found,
        entries=entries(base, search, note, ("all",)) if selection.entry else (),
        deciders=decisive,
        stopped=search.stopping,
    )


def _marginals(base: Result, search: SearchSettings, note: Note) -> tuple[Marginal, ...]:
    from optimizer.study.marginal import levers, marginal
    from optimizer.study.steps import in_steps

    asked = levers(base.problem.instance)
    each = in_steps(
        asked,
        lambda lever: f"one step more and less: {lever.label}",
        lambda: search.stopping,
        _steps(base, asked, note),
    )
    return tuple(marginal(base, lever, search) for lever in each)


def _alternatives(base: Result, search: SearchSettings, note: Note) -> Choices:
    from optimizer.report.alternatives import choices
    from optimizer.study.alternatives import Wanted, alternatives

    return choices(alternatives(base, Wanted(), search, note))


def _plans(base: Result, search: SearchSettings, note: Note, selection: StudySelection) -> Plans | None:
    from optimizer.report.baselines import plans

    return plans(base, baselines(base, search, note)) if selection.baselines else None


def _beside(
    base: Result, search: SearchSettings, note: Note, origins: Mapping[str, Origin]
) -> tuple[Plans, Deciders | None]:
    """What comes with every design: a few baselines, and which estimate decides."""
    from optimizer.report.baselines import plans
    from optimizer.study.beside_design import beside
    from optimizer.study.deciders import Effort

    note(
        f"comparing with baselines: {QUICK_S:.0f} s at most, to {100 * QUICK_GAP:g} %; asking which estimate decides: "
        f"{DECIDERS_S:.0f} s at most (--no-baselines: neither)"
    )
    for_deciders = Effort(within_s=DECIDERS_S, gap=DECIDERS_GAP, executor=_workers(base, search))
    made = beside(base, origins, search, Effort(within_s=QUICK_S, gap=QUICK_GAP), for_deciders)
    return replace(plans(base, made.baselines), within_s=QUICK_S, gap=QUICK_GAP), made.deciders


def _workers(base: Result, search: SearchSettings) -> Executor | None:
    """As many as branches may be searched at a time, where there are processors for them; None: no other process."""
    from optimizer.preparation import threads_in_force
    from optimizer.study.processes import Processes

    if not search.options.isolated or multiprocessing.current_process().daemon:
        return None
    return Processes(min(threads_in_force(base.problem.instance, search.options), os.cpu_count() or 1))


def baselines(base: Result, search: SearchSettings, note: Note) -> list[Baseline]:
    """Every baseline."""
    from optimizer.preparation import SharedPreparation
    from optimizer.report.baselines import plan_obstacles
    from optimizer.study.baselines import baseline, explained
    from optimizer.study.plan_rules import rules
    from optimizer.study.steps import in_steps

    preparation = base.preparation or SharedPreparation(base.problem)
    search = replace(search, options=replace(search.options, known_cuts=base.cuts))
    sha256 = base.design.instance_sha256 if base.design else ""
    rows, asked = [], rules(base.problem)
    for rule in in_steps(asked, lambda rule: f"plan: {rule.name}", lambda: search.stopping, _steps(base, asked, note)):
        plan = baseline(preparation, rule, search, sha256)
        if plan.status.value == "infeasible" and rule.allowed and not plan_obstacles(base, plan):
            note(f"plan: {rule.name}, why it cannot be")
            plan = explained(base.problem, plan, search)
        rows.append(plan)
    preparation.forget()
    return rows


def entries(base: Result, search: SearchSettings, note: Note, wanted: tuple[str, ...]) -> tuple[EntryPrice, ...]:
    """Entry prices of the accelerators named; `all` are all that the procurement lists do not leave out."""
    from optimizer.study.entry_price import entry_price
    from optimizer.study.steps import in_steps

    names = _listed(base) if "all" in wanted else list(dict.fromkeys(wanted))
    each = in_steps(names, lambda name: f"break-even price: {name}", lambda: search.stopping, _steps(base, names, note))
    return tuple(entry_price(base, name, search) for name in each)


def _steps(base: Result, asked: Sequence[object], note: Note) -> Steps:
    """Steps of a study that holds everything against one design, told with its value."""
    from optimizer.study.steps import Steps, best_of

    steps = Steps(len(asked), note)
    steps.best = best_of(base)
    return steps


def check_chips(instance: Instance, wanted: tuple[str, ...]) -> None:
    """Refuse names that are no accelerators of the instance, before anything is solved."""
    unknown = [name for name in wanted if name != "all" and name not in instance.accelerators]
    if unknown:
        raise UsageError(f"no accelerator {', '.join(unknown)}", f"there are {', '.join(instance.accelerators)}")


def _listed(base: Result) -> list[str]:
    """Accelerators, those offered first; the planner's own lists have spoken about the rest."""
    left_out = {row.accelerator for row in base.problem.compute.exclusions if row.kind == "procurement list"}
    offered = {key[1] for key, pod in base.problem.compute.types.items() if pod.deliverable}
    names = [name for name in base.problem.instance.accelerators if name not in left_out]
    return sorted(names, key=lambda name: name not in offered)


def save(kind: str, reading: Reading, location: RunLocation, files: Mapping[str, str]) -> Path:
    """Write the results of a study to a folder of its own, with the instance they are about."""
    from optimizer.reading.resolved import to_toml
    from optimizer.runs.series import pack_series

    out = location.out or location.root / reading.instance.name / f"{kind}-{run_name()}"
    packed = pack_series(reading.instance, reading.folder)
    with open_run(replace(location, out=out)) as folder:
        folder.begin()
        for name, data in packed.files.items():
            folder.write(name, data)
        folder.write("instance.resolved.toml", to_toml(packed.instance))
        for name, content in files.items():
            folder.write(name, content)
        folder.seal()
        return folder.path
