"""Two envelopes: quality is marked and sealed before a price is opened, and not every price is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from optimizer.errors import InputError, UsageError
from optimizer.inputs.tender import Tender
from optimizer.runs.atomic import write_whole
from optimizer.runs.strict_json import json_text, read_json
from optimizer.tender.bid_file import BidFile
from optimizer.tender.quality import MarksOfBids, QualityMark, quality_marks
from optimizer.tender.spreadsheet import refusal

SEAL_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Seal:
    """A file of sealed marks. Who notes `sha256` down in the minutes sees later whether the file was changed."""

    path: Path
    sha256: str
    sealed_at: str
    """UTC, as YYYY-MM-DDTHH:MM:SSZ; empty in a file that does not say."""


def marked(job_files: Sequence[BidFile], tender: Tender, marks: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """The quality marks of the bids as they are sealed before a price is opened."""
    bid_marks = quality_marks(tender, job_files, marks)
    return {
        "format_version": SEAL_VERSION,
        "bids": {
            file.bid.key: {
                "bidder": file.bid.bidder,
                "sha256": _sha256(file.path),
                "marks": bid_marks[file.bid.key].marks,
            }
            for file in job_files
        },
    }


def seal(
    out: Path, files: Sequence[BidFile], tender: Tender, marks: MarksOfBids, overwrite: bool = False
) -> tuple[Seal, dict[str, Any]]:
    """Write the marks of the bids with the SHA-256 of their files and the time; gives the seal and what it holds.

    Raises UsageError for marks that are missing or unknown, and for a file that is there already: a seal that could be
    written over would be none.
    """
    if out.exists() and not overwrite:
        raise UsageError(f"{out} exists, and a seal is not written over", "choose another name, or --overwrite")
    content = {**marked(files, tender, marks), "sealed_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    write_whole(out, json_text(content))
    return seal_of(out), content


def seal_of(path: Path) -> Seal:
    """What identifies a file of sealed marks. Raises InputError or InputOutputError for what is none."""
    sealed_at = read_json(path, path.name).get("sealed_at")
    return Seal(path=path, sha256=_sha256(path), sealed_at=sealed_at if isinstance(sealed_at, str) else "")


def unsealed(path: Path, files: Sequence[BidFile], tender: Tender) -> dict[str, QualityMark]:
    """The quality marks of a sealed file. Raises InputError if a bid is not the one that was marked."""
    manifest = read_json(path, path.name).get("bids")
    manifest = manifest if isinstance(manifest, dict) else {}
    wrong = [
        refusal("E0718", f"{file.shown} is not the file whose quality was marked", path.name)
        for file in files
        if not isinstance(manifest.get(file.bid.key), dict)
        or manifest[file.bid.key].get("sha256") != _sha256(file.path)
    ]
    if wrong:
        raise InputError(wrong)
    marks = {file.bid.key: manifest[file.bid.key].get("marks", {}) for file in files}
    return quality_marks(tender, files, marks)


def has_first_envelope(tender: Tender) -> bool:
    """Whether quality is marked before a price is opened; without a criterion there is nothing to mark."""
    return tender.two_envelopes and bool(tender.quality)


def check_envelopes(tender: Tender, sealed: Path | None) -> None:
    """Raise UsageError if prices would be opened before quality is marked."""
    if has_first_envelope(tender) and sealed is None:
        text = "the tender has two envelopes: quality is marked before a price is opened"
        raise UsageError(text, "optimizer bid quality INSTANCE BID... --marks FILE --out quality.json, then --quality")


def opened_quality(
    files: Sequence[BidFile], tender: Tender, sealed: Path | None, marks: MarksOfBids | None
) -> dict[str, QualityMark]:
    """The quality of the bids, from a sealed file or, where the tender has one envelope, from marks as they are.

    Raises UsageError if prices would be opened too early, both are given, or there are no criteria to mark.
    """
    check_envelopes(tender, sealed)
    if marks is not None and sealed is not None:
        raise UsageError("marks and sealed marks both give the quality", "give one of them")
    if marks is not None and not tender.quality:
        raise UsageError("the tender has no criteria of quality to mark", "add [tender.quality.NAME] tables")
    if sealed is not None:
        return unsealed(sealed, files, tender)
    return {} if marks is None else quality_marks(tender, files, marks)


def opened_bids(files: Sequence[BidFile], quality: Mapping[str, QualityMark]) -> tuple[BidFile, ...]:
    """The bids whose price is opened."""
    return tuple(file for file in files if not (file.bid.key in quality and quality[file.bid.key].failed))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
