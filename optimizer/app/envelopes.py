"""Two envelopes: quality is marked and sealed before a price is opened, and not every price is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.errors import InputError, UsageError
from optimizer.inputs.tender import Tender
from optimizer.runs.strict_json import json_text, read_json
from optimizer.tender.bid_file import BidFile
from optimizer.tender.quality import MarksOfBids, QualityMark, quality_marks
from optimizer.tender.spreadsheet import refusal

SEAL_VERSION = 1


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


def seal_text(sealed: Mapping[str, Any]) -> str:
    """The sealed marks as a file."""
    return json_text(dict(sealed))


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


def check_envelopes(tender: Tender, sealed: Path | None) -> None:
    """Raise UsageError if prices would be opened before quality is marked."""
    if tender.two_envelopes and sealed is None:
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
