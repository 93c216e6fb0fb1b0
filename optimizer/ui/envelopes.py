"""The first envelope on the page of bids: marks typed into a form, sealed before a price is shown, and opened after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from optimizer.api.instance import FacilityInstance
from optimizer.app.bids import checked, tender_of
from optimizer.app.envelopes import Seal, has_first_envelope, opened_bids, seal, seal_of, unsealed
from optimizer.errors import InputError, OptimizerError, UsageError
from optimizer.runs.atomic import write_whole
from optimizer.tender.bid_file import BidFile, read_bid
from optimizer.tender.quality import QualityMark, is_mark, read_marks
from optimizer.ui.bid_files import MARKS, SEALED, bid_paths, bids_folder
from optimizer.ui.folders import WorkFolder

_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What is known of the quality of the bids, and which prices may be looked at."""

    seal: Seal | None = None
    broken: tuple[str, ...] = ()
    """Why the seal is not one of these bids; empty if it is."""
    marks: tuple[QualityMark, ...] = ()
    opened: tuple[BidFile, ...] = ()
    """Bids whose prices are opened, after sealing; none where there are no two envelopes."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """Marks to fill the form with, by BIDDER.CRITERION."""
    wrong: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with a mark, by the same names."""

    @property
    def holds(self) -> bool:
        """Whether the bids have sealed marks."""
        return self.seal is not None and not self.broken


def envelope(folder: WorkFolder, name: str, case: FacilityInstance) -> Envelope:
    """The envelope of the bids as the files have it."""
    place, tender = bids_folder(folder, name), tender_of(case.reading.instance)
    if not (place / SEALED).is_file():
        return Envelope(typed=_kept(place / MARKS))
    try:
        found = seal_of(place / SEALED)
        files = tuple(read_bid(path) for path in bid_paths(folder, name))
        quality = unsealed(place / SEALED, files, tender)
    except InputError as problem:
        sealed = Seal(path=place / SEALED, sha256="", sealed_at="")
        return Envelope(seal=sealed, broken=tuple(one.message for one in problem.diagnostics))
    except OptimizerError as problem:
        return Envelope(seal=Seal(path=place / SEALED, sha256="", sealed_at=""), broken=(problem.message,))
    opened = opened_bids(files, quality) if has_first_envelope(tender) else ()
    return Envelope(seal=found, marks=tuple(quality.values()), opened=opened)


def may_be_read(folder: WorkFolder, name: str, case: FacilityInstance, file: str) -> bool:
    """Whether a file of the bids may be looked at: with two envelopes only after sealing, if its price is opened."""
    if not has_first_envelope(tender_of(case.reading.instance)):
        return True
    return file in {bid.path.name for bid in envelope(folder, name, case).opened}


def seal_marks(folder: WorkFolder, name: str, case: FacilityInstance, form: Mapping[str, str]) -> Envelope | None:
    """Seal the marks of a form, as `optimizer bid quality` does; None if that is done, else what is wrong with them.

    Raises what checking the bids raises, and UsageError if there are none or a seal is there already.
    """
    tender = tender_of(case.reading.instance)
    files = checked(case.reading, [read_bid(path) for path in bid_paths(folder, name)])
    if not files or not tender.quality:
        raise UsageError("there is nothing to mark", "bids, and [tender.quality.NAME] tables in the instance")
    typed = {at: form.get(at, "").strip() for file in files for at in _names(file.bid.key, tender.quality)}
    wrong = {at: "a mark from 0 to 100" for at, text in typed.items() if not _is_typed_mark(text)}
    if wrong:
        return replace(envelope(folder, name, case), typed=typed, wrong=wrong)
    marks = {file.bid.key: {row: float(typed[f"{file.bid.key}.{row}"]) for row in tender.quality} for file in files}
    place = bids_folder(folder, name)
    seal(place / SEALED, files, tender, marks)
    write_whole(place / MARKS, _toml(marks))
    return None


def break_seal(folder: WorkFolder, name: str) -> None:
    """Put a seal aside, so that bids can be marked anew; it is kept under another ending, so that nothing is lost."""
    path = bids_folder(folder, name) / SEALED
    if not path.is_file():
        raise UsageError("there is no seal to break")
    path.replace(path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}.broken"))


def _names(key: str, criteria: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{key}.{row}" for row in criteria)


def _is_typed_mark(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) and is_mark(float(text))


def _kept(path: Path) -> dict[str, str]:
    """Marks of a file that somebody wrote by hand; none if they cannot be read."""
    try:
        return {f"{key}.{row}": f"{value:g}" for key, marks in read_marks(path).items() for row, value in marks.items()}
    except OptimizerError:
        return {}


def _toml(marks: Mapping[str, Mapping[str, float]]) -> str:
    import tomli_w

    return tomli_w.dumps({key: dict(row) for key, row in marks.items()})
