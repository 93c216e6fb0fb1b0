"""What would change a ruling: one fact moved to a threshold, and the rule asked again.

Nothing is inferred from the text of a rule. Every change named here was put to the rule and gave another status.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from optimizer.regimes import conditions as c
from optimizer.regimes.facts import ChipFacts, MissingFact
from optimizer.regimes.oct_2022 import LINK_GBS
from optimizer.regimes.places import place
from optimizer.regimes.questions import shown
from optimizer.regimes.ruling import Ruling, Trade

Rule = Callable[[ChipFacts, Trade], Ruling]
Thresholds = Mapping[str, tuple[float, ...]]

LAW: Thresholds = {
    "tpp": (c.TPP_LOW, c.TPP_MIDDLE, c.TPP_HIGH, c.CASE_TPP),
    "performance_density": (c.DENSITY_LOW, c.DENSITY_MIDDLE, c.DENSITY_HIGH),
    "memory_bandwidth_gbs": (c.LETTER_MEMORY_GBS, c.CASE_MEMORY_GBS),
    "link_gbs": (LINK_GBS, c.LETTER_LINK_GBS),
}
"""Thresholds of the regimes of law, by fact."""
NAMES = {
    "tpp": ("TPP", ""),
    "performance_density": ("performance density", ""),
    "memory_bandwidth_gbs": ("DRAM bandwidth", " GB/s"),
    "link_gbs": ("I/O bandwidth", " GB/s"),
}


@dataclass(frozen=True)
class Turn:
    """One change of one fact, and the status it leads to."""

    change: str
    status: str
    """free, licence, denied, or unknown if a fact is then missing."""


def status_of(rule: Rule, chip: ChipFacts, trade: Trade) -> str:
    """The status, or `unknown` if the rule turns on a fact nobody stated."""
    try:
        return rule(chip, trade).status.value
    except MissingFact:
        return "unknown"


def turns(rule: Rule, chip: ChipFacts, trade: Trade, thresholds: Thresholds = LAW) -> tuple[Turn, ...]:
    """Single changes that change the status: the nearest one up and down of each number, and the other facts."""
    now = status_of(rule, chip, trade)
    changes = []
    for fact in NAMES:
        for way in _ways(chip, fact, thresholds):
            for label, changed in way:
                then = status_of(rule, changed, trade)
                if then != now:
                    changes.append(Turn(label, then))
                    break
    seen: set[str] = set()
    for kind, label, changed, other in _others(chip, trade):
        then = status_of(rule, changed, other)
        if then != now and kind not in seen:
            seen.add(kind)
            changes.append(Turn(label, then))
    return tuple(changes)


def _ways(chip: ChipFacts, fact: str, thresholds: Thresholds) -> Iterator[list[tuple[str, ChipFacts]]]:
    """Changes of one number, nearest first: upwards, then downwards."""
    value = getattr(chip, fact)
    limits = sorted({*thresholds.get(fact, ()), *_derived(chip, fact, thresholds)})
    name, unit = NAMES[fact]
    if value is None:
        # Without a die area either side of every threshold is open.
        up = down = limits
    else:
        up = [limit for limit in limits if limit > value]
        down = [limit for limit in reversed(limits) if limit <= value]
    yield [
        (f"{name} of {shown(limit)}{unit} or more{_die(chip, fact, limit)}", _with(chip, fact, limit)) for limit in up
    ]
    yield [
        (f"{name} below {shown(limit)}{unit}{_die(chip, fact, limit, above=True)}", _with(chip, fact, _under(limit)))
        for limit in down
        if limit > 0
    ]


def _derived(chip: ChipFacts, fact: str, thresholds: Thresholds) -> Iterable[float]:
    """Where a number crosses a threshold of another: density by TPP, and the sum of the letters."""
    if fact == "tpp" and chip.die_mm2 is not None:
        return [density * chip.die_mm2 for density in thresholds.get("performance_density", ())]
    if fact == "memory_bandwidth_gbs":
        return [c.LETTER_SUM_GBS - chip.link_gbs]
    if fact == "link_gbs":
        return [c.LETTER_SUM_GBS - chip.memory_bandwidth_gbs]
    return ()


def _under(limit: float) -> float:
    return math.nextafter(limit, -math.inf)


def _die(chip: ChipFacts, fact: str, limit: float, above: bool = False) -> str:
    """The die area that would bring a density about."""
    if fact != "performance_density":
        return ""
    return f" (die area {'above' if above else 'at most'} {chip.tpp / limit:,.0f} mm2)"


def _with(chip: ChipFacts, fact: str, value: float) -> ChipFacts:
    """The chip with another value; throughput takes the density with it, the die staying as it is."""
    if fact == "tpp":
        # Rounding must not push a density across the threshold that the throughput was chosen for.
        density = None if chip.die_mm2 is None else value / chip.die_mm2
        return replace(chip, tpp=value, performance_density=density)
    if fact == "performance_density":
        return replace(chip, performance_density=value, die_mm2=chip.tpp / value)
    if fact == "memory_bandwidth_gbs":
        return replace(chip, memory_bandwidth_gbs=value)
    return replace(chip, link_gbs=value)


def _others(chip: ChipFacts, trade: Trade) -> Iterator[tuple[str, str, ChipFacts, Trade]]:
    """Facts that are not numbers: kind of fact, words, and what is then put to the rule."""
    if chip.origin == "US":
        yield "origin", "a Chinese design", replace(chip, origin="CN"), trade
    else:
        yield "origin", "a US design", replace(chip, origin="US"), trade
    marketed = "not designed or marketed for data centres" if chip.data_centre else "marketed for data centres"
    yield "market", marketed, replace(chip, data_centre=not chip.data_centre), trade
    yield "listing", "the Entity List entry of its vendor", replace(chip, entity_listed=not chip.entity_listed), trade
    if chip.launch > c.CASE_ON_SALE:
        yield "launch", f"on sale by {c.CASE_ON_SALE}", replace(chip, launch=c.CASE_ON_SALE), trade
    else:
        late = c.CASE_ON_SALE + timedelta(days=1)
        yield "launch", f"on sale only after {c.CASE_ON_SALE}", replace(chip, launch=late), trade
    shipped = "shipped from elsewhere" if trade.shipped_from_us else "shipped from the United States"
    yield "shipment", shipped, chip, replace(trade, shipped_from_us=not trade.shipped_from_us)
    for buyer in ("government", "other"):
        if buyer != trade.buyer:
            yield "buyer", f"another buyer ({buyer})", chip, replace(trade, buyer=buyer)
    for other in ("singapore", "hong_kong", "united_states"):
        if other != trade.destination.id:
            yield "destination", f"delivery to {other}", chip, replace(trade, destination=place(other))
        if other != trade.parent.id:
            yield "parent", f"a parent in {other}", chip, replace(trade, parent=place(other))
    for other in ("singapore", "united_states"):
        both = replace(trade, destination=place(other), parent=place(other))
        if trade.destination.id != other and trade.parent.id != other:
            yield "both", f"parent and delivery in {other}", chip, both
