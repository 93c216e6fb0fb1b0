"""10 July 2026: the Emirates leave D:3 and D:4 for A:5, but are named by 3A090 itself. The law as last read."""

from __future__ import annotations

from datetime import date

from optimizer.regimes import may_2026
from optimizer.regimes.conditions import Class3a090, Classified, classify, restricted
from optimizer.regimes.facts import ChipFacts
from optimizer.regimes.oct_2023 import ELSEWHERE_LEAD_WEEKS, ELSEWHERE_PROBABILITY, clause_of
from optimizer.regimes.ruling import Ruling, RulingStatus, Trade, free

ID = "jul_2026"
NAME = "Emirates to A:5, named in 3A090"
EFFECTIVE = date(2026, 7, 10)
SOURCE = "S161"
SUMMARY = (
    "As may_2026, but the Emirates are in A:5 and named by 3A090.a and .b: a licence, except for the government, "
    "listed companies and named American ones."
)
EXEMPT_CLAUSE = "15 CFR 742.6(a)(6)(iii), Emirates: government, Supplement 8 and named US companies"


def decide(chip: ChipFacts, trade: Trade) -> Ruling:
    """A US design delivered abroad: the Emirates first, else as in May 2026."""
    if trade.destination.id != "united_arab_emirates" or restricted(trade):
        return may_2026.decide(chip, trade)
    if trade.buyer != "other":
        reason = f"{chip.id} (TPP {chip.tpp:,.0f}) to a {trade.buyer} buyer in {trade.destination.id}: exempt by name."
        return free(EXEMPT_CLAUSE, EFFECTIVE, SOURCE, reason)
    classified = classify(chip)
    if classified.paragraph is Class3a090.NONE:
        return free("not ECCN 3A090", EFFECTIVE, SOURCE, f"{chip.id} has {classified.numbers}: below 3A090.a and .b.")
    return _licensed(chip, classified)


def _licensed(chip: ChipFacts, classified: Classified) -> Ruling:
    return Ruling(
        RulingStatus.LICENCE,
        clause_of(classified),
        EFFECTIVE,
        SOURCE,
        f"{chip.id} has {classified.numbers}: 3A090 names the Emirates, and this buyer is not exempt.",
        extra_lead_weeks=ELSEWHERE_LEAD_WEEKS,
        probability=ELSEWHERE_PROBABILITY,
    )
