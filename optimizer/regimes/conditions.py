"""The small tests the regimes are built from. Pure; thresholds are those of docs/export_rules.md, sections 2 and 3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from optimizer.inputs.schema import Instance
from optimizer.regimes.facts import ChipFacts, MissingFact
from optimizer.regimes.places import Destination, place
from optimizer.regimes.ruling import Trade

TPP_HIGH = 4800.0
TPP_MIDDLE = 2400.0
TPP_LOW = 1600.0
DENSITY_HIGH = 5.92
DENSITY_MIDDLE = 3.2
DENSITY_LOW = 1.6
LETTER_MEMORY_GBS = 1400.0
LETTER_LINK_GBS = 1100.0
LETTER_SUM_GBS = 1700.0
CASE_TPP = 21000.0
CASE_MEMORY_GBS = 6500.0
CASE_ON_SALE = date(2026, 1, 15)
"""Publication of the rule: chips not on sale in the US by then are outside it."""

CHINA = frozenset({"mainland_china", "hong_kong", "macau"})


def restricted_place(where: Destination) -> bool:
    """In Country Group D:5, or Macau, which the rules name beside it."""
    return "D:5" in where.country_groups or where.id == "macau"


def restricted_sites(instance: Instance) -> tuple[str, ...]:
    """Sites in Country Group D:5 or Macau."""
    return tuple(s for s, site in instance.sites.items() if restricted_place(place(site.place)))


def china(place: Destination) -> bool:
    """China as the EAR has it (Hong Kong included), or Macau."""
    return place.id in CHINA


def restricted(trade: Trade) -> bool:
    """The destination or the ultimate parent's headquarters is in D:5 or Macau."""
    return restricted_place(trade.destination) or restricted_place(trade.parent)


def parent_only(trade: Trade) -> bool:
    """Restricted by the parent alone: say, a Hong Kong parent's cluster in Singapore."""
    return restricted_place(trade.parent) and not restricted_place(trade.destination)


def elsewhere_controlled(trade: Trade) -> bool:
    """Country Groups D:1 or D:4 without A:5 or A:6, and no tie to D:5 or Macau."""
    groups = trade.destination.country_groups
    return not restricted(trade) and bool(groups & {"D:1", "D:4"}) and not groups & {"A:5", "A:6"}


class Class3a090(StrEnum):
    """Paragraph of ECCN 3A090 as of November 2023."""

    A = "a"
    B = "b"
    NONE = "none"


@dataclass(frozen=True)
class Classified:
    """The class, the limb that gives it, and the numbers."""

    paragraph: Class3a090
    limb: str
    """The condition met, as the clause names it; empty if none."""
    numbers: str


def classify(chip: ChipFacts) -> Classified:
    """Paragraph of 3A090; raises MissingFact if density decides and the die area is not known."""
    tpp = f"TPP {chip.tpp:,.0f}"
    if chip.tpp >= TPP_HIGH:
        return Classified(Class3a090.A, "TPP >= 4,800", tpp)
    if not chip.data_centre:
        return Classified(Class3a090.NONE, "", f"{tpp} below 4,800 and not for data centres")
    if chip.tpp < TPP_LOW:
        return Classified(Class3a090.NONE, "", f"{tpp} below 1,600")
    density = chip.performance_density
    if density is None:
        raise MissingFact(chip.id, "die_mm2", f"15 CFR 3A090 ({tpp}, performance density)")
    numbers = f"{tpp} and performance density {density:.2f}"
    if density >= DENSITY_HIGH:
        return Classified(Class3a090.A, "TPP >= 1,600 and performance density >= 5.92", numbers)
    if density >= DENSITY_MIDDLE:
        return Classified(Class3a090.B, "TPP >= 1,600 and performance density 3.2 to 5.92", numbers)
    if chip.tpp >= TPP_MIDDLE and density >= DENSITY_LOW:
        return Classified(Class3a090.B, "TPP 2,400 to 4,800 and performance density 1.6 to 5.92", numbers)
    return Classified(Class3a090.NONE, "", numbers)


def controlled(chip: ChipFacts) -> bool:
    """In 3A090.a or .b; raises MissingFact as `classify` does."""
    return classify(chip).paragraph is not Class3a090.NONE


def letter_hit(chip: ChipFacts) -> bool:
    """The bandwidth test of the letters of April 2025."""
    memory, link = chip.memory_bandwidth_gbs, chip.link_gbs
    return memory >= LETTER_MEMORY_GBS or link >= LETTER_LINK_GBS or memory + link >= LETTER_SUM_GBS


def case_by_case(chip: ChipFacts, trade: Trade) -> bool:
    """Reviewed case by case since January 2026, for delivery into China or Macau."""
    return (
        china(trade.destination)
        and chip.tpp < CASE_TPP
        and chip.memory_bandwidth_gbs < CASE_MEMORY_GBS
        and chip.launch <= CASE_ON_SALE
    )


def bandwidths(chip: ChipFacts) -> str:
    """Both bandwidths in words."""
    return f"DRAM bandwidth {chip.memory_bandwidth_gbs:,.0f} GB/s and I/O {chip.link_gbs:,.0f} GB/s"
