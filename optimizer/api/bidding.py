"""Bids of suppliers: each weighed with the plant that is best built around it, and the award over all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from optimizer.api.instance import FacilityInstance, as_instance, as_path, command_arguments
from optimizer.api.interrupts import stoppable
from optimizer.api.options import Options, checked
from optimizer.api.tables import frame
from optimizer.app.bids import (
    BidJob,
    WeighedBids,
    award_bids,
    award_of_none,
    keep_record,
    tender_of,
    weigh,
    weighed_json,
)
from optimizer.app.bids import checked as checked_bids
from optimizer.app.design_studies import base_design
from optimizer.app.envelopes import opened_bids, opened_quality
from optimizer.app.observer import Observer
from optimizer.errors import UsageError
from optimizer.runs.folder import RunLocation, run_name
from optimizer.solve.isolation import spawning
from optimizer.study.search_settings import SearchSettings
from optimizer.tender.bid_file import read_bid
from optimizer.tender.quality import checked_marks

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.tender.award import Award
    from optimizer.tender.quality import QualityMark

PathText = str | Path
Note = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class AwardResult:
    """The best plan over all bids whose price was opened, with price breaks and split awards, verified."""

    awarded: Award = field(repr=False)
    folder: Path
    """The run of that plan, as `optimizer solve` writes it."""
    bidders: Mapping[str, str] = field(repr=False)

    @property
    def lcoc(self) -> float:
        """Levelised cost of the awarded plan, USD per EFLOP."""
        from optimizer.report.tender import figures_of

        return figures_of(self.awarded.best)["lcoc_usd_per_eflop"]

    @property
    def lots(self) -> pd.DataFrame:
        """Who is awarded what: bidder, item, phase, accelerators, unit_price_usd."""
        columns = ("bidder", "item", "phase", "accelerators", "unit_price_usd")
        return frame(columns, [tuple(getattr(lot, name) for name in columns) for lot in self.awarded.lots])

    @property
    def second_worse_by(self) -> float:
        """By which fraction the best award to another set of bidders costs more; infinite if there is none."""
        from optimizer.tender.award import worse_by

        return float("inf") if self.awarded.second is None else worse_by(self.awarded.second)

    @property
    def break_even(self) -> pd.DataFrame:
        """By bidder: the factors on all of its prices at which it is awarded something and at which nothing."""
        from optimizer.report.tender import break_even_text

        columns = ("bidder", "kind", "awarded_at_factor", "not_awarded_at_factor", "words")
        rows = [
            (self.bidders[one.accelerator], one.kind.value, one.at_usd, one.not_at_usd, break_even_text(one))
            for one in self.awarded.break_even
        ]
        return frame(columns, rows).set_index("bidder")

    def __repr__(self) -> str:
        lots = ", ".join(f"{lot.accelerators:,} of {lot.bidder}" for lot in self.awarded.lots) or "nothing"
        return f"<AwardResult: {lots}; {self.lcoc:.4g} USD/EFLOP>"


@dataclass(frozen=True, kw_only=True)
class BidResult:
    """Bids side by side, the best first, beside the best plan at the catalogue's prices."""

    job: BidJob = field(repr=False)
    weighed: WeighedBids = field(repr=False)
    quality: Mapping[str, QualityMark] = field(repr=False)

    @property
    def folder(self) -> Path:
        """Everything about the bids: a run folder for each, by the bidder's name."""
        return self.weighed.folder

    @property
    def complete(self) -> bool:
        """False if it was stopped before every bid was weighed."""
        return len(self.weighed.bids) == len(self.job.files)

    @property
    def optimum(self) -> dict[str, float]:
        """The same figures of the best plan without any bid."""
        from optimizer.report.tender import figures_of

        return figures_of(self.weighed.optimum)

    @property
    def table(self) -> pd.DataFrame:
        """By bidder: whether a plan holds, its figures, legal flags (count), quality and final mark, 0 to 100."""
        from optimizer.report.tender import FIGURES, figures_of, flags_of

        rows = []
        for one in self.weighed.bids:
            figures, flags = dict.fromkeys(FIGURES, float("nan")), 0
            if one.holds and one.result is not None:
                figures, flags = figures_of(one.result), len(flags_of(one.result))
            quality = one.quality.total if one.quality else None
            rows.append((one.file.bid.bidder, one.holds, *figures.values(), flags, quality, one.mark))
        return frame(("bidder", "holds", *FIGURES, "flags", "quality", "final_mark"), rows).set_index("bidder")

    @property
    def short(self) -> dict[str, tuple[str, ...]]:
        """By bidder: why no plan can be built around the bid, what is short and by how much; none for the others."""
        return {one.file.bid.bidder: one.short for one in self.weighed.bids if not one.holds}

    def award(
        self, options: Options | None = None, *, note: Note | None = None, stop: Event | None = None
    ) -> AwardResult:
        """The optimum over all bids, the second best, and what each bidder would have to offer.

        Raises UsageError if no price may be opened, InfeasibleError or NoDesignError if no plan can be made of them.
        """
        files = opened_bids(self.job.files, self.quality)
        root, name = self.job.location.root, self.job.reading.instance.name
        location = replace(self.job.location, out=root / name / f"award-{run_name()}")
        from optimizer.report.tender import award_json

        chosen = self.job.options if options is None else checked(options)
        job = replace(self.job, files=files, options=chosen, location=location)
        with stoppable(stop) as event, spawning():
            awarded, solved, rows = award_bids(job, _observer(event, note))
        if awarded is None:
            raise award_of_none(solved.result, rows)
        assert solved.folder is not None
        by_key = {file.bid.key: file for file in files}
        keep_record(solved.folder, "award.json", award_json(awarded, by_key))
        return AwardResult(
            awarded=awarded, folder=solved.folder, bidders={file.bid.key: file.bid.bidder for file in files}
        )

    def __repr__(self) -> str:
        ranked = ", ".join(f"{one.file.bid.bidder}{'' if one.holds else ' (no plan)'}" for one in self.weighed.bids)
        return f"<BidResult {self.job.reading.instance.name}: {ranked}; {self.folder}>"

    def _repr_html_(self) -> str:
        shown: str = self.table.to_html()
        return shown


