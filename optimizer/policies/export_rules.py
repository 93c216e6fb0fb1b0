"""A planner's own regimes beside those of law, and which of them decides on a delivery (docs/export_rules.md, 11, 12).

Pure. A user regime becomes a `Regime` like any other: the same table, the same questions in words.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from optimizer.inputs.export import NUMBERS, Condition, Export, RulingTest, UserRegime
from optimizer.inputs.schema import Instance
from optimizer.regimes.facts import ChipFacts, MissingFact
from optimizer.regimes.places import Destination
from optimizer.regimes.questions import RuleTest, questions, shown
from optimizer.regimes.ruling import Ruling, RulingStatus, Trade
from optimizer.regimes.table import REGIMES, Regime
from optimizer.regimes.turning import LAW

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
LABELS = {
    "tpp": "TPP",
    "performance_density": "performance density",
    "memory_bandwidth_gbs": "DRAM bandwidth in GB/s",
    "io_bandwidth_gbs": "I/O bandwidth in GB/s",
    "entity_listed": "vendor on the Entity List",
    "data_centre": "designed or marketed for data centres",
    "destination_group": "country groups of the destination",
    "parent_group": "country groups of the parent's place",
}
FIELDS = {"io_bandwidth_gbs": "link_gbs"}
"""Facts that have another name among the chip's fields."""


@dataclass(frozen=True)
class InForce:
    """The regime that decides from a day on; `entry` counts the timeline's entries from 0."""

    entry: int
    since: date
    regime: Regime


def known_regimes(instance: Instance | None) -> dict[str, Regime]:
    """Every regime by id: those of law and policy, then the instance's own. Cycles were refused when it was read."""
    known = {regime.id: regime for regime in REGIMES}
    for name in _by_dependence(instance.regimes if instance else {}):
        assert instance is not None
        known[name] = made(name, instance.regimes[name], known, instance)
    return known


@dataclass(frozen=True)
class TieredChip:
    """What the rules ask about a chip: the facts of the law, and the tier the instance gives it."""

    facts: ChipFacts
    tier: int | None


def _by_dependence(regimes: Mapping[str, UserRegime]) -> Iterator[str]:
    """Ids so that each comes after the one it is based on."""
    done: set[str] = set()
    while waiting := [name for name in regimes if name not in done]:
        ready = [name for name in waiting if regimes[name].based_on not in waiting]
        for name in ready or waiting:
            done.add(name)
            yield name


def made(name: str, spec: UserRegime, known: Mapping[str, Regime], instance: Instance | None = None) -> Regime:
    """A regime out of its tests. Raises KeyError if it is based on one that is not known."""
    base = known[spec.based_on] if spec.based_on else None
    tiers = {chip_id: chip.tier for chip_id, chip in instance.accelerators.items()} if instance else {}

    def rule(chip: ChipFacts, trade: Trade) -> Ruling:
        trade = trade.under(spec.effective)
        ruling = _decided(name, spec, base, TieredChip(chip, tiers.get(chip.id)), trade)
        early = trade.delivery < spec.effective and "before_effective_date" not in ruling.flags
        return replace(ruling, flags=("before_effective_date", *ruling.flags)) if early else ruling

    def tests(chip: ChipFacts, trade: Trade) -> tuple[RuleTest, ...]:
        tiered = TieredChip(chip, tiers.get(chip.id))
        own = tuple(_rule_test(test, condition, tiered, trade) for test, condition in _pairs(spec))
        if base is None:
            return own
        return own + (
            base.questions(chip, trade) if base.questions else questions(base.id, chip, trade.under(base.effective))
        )

    summary = f"The planner's own: {len(spec.tests)} tests" + (
        f", then as {spec.based_on}." if base else ", then free."
    )
    return Regime(
        id=name,
        name=spec.name,
        effective=spec.effective,
        source=spec.source,
        rule=rule,
        summary=summary,
        questions=tests,
        thresholds=_thresholds(spec, base),
    )


