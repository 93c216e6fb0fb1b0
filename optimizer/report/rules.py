"""Rulings as a page: the table of chips by regime, and one chip with every test in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from optimizer.inputs.compute import Accelerator
from optimizer.regimes.facts import ChipFacts, MissingFact, chip_facts
from optimizer.regimes.flags import BY_ID
from optimizer.regimes.questions import questions, shown
from optimizer.regimes.ruling import Ruling, Trade
from optimizer.regimes.table import Regime
from optimizer.regimes.turning import Turn, turns
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table

MARKS = {"free": "free", "licence": "lic", "denied": "no", "unknown": "?"}
LEGEND = "free: no licence needed; lic: licence (fee, quota, review); no: denied; ?: a fact is missing, no ruling."


@dataclass(frozen=True, kw_only=True)
class ChipRuling:
    """The ruling on one chip under one regime for one destination. `ruling` is None if a fact is missing."""

    chip: str
    regime: str
    destination: str
    parent: str
    tpp: float | None
    performance_density: float | None
    ruling: Ruling | None
    missing: str = ""

    @property
    def status(self) -> str:
        """free, licence, denied or unknown."""
        return self.ruling.status.value if self.ruling else "unknown"


def answer(regime: Regime, chip_id: str, row: Accelerator, trade: Trade) -> ChipRuling:
    """Ask one regime about one chip."""
    unknown = ChipRuling(
        chip=chip_id, regime=regime.id, destination=trade.destination.id, parent=trade.parent.id, tpp=None,
        performance_density=None, ruling=None,
    )  # fmt: skip
    try:
        facts = chip_facts(chip_id, row)
    except MissingFact as missing:
        return replace(unknown, missing=str(missing))
    known = replace(unknown, tpp=facts.tpp, performance_density=facts.performance_density)
    try:
        return replace(known, ruling=regime.rule(facts, trade))
    except MissingFact as missing:
        return replace(known, missing=str(missing))


def short(regime: Regime) -> str:
    """A column's header: month and year of a law (`Oct23`), else the id cut to ten letters."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    if regime.id == "before_oct_2022":
        return "bef22"
    parts = regime.id.split("_")
    if len(parts) == 2 and parts[0].capitalize() in months and parts[1].isdigit():
        return f"{parts[0].capitalize()}{parts[1][-2:]}"
    return regime.id[:10]


def table_blocks(answers: Sequence[ChipRuling], regimes: Sequence[Regime], day: date) -> list[Block]:
    """One table for each destination and parent: a row for each chip, a column for each regime."""
    blocks: list[Block] = [Heading("Export rulings", 1)]
    places = dict.fromkeys((a.destination, a.parent) for a in answers)
    for destination, parent in places:
        here = [a for a in answers if (a.destination, a.parent) == (destination, parent)]
        blocks.append(Heading(f"Delivered to {destination} on {day}, parent in {parent}"))
        blocks.append(_one_regime(here) if len(regimes) == 1 else _many_regimes(here, regimes))
    blocks.append(Paragraph(LEGEND))
    names = [f"{short(r)} = {r.id}, in force from {r.effective} ({r.source})" for r in regimes]
    lacking = list(dict.fromkeys(a.missing for a in answers if a.missing))
    return [*blocks, Bullets((*names, *lacking))]


def terms_blocks(answers: Sequence[ChipRuling], regimes: Sequence[Regime], days: Mapping[str, date]) -> list[Block]:
    """For each place and regime: ruling, fee, clause and flags, and the chips that fare so. Nothing is cut."""
    blocks: list[Block] = [Heading("Export rulings and their terms", 1)]
    for destination, parent in dict.fromkeys((a.destination, a.parent) for a in answers):
        for regime in regimes:
            here = [a for a in answers if (a.destination, a.parent, a.regime) == (destination, parent, regime.id)]
            alike: dict[str, list[str]] = {}
            for ruling in here:
                alike.setdefault(_fares(ruling), []).append(ruling.chip)
            lines = tuple(f"{terms}: {', '.join(chips)}" for terms, chips in alike.items())
            blocks += [
                Heading(f"{destination}, parent in {parent}: {regime.id}, delivered on {days[regime.id]}"),
                Bullets(lines),
            ]
    return blocks


