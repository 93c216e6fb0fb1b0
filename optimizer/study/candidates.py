"""Which estimates are worth solving again for: swings of a plan, and what speaks for accelerators it nearly buys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
FIRST = ("utilisation", "price_usd")
"""Fields of an accelerator that are solved for before all others."""
ONLY_HELPS = (
    "price_usd",
    "price_trend_fraction",
    "server_rest_usd",
    "maintenance_fraction",
    "warranty_years",
    "removal_usd",
    "interruption_hours",
    "repair_hours",
    "fabric_exponent",
    "training_precision_factors",
)
"""Fields whose good end takes cost off a plan or adds work, and nothing else. A longer life keeps pods in the hall,
less power may lose a rebate for load: these, resale and utilisation are solved alone."""
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
    """Estimates that may turn the plan: utilisation and price of what it buys, then of what it nearly buys, then the
    rest; of each the widest first.

    An accelerator's estimate whose unfavourable end costs the plan less than the gap cannot: no plan is cheaper there
    than the best is today. Nor can the dearer end of what all share. Its cheaper end may: what it saves the plan it may
    save others more.
    """
    own = [*_by_swing(ranked, gap), *_lives(base, origins)]
    return tuple(sorted((*own, *_rivals(base, origins)), key=lambda one: (rank(base, one), -one.swing)))


def rank(base: Result, one: Candidate) -> int:
    """Which comes first: 0 and 1, utilisation and price of what is bought and of what is nearly bought; 2, the rest."""
    if not (one.accelerator and field_of(one.path) in FIRST):
        return 2
    return 0 if bought(base, one.accelerator) else 1


def _by_swing(ranked: tuple[Swing, ...], gap: float) -> Iterator[Candidate]:
    for swing in ranked:
        changes = {swing.low: swing.at_low, swing.high: swing.at_high}
        if swing.grade not in DOUBTFUL or max(map(abs, changes.values())) < gap:
            continue
        of_chip = swing.path.startswith("accelerators.")
        for end, change in changes.items():
            if change >= gap if end == swing.bad else not of_chip:
                yield Candidate(path=swing.path, grade=swing.grade, value=swing.value, end=end, swing=abs(change))


def _lives(base: Result, origins: Mapping[str, Origin]) -> Iterator[Candidate]:
    """Lives that might end before the plan does: a design whose pods are gone has no price of its own to swing."""
    instance = base.problem.instance
    for chip in good_part(base):
        path = f"accelerators.{chip}{LIFE}"
        years, grade = instance.accelerators[chip].life_years, grade_of(path, origins)
        end = ends_of(path, years, SPREADS[grade])[0]
        if grade in DOUBTFUL and end < sum(phase.years for phase in instance.phases.values()):
            dearer = -cheaper_by(instance, path, end) * bought(base, chip) / bought(base)
            yield Candidate(path=path, grade=grade, value=years, end=end, swing=dearer)


def _rivals(base: Result, origins: Mapping[str, Origin]) -> Iterator[Candidate]:
    """Estimates of accelerators that are nearly bought, at the end that speaks for them."""
    rivals = [chip for chip in cheapest_first(base.problem) if not bought(base, chip)][:MOST_RIVALS]
    for chip in rivals:
        yield from _of_rival(base, chip, origins)


def _of_rival(base: Result, chip: str, origins: Mapping[str, Origin]) -> Iterator[Candidate]:
    """Of one: use and price, and what else would bring it near to what is bought."""
    instance = base.problem.instance
    dearest = max((owning_usd_per_pflops(instance, mine) for mine in good_part(base)), default=0.0)
    mine, share = owning_usd_per_pflops(instance, chip), 1 / max(1, len(good_part(base)))
    for path in estimated_paths(instance, chip):
        value, grade = value_at(instance, path), grade_of(path, origins)
        if value is None or grade not in DOUBTFUL:
            continue
        end = good_end(path, value, SPREADS[grade])
        saved = cheaper_by(instance, path, end)
        near = saved > 0 and mine * (1 - saved) <= dearest * (1 + NEARLY)
        if end != value and (field_of(path) in FIRST or near):
            yield Candidate(path=path, grade=grade, value=value, end=end, swing=saved * share)


def clear_together(base: Result, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Estimates of rivals that one solve may clear: at their ends no plan is dearer, does less or is barred.

    A plan that is best with all of them at these ends is best with each alone: today's plan, which buys none of their
    accelerators, costs the same, and any other costs as much or more.
    """
    rivals = [one for one in candidates if one.accelerator and not bought(base, one.accelerator)]
    return [one for one in rivals if field_of(one.path) in ONLY_HELPS]
