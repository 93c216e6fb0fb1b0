"""Which estimate decides: how far each graded input moves the cost, and whether the plan would be another.

First on the design as it is: the audit's own books at either end of an input's range, so a swing is exact and costs no
search. Then, for the few estimates of accelerators that move most, the question is solved again at the unfavourable
end; where that plan buys clearly fewer of them, the value at which it turns is bracketed. docs/model.md section 15.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from optimizer.analysis.data_quality import ORDER, UNGRADED, data_quality, grade_of
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result, check, run, settings
from optimizer.reading.layers import Origin
from optimizer.solve.outcome import Hooks
from optimizer.study.baselines import Deadline
from optimizer.study.search_settings import SearchSettings

SPREADS = {"A": 0.05, "B": 0.15, "C": 0.30, "own": 0.10, UNGRADED: 0.30}
"""Plausible range of a value to either side, as a fraction of it, by grade."""
MOST_INPUTS = 12
MOST_TRIALS = 3
HALVINGS = 3
FEWER = 0.75
"""A plan that buys less than this share of what it bought of an accelerator is another plan."""
TARIFF = "tariff_factor"


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
class Trial:
    """What the best plan is at the unfavourable end of an input's range, solved again."""

    path: str
    accelerator: str
    grade: str
    value: float
    at: float
    """Where it was solved: of a plan that turns, the value nearest to today's at which it was seen to."""
    stands_at: float
    """The value farthest from today's at which the plan was seen to stand."""
    bought: int
    bought_then: int
    lcoc_change: float
    """LCOC of the new plan at the end of the range over that of today's plan today, less 1."""

    @property
    def turns(self) -> bool:
        """Whether the plan would be another."""
        return self.bought_then < FEWER * self.bought


@dataclass(frozen=True, kw_only=True)
class Deciders:
    """Swings, widest first; and what was solved again within the time."""

    swings: tuple[Swing, ...]
    turns: tuple[Trial, ...]
    gap: float
    """Of what was solved again."""
    within_s: float

    @property
    def decisive(self) -> Trial | None:
        """The first estimate that turns the plan."""
        return next((turn for turn in self.turns if turn.turns), None)


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
    trial = _Solver(base, SearchSettings(folder=search.folder, options=search.options, hooks=hooks), until_s, gap)
    turns = []
    for swing in _worth_solving(ranked):
        turn = trial.turn(swing)
        if turn is None:
            break
        turns.append(turn)
    return Deciders(swings=ranked, turns=tuple(turns), gap=gap, within_s=within_s)


def swings(base: Result, origins: Mapping[str, Origin], search: SearchSettings) -> tuple[Swing, ...]:
    """Swings of the inputs most money follows, and of the utilisation of every accelerator at work; widest first."""
    assert base.design is not None
    instance, design = base.problem.instance, base.design.model_copy(update={"reported": None, "solve": None})
    today = check(instance, design, search.folder).lcoc_usd_per_eflop
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
            check(with_value(instance, path, end), design, search.folder).lcoc_usd_per_eflop / today - 1 for end in ends
        ]
        rows.append(
            Swing(path=path, grade=grade, value=value, low=ends[0], high=ends[1], at_low=changes[0], at_high=changes[1])
        )
    return tuple(sorted(rows, key=lambda swing: -swing.width))


def _inputs(base: Result, origins: Mapping[str, Origin]) -> Iterator[tuple[str, str]]:
    """Paths of numbers worth looking at, with their grades."""
    assert base.design is not None
    instance = base.problem.instance
    for path in dict.fromkeys(_at_work(instance, base.design.decisions)):
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


def value_at(instance: Instance, path: str) -> float | None:
    """The number at a dotted path; None if there is none. `tariff_factor` is that of the first phase."""
    if path == TARIFF:
        return next(iter(instance.phases.values())).tariff_factor
    node: Any = instance
    for step in path.split("."):
        node = node.get(step) if isinstance(node, dict) else getattr(node, step, None)
        if node is None:
            return None
    return float(node) if isinstance(node, int | float) and not isinstance(node, bool) else None


def with_value(instance: Instance, path: str, value: float) -> Instance:
    """The instance with another number at a dotted path; `tariff_factor` scales that of every phase."""
    if path == TARIFF:
        scale = value / (value_at(instance, path) or 1.0)
        factors = {name: phase.tariff_factor * scale for name, phase in instance.phases.items()}
        phases = {name: instance.phases[name].model_copy(update={TARIFF: f}) for name, f in factors.items()}
        return instance.model_copy(update={"phases": phases})
    changed: Instance = _changed(instance, path.split("."), value)
    return changed


def _changed(node: Any, steps: list[str], value: float) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if isinstance(node, dict):
        return {**node, step: _changed(node[step], rest, value)}
    return node.model_copy(update={step: _changed(getattr(node, step), rest, value)})


def _worth_solving(ranked: tuple[Swing, ...]) -> list[Swing]:
    """Estimates of accelerators, the widest swing first."""
    chips = [swing for swing in ranked if swing.path.startswith("accelerators.") and swing.width > 0]
    doubtful = [swing for swing in chips if swing.grade in (UNGRADED, "C")]
    return doubtful[:MOST_TRIALS]


def bought(base: Result, accelerator: str) -> int:
    """Accelerators of a kind that a design has delivered."""
    assert base.design is not None
    rows = [row for row in base.design.decisions.deliveries if row.accelerator == accelerator]
    return sum(row.pods * base.problem.compute.types[row.type_key].size.accelerators for row in rows)


class _Solver:
    """Solves the question with one number changed, while there is time."""

    def __init__(self, base: Result, search: SearchSettings, until_s: float, gap: float) -> None:
        self._base, self._search, self._until_s, self._gap = base, search, until_s, gap

    def turn(self, swing: Swing) -> Trial | None:
        """The plan at the unfavourable end; where it turns, the value is bracketed. None without time or a design."""
        chip = swing.path.split(".")[1]
        then = self._at(swing.path, swing.bad)
        if then is None:
            return None
        assert self._base.design is not None
        assert self._base.design.reported is not None
        today = self._base.design.reported.kpis["lcoc_usd_per_eflop"]
        assert then.design is not None
        assert then.design.reported is not None
        turn = Trial(
            path=swing.path, accelerator=chip, grade=swing.grade, value=swing.value, at=swing.bad,
            stands_at=swing.value, bought=bought(self._base, chip), bought_then=bought(then, chip),
            lcoc_change=then.design.reported.kpis["lcoc_usd_per_eflop"] / today - 1,
        )  # fmt: skip
        if not turn.turns:
            return replace(turn, stands_at=swing.bad)
        return self._bracketed(turn)

    def _bracketed(self, turn: Trial) -> Trial:
        for _ in range(HALVINGS):
            middle = (turn.at + turn.stands_at) / 2
            then = self._at(turn.path, middle)
            if then is None:
                break
            count = bought(then, turn.accelerator)
            if count < FEWER * turn.bought:
                turn = replace(turn, at=middle, bought_then=count)
            else:
                turn = replace(turn, stands_at=middle)
        return turn

    def _at(self, path: str, value: float) -> Result | None:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0 or self._search.stopping:
            return None
        options = replace(self._search.options, gap=self._gap, time_limit_s=max(1.0, left_s), start=self._base.solution)
        instance = with_value(self._base.problem.instance, path, value)
        result = run(instance, self._search.folder, options, self._search.hooks)
        return result if result.verified and result.status.value == "optimal" else None
