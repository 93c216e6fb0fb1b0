"""Every test a regime of law asks, in words and with the chip's numbers (docs/export_rules.md, sections 2 to 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.regimes import conditions as c
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.fees import SECTION_232_BANDS, SECTION_232_FRACTION
from optimizer.regimes.oct_2022 import LINK_GBS
from optimizer.regimes.order import since
from optimizer.regimes.places import Destination
from optimizer.regimes.ruling import Trade


@dataclass(frozen=True)
class RuleTest:
    """One test. `holds` is None if the row does not give the fact."""

    label: str
    """The fact and the threshold, such as `TPP 15,832 >= 4,800`."""
    holds: bool | None

    def __str__(self) -> str:
        """The test with its answer."""
        return f"{self.label}: {'not known' if self.holds is None else 'yes' if self.holds else 'no'}"


Group = Callable[[ChipFacts, Trade], Iterator[RuleTest]]


def at_least(name: str, value: float | None, limit: float, unit: str = "") -> RuleTest:
    """A lower bound in words; an unknown value has no answer."""
    tail = f" {unit}" if unit else ""
    if value is None:
        return RuleTest(f"{name} (not given) >= {shown(limit)}{tail}", None)
    return RuleTest(f"{name} {shown(value)} >= {shown(limit)}{tail}", value >= limit)


def below(name: str, value: float, limit: float, unit: str = "") -> RuleTest:
    """An upper bound in words."""
    tail = f" {unit}" if unit else ""
    return RuleTest(f"{name} {shown(value)} < {shown(limit)}{tail}", value < limit)


def shown(value: float) -> str:
    """A number as the page writes it: two decimals below 100, none above; never rounded up to a threshold."""
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{value:,.10g}"


def questions(regime_id: str, chip: ChipFacts, trade: Trade) -> tuple[RuleTest, ...]:
    """The tests of a regime in the order of the page; those that no longer matter once one decides are kept."""
    first = RuleTest(f"designed in China (origin {chip.origin})", chip.origin == "CN")
    if regime_id == "open_market":
        return ()
    if regime_id == "domestic_only":
        return (first,)
    home = RuleTest(
        f"delivered inside the United States ({trade.destination.id})", trade.destination.id == "united_states"
    )
    groups = [group for since_regime, group in _GROUPS if since(regime_id, since_regime)]
    if regime_id == "oct_2022":
        groups = [_first_rule]
    return (first, home, *(test for group in groups for test in group(chip, trade)))


def _groups_of(place: Destination) -> str:
    return ", ".join(sorted(place.country_groups)) or "no group that matters"


def _first_rule(chip: ChipFacts, trade: Trade) -> Iterator[RuleTest]:
    where = trade.destination
    yield RuleTest(f"destination {where.id} ({_groups_of(where)}) in D:5 or Macau", c.restricted_place(where))
    yield at_least("I/O", chip.link_gbs, LINK_GBS, "GB/s")
    yield at_least("TPP", chip.tpp, c.TPP_HIGH)


def _places(chip: ChipFacts, trade: Trade) -> Iterator[RuleTest]:
    where, parent = trade.destination, trade.parent
    yield RuleTest(f"destination {where.id} ({_groups_of(where)}) in D:5 or Macau", c.restricted_place(where))
    yield RuleTest(f"parent in {parent.id} ({_groups_of(parent)}), D:5 or Macau", c.restricted_place(parent))
    yield RuleTest(
        f"destination {where.id} in D:1 or D:4, not in A:5 or A:6, no tie to D:5", c.elsewhere_controlled(trade)
    )


def _classes(chip: ChipFacts, trade: Trade) -> Iterator[RuleTest]:
    density = chip.performance_density
    yield at_least("TPP", chip.tpp, c.TPP_HIGH)
    yield RuleTest("designed or marketed for data centres", chip.data_centre)
    yield at_least("TPP", chip.tpp, c.TPP_LOW)
    yield at_least("performance density", density, c.DENSITY_HIGH)
    yield at_least("performance density", density, c.DENSITY_MIDDLE)
    yield at_least("TPP", chip.tpp, c.TPP_MIDDLE)
    yield at_least("performance density", density, c.DENSITY_LOW)


def _letters(chip: ChipFacts, trade: Trade) -> Iterator[RuleTest]:
    memory, link = chip.memory_bandwidth_gbs, chip.link_gbs
    yield at_least("letters: DRAM bandwidth", memory, c.LETTER_MEMORY_GBS, "GB/s")
    yield at_least("letters: I/O", link, c.LETTER_LINK_GBS, "GB/s")
    yield at_least("letters: DRAM bandwidth and I/O together", memory + link, c.LETTER_SUM_GBS, "GB/s")


def _case_by_case(chip: ChipFacts, trade: Trade) -> Iterator[RuleTest]:
    where = trade.destination
    yield RuleTest(f"case by case: destination {where.id} in China or Macau", c.china(where))
    yield RuleTest("case by case: shipped from the United States", trade.shipped_from_us)
    yield below("case by case: TPP", chip.tpp, c.CASE_TPP)
    yield below("case by case: DRAM bandwidth", chip.memory_bandwidth_gbs, c.CASE_MEMORY_GBS, "GB/s")
    yield RuleTest(f"case by case: on sale {chip.launch} <= {c.CASE_ON_SALE}", chip.launch <= c.CASE_ON_SALE)


def _tariff(chip: ChipFacts, trade: Trade) -> Iterator[RuleTest]:
    for band in SECTION_232_BANDS:
        yield RuleTest(
            f"tariff of {SECTION_232_FRACTION:.0%}: TPP {shown(chip.tpp)} in {shown(band.tpp_above)} to "
            f"{shown(band.tpp_below)} and DRAM bandwidth {shown(chip.memory_bandwidth_gbs)} in "
            f"{shown(band.memory_above_gbs)} to {shown(band.memory_below_gbs)} GB/s",
            band.holds(chip),
        )


def _emirates(chip: ChipFacts, trade: Trade) -> Iterator[RuleTest]:
    where = trade.destination.id
    yield RuleTest(f"destination {where} is the Emirates, which 3A090 names", where == "united_arab_emirates")
    yield RuleTest(f"buyer ({trade.buyer}) is the government, listed in Supplement 8 or named", trade.buyer != "other")


def _parents(chip: ChipFacts, trade: Trade) -> Iterator[RuleTest]:
    yield RuleTest("restricted by the parent's headquarters alone", c.parent_only(trade))


_GROUPS: tuple[tuple[str, Group], ...] = (
    ("oct_2023", _places),
    ("oct_2023", _classes),
    ("apr_2025", _letters),
    ("jan_2026", _case_by_case),
    ("jan_2026", _tariff),
    ("may_2026", _parents),
    ("jul_2026", _emirates),
)
"""Tests by the regime that brought them; later regimes keep them."""
