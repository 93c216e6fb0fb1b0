"""Which estimates are worth solving again for: swings of a plan, and what speaks for accelerators it nearly buys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from optimizer.analysis.data_quality import UNGRADED, grade_of
from optimizer.pipeline import Result
from optimizer.reading.layers import Origin
from optimizer.study.fleet_estimates import (
    cheaper_by,
    ends_of,
    estimated_paths,
    field_of,
    good_end,
    owning_usd_per_pflops,
)
from optimizer.study.input_values import value_at
from optimizer.study.plan_rules import cheapest_first
from optimizer.study.trials import Candidate, bought, fleet

SPREADS = {"A": 0.05, "B": 0.15, "C": 0.30, "own": 0.10, UNGRADED: 0.30}
"""Plausible range of a value to either side, as a fraction of it, by grade."""
A_GOOD_PART = 0.05
"""Of the accelerators bought: the estimates of a kind below that cannot move the cost by much."""
MOST_RIVALS = 2
"""Accelerators that are nearly bought: the cheapest to buy per effective PFLOPS of those that are not."""
NEARLY = 0.10
"""A rival that could come so near to owning what is bought is solved for: the arithmetic of the screen is no plan."""
DOUBTFUL = (UNGRADED, "C")
LIFE = ".life_years"


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


def good_part(base: Result) -> list[str]:
    """Accelerators that make up a good part of the plan."""
    kinds = fleet(base)
    return [chip for chip, count in kinds.items() if count >= A_GOOD_PART * sum(kinds.values())]


def worth_solving(
    base: Result, ranked: tuple[Swing, ...], origins: Mapping[str, Origin], gap: float
) -> tuple[Candidate, ...]:
    """Estimates that may turn the plan, the widest swing first, in turn with those of what it nearly buys.

    An estimate whose unfavourable end costs the plan less than the gap cannot: no plan is cheaper there than the best
    is today. What all accelerators share may turn it at either end: what it saves the plan it may save others more.
    """
    mine = [*_by_swing(ranked, gap), *_lives(base, origins)]
    own = [candidate for _, candidate in sorted(mine, key=lambda each: -each[0])]
    pairs = zip_longest(own, _rivals(base, origins))
    return tuple(candidate for pair in pairs for candidate in pair if candidate is not None)


def _by_swing(ranked: tuple[Swing, ...], gap: float) -> Iterator[tuple[float, Candidate]]:
    for swing in ranked:
        changes = {swing.low: swing.at_low, swing.high: swing.at_high}
        if swing.grade not in DOUBTFUL or max(map(abs, changes.values())) < gap:
            continue
        of_chip = swing.path.startswith("accelerators.")
        for end in (end for end, change in changes.items() if not of_chip or (end == swing.bad and change >= gap)):
            yield swing.width, Candidate(path=swing.path, grade=swing.grade, value=swing.value, end=end)


def _lives(base: Result, origins: Mapping[str, Origin]) -> Iterator[tuple[float, Candidate]]:
    """Lives that might end before the plan does: a design whose pods are gone has no price of its own to swing."""
    instance = base.problem.instance
    for chip in good_part(base):
        path = f"accelerators.{chip}{LIFE}"
        years, grade = instance.accelerators[chip].life_years, grade_of(path, origins)
        end = ends_of(path, years, SPREADS[grade])[0]
        if grade in DOUBTFUL and end < sum(phase.years for phase in instance.phases.values()):
            dearer = -cheaper_by(instance, path, end)
            yield 2 * dearer, Candidate(path=path, grade=grade, value=years, end=end)


def _rivals(base: Result, origins: Mapping[str, Origin]) -> Iterator[Candidate]:
    """Estimates of accelerators that are nearly bought, at the end that speaks for them, the widest of each in turn."""
    rivals = [chip for chip in cheapest_first(base.problem) if not bought(base, chip)][:MOST_RIVALS]
    for several in zip_longest(*(_of_rival(base, chip, origins) for chip in rivals)):
        yield from (candidate for candidate in several if candidate is not None)


def _of_rival(base: Result, chip: str, origins: Mapping[str, Origin]) -> list[Candidate]:
    """Of one: use and price, and what else would bring it near to what is bought."""
    instance = base.problem.instance
    dearest = max((owning_usd_per_pflops(instance, mine) for mine in good_part(base)), default=0.0)
    mine, found = owning_usd_per_pflops(instance, chip), []
    for path in estimated_paths(instance, chip):
        value, grade = value_at(instance, path), grade_of(path, origins)
        if value is None or grade not in DOUBTFUL:
            continue
        end = good_end(path, value, SPREADS[grade])
        saved = cheaper_by(instance, path, end)
        always = field_of(path) in ("utilisation", "price_usd")
        if end != value and (always or (saved > 0 and mine * (1 - saved) <= dearest * (1 + NEARLY))):
            found.append((always, saved, Candidate(path=path, grade=grade, value=value, end=end)))
    return [candidate for _, _, candidate in sorted(found, key=lambda each: (-each[0], -each[1]))]
