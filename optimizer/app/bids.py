"""The use cases of a tender: a template from a plan, bids weighed side by side, and the award over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from optimizer.app.design_studies import StudySelection, no_design
from optimizer.app.observer import Observer
from optimizer.app.solve import Answer, SolveRequest, solve_and_write
from optimizer.diagnostics import Diagnostic
from optimizer.errors import InfeasibleError, OptimizerError, UsageError
from optimizer.inputs.schema import Instance
from optimizer.inputs.tender import Tender
from optimizer.model.derive import derive
from optimizer.pipeline import Options, Result
from optimizer.reading.read import Reading, instance_sha256
from optimizer.runs.atomic import write_whole
from optimizer.runs.folder import RunLocation, run_name
from optimizer.runs.strict_json import json_text
from optimizer.study.search_settings import SearchSettings
from optimizer.study.steps import Steps
from optimizer.tender.award import Award, award
from optimizer.tender.bid_file import BidFile
from optimizer.tender.checks import check_bids
from optimizer.tender.doubts import bid_doubts
from optimizer.tender.offers import OfferRow, offer_rows, with_offers
from optimizer.tender.quality import QualityMark, final_marks
from optimizer.tender.shortfall import shortfalls


@dataclass(frozen=True, kw_only=True)
class BidJob:
    """Which bids answer which instance, how they are searched for, and where the results go."""

    reading: Reading
    instance_arguments: str
    files: tuple[BidFile, ...]
    options: Options
    location: RunLocation
    arguments: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where everything about the bids goes."""
        return self.location.out or self.location.root / self.reading.instance.name / f"bids-{run_name()}"


@dataclass(frozen=True, kw_only=True)
class WeighedBid:
    """A bid with the plant that is best built around it; `short` says what is missing if there is none."""

    file: BidFile
    rows: tuple[OfferRow, ...]
    solved: Answer | None
    short: tuple[str, ...] = ()
    quality: QualityMark | None = None
    mark: float | None = None
    """Final mark; None if the price was not opened or there is no design."""

    @property
    def result(self) -> Result | None:
        """The result, if the bid was searched for."""
        return self.solved.result if self.solved else None

    @property
    def holds(self) -> bool:
        """Whether there is a verified design."""
        return self.result is not None and self.result.verified


@dataclass(frozen=True, kw_only=True)
class WeighedBids:
    """All bids, the best first, beside the best plan without any."""

    optimum: Result
    bids: tuple[WeighedBid, ...]
    folder: Path


def checked(reading: Reading, files: Sequence[BidFile]) -> tuple[BidFile, ...]:
    """The bids, held to the instance. Raises InputError with every finding of every bid."""
    check_bids(files, reading.instance)
    return tuple(files)


def doubts(reading: Reading, files: Sequence[BidFile], sealed: bool) -> tuple[Diagnostic, ...]:
    """What is doubtful about bids; with `sealed`, nothing that tells a price."""
    diagnostics = bid_doubts(files, reading.instance, reading.folder)
    return tuple(doubt for doubt in diagnostics if not (sealed and "price" in doubt.path.rpartition(".")[2]))


def tender_of(instance: Instance) -> Tender:
    """The rules of the tender; those that hold without any."""
    return instance.tender or Tender()


def weigh(job: BidJob, quality: Mapping[str, QualityMark], observer: Observer, optimum: Result) -> WeighedBids:
    """Complete the plant around every bid whose price is opened, audit it, and mark it."""
    folder, weighed = job.folder, []
    marks = [quality.get(file.bid.key) for file in job.files]
    steps = Steps(sum(mark is None or not mark.failed for mark in marks), observer.note)
    for file in job.files:
        if observer.stopped:
            break
        mark = quality.get(file.bid.key)
        if mark is not None and mark.failed:
            weighed.append(WeighedBid(file=file, rows=(), solved=None, short=(mark.failed,), quality=mark))
            continue
        steps.begin(f"bid of {file.bid.bidder}")
        rows = offer_rows(job.reading.instance, (file.bid,), fixed=True)
        # What is seen without a search needs no explanation by search, which takes longer than the bid itself.
        short = tuple(shortfalls(derive(with_offers(job.reading.instance, rows), job.reading.folder), rows))
        solved = _solved(job, rows, folder / file.bid.key, observer, explains=not short)
        short = () if solved.result.verified else short
        weighed.append(WeighedBid(file=file, rows=rows, solved=solved, short=short, quality=mark))
    return WeighedBids(optimum=optimum, bids=_ranked(tender_of(job.reading.instance), weighed), folder=folder)


