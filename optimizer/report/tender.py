"""Bids side by side, and the award, as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.analysis.legal_flags import raised_flags
from optimizer.number_format import number, percent
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table
from optimizer.study.alternatives import Ending
from optimizer.study.entry_price import EntryKind, EntryPrice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optimizer.inputs.tender import Tender
    from optimizer.pipeline import Result
    from optimizer.tender.award import Award
    from optimizer.tender.bid_file import BidFile
    from optimizer.tender.quality import QualityMark

FIGURES = {
    "lcoc_usd_per_eflop": "USD/EFLOP",
    "capex_musd": "Capital, MUSD",
    "peak_import_mw": "MW",
    "white_space_m2": "White m2",
    "effective_pflops": "PFLOPS",
}


def figures_of(result: Result) -> dict[str, float]:
    """The figures bids are compared by."""
    return {name: result.reported.kpis[name] for name in FIGURES}


def flags_of(result: Result) -> tuple[str, ...]:
    """Legal flags of a design."""
    return tuple(dict.fromkeys(flag.flag.label for flag in raised_flags(result.problem, result.decisions)))


def bid_row(name: str, result: Result, marks: tuple[float | None, float | None]) -> tuple[str, ...]:
    """One line of the comparison; marks of quality, and in all."""
    values = tuple(number(value) for value in figures_of(result).values())
    shown = tuple("" if mark is None else number(mark, 4) for mark in marks)
    return (name, *values, str(len(flags_of(result))), *shown)


def comparison_blocks(title: str, rows: tuple[tuple[str, ...], ...], tender: Tender) -> list[Block]:
    """The bids beside the plan without any."""
    weight = percent(tender.quality_weight_fraction)
    text = (
        f"Every bid with the plant that is best built around it, verified. Price is {tender.price_figure}, "
        f"by {tender.price_formula.replace('_', ' ')}; quality has {weight} of the final mark."
    )
    header = ("Bid", *FIGURES.values(), "Flags", "Quality", "Final mark")
    return [
        Heading(f"{title}: bids", 1),
        Paragraph(text),
        Table(header, rows, frozenset(range(1, len(header)))),
    ]


def lot_blocks(award: Award) -> list[Block]:
    """Who is awarded what."""
    header = ("Bidder", "Item", "Phase", "Accelerators", "Unit price, USD")
    rows = tuple(
        (lot.bidder, lot.item, lot.phase, f"{lot.accelerators:,}", number(lot.unit_price_usd, 6)) for lot in award.lots
    )
    return [Heading("Award"), Table(header, rows, frozenset({3, 4})), Paragraph(_second(award))]


def _second(award: Award) -> str:
    second = award.second
    if second is None or (second.ending is Ending.UNDECIDED and not second.alternatives):
        return "The best award to other bidders is not known: the search was stopped."
    if not second.alternatives:
        return "No other set of bidders can meet the requirements."
    other = second.alternatives[0]
    names = ", ".join(sorted(name for _, name in other.signature)) or "nobody"
    gap = award.best.design.solve.gap_asked if award.best.design and award.best.design.solve else 0.0
    if other.worse_by <= gap:
        return f"An award to {names} cannot be told apart from it: it costs the same within the gap."
    return f"The best award to others, {names}, costs {percent(other.worse_by, 3)} more."


def break_even_blocks(award: Award, files: Mapping[str, BidFile]) -> list[Block]:
    """What every bidder would have to offer."""
    items = tuple(f"{files[entry.accelerator].bid.bidder}: {break_even_text(entry)}" for entry in award.break_even)
    return [Heading("What each would have to offer to win"), Bullets(items)]


def closed_blocks(closed: Sequence[QualityMark]) -> list[Block]:
    """Bids that take no part in the award, since their price is not opened."""
    reasons = tuple(f"{mark.bidder}: {mark.failed}" for mark in closed)
    return [Heading("Prices that are not opened"), Bullets(reasons)] if reasons else []


def break_even_text(entry: EntryPrice) -> str:
    """One bidder's break-even price in words, as a change of all unit prices."""
    if entry.at_usd is not None and entry.not_at_usd is not None:
        change, limit = 100 * (entry.at_usd - 1), 100 * (entry.not_at_usd - 1)
        if entry.kind is EntryKind.LEAVES:
            return f"awarded, and still at prices {change:+.2f} %; no more at {limit:+.2f} %"
        return f"not awarded at its prices; awarded at {change:+.2f} %, not yet at {limit:+.2f} %"
    return {
        EntryKind.ALWAYS: "awarded at any price: no plan does without it",
        EntryKind.NEVER: "not awarded even as a gift",
        EntryKind.EXCLUDED: f"not admitted: {entry.reason}",
        EntryKind.IMPOSSIBLE: "no plan can hold any of it",
    }.get(entry.kind, "undecided: the search was stopped")


def award_json(award: Award, files: Mapping[str, BidFile]) -> dict[str, Any]:
    """For award.json."""
    second = award.second.alternatives[0] if award.second and award.second.alternatives else None
    return {
        "format_version": 1,
        "figures": figures_of(award.best),
        "lots": [vars(lot) for lot in award.lots],
        "second_best": {
            "worse_by_fraction": second.worse_by if second else None,
            "bidders": sorted(name for _, name in second.signature) if second else [],
            "ending": award.second.ending.value if award.second else None,
        },
        "break_even": [
            {
                "bidder": files[entry.accelerator].bid.bidder,
                "kind": entry.kind.value,
                "awarded_at_factor": entry.at_usd,
                "not_awarded_at_factor": entry.not_at_usd,
                "words": break_even_text(entry),
            }
            for entry in award.break_even
        ],
    }


def quality_blocks(tender: Tender, marks: Mapping[str, QualityMark]) -> list[Block]:
    """Quality marks alone, before any price."""
    header = ("Bid", *(row.name for row in tender.quality.values()), "Quality", "Price opened")
    rows = tuple(
        (
            mark.bidder,
            *(number(mark.marks[name], 4) for name in tender.quality),
            number(mark.total, 4),
            f"no: {mark.failed}" if mark.failed else "yes",
        )
        for mark in marks.values()
    )
    return [Heading("Quality"), Table(header, rows, frozenset(range(1, len(header) - 1)))]
