"""`optimizer bid`: a template for bidders, bids checked and weighed, quality sealed, and the award."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import DesignOptions, SearchOptions, design_options, observed, search_options, watched
from optimizer.cli.options import FILE, AnswerGroup, check_free, instance_options, overwrite_option, read
from optimizer.diagnostics import render, to_json
from optimizer.errors import ExitCode, UsageError
from optimizer.number_format import counted
from optimizer.runs.atomic import write_whole

if TYPE_CHECKING:
    from optimizer.app.bids import BidJob, WeighedBid, WeighedBids
    from optimizer.inputs.tender import Tender
    from optimizer.reading.read import Reading
    from optimizer.report.document import Block
    from optimizer.tender.bid_file import BidFile

BIDS = click.argument("bids", nargs=-1, required=True, type=FILE, metavar="BID...")


@click.group(
    "bid",
    cls=AnswerGroup,
    help="Bids of suppliers: a template to fill in, checked, weighed with the plant that is best built around each, "
    "and awarded over all of them with price breaks and split awards. Bids are TOML or XLSX files.",
    epilog="Example: optimizer bid template instances/minimal.toml --out bid.xlsx, then "
    "optimizer bid award instances/minimal.toml a.xlsx b.toml",
)
def command() -> None:
    """The group itself does nothing."""


@command.command(
    "template",
    help="Write a bid to be filled in: what the best plan asks for, with the prices left blank.",
    epilog="Example: optimizer bid template instances/minimal.toml --out bid.xlsx",
)
@instance_options
@click.option("--out", type=FILE, required=True, help="File to write: .xlsx or .toml.")
@overwrite_option
@search_options
def template(source: Source, chosen: SearchOptions, out: Path, overwrite: bool) -> int:
    if out.suffix.lower() not in (".xlsx", ".toml"):
        raise UsageError(f"{out} is neither .xlsx nor .toml")
    check_free(out, overwrite)
    reading = read(source)
    from optimizer.app.design_studies import base_design
    from optimizer.tender.template import blank_bid, toml_text, workbook_bytes

    with watched(reading, chosen.options) as (_, search):
        best = base_design(reading, search, session().note)
    assert best.design is not None
    tree = blank_bid(best.problem, best.design.decisions)
    write_whole(out, workbook_bytes(tree) if out.suffix.lower() == ".xlsx" else toml_text(tree))
    session().say(f"wrote {out}: {len(tree['items'])} items to be priced")
    return session().answer({"file": str(out), "items": [item["id"] for item in tree["items"]]})


def _read(source: Source, bids: tuple[Path, ...]) -> tuple[Reading, Tender, tuple[BidFile, ...]]:
    from optimizer.app.bids import checked, tender_of
    from optimizer.tender.bid_file import read_bid

    reading = read(source)
    return reading, tender_of(reading.instance), checked(reading, [read_bid(path) for path in bids])


def _doubts(reading: Reading, files: tuple[BidFile, ...], sealed: bool = False) -> list[dict[str, object]]:
    """Say what is doubtful about the bids; `sealed`: nothing that tells a price."""
    from optimizer.app.bids import doubts

    diagnostics = doubts(reading, files, sealed)
    if diagnostics and not session().json:
        session().note(render(diagnostics) + "\n", "yellow")
    return to_json(diagnostics)


@command.command(
    "check",
    help="Check bids against the instance they answer; every finding with file, line or cell, and remedy.",
    epilog="Example: optimizer bid check instances/minimal.toml a.xlsx b.toml",
)
@instance_options
@BIDS
def check(source: Source, bids: tuple[Path, ...]) -> int:
    reading, tender, files = _read(source, bids)
    from optimizer.app.envelopes import has_first_envelope

    warnings = _doubts(reading, files, sealed=has_first_envelope(tender))
    for file in files:
        session().say(f"{file.shown}: {file.bid.bidder}, {counted(len(file.bid.items), 'item')}: no errors")
    listed = [{"file": file.shown, "bidder": file.bid.bidder} for file in files]
    return session().answer({"bids": listed, "warnings": warnings})


@command.command(
    "quality",
    help="Mark the quality of bids before any price is opened, and seal the marks with the files they are about.",
    epilog="Example: optimizer bid quality tender.toml a.xlsx b.xlsx --marks marks.toml --out quality.json",
)
@instance_options
@BIDS
@click.option("--marks", type=FILE, required=True, help="TOML: a table for each bidder, marks 0 to 100 by criterion.")
@click.option("--out", type=FILE, required=True, help="File that seals the marks.")
@overwrite_option
def quality(source: Source, bids: tuple[Path, ...], marks: Path, out: Path, overwrite: bool) -> int:
    reading, tender, files = _read(source, bids)
    from optimizer.app.envelopes import seal
    from optimizer.report.tender import quality_blocks
    from optimizer.tender.quality import quality_marks, read_marks

    given = read_marks(marks)
    sealed, content = seal(out, files, tender, given, overwrite)
    measured = quality_marks(tender, files, given)
    session().show(quality_blocks(tender, measured), reading.instance)
    session().say(f"\nsealed: {out}")
    session().say(f"at {sealed.sealed_at}; for the minutes, SHA-256 of the seal:\n{sealed.sha256}")
    totals = {name: mark.total for name, mark in measured.items()}
    return session().answer({**content, "file": str(out), "sha256": sealed.sha256, "totals": totals})


@command.command(
    "evaluate",
    help="Complete the plant around each bid as well as can be, verify it, and set the bids beside the best plan "
    "without any: cost, capital, MW, m2, flags, marks. A bid that no plan can be built around is explained.",
    epilog="Example: optimizer bid evaluate instances/minimal.toml a.xlsx b.toml",
)
@instance_options
@BIDS
@click.option("--marks", type=FILE, help="Quality marks, where the tender has one envelope.")
@click.option("--quality", "sealed", type=FILE, help="Sealed quality marks, as optimizer bid quality writes them.")
@design_options
def evaluate(
    source: Source, chosen: DesignOptions, bids: tuple[Path, ...], marks: Path | None, sealed: Path | None
) -> int:
    reading, tender, files = _read(source, bids)
    from optimizer.app.bids import keep_record, weigh, weighed_json
    from optimizer.app.design_studies import base_design
    from optimizer.app.envelopes import opened_bids, opened_quality
    from optimizer.tender.quality import read_marks

    given = opened_quality(files, tender, sealed, read_marks(marks) if marks else None)
    warnings = _doubts(reading, opened_bids(files, given))
    job = _job(reading, files, chosen, source)
    with watched(reading, job.options) as (_, search):
        optimum = base_design(reading, search, session().note)
    with observed() as (stopping, observer):
        weighed = weigh(job, given, observer, optimum)
    keep_record(weighed.folder, "bids.json", weighed_json(weighed))
    session().show(_blocks(reading, weighed, tender), reading.instance)
    session().say(f"\nall files: {weighed.folder}")
    code = stopping.code or (ExitCode.OK if all(bid.holds for bid in weighed.bids) else ExitCode.STUDY_CELLS_FAILED)
    return session().answer({"folder": str(weighed.folder), **weighed_json(weighed), "warnings": warnings}, code)


def _job(reading: Reading, files: tuple[BidFile, ...], chosen: DesignOptions, source: Source) -> BidJob:
    from optimizer.app.bids import BidJob

    job = BidJob(
        reading=reading,
        instance_arguments=source.arguments,
        files=files,
        options=chosen.options,
        location=chosen.location(reading.instance.name),
        arguments=tuple(sys.argv[1:]),
    )
    # The name of a new folder holds the time: it is chosen once.
    return replace(job, location=replace(job.location, out=job.folder))


def _blocks(reading: Reading, weighed: WeighedBids, tender: Tender) -> list[Block]:
    from optimizer.report.document import Bullets, Heading
    from optimizer.report.tender import bid_row, comparison_blocks

    rows = [bid_row("no bid: best plan", weighed.optimum, (None, None))]
    for bid in weighed.bids:
        if bid.holds and bid.result is not None:
            quality = bid.quality.total if bid.quality else None
            rows.append(bid_row(bid.file.bid.bidder, bid.result, (quality, bid.mark)))
    blocks = comparison_blocks(reading.instance.title, tuple(rows), tender)
    for bid in weighed.bids:
        if not bid.holds:
            blocks.append(Heading(f"{bid.file.bid.bidder}: not awardable"))
            blocks.append(Bullets(bid.short or (_ended(bid),)))
            blocks += list(bid.solved.page.reasons) if bid.solved else []
        if bid.file.bid.options:
            shown = tuple(f"{o.name}: {o.price:g} {bid.file.bid.currency} {o.unit}" for o in bid.file.bid.options)
            blocks += [Heading(f"{bid.file.bid.bidder}: options, in no price above"), Bullets(shown)]
    return blocks


def _ended(bid: WeighedBid) -> str:
    if bid.result is None:
        return "not searched for"
    infeasible = bid.result.status.value == "infeasible"
    return "proven: no plan can be built around it" if infeasible else f"the search ended {bid.result.status.value}"


@command.command(
    "award",
    help="The best plan over all bids, with price breaks and split awards; what the best award to others costs, and "
    "what each bidder would have to offer to win.",
    epilog="Example: optimizer bid award instances/minimal.toml a.xlsx b.toml",
)
@instance_options
@BIDS
@click.option("--quality", "sealed", type=FILE, help="Sealed quality marks, where the tender has two envelopes.")
@design_options
def award(source: Source, chosen: DesignOptions, bids: tuple[Path, ...], sealed: Path | None) -> int:
    reading, tender, files = _read(source, bids)
    from optimizer.app.bids import award_bids, keep_record
    from optimizer.app.envelopes import opened_bids, opened_quality
    from optimizer.cli.solve import exit_code
    from optimizer.report.document import Bullets, Heading
    from optimizer.report.tender import (
        award_json,
        bid_row,
        break_even_blocks,
        closed_blocks,
        comparison_blocks,
        lot_blocks,
    )
    from optimizer.tender.shortfall import shortfalls

    quality = opened_quality(files, tender, sealed, None)
    closed = [mark for mark in quality.values() if mark.failed]
    files = opened_bids(files, quality)
    warnings = _doubts(reading, files)
    job = _job(reading, files, chosen, source)
    with observed() as (stopping, observer):
        awarded, solved, rows = award_bids(job, observer)
    code = exit_code(solved.result, stopping.code)
    told = {"warnings": warnings, "folder": str(solved.folder)}
    if awarded is None:
        short = tuple(shortfalls(solved.result.problem, rows)) or (f"the search ended {solved.result.status.value}",)
        session().show([Heading("No award"), Bullets(short), *solved.page.reasons], reading.instance)
        return session().answer({"award": None, "short": list(short), **told}, code)
    by_key = {file.bid.key: file for file in files}
    blocks = [
        *comparison_blocks(reading.instance.title, (bid_row("all bids together", awarded.best, (None, None)),), tender),
        *lot_blocks(awarded),
        *break_even_blocks(awarded, by_key),
        *closed_blocks(closed),
    ]
    session().show(blocks, reading.instance)
    session().say(f"\nall files: {solved.folder}")
    record = {"award": award_json(awarded, by_key), "not_opened": {mark.bidder: mark.failed for mark in closed}}
    if solved.folder is not None:
        keep_record(solved.folder, "award.json", {**record["award"], "not_opened": record["not_opened"]})
    return session().answer({**record, **told}, code)
