"""Export rulings: a second reading of docs/export_rules.md, sections 1 to 5. Flags decide nothing and are left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from optimizer.inputs.compute import Accelerator

GROUPS: dict[str, frozenset[str]] = {
    "mainland_china": frozenset({"D:1", "D:3", "D:4", "D:5"}),
    "hong_kong": frozenset({"D:1", "D:3", "D:4", "D:5"}),
    "macau": frozenset({"D:1", "D:3", "D:4"}),
    "singapore": frozenset({"A:6"}),
    "taiwan": frozenset({"A:6", "D:3"}),
    "malaysia": frozenset(),
    "thailand": frozenset(),
    "indonesia": frozenset(),
    "japan": frozenset({"A:5"}),
    "south_korea": frozenset({"A:5"}),
    "australia": frozenset({"A:5"}),
    "india": frozenset({"A:5"}),
    "united_kingdom": frozenset({"A:5"}),
    "germany": frozenset({"A:5"}),
    "france": frozenset({"A:5"}),
    "netherlands": frozenset({"A:5"}),
    "norway": frozenset({"A:5"}),
    "sweden": frozenset({"A:5"}),
    "canada": frozenset({"A:5"}),
    "united_arab_emirates": frozenset({"A:5"}),
    "saudi_arabia": frozenset({"D:3", "D:4"}),
    "vietnam": frozenset({"D:1", "D:3"}),
    "united_states": frozenset(),
}
"""By place, as they are now."""
UNTIL: dict[str, tuple[date, frozenset[str]]] = {
    "united_arab_emirates": (date(2026, 7, 9), frozenset({"D:3", "D:4"})),
}
"""Groups of a place up to a last day, before those of now."""
CHINA = frozenset({"mainland_china", "hong_kong", "macau"})
EFFECTIVE = {
    "before_oct_2022": date(2020, 12, 23),
    "oct_2022": date(2022, 10, 7),
    "oct_2023": date(2023, 11, 17),
    "apr_2025": date(2025, 4, 9),
    "aug_2025": date(2025, 8, 11),
    "jan_2026": date(2026, 1, 15),
    "may_2026": date(2026, 5, 31),
    "jul_2026": date(2026, 7, 10),
    "domestic_only": date(2026, 1, 14),
    "open_market": date(2000, 1, 1),
}
REGIMES = tuple(EFFECTIVE)
JANUARY_RULE = date(2026, 1, 15)
MAY_QUOTA = 75_000
TARIFF = 0.25
TARIFF_BANDS = (((14_000.0, 17_500.0), (4500.0, 5000.0)), ((20_800.0, 21_100.0), (5800.0, 6200.0)))
"""Of TPP and of memory bandwidth in GB/s; a bound is not inside."""


@dataclass(frozen=True, kw_only=True)
class AuditedRuling:
    """Whether a chip may be delivered, and on what terms."""

    status: str
    """free, licence or denied."""
    clause: str
    fee_fraction: float = 0.0
    extra_lead_weeks: float = 0.0
    quota: int | None = None
    entry: int = 0
    """Place of the timeline's entry; quotas count anew in each."""


FREE = AuditedRuling(status="free", clause="free")


@dataclass(frozen=True)
class AuditedTrade:
    """Where a chip goes, and who buys it on what terms."""

    destination: str
    parent: str
    """Where the buyer's ultimate parent sits."""
    buyer: str = "other"
    shipped_from_us: bool = True
    volume_cap: int | None = None
    groups_on: date = EFFECTIVE["may_2026"]
    """The day whose country groups are asked for: that on which the deciding regime took effect."""

    @property
    def restricted(self) -> bool:
        """Destination or parent is in D:5 or Macau."""
        return restricted(self.destination) or restricted(self.parent)

    @property
    def parent_only(self) -> bool:
        """Restricted by the parent alone."""
        return restricted(self.parent) and not restricted(self.destination)

    @property
    def elsewhere_controlled(self) -> bool:
        """A D:1 or D:4 destination outside A:5 and A:6, in an unrestricted trade."""
        here = groups(self.destination, self.groups_on)
        return not self.restricted and bool(here & {"D:1", "D:4"}) and not here & {"A:5", "A:6"}


def groups(place: str, day: date) -> frozenset[str]:
    """Country groups of a place on a day."""
    last, before = UNTIL.get(place, (date.min, frozenset()))
    return before if day <= last else GROUPS[place]


def restricted(place: str) -> bool:
    """Country group D:5 (no place has entered or left it), or Macau."""
    return "D:5" in GROUPS[place] or place == "macau"


class MissingFactError(ValueError):
    """A ruling turns on a fact that the chip's row does not give."""


def total_processing_performance(chip: Accelerator) -> float:
    """Largest over precisions of dense throughput times bit length. Raises MissingFactError without any peak."""
    products = (
        (chip.fp64_tflops, 64),
        (chip.tf32_tflops, 19),
        (chip.bf16_tflops, 16),
        (chip.fp8_tflops, 8),
        (chip.int8_tops, 8),
        (chip.fp4_tflops, 4),
    )
    known = [peak * bits for peak, bits in products if peak is not None]
    if not known:
        raise MissingFactError(f"{chip.name}: no peak is given")
    return max(known)


def class_3a090(chip: Accelerator) -> str:
    """`a`, `b` or `none`. Raises MissingFactError if the die area decides and is not known."""
    tpp = total_processing_performance(chip)
    if tpp >= 4800:
        return "a"
    if not chip.data_centre or tpp < 1600:
        return "none"
    if chip.die_mm2 is None:
        raise MissingFactError(f"{chip.name}: die_mm2 is needed for ECCN 3A090")
    density = tpp / chip.die_mm2
    if density >= 5.92:
        return "a"
    if density >= 3.2 or (tpp >= 2400 and density >= 1.6):
        return "b"
    return "none"


