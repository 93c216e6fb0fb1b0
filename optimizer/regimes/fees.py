"""What a licence costs, by the regime that asks for it: fractions of the chip's price, paid on delivery.

Source: docs/export_rules.md, section 5a.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.regimes.facts import ChipFacts

LETTERS_REVENUE_SHARE_FRACTION = 0.15
"""Of August 2025: grade B for the share, C for passing it on in full [S62]."""
SECTION_232_FRACTION = 0.25
"""Tariff of 14 January 2026 on import into the United States, where the chip is tested on its way [S164]."""


@dataclass(frozen=True)
class Band:
    """Bounds within which the tariff is due; none of them is part of it."""

    tpp_above: float
    tpp_below: float
    memory_above_gbs: float
    memory_below_gbs: float

    def holds(self, chip: ChipFacts) -> bool:
        """Whether a chip lies within, by both numbers."""
        return (
            self.tpp_above < chip.tpp < self.tpp_below
            and self.memory_above_gbs < chip.memory_bandwidth_gbs < self.memory_below_gbs
        )


SECTION_232_BANDS = (
    Band(14_000.0, 17_500.0, 4_500.0, 5_000.0),
    # Grade C for the bandwidths of the second band: the text seen breaks off there.
    Band(20_800.0, 21_100.0, 5_800.0, 6_200.0),
)
"""Note 39 to chapter 99 of the tariff schedule [S164]."""


def section_232_fraction(chip: ChipFacts) -> float:
    """The tariff on a chip, as a fraction of its price: computed from its numbers, never by name."""
    return SECTION_232_FRACTION if any(band.holds(chip) for band in SECTION_232_BANDS) else 0.0
