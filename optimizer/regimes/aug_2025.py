"""11 August 2025: licences for the chips of the letters, in return for 15 % of revenue."""

from __future__ import annotations

from datetime import date

from optimizer.regimes import apr_2025
from optimizer.regimes.conditions import bandwidths
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.fees import LETTERS_REVENUE_SHARE_FRACTION
from optimizer.regimes.ruling import Ruling, RulingStatus, Trade

ID = "aug_2025"
NAME = "15 % revenue-share licences"
EFFECTIVE = date(2025, 8, 11)
SOURCE = "S62"
SUMMARY = "As apr_2025, but chips under the letters are licensed for 15 % of their price."

PROBABILITY = 0.5
"""Grade C: licences exist, both governments hesitate."""
LEAD_WEEKS = 13.0
"""Grade C: a quarter of a year."""


def decide(chip: ChipFacts, trade: Trade) -> Ruling:
    """A US design delivered abroad: a licence for what the letters reach, else as in April 2025."""
    if not apr_2025.caught(chip, trade):
        return apr_2025.decide(chip, trade)
    return Ruling(
        RulingStatus.LICENCE,
        "is-informed letters of 9 Apr 2025, licences of 11 Aug 2025 for 15 % of revenue",
        EFFECTIVE,
        SOURCE,
        f"{chip.id} has {bandwidths(chip)} (limits 1,400, 1,100 and 1,700 together): licensed for 15 % of its price.",
        fee_fraction=LETTERS_REVENUE_SHARE_FRACTION,
        extra_lead_weeks=LEAD_WEEKS,
        probability=PROBABILITY,
    )
