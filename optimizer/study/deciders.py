"""Which estimate decides: how far each graded input moves the cost, and whether the plan would be another.

First on the design as it is: the audit's own books at either end of an input's range, so a swing is exact and costs no
search. Then the question is solved again for the estimates that may turn it, the widest first, each alone and a few
together; where the plan turns, the value or a smallest set is sought. docs/model.md 15.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from optimizer.analysis.data_quality import ORDER, data_quality, grade_of
from optimizer.audit.audit import recomputed
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result, settings
from optimizer.reading.layers import Origin
from optimizer.solve.outcome import Hooks
from optimizer.study.baselines import Deadline
from optimizer.study.candidates import (
    DOUBTFUL,
    LIFE,
    SPREADS,
    Swing,
    clear_together,
    good_part,
    rank,
    worth_solving,
)
from optimizer.study.cell import Question, StudyContext
from optimizer.study.fleet_estimates import ends_of, estimated_paths
from optimizer.study.input_values import TARIFF, value_at, with_value
from optimizer.study.pools import Executor, Serial
from optimizer.study.search_settings import SearchSettings
from optimizer.study.task_queue import TaskQueue
from optimizer.study.trial_solver import TrialSolver, solve_trial
from optimizer.study.trials import (
    Candidate,
    Joint,
    Lane,
    Trial,
    answer_of,
    bracketed,
    smallest,
    together,
    turn,
)

MOST_INPUTS = 12
"""Inputs that payments follow; more only where one's whole range moves the cost by the gap of what is solved again."""
ALONE_FRACTION = 0.35
"""Of the time, at most, for one alone: a hard one does not take the time of the others."""
SWINGS_FRACTION = 0.4
"""Of the time, at most, for swings; those that most money follows come first."""
SINGLY_FRACTION = 0.9
"""Of the time that swings leave, at most, until all are tried: which estimates decide comes before at what value."""
MOST_TOGETHER = 6
"""Estimates that are tried at once: more of them wrong together say little."""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is done to find what decides."""

    within_s: float
    """Seconds for all of it."""
    gap: float
    """Of what is solved again."""
    executor: Executor | None = None
    """Who solves; None: one after the other, here."""


@dataclass(frozen=True, kw_only=True)
class Deciders:
    """Swings, widest first; and what was solved again within the time."""

    swings: tuple[Swing, ...]
    turns: tuple[Trial, ...]
    gap: float
    """Of what was solved again."""
    within_s: float
    unreached: tuple[Candidate, ...] = ()
    """Estimates that were worth solving again and that the time did not reach."""
    together: Joint | None = None
    """The widest of those that were not seen to turn the plan alone, at once; a smallest part that then turns it."""

    @property
    def left_out(self) -> int:
        """How many the time did not reach, at one end or at both."""
        return len({one.path for one in self.unreached})

    @property
    def decisive(self) -> tuple[Trial, ...]:
        """The estimates that turn the plan."""
        return tuple(turn for turn in self.turns if turn.turns)


def deciders(
    base: Result,
    origins: Mapping[str, Origin],
    search: SearchSettings,
    effort: Effort,
    queue: TaskQueue | None = None,
) -> Deciders | None:
    """Swings of the design's inputs, and trials of the widest that are estimates, by the workers of a queue.

    None without a verified design, without recorded origins, and for another objective than the levelised cost; a
    design that delivers nothing has no swings.
    """
    goal, target_gap, _, _ = settings(base.problem.instance, search.options)
    if goal.id != "lcoc" or not base.verified or not origins:
        return None
    until_s = time.monotonic() + effort.within_s
    hooks = search.hooks or Hooks()
    gap = max(effort.gap, target_gap)
    if queue is None:
        work = partial(solve_trial, replace(search.options, start=base.solution))
        context = StudyContext(base.problem.folder, Question(gap=gap))
        with TaskQueue(effort.executor or Serial(hooks.stop), work, context, search, until_s) as own:
            return deciders(base, origins, search, effort, own)
    end = Deadline(until_s - (1 - SWINGS_FRACTION) * effort.within_s, hooks.stop)
    trial = TrialSolver(base, search, queue, gap, until_s)
    ranked = swings(base, origins, replace(search, hooks=replace(hooks, stop=end)), gap, partial(queue.turn, 0.0))
    rounds = _Rounds(trial, base, worth_solving(base, ranked, origins, gap), effort.within_s)
    rounds.make()
    return Deciders(
        swings=ranked,
        turns=tuple(rounds.tried[one] for one in rounds.candidates if one in rounds.tried),
        gap=gap,
        within_s=effort.within_s,
        unreached=tuple(one for one in rounds.candidates if one not in rounds.tried and one not in rounds.cleared),
        together=rounds.joint,
    )


class _Rounds:
    """Trials in turn: rivals' at once and what is bought alone; the widest pair and the rest alone; then a few
    together, and at what value each turns the plan."""

    def __init__(self, trial: TrialSolver, base: Result, candidates: tuple[Candidate, ...], within_s: float) -> None:
        self._trial, self._base, self._today, self._most_s = trial, base, answer_of(base), ALONE_FRACTION * within_s
        self._until_s = time.monotonic() + SINGLY_FRACTION * trial.left_s
        self.candidates = candidates
        self.tried: dict[Candidate, Trial] = {}
        self.cleared: set[Candidate] = set()
        """Estimates that cannot turn the plan: it is best where they all speak for their accelerators at once."""
        self.joint: Joint | None = None
        """What turns the plan together, or the last that did not."""
        self._pair: tuple[Candidate, ...] = ()
        """The widest pair, unless it was seen to leave the plan: its two are tried last."""

    def make(self) -> None:
        """All trials."""
        own = [one for one in self.candidates if rank(self._base, one) == 0]
        self._trial.run(chain([self._rivals_at_once()], map(self._alone, own)))
        self._pair = self._widest_pair(own)
        self._trial.run(chain([self._both()], self._others()))
        if self.joint is not None and not any(self._turned(one) for one in self._pair):
            self.joint = replace(self.joint, smallest=all(self._stood(one) for one in self._pair))
            few = []
        else:
            few = [self._few()]
        self._trial.run([*few, *map(self._bracket, [one for one in self.candidates if one in self.tried])])

    @property
    def _left_s(self) -> float:
        return min(self._most_s, self._until_s - time.monotonic())

    def _rivals_at_once(self) -> Lane:
        joint = yield from together(self._today, clear_together(self._base, self.candidates), self._left_s)
        if joint is not None and joint.best_as_today:
            self.cleared.update(joint.candidates)

    def _alone(self, one: Candidate) -> Lane:
        """One alone, as far as its part of the time goes."""
        trial = yield from turn(self._today, one, self._left_s)
        if trial is not None:
            self.tried[one] = trial

    def _others(self) -> Iterator[Lane]:
        """All not tried yet; those of the pair when nothing else is left, or when it is seen to leave the plan."""
        waiting = [one for one in self.candidates if one not in self.tried and one not in self.cleared]
        while waiting:
            one = min(waiting, key=lambda one: one in self._pair)
            waiting.remove(one)
            yield self._alone(one)

    def _turned(self, one: Candidate) -> bool:
        return one in self.tried and self.tried[one].turns

    def _stood(self, one: Candidate) -> bool:
        return one in self.cleared or (one in self.tried and not self.tried[one].turns)

    def _widest_pair(self, own: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """The widest of what is bought that did not turn the plan, with the widest of what is nearly bought."""
        stood = [one for one in own if self._stood(one)]
        rivals = [one for one in self.candidates if rank(self._base, one) == 1]
        return (stood[0], rivals[0]) if stood and rivals else ()

    def _both(self) -> Lane:
        joint = yield from together(self._today, self._pair, self._left_s)
        if joint is not None and joint.turns:
            self.joint = joint
        else:
            self._pair = ()

    def _few(self) -> Lane:
        """The widest of accelerators that did not turn the plan alone, at once; a smallest set if they turn it then."""
        stood = [one for one in self.candidates if one.accelerator and self._stood(one)]
        widest = sorted(stood, key=lambda one: -one.swing)[:MOST_TOGETHER]
        self.joint = yield from together(self._today, widest)
        if self.joint is not None and self.joint.turns:
            self.joint = yield from smallest(self._today, self.joint)

    def _bracket(self, one: Candidate) -> Lane:
        self.tried[one] = yield from bracketed(self.tried[one])


def swings(
    base: Result,
    origins: Mapping[str, Origin],
    search: SearchSettings,
    gap: float,
    between: Callable[[], None] = lambda: None,
) -> tuple[Swing, ...]:
    """Swings of what accelerators are estimated at, and of the inputs most money follows; widest first.

    `between` is called from one to the next: others may be served meanwhile.
    """
    assert base.design is not None
    instance, folder = base.problem.instance, base.problem.folder
    design = base.design.model_copy(update={"reported": None, "solve": None})
    today = recomputed(instance, design, folder).lcoc_usd_per_eflop
    rows: list[Swing] = []
    for path, grade in _inputs(base, origins, gap):
        if rows and search.stopping:
            break
        between()
        value = value_at(instance, path)
        if value is None or not today:
            continue
        ends = ends_of(path, value, SPREADS[grade])
        if ends[0] == ends[1]:
            continue
        changes = [
            recomputed(with_value(instance, path, end), design, folder).lcoc_usd_per_eflop / today - 1 for end in ends
        ]
        rows.append(
            Swing(path=path, grade=grade, value=value, low=ends[0], high=ends[1], at_low=changes[0], at_high=changes[1])
        )
    return tuple(sorted(rows, key=lambda swing: -swing.width))


def _inputs(base: Result, origins: Mapping[str, Origin], gap: float) -> Iterator[tuple[str, str]]:
    """Paths of numbers worth looking at, with their grades."""
    instance = base.problem.instance
    paths = dict.fromkeys(_at_work(instance, base.decisions))
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
    for path in (path for chip in good_part(base) for path in estimated_paths(instance, chip)):
        if path not in paths and not path.endswith(LIFE) and grade_of(path, origins) in DOUBTFUL:
            yield path, grade_of(path, origins)


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
