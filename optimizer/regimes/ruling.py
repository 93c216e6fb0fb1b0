"""What a rule answers, and the question put to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Literal

from optimizer.regimes.places import Destination

Buyer = Literal["government", "listed", "other"]
"""A government body of the destination; a company that a rule names as exempt; anybody else."""


class RulingStatus(StrEnum):
    """Whether a chip may be delivered, from lenient to strict."""

    FREE = "free"
    LICENCE = "licence"
    DENIED = "denied"


@dataclass(frozen=True)
class Trade:
    """One delivery: where to, for whose parent, when."""

    destination: Destination
    parent: Destination
    """Where the buyer's ultimate parent has its headquarters."""
    delivery: date
    """First day of the phase. It chooses no rule; a date before the regime took effect is flagged."""
    buyer: Buyer = "other"
    """What the buyer is, where a rule asks for it."""
    shipped_from_us: bool = True
    """Whether the seller exports from the United States, as the case-by-case review asks."""
    volume_cap_accelerators: int | None = None
    """Most accelerators of one kind under the case-by-case review, where the planner knows better than the rule."""

    def under(self, effective: date) -> Trade:
        """The trade with the country groups that were in force when a regime took effect."""
        return replace(self, destination=self.destination.on(effective), parent=self.parent.on(effective))


@dataclass(frozen=True)
class Ruling:
    """The answer, with the paragraph it rests on."""

    status: RulingStatus
    clause: str
    effective: date
    """When the clause that decides took effect."""
    source: str
    """Source of docs/export_rules.md, such as S53."""
    reason: str
    """Plain words, with the numbers."""
    quota_accelerators: int | None = None
    """Most accelerators of this chip over the horizon."""
    fee_fraction: float = 0.0
    """Share of the chip's price, paid on delivery."""
    extra_lead_weeks: float = 0.0
    """Added to the chip's lead time."""
    probability: float = 1.0
    """Chance that the delivery is allowed: 1 if free, 0 if denied."""
    flags: tuple[str, ...] = ()
    """Risks that change no number; see docs/export_rules.md, section 7."""
    entry: int = 0
    """Which entry of the timeline it rests on; a quota counts anew in each."""


DATA_MISSING = "data missing"
"""Flag of a ruling that could not be made: a fact it turns on is not stated, so the chip is left out."""


def free(clause: str, effective: date, source: str, reason: str) -> Ruling:
    """A ruling that nothing is needed."""
    return Ruling(RulingStatus.FREE, clause, effective, source, reason)


def denied(clause: str, effective: date, source: str, reason: str) -> Ruling:
    """A ruling that nothing can be delivered."""
    return Ruling(RulingStatus.DENIED, clause, effective, source, reason, probability=0.0)
