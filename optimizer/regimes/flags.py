"""Legal risks that change no status and no price: what each is called, what it says, and when it is raised.

A reader never sees a flagged chip without its flags (docs/export_rules.md, section 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from optimizer.regimes.conditions import TPP_LOW, Class3a090, china, classify, parent_only, restricted
from optimizer.regimes.facts import ChipFacts, MissingFact
from optimizer.regimes.order import DATED, since
from optimizer.regimes.ruling import Ruling, RulingStatus, Trade

GP10_SINCE = date(2025, 5, 13)
AFFILIATES_SINCE = date(2025, 9, 29)
AFFILIATES_SUSPENDED = date(2025, 11, 10)
AFFILIATES_AGAIN = date(2026, 11, 10)
MALAYSIA_SINCE = date(2025, 7, 14)
LISTING_LAPSES = date(2027, 4, 6)


@dataclass(frozen=True)
class Flag:
    """One risk in words."""

    id: str
    label: str
    """A few words for a table cell."""
    sentence: str
    """What a buyer has to know."""
    clause: str
    source: str


FLAGS: tuple[Flag, ...] = (
    Flag(
        "before_effective_date",
        "before the law",
        "Delivered before the regime takes effect: a counterfactual.",
        "effective date of the regime",
        "S59",
    ),
    Flag(
        "gp10",
        "GP10",
        "Meets 3A090 and is of Chinese design: buying, using or servicing it may breach General Prohibition 10, by the "
        "guidance of 13 May 2025, anywhere in the world.",
        "15 CFR 736.2(b)(10), guidance of 13 May 2025",
        "S162",
    ),
    Flag(
        "gp10_density_unknown",
        "GP10 not excluded",
        "Its die area is not public, so that it meets 3A090, and with it General Prohibition 10, cannot be excluded.",
        "15 CFR 736.2(b)(10), guidance of 13 May 2025",
        "S162",
    ),
    Flag(
        "entity_list_vendor",
        "Entity List",
        "Its vendor is on the Entity List: its foundry and memory supply is cut; buyers are not barred.",
        "15 CFR 744, Supplement 4",
        "S13",
    ),
    Flag(
        "affiliates_rule",
        "Affiliates rule",
        "Check who owns the vendor: what listed parties own to 50 % or more is listed too. Suspended from 10 November "
        "2025 to 9 November 2026; by its text in force again since 10 November 2026, last seen in September 2026.",
        "90 FR 47201, suspended by 90 FR 50857",
        "S163",
    ),
    Flag(
        "hbm_supply",
        "HBM supply",
        "High-bandwidth memory may not be exported to China since 2 December 2024: its supply may fail.",
        "ECCN 3A090.c",
        "S56",
    ),
    Flag(
        "no_spares_channel",
        "no spares",
        "Denied for new deliveries: nothing can be repaired or replaced through its maker.",
        "15 CFR 742.6",
        "S59",
    ),
    Flag(
        "china_discourages",
        "China discourages",
        "Beijing decides purchases of American chips case by case and prefers them in Hong Kong.",
        "notices of Chinese authorities, 2025 and 2026",
        "S165",
    ),
    Flag(
        "parent_headquarters",
        "parent's headquarters",
        "The buyer's ultimate parent sits in a restricted place; the rules follow it abroad.",
        "15 CFR 742.6(a)(6)(iii)(A)",
        "S59",
    ),
    Flag(
        "tenant_diligence",
        "tenant diligence",
        "The operator has to know who uses the machine, and who owns them.",
        "BIS guidance of 31 May 2026",
        "S59",
    ),
    Flag(
        "us_shipment",
        "shipped from the US",
        "The licence asks for shipment from the United States, a test there, and sales to China of at most half of "
        "those to American customers.",
        "15 CFR 742.6(b)(10)",
        "S65",
    ),
    Flag(
        "listing_lapses",
        "listing lapses",
        "Named buyers are exempt until 6 April 2027 unless the listing is renewed.",
        "15 CFR 740, Supplement 8",
        "S161",
    ),
    Flag(
        "malaysia_permit",
        "Malaysia permit",
        "Leaving Malaysia with it needs 30 days' notice and may need a permit; bringing it in needs none.",
        "Strategic Trade Act 2010 s.12, directive of 14 July 2025",
        "S166",
    ),
    Flag(
        "import_licence",
        "import licence",
        "Hong Kong licenses each import and export of scheduled strategic goods, such as servers with strong "
        "encryption.",
        "Cap. 60 s.6A and Cap. 60G",
        "S167",
    ),
)
"""In the order in which a ruling lists them."""
GP10 = ("gp10", "gp10_density_unknown")
"""Flags of General Prohibition 10."""
BY_ID = {flag.id: flag for flag in FLAGS}
SUPERCOMPUTER = Flag(
    "supercomputer_end_use",
    "supercomputer end use",
    "Part of a machine that is a supercomputer by law, in a restricted place: switches, adapters, processors and "
    "encryption parts of American make need a licence, with a presumption of denial.",
    "15 CFR 744.23(a)(1) and 772.1",
    "S160",
)
"""Raised by a whole design and not by a chip: docs/export_rules.md, section 13."""


def flags_of(ruling: Ruling, chip: ChipFacts, trade: Trade, law: tuple[str, date]) -> tuple[str, ...]:
    """Ids of the flags of a ruling under a regime (id, effective date), in the order of `FLAGS`."""
    regime, effective = law
    raised = {
        "before_effective_date": trade.delivery < effective,
        "malaysia_permit": trade.destination.id == "malaysia"
        and trade.delivery >= MALAYSIA_SINCE
        and chip.origin == "US"
        and meets_3a090(chip) is not False,
        "import_licence": trade.destination.id == "hong_kong",
        **(_chinese(chip, trade, regime) if chip.origin == "CN" else _american(ruling, chip, trade, regime)),
    }
    return tuple(flag.id for flag in FLAGS if raised.get(flag.id))


def meets_3a090(chip: ChipFacts) -> bool | None:
    """Whether a chip is in 3A090.a or .b; None if its density decides and is not known."""
    try:
        return classify(chip).paragraph is not Class3a090.NONE
    except MissingFact:
        return None


def _chinese(chip: ChipFacts, trade: Trade, regime: str) -> dict[str, bool]:
    policy = regime == "domestic_only"
    guided = policy or since(regime, "aug_2025") or (regime == "apr_2025" and trade.delivery >= GP10_SINCE)
    owned = AFFILIATES_SINCE <= trade.delivery < AFFILIATES_SUSPENDED or trade.delivery >= AFFILIATES_AGAIN
    return {
        "gp10": guided and meets_3a090(chip) is True,
        "gp10_density_unknown": guided and meets_3a090(chip) is None,
        "entity_list_vendor": chip.entity_listed and (policy or since(regime, "oct_2023")),
        "affiliates_rule": not chip.entity_listed and owned and (policy or since(regime, "aug_2025")),
        "hbm_supply": policy or since(regime, "apr_2025"),
    }


def _american(ruling: Ruling, chip: ChipFacts, trade: Trade, regime: str) -> dict[str, bool]:
    status, abroad = ruling.status, trade.destination.id != "united_states"
    exempt = trade.destination.id == "united_arab_emirates" and trade.buyer == "listed"
    return {
        "no_spares_channel": status is RulingStatus.DENIED and regime in DATED,
        "china_discourages": status is not RulingStatus.DENIED
        and china(trade.destination)
        and since(regime, "aug_2025"),
        "parent_headquarters": status is not RulingStatus.FREE and parent_only(trade) and since(regime, "oct_2023"),
        "tenant_diligence": since(regime, "may_2026") and abroad and not restricted(trade) and chip.tpp >= TPP_LOW,
        "us_shipment": "742.6(b)(10)" in ruling.clause,
        "listing_lapses": since(regime, "jul_2026")
        and exempt
        and trade.delivery > LISTING_LAPSES
        and meets_3a090(chip) is not False,
    }