def letter_hit(chip: Accelerator) -> bool:
    """Caught by the letters of April 2025."""
    memory, link = chip.memory_bandwidth_gbs, chip.link_gbs
    return memory >= 1400 or link >= 1100 or memory + link >= 1700


def case_by_case(chip: Accelerator, trade: AuditedTrade) -> bool:
    """Exported from the United States to China, within the limits of the review of January 2026."""
    small = total_processing_performance(chip) < 21_000 and chip.memory_bandwidth_gbs < 6500
    return trade.shipped_from_us and trade.destination in CHINA and small and chip.launch <= JANUARY_RULE


def tariff(chip: Accelerator) -> float:
    """Section 232: what testing in the United States costs, as a share of the price."""
    tpp = total_processing_performance(chip)
    for (low_tpp, high_tpp), (low_gbs, high_gbs) in TARIFF_BANDS:
        if low_tpp < tpp < high_tpp and low_gbs < chip.memory_bandwidth_gbs < high_gbs:
            return TARIFF
    return 0.0


def barred_by_prohibition_10(chip: Accelerator) -> bool:
    """A Chinese design in 3A090, or one of which that is not known for want of a die area. Raises MissingFactError."""
    if chip.origin != "CN":
        return False
    total_processing_performance(chip)
    try:
        return class_3a090(chip) != "none"
    except MissingFactError:
        return True


def _oct_2022(chip: Accelerator, trade: AuditedTrade) -> AuditedRuling:
    if restricted(trade.destination) and chip.link_gbs >= 600 and total_processing_performance(chip) >= 4800:
        return AuditedRuling(status="denied", clause="ECCN 3A090 of 7 Oct 2022")
    return FREE


def _oct_2023(chip: Accelerator, trade: AuditedTrade) -> AuditedRuling:
    if not (trade.restricted or trade.elsewhere_controlled):
        return FREE
    kind = class_3a090(chip)
    if kind == "none":
        return FREE
    if trade.restricted:
        return AuditedRuling(status="denied", clause=f"15 CFR 3A090.{kind}")
    if kind == "a" and chip.data_centre:
        return AuditedRuling(status="licence", clause="15 CFR 3A090.a", extra_lead_weeks=26.0)
    return FREE


def _apr_2025(chip: Accelerator, trade: AuditedTrade) -> AuditedRuling:
    if trade.restricted and class_3a090(chip) == "none" and letter_hit(chip):
        return AuditedRuling(status="denied", clause="is-informed letters of 9 Apr 2025")
    return _oct_2023(chip, trade)


def _aug_2025(chip: Accelerator, trade: AuditedTrade) -> AuditedRuling:
    if trade.restricted and class_3a090(chip) == "none" and letter_hit(chip):
        return AuditedRuling(
            status="licence", clause="licences of 11 Aug 2025", fee_fraction=0.15, extra_lead_weeks=13.0
        )
    return _apr_2025(chip, trade)


def _reviewed(chip: Accelerator, trade: AuditedTrade) -> bool:
    return trade.restricted and class_3a090(chip) in ("a", "b") and case_by_case(chip, trade)


def _review(chip: Accelerator, quota: int | None) -> AuditedRuling:
    return AuditedRuling(
        status="licence", clause="15 CFR 742.6(b)(10)", fee_fraction=tariff(chip), extra_lead_weeks=26.0, quota=quota
    )


def _jan_2026(chip: Accelerator, trade: AuditedTrade) -> AuditedRuling:
    return _review(chip, trade.volume_cap) if _reviewed(chip, trade) else _aug_2025(chip, trade)


def _may_2026(chip: Accelerator, trade: AuditedTrade) -> AuditedRuling:
    if trade.parent_only and class_3a090(chip) in ("a", "b"):
        return AuditedRuling(status="denied", clause="BIS guidance of 31 May 2026")
    if _reviewed(chip, trade):
        return _review(chip, MAY_QUOTA if trade.volume_cap is None else trade.volume_cap)
    return _jan_2026(chip, trade)


def _jul_2026(chip: Accelerator, trade: AuditedTrade) -> AuditedRuling:
    if trade.destination != "united_arab_emirates" or trade.restricted:
        return _may_2026(chip, trade)
    if trade.buyer in ("government", "listed"):
        return FREE
    kind = class_3a090(chip)
    return (
        FREE
        if kind == "none"
        else AuditedRuling(status="licence", clause=f"15 CFR 3A090.{kind}", extra_lead_weeks=26.0)
    )


def known_places(*places: str) -> None:
    """Raises ValueError for a place of no group table."""
    for place in places:
        if place not in GROUPS:
            raise ValueError(f"unknown place {place}")


def rule(regime: str, chip: Accelerator, trade: AuditedTrade) -> AuditedRuling:
    """The ruling of a regime on one chip and trade. Raises ValueError if a place, the regime or a fact is unknown."""
    if regime not in REGIMES:
        raise ValueError(f"unknown regime {regime}")
    known_places(trade.destination, trade.parent)
    if regime == "open_market" or chip.origin == "CN":
        return FREE
    if regime == "domestic_only":
        return AuditedRuling(status="denied", clause="planner's policy: Chinese designs only")
    if trade.destination == "united_states" or regime == "before_oct_2022":
        return FREE
    dated = {
        "oct_2022": _oct_2022,
        "oct_2023": _oct_2023,
        "apr_2025": _apr_2025,
        "aug_2025": _aug_2025,
        "jan_2026": _jan_2026,
        "may_2026": _may_2026,
        "jul_2026": _jul_2026,
    }
    return dated[regime](chip, replace(trade, groups_on=EFFECTIVE[regime]))