def _fares(ruling: ChipRuling) -> str:
    """Ruling, fee, clause and flags of one chip."""
    if ruling.ruling is None:
        return f"NO RULING, {ruling.missing.partition(': ')[2].rstrip('.')}"
    fee = f", fee {ruling.ruling.fee_fraction:.0%}" if ruling.ruling.fee_fraction else ""
    flags = ", ".join(BY_ID[flag].label for flag in ruling.ruling.flags if flag in BY_ID)
    return f"{ruling.status.upper()}{fee}, {ruling.ruling.clause}{f' [{flags}]' if flags else ''}"


def _figures(ruling: ChipRuling) -> tuple[str, str]:
    tpp = "?" if ruling.tpp is None else f"{ruling.tpp:,.0f}"
    return tpp, "?" if ruling.performance_density is None else f"{ruling.performance_density:.2f}"


def _many_regimes(answers: Sequence[ChipRuling], regimes: Sequence[Regime]) -> Table:
    by_key = {(a.chip, a.regime): a for a in answers}
    rows = tuple(
        (chip, *_figures(by_key[chip, regimes[0].id]), *(MARKS[by_key[chip, r.id].status] for r in regimes))
        for chip in dict.fromkeys(a.chip for a in answers)
    )
    # An empty last column: the table folds its last one, and marks must not be folded.
    return Table(("Chip", "TPP", "PD", *(short(r) for r in regimes)), rows, frozenset({1, 2}))


def _one_regime(answers: Sequence[ChipRuling]) -> Table:
    rows = tuple(
        (a.chip, *_figures(a), a.status if a.ruling else "?", a.ruling.clause if a.ruling else a.missing)
        for a in answers
    )
    return Table(("Chip", "TPP", "PD", "Ruling", "Clause"), rows, frozenset({1, 2}))


def explain_blocks(chip: ChipFacts, trade: Trade, regimes: Mapping[str, Regime]) -> list[Block]:
    """One chip: its facts, then for each regime every test with its numbers, the ruling, and what would change it."""
    density = "not known" if chip.performance_density is None else f"{chip.performance_density:.4g}"
    die = "no die area given" if chip.die_mm2 is None else f"die {shown(chip.die_mm2)} mm2"
    facts = (
        f"TPP {shown(chip.tpp)} (from {chip.tpp_precision}), performance density {density} ({die}), DRAM bandwidth "
        f"{shown(chip.memory_bandwidth_gbs)} GB/s, I/O {shown(chip.link_gbs)} GB/s, origin {chip.origin}, on sale "
        f"{chip.launch}. To {trade.destination.id} on {trade.delivery}, parent in {trade.parent.id}."
    )
    blocks: list[Block] = [Heading(f"{chip.id}: every test", 1), Paragraph(facts)]
    for regime in regimes.values():
        blocks += _regime_blocks(regime, chip, trade)
    return blocks


def _regime_blocks(regime: Regime, chip: ChipFacts, trade: Trade) -> list[Block]:
    try:
        ruling = regime.rule(chip, trade)
        verdict = f"{ruling.status.value.upper()}: {ruling.clause}. {ruling.reason}"
        law = f"In force from {ruling.effective}; source {ruling.source}.{_terms(ruling)}"
    except MissingFact as missing:
        verdict, law = f"CANNOT BE RULED ON: {missing}", f"Source {regime.source}."
    rows = (
        regime.questions(chip, trade) if regime.questions else questions(regime.id, chip, trade.under(regime.effective))
    )
    changes = turns(regime.rule, chip, trade, regime.thresholds)
    blocks: list[Block] = [
        Heading(f"{regime.id} ({regime.name}), {regime.effective}"),
        Paragraph(verdict),
        Paragraph(law),
    ]
    if rows:
        blocks.append(Bullets(tuple(str(test) for test in rows)))
    return [*blocks, Paragraph(_changes(changes))]


def _terms(ruling: Ruling) -> str:
    terms = [f"fee {ruling.fee_fraction:.0%} of the price"] if ruling.fee_fraction else []
    terms += [f"{ruling.extra_lead_weeks:g} more weeks"] if ruling.extra_lead_weeks else []
    terms += [f"at most {ruling.quota_accelerators:,}"] if ruling.quota_accelerators is not None else []
    terms += [f"probability {ruling.probability:.0%}"] if 0 < ruling.probability < 1 else []
    flags = "".join(f" {BY_ID[flag].label}: {BY_ID[flag].sentence}" for flag in ruling.flags if flag in BY_ID)
    return (f" Terms: {', '.join(terms)}." if terms else "") + flags


def _changes(turns: Sequence[Turn]) -> str:
    if not turns:
        return "What would change it: no single fact does."
    return "What would change it: " + "; ".join(f"{t.change} -> {t.status}" for t in turns) + "."