def bid(
    instance: FacilityInstance | PathText,
    *bids: PathText,
    options: Options | None = None,
    quality: Mapping[str, Mapping[str, float]] | PathText | None = None,
    results: PathText = "results",
    stop: Event | None = None,
) -> BidResult:
    """Weigh bids (TOML or XLSX files): complete the plant around each as well as can be, and audit it.

    quality     marks by bidder and criterion, 0 to 100, where the tender has one envelope; the file of sealed marks, as
                `optimizer bid quality` writes it, where it has two
    results     folder of all results; the bids are kept in it as `optimizer bid evaluate` keeps them

    `.award()` of the result searches for the award. Raises InputError with every finding of every bid (file, line or
    cell), UsageError if prices would be opened before quality is marked, what `solve` raises for the plan without bids.
    """
    case, chosen = as_instance(instance), checked(options)
    if not bids:
        raise UsageError("there are no bids", 'such as op.bid("site.toml", "acme.xlsx", "bravo.toml")')
    reading, tender = case.reading, tender_of(case.reading.instance)
    files = checked_bids(reading, [read_bid(as_path(given)) for given in bids])
    sealed = as_path(quality) if isinstance(quality, str | os.PathLike) else None
    marks = None if quality is None or sealed else checked_marks(quality)  # type: ignore[arg-type]
    given = opened_quality(files, tender, sealed, marks)
    root = as_path(results)
    job = BidJob(
        reading=reading, instance_arguments=case.source.arguments, files=files, options=chosen,
        location=RunLocation(root=root, instance=case.name, out=root / case.name / f"bids-{run_name()}"),
        arguments=("bid", "evaluate", *command_arguments(case.source), *(str(path) for path in bids)),
    )  # fmt: skip
    with stoppable(stop) as event, spawning():
        observer = _observer(event, None)
        search = SearchSettings(options=chosen, hooks=observer.hooks)
        optimum = base_design(reading, search, observer.note)
        weighed = weigh(job, given, observer, optimum)
    keep_record(weighed.folder, "bids.json", weighed_json(weighed))
    return BidResult(job=job, weighed=weighed, quality=given)


def _observer(event: Event, note: Note | None) -> Observer:
    if note is not None and not callable(note):
        raise UsageError(f"note is a function, not a {type(note).__name__}")
    return Observer(stop=event) if note is None else Observer(stop=event, note=note, warn=note)
