"""Which estimate decides: how far each graded input moves the cost, and whether the plan would be another.

First on the design as it is: the audit's own books at either end of an input's range, so a swing is exact and costs no
search. Then, for the few estimates of accelerators that move most, the question is solved again at the unfavourable
end, each alone and then together; where the plan turns, the value or a smallest set is sought. docs/model.md 15.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest

from optimizer.analysis.data_quality import ORDER, UNGRADED, data_quality, grade_of
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.pipeline import Result, check, settings
from optimizer.reading.layers import Origin
from optimizer.solve.outcome import Hooks
from optimizer.study.baselines import Deadline
from optimizer.study.input_values import TARIFF, value_at, with_value
from optimizer.study.plan_rules import cheapest_first
from optimizer.study.search_settings import SearchSettings
from optimizer.study.trials import Candidate, Joint, Trial, TrialSolver, bought

SPREADS = {"A": 0.05, "B": 0.15, "C": 0.30, "own": 0.10, UNGRADED: 0.30}
"""Plausible range of a value to either side, as a fraction of it, by grade."""
MOST_INPUTS = 12
MOST_TRIALS = 3
"""Of estimates of accelerators the plan buys."""
MOST_RIVALS = 2
"""Accelerators that are nearly bought: the cheapest to buy per effective PFLOPS of those that are not."""
ALONE_FRACTION = 0.25
"""Of the time, at most, for one alone: a hard one does not take the time of the others."""
DOUBTFUL = (UNGRADED, "C")


@dataclass(frozen=True, kw_only=True)
class Swing:
    """What an input does to the levelised cost of the design as it is, at either end of its range."""

    path: str
    grade: str
    value: float
    low: float
    high: float
    at_low: float
    """LCOC at `low` over the LCOC of the design, less 1."""
    at_high: float

    @property
    def width(self) -> float:
        """Distance between the two ends."""
        return abs(self.at_high - self.at_low)

    @property
    def bad(self) -> float:
        """The end at which the design is dearer."""
        return self.low if self.at_low > self.at_high else self.high


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
    ranked = swings(base, origins, search)
    gap = max(gap, target_gap)
    hooks = search.hooks or Hooks()
    hooks = replace(hooks, stop=Deadline(until_s, hooks.stop), on_progress=None)
    trial = TrialSolver(base, replace(search, hooks=hooks), until_s, gap)
    candidates = _worth_solving(base, ranked, origins)
    tried = {candidate: trial.turn(candidate, ALONE_FRACTION * within_s) for candidate in candidates}
    turns = [turn for turn in tried.values() if turn is not None]
    together = _together(trial, tried)
    return Deciders(
        swings=ranked,
        turns=tuple(map(trial.bracketed, turns)),
        gap=gap,
        within_s=within_s,
        left_out=0 if together and not together.turns else len(candidates) - len(turns),
        together=together,
    )


def _together(trial: TrialSolver, tried: Mapping[Candidate, Trial | None]) -> Joint | None:
    """All that were not seen to turn the plan alone, at once; a smallest set of them if they turn it then."""
    rest = [candidate for candidate, turn in tried.items() if turn is None or not turn.turns]
    joint = trial.together(rest)
    if joint is None or not joint.turns or any(tried[candidate] is None for candidate in rest):
        return joint
    return trial.smallest(joint)


def swings(base: Result, origins: Mapping[str, Origin], search: SearchSettings) -> tuple[Swing, ...]:
    """Swings of the inputs most money follows, and of the utilisation of every accelerator at work; widest first."""
    assert base.design is not None
    instance, folder = base.problem.instance, base.problem.folder
    design = base.design.model_copy(update={"reported": None, "solve": None})
    today = check(instance, design, folder).lcoc_usd_per_eflop
    rows = []
    for path, grade in _inputs(base, origins):
        if search.stopping:
            break
        value = value_at(instance, path)
        if not value or not today:
            continue
        spread = SPREADS[grade]
        most = 1.0 if ".utilisation." in path else value * (1 + spread)
        ends = [value * (1 - spread), min(value * (1 + spread), most)]
        changes = [
            check(with_value(instance, path, end), design, folder).lcoc_usd_per_eflop / today - 1 for end in ends
        ]
        rows.append(
            Swing(path=path, grade=grade, value=value, low=ends[0], high=ends[1], at_low=changes[0], at_high=changes[1])
        )
    return tuple(sorted(rows, key=lambda swing: -swing.width))


def _inputs(base: Result, origins: Mapping[str, Origin]) -> Iterator[tuple[str, str]]:
    """Paths of numbers worth looking at, with their grades."""
    instance = base.problem.instance
    for path in dict.fromkeys(_at_work(instance, base.decisions)):
        yield path, grade_of(path, origins)
    quality = data_quality(base, origins)
    tariffs, seen = [], 0
    for estimate in quality.estimates if quality else ():
        if estimate.path.startswith("tariffs."):
            tariffs.append(estimate.grade)
        elif value_at(instance, estimate.path) is not None and seen < MOST_INPUTS:
            seen += 1
            yield estimate.path, estimate.grade
    if tariffs:
        yield TARIFF, min(tariffs, key=ORDER.index)


def _at_work(instance: Instance, made: Decisions) -> Iterator[str]:
    """Utilisations that the design's work stands on."""
    for row in made.assignments:
        kind = instance.workloads[row.workload].workload_class
        if kind in instance.accelerators[row.accelerator].utilisation:
            yield f"accelerators.{row.accelerator}.utilisation.{kind}"


def _worth_solving(base: Result, ranked: tuple[Swing, ...], origins: Mapping[str, Origin]) -> tuple[Candidate, ...]:
    """Estimates of what the plan buys, the widest swing first, in turn with those of what it nearly buys."""
    chips = [swing for swing in ranked if swing.path.startswith("accelerators.") and swing.width > 0]
    mine = [
        Candidate(path=swing.path, grade=swing.grade, value=swing.value, end=swing.bad)
        for swing in chips
        if swing.grade in DOUBTFUL
    ]
    pairs = zip_longest(mine[:MOST_TRIALS], _rivals(base, origins))
    return tuple(candidate for pair in pairs for candidate in pair if candidate is not None)


def _rivals(base: Result, origins: Mapping[str, Origin]) -> Iterator[Candidate]:
    """Estimates of accelerators that are nearly bought, at the end that speaks for them."""
    instance = base.problem.instance
    kinds = {load.workload_class for load in instance.workloads.values() if isinstance(load, Workload)}
    rivals = [chip for chip in cheapest_first(base.problem) if not bought(base, chip)][:MOST_RIVALS]
    for chip in rivals:
        used = sorted(kinds & set(instance.accelerators[chip].utilisation))
        for path in (*(f"accelerators.{chip}.utilisation.{kind}" for kind in used), f"accelerators.{chip}.price_usd"):
            value, grade = value_at(instance, path), grade_of(path, origins)
            if value and grade in DOUBTFUL:
                end = value * (1 - SPREADS[grade]) if path.endswith("_usd") else min(value * (1 + SPREADS[grade]), 1.0)
                yield Candidate(path=path, grade=grade, value=value, end=end)