def _decided(name: str, spec: UserRegime, base: Regime | None, chip: TieredChip, trade: Trade) -> Ruling:
    for number, test in enumerate(spec.tests, 1):
        if all(_holds(test, condition, chip, trade) for condition in test.when):
            numbers = ", ".join(_rule_test(test, c, chip, trade).label for c in test.when) or "applies always"
            return Ruling(
                status=RulingStatus(test.ruling),
                clause=test.clause,
                effective=spec.effective,
                source=test.source or spec.source,
                reason=f"{chip.facts.id} to {trade.destination.id}: test {number} of {name} applies ({numbers}).",
                quota_accelerators=test.quota_accelerators,
                fee_fraction=test.fee_fraction,
                extra_lead_weeks=test.extra_lead_weeks,
                probability=_chance(test),
            )
    if base is not None:
        return base.rule(chip.facts, trade)
    reason = f"{chip.facts.id} to {trade.destination.id}: none of the {len(spec.tests)} tests of {name} applies."
    return Ruling(RulingStatus.FREE, f"no test of {name} applies", spec.effective, spec.source, reason)


def _chance(test: RulingTest) -> float:
    if test.ruling == "licence":
        return 1.0 if test.probability is None else test.probability
    return 1.0 if test.ruling == "free" else 0.0


def _pairs(spec: UserRegime) -> Iterator[tuple[RulingTest, Condition]]:
    for test in spec.tests:
        for condition in test.when:
            yield test, condition


def fact(condition: Condition, chip: TieredChip, trade: Trade) -> object:
    """The value of the fact a condition asks for; None if it is not known. Groups are a set."""
    places: dict[str, object] = {
        "destination": trade.destination.id,
        "destination_group": _groups(trade.destination),
        "parent": trade.parent.id,
        "parent_group": _groups(trade.parent),
        "accelerator": chip.facts.id,
        "tier": chip.tier,
    }
    if condition.fact in places:
        return places[condition.fact]
    figure: object = getattr(chip.facts, FIELDS.get(condition.fact, condition.fact))
    return figure


def _groups(place: Destination) -> frozenset[str]:
    """Country groups; Macau counts as D:5, as in every rule of law."""
    return place.country_groups | {"D:5"} if place.id == "macau" else place.country_groups


def _holds(test: RulingTest, condition: Condition, chip: TieredChip, trade: Trade) -> bool:
    value = fact(condition, chip, trade)
    if value is None:
        field = {"performance_density": "die_mm2"}.get(condition.fact, condition.fact)
        raise MissingFact(chip.facts.id, field, test.clause)
    if isinstance(value, frozenset):
        return (condition.value in value) is (condition.op == "==")
    return bool(COMPARE[condition.op](value, condition.value))


def _rule_test(test: RulingTest, condition: Condition, chip: TieredChip, trade: Trade) -> RuleTest:
    value = fact(condition, chip, trade)
    name = LABELS.get(condition.fact, condition.fact)
    wanted = shown(float(condition.value)) if condition.fact in NUMBERS else _plain(condition.value)
    if value is None:
        return RuleTest(f"{name} (not given) {condition.op} {wanted}", None)
    if isinstance(value, frozenset):
        op = "have" if condition.op == "==" else "lack"
        return RuleTest(
            f"{name} ({', '.join(sorted(value)) or 'none'}) {op} {wanted}", _holds(test, condition, chip, trade)
        )
    have = shown(float(str(value))) if condition.fact in NUMBERS else _plain(value)
    return RuleTest(f"{name} {have} {condition.op} {wanted}", _holds(test, condition, chip, trade))


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _thresholds(spec: UserRegime, base: Regime | None) -> dict[str, tuple[float, ...]]:
    limits: dict[str, set[float]] = {name: set(values) for name, values in (base.thresholds if base else LAW).items()}
    for _, condition in _pairs(spec):
        if condition.fact in NUMBERS and condition.fact != "tier":
            limits.setdefault(FIELDS.get(condition.fact, condition.fact), set()).add(float(condition.value))
    return {name: tuple(sorted(values)) for name, values in limits.items()}


def in_force(export: Export, known: Mapping[str, Regime], day: date) -> InForce:
    """The regime that decides on a delivery on a day: the last entry of the timeline that has begun."""
    if not export.timeline:
        assert export.regime is not None
        return InForce(0, known[export.regime].effective, known[export.regime])
    begun = [(n, entry) for n, entry in enumerate(export.timeline) if entry.from_date <= day]
    number, entry = begun[-1] if begun else (0, export.timeline[0])
    return InForce(number, entry.from_date, known[entry.regime])
