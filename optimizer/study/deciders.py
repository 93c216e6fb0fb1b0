"""Which estimate decides: how far each graded input moves the cost, and whether the plan would be another.

First on the design as it is: the audit's own books at either end of an input's range, so a swing is exact and costs no
search. Then the question is solved again for the estimates that may turn it, the widest first, each alone and then
together; where the plan turns, the value or a smallest set is sought. docs/model.md 15.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from optimizer.analysis.data_quality import ORDER, data_quality, grade_of
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result, check, settings
from optimizer.reading.layers import Origin
from optimizer.solve.outcome import Hooks
from optimizer.study.baselines import Deadline
from optimizer.study.candidates import DOUBTFUL, LIFE, SPREADS, Swing, good_part, worth_solving
from optimizer.study.fleet_estimates import ends_of, estimated_paths
from optimizer.study.input_values import TARIFF, value_at, with_value
from optimizer.study.search_settings import SearchSettings
from optimizer.study.trials import Candidate, Joint, Trial, TrialSolver

MOST_INPUTS = 12
"""Inputs that payments follow; more only where one's whole range moves the cost by the gap of what is solved again."""
ALONE_FRACTION = 0.25
"""Of the time, at most, for one alone: a hard one does not take the time of the others."""
SINGLY_FRACTION = 0.7
"""Of the time, at most, for all of them each alone: the rest is for several at once and for the value that turns."""


@dataclass(frozen=True, kw_only=True)
class Deciders:
    """Swings, widest first; and what was solved again within the time."""

    swings: tuple[Swing, ...]
    turns: tuple[Trial, ...]
    gap: float
    """Of what was solved again."""
    within_s: float
    left_out: int = 0
    """Estimates that were worth solving again and that the time did not reach."""
    together: Joint | None = None
    """Those that were not seen to turn the plan alone, at once; the smallest part of them that then turns it."""

    @property
    def decisive(self) -> tuple[Trial, ...]:
        """The estimates that turn the plan."""
        return tuple(turn for turn in self.turns if turn.turns)


def deciders(
    base: Result, origins: Mapping[str, Origin], search: SearchSettings, within_s: float, gap: float
) -> Deciders | None:
    """Swings of the design's inputs, and trials of the widest that are estimates, in `within_s` seconds of search.

    None without a verified design, without recorded origins, and for another objective than the levelised cost; a
    design that delivers nothing has no swings.
    """
    goal, target_gap, _, _ = settings(base.problem.instance, search.options)
    if goal.id != "lcoc" or not base.verified or not origins:
        return None
    until_s = time.monotonic() + within_s
    gap = max(gap, target_gap)
    ranked = swings(base, origins, search, gap)
    hooks = search.hooks or Hooks()
    hooks = replace(hooks, stop=Deadline(until_s, hooks.stop), on_progress=None)
    trial = TrialSolver(base, replace(search, hooks=hooks), until_s, gap)
    candidates = worth_solving(base, ranked, origins, gap)
    tried = _singly(trial, candidates, within_s)
    turns = [turn for turn in tried.values() if turn is not None]
    together = _together(trial, tried)
    return Deciders(
        swings=ranked,
        turns=tuple(map(trial.bracketed, turns)),
        gap=gap,
        within_s=within_s,
        left_out=_left_out(tried, together),
        together=together,
    )


def _singly(trial: TrialSolver, candidates: tuple[Candidate, ...], within_s: float) -> dict[Candidate, Trial | None]:
    """Each alone, as far as its part of the time goes; None for what that did not reach."""
    until_s = time.monotonic() + SINGLY_FRACTION * within_s
    tried: dict[Candidate, Trial | None] = {}
    for candidate in candidates:
        most_s = min(ALONE_FRACTION * within_s, until_s - time.monotonic())
        tried[candidate] = trial.turn(candidate, most_s)
    return tried


def _left_out(tried: Mapping[Candidate, Trial | None], together: Joint | None) -> int:
    """Of what the time did not reach, those that were not seen to stand with others at once either."""
    stood = set(together.candidates) if together and not together.turns else set()
    return sum(turn is None and candidate not in stood for candidate, turn in tried.items())


def _together(trial: TrialSolver, tried: Mapping[Candidate, Trial | None]) -> Joint | None:
    """All of accelerators that did not turn the plan alone, at once; a smallest set of them if they turn it then."""
    of_chips = {one: turn for one, turn in tried.items() if one.accelerator}
    rest = [candidate for candidate, turn in of_chips.items() if turn is None or not turn.turns]
    joint = trial.together(rest)
    if joint is None or not joint.turns or any(tried[candidate] is None for candidate in rest):
        return joint
    return trial.smallest(joint)


def swings(base: Result, origins: Mapping[str, Origin], search: SearchSettings, gap: float) -> tuple[Swing, ...]:
    """Swings of what accelerators are estimated at, and of the inputs most money follows; widest first."""
    assert base.design is not None
    instance, folder = base.problem.instance, base.problem.folder
    design = base.design.model_copy(update={"reported": None, "solve": None})
    today = check(instance, design, folder).lcoc_usd_per_eflop
    rows = []
    for path, grade in _inputs(base, origins, gap):
        if search.stopping:
            break
        value = value_at(instance, path)
        if value is None or not today:
            continue
        ends = ends_of(path, value, SPREADS[grade])
        if ends[0] == ends[1]:
            continue
        changes = [
            check(with_value(instance, path, end), design, folder).lcoc_usd_per_eflop / today - 1 for end in ends
        ]
        rows.append(
            Swing(path=path, grade=grade, value=value, low=ends[0], high=ends[1], at_low=changes[0], at_high=changes[1])
        )
    return tuple(sorted(rows, key=lambda swing: -swing.width))


def _inputs(base: Result, origins: Mapping[str, Origin], gap: float) -> Iterator[tuple[str, str]]:
    """Paths of numbers worth looking at, with their grades."""
    instance = base.problem.instance
    paths = dict.fromkeys(_at_work(instance, base.decisions))
    chips = good_part(base)
    estimated = (path for chip in chips for path in estimated_paths(instance, chip) if not path.endswith(LIFE))
    paths |= dict.fromkeys(path for path in estimated if grade_of(path, origins) in DOUBTFUL)
    quality = data_quality(base, origins)
    tariffs, seen = [], 0
    for estimate in quality.estimates if quality else ():
        if estimate.path.startswith("tariffs."):
            tariffs.append(estimate.grade)
        for path in _numbers(base, estimate.path):
            seen += 1
            if seen <= MOST_INPUTS or SPREADS[estimate.grade] * estimate.fraction >= gap:
                paths[path] = None
    for path in paths:
        yield path, grade_of(path, origins)
    if tariffs:
        yield TARIFF, min(tariffs, key=ORDER.index)


def _numbers(base: Result, path: str) -> list[str]:
    """The numbers that payments of a path follow: itself, or what a rack costs in each cooling that is bought."""
    cooled = dict.fromkeys(row.cooling for row in base.decisions.deliveries)
    paths = [f"coolings.{c}.usd_per_rack" for c in cooled] if path == "coolings" else [path]
    return [each for each in paths if not each.startswith("tariffs.") and value_at(base.problem.instance, each)]


def _at_work(instance: Instance, made: Decisions) -> Iterator[str]:
    """Utilisations that the design's work stands on."""
    for row in made.assignments:
        kind = instance.workloads[row.workload].workload_class
        if kind in instance.accelerators[row.accelerator].utilisation:
            yield f"accelerators.{row.accelerator}.utilisation.{kind}"
