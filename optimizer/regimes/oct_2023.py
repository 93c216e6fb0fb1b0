"""17 October 2023, in effect 17 November: 3A090.a and .b by performance and density, and the headquarters test."""

from __future__ import annotations

from datetime import date

from optimizer.regimes.conditions import Class3a090, Classified, classify, elsewhere_controlled, restricted
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.ruling import Ruling, RulingStatus, Trade, denied, free

ID = "oct_2023"
NAME = "3A090.a and .b, headquarters test"
EFFECTIVE = date(2023, 11, 17)
SOURCE = "S53"
SUMMARY = (
    "3A090.a and .b denied where the destination or the parent is in D:5 or Macau; licence for .a in other D:1, D:4."
)

ELSEWHERE_PROBABILITY = 0.6
"""Licences for D:1 and D:4 (Gulf states, Viet Nam), grade C: granted more often than not."""
ELSEWHERE_LEAD_WEEKS = 26.0
"""Grade C: half a year of review."""


def decide(chip: ChipFacts, trade: Trade) -> Ruling:
    """A US design delivered abroad, by place, then class; raises MissingFact if density decides and is unknown."""
    if not restricted(trade) and not elsewhere_controlled(trade):
        clause = "destination and parent outside 15 CFR 742.6(a)(6)(iii)"
        where = f"{trade.destination.id} with a parent in {trade.parent.id}"
        return free(clause, EFFECTIVE, SOURCE, f"{chip.id} (TPP {chip.tpp:,.0f}) needs no licence for {where}.")
    classified = classify(chip)
    if classified.paragraph is Class3a090.NONE:
        return free("not ECCN 3A090", EFFECTIVE, SOURCE, f"{chip.id} has {classified.numbers}: below 3A090.a and .b.")
    if restricted(trade):
        return _restricted(chip, trade, classified)
    return _elsewhere(chip, trade, classified)


def clause_of(classified: Classified) -> str:
    """The paragraph and the limb that is met."""
    return f"15 CFR 3A090.{classified.paragraph} ({classified.limb})"


def _restricted(chip: ChipFacts, trade: Trade, classified: Classified) -> Ruling:
    tie = f"destination {trade.destination.id}, parent in {trade.parent.id}"
    if classified.paragraph is Class3a090.A and chip.data_centre:
        reason = f"{chip.id} has {classified.numbers}; {tie}: presumption of denial."
        return denied(clause_of(classified), EFFECTIVE, SOURCE, reason)
    # The exception exists on paper; NVIDIA reports that it "has not resulted in approvals" for China.
    reason = f"{chip.id} has {classified.numbers}; {tie}: the 25-day notice of NAC has led to no known approval."
    return denied(f"{clause_of(classified)}, License Exception NAC", EFFECTIVE, "S55", reason)


def _elsewhere(chip: ChipFacts, trade: Trade, classified: Classified) -> Ruling:
    where = trade.destination.id
    if classified.paragraph is Class3a090.B or not chip.data_centre:
        reason = f"{chip.id} has {classified.numbers}: excepted for {where}."
        return free("License Exception ACA (15 CFR 740.8)", EFFECTIVE, SOURCE, reason)
    return Ruling(
        RulingStatus.LICENCE,
        clause_of(classified),
        EFFECTIVE,
        SOURCE,
        f"{chip.id} has {classified.numbers}: {where} is in Country Group D:1 or D:4 and needs a licence.",
        extra_lead_weeks=ELSEWHERE_LEAD_WEEKS,
        probability=ELSEWHERE_PROBABILITY,
    )