def price_of(tender: Tender, result: Result) -> float:
    """What counts as the price of a bid."""
    return result.reported.kpis[tender.price_figure]


def _ranked(tender: Tender, bids: Sequence[WeighedBid]) -> tuple[WeighedBid, ...]:
    """Bids by final mark; those without a design last, in the order given."""
    prices = {bid.file.bid.key: price_of(tender, bid.result) for bid in bids if bid.holds and bid.result}
    quality = {bid.file.bid.key: bid.quality for bid in bids if bid.quality is not None}
    final = final_marks(tender, quality, prices)
    marked = [replace(bid, mark=final.get(bid.file.bid.key)) for bid in bids]
    place = {name: number for number, name in enumerate(final)}
    return tuple(sorted(marked, key=lambda bid: place.get(bid.file.bid.key, len(place))))


def _solved(job: BidJob, rows: Sequence[OfferRow], out: Path, observer: Observer, explains: bool = True) -> Answer:
    """The run of the instance in which only these rows can be bought; a reason that is known is not searched for."""
    instance = with_offers(job.reading.instance, rows)
    reading = replace(job.reading, instance=instance, sha256=instance_sha256(instance))
    request = SolveRequest(
        reading=reading,
        instance_arguments=job.instance_arguments,
        options=job.options,
        selection=StudySelection(),
        other_scenario=None,
        started=datetime.now(UTC),
        arguments=job.arguments,
        explains=explains,
    )
    return solve_and_write(request, replace(job.location, out=out), observer)


def award_bids(job: BidJob, observer: Observer) -> tuple[Award | None, Answer, tuple[OfferRow, ...]]:
    """The award over all bids; no award if no plan can be made of them. Raises UsageError without a bid."""
    if not job.files:
        raise UsageError("no bid reaches the quality that is asked for, so no price is opened")
    rows = offer_rows(job.reading.instance, [file.bid for file in job.files], fixed=False)
    solved = _solved(job, rows, job.folder, observer)
    if not solved.result.verified or observer.stopped:
        return None, solved, rows
    search = SearchSettings(options=job.options, hooks=observer.hooks)
    return award(solved.result, job.reading.instance, rows, search, observer.note), solved, rows


def award_of_none(result: Result, rows: Sequence[OfferRow]) -> OptimizerError:
    """Why there is no award."""
    short = tuple(shortfalls(result.problem, rows))
    return InfeasibleError("no award: " + "; ".join(short)) if short else no_design(result)


def weighed_json(weighed: WeighedBids) -> dict[str, Any]:
    """The bids side by side, for bids.json."""
    from optimizer.report.tender import figures_of, flags_of

    return {
        "format_version": 1,
        "optimum": figures_of(weighed.optimum),
        "bids": [
            {
                "bidder": bid.file.bid.bidder,
                "holds": bid.holds,
                "figures": figures_of(bid.result) if bid.holds and bid.result else None,
                "flags": list(flags_of(bid.result)) if bid.holds and bid.result else [],
                "short": list(bid.short),
                "quality": bid.quality.total if bid.quality else None,
                "final_mark": bid.mark,
                "folder": str(bid.solved.folder) if bid.solved and bid.solved.folder else None,
            }
            for bid in weighed.bids
        ],
    }


def keep_record(folder: Path, name: str, record: Mapping[str, Any]) -> None:
    """Keep what came of the bids beside their runs. Raises InputOutputError."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / name, json_text(dict(record)))
