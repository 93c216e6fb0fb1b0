"""Bids beside an instance: files of `bids/INSTANCE/`, put there by hand or sent by the browser, and checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

from optimizer.api.instance import FacilityInstance
from optimizer.app.bids import checked, doubts, tender_of
from optimizer.app.envelopes import has_first_envelope
from optimizer.diagnostics import Diagnostic
from optimizer.errors import InputError, OptimizerError, UsageError
from optimizer.runs.atomic import write_whole
from optimizer.runs.own_files import is_plain_file
from optimizer.tender.bid_file import read_bid
from optimizer.ui.folders import BIDS, WorkFolder, identified

TEMPLATE = "template.xlsx"
SEALED = "quality.json"
MARKS = "marks.toml"
KINDS = (".toml", ".xlsx")
MOST_BIDS = 20
_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class ShownBid:
    """A bid as the list shows it; no price, since quality may have to be marked first."""

    file: str
    bidder: str = ""
    key: str = ""
    items: int = 0
    findings: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def bids_folder(folder: WorkFolder, name: str) -> Path:
    """Where the bids for an instance are."""
    folder.instance(name)
    return folder.path / BIDS / identified(name)


def bid_paths(folder: WorkFolder, name: str) -> tuple[Path, ...]:
    """The bids there are, by name; the blank template is none."""
    place = bids_folder(folder, name)
    if not place.is_dir():
        return ()
    files = (path for path in place.iterdir() if path.suffix in KINDS and _STEM.fullmatch(path.stem))
    plain = sorted(path for path in files if is_plain_file(path) and path.stem not in ("template", "marks"))
    return tuple(plain[:MOST_BIDS])


def shown_bids(case: FacilityInstance, paths: Sequence[Path]) -> tuple[ShownBid, ...]:
    """Each bid with what is wrong or doubtful about it, as `optimizer bid check` says it."""
    return tuple(_shown(case, path) for path in paths)


def _shown(case: FacilityInstance, path: Path) -> ShownBid:
    try:
        files = checked(case.reading, [read_bid(path)])
    except InputError as problem:
        return ShownBid(file=path.name, findings=tuple(problem.diagnostics))
    except OptimizerError as problem:
        return ShownBid(file=path.name, findings=(Diagnostic(code="E0706", severity="error", message=problem.message),))
    sealed = has_first_envelope(tender_of(case.reading.instance))
    bid = files[0].bid
    warnings = doubts(case.reading, files, sealed)
    return ShownBid(file=path.name, bidder=bid.bidder, key=bid.key, items=len(bid.items), warnings=warnings)


def take_in(folder: WorkFolder, name: str, content_type: str, body: bytes) -> str:
    """Keep a file that a form sent, under its own name if that is an id. Raises UsageError."""
    sent = _sent_file(content_type, body)
    stem, suffix = Path(sent[0]).stem, Path(sent[0]).suffix.lower()
    if suffix not in KINDS:
        raise UsageError("a bid is a .toml or .xlsx file")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")[:64]
    if not _STEM.fullmatch(stem) or stem in ("template", "marks"):
        raise UsageError("that name says nothing", "name the file after the bidder, such as acme.xlsx")
    place = bids_folder(folder, name)
    if len(bid_paths(folder, name)) >= MOST_BIDS:
        raise UsageError(f"there are {MOST_BIDS} bids already")
    if (place / f"{stem}{suffix}").exists():
        raise UsageError(
            f"there is a bid {stem}{suffix} already", "remove that one first, or give this one another name"
        )
    place.mkdir(parents=True, exist_ok=True)
    write_whole(place / f"{stem}{suffix}", sent[1])
    return f"{stem}{suffix}"


def _sent_file(content_type: str, body: bytes) -> tuple[str, bytes]:
    """Name and content of the file of a form (multipart/form-data, RFC 7578)."""
    head = b"Content-Type: " + content_type.encode("latin-1", "replace").replace(b"\n", b" ") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_filename()
        content = part.get_payload(decode=True)
        if name and isinstance(content, bytes) and content:
            return name.replace("\\", "/").rsplit("/", 1)[-1], content
    raise UsageError("no file was sent", "choose a .toml or .xlsx file first")


def own_bid(folder: WorkFolder, name: str, file: str) -> Path:
    """A file of the bids, to be downloaded. Raises UsageError for anything else."""
    path = bids_folder(folder, name) / file
    if path.suffix not in KINDS or not _STEM.fullmatch(path.stem) or path.name != file or not is_plain_file(path):
        raise UsageError("there is no such file among the bids")
    return path


def remove(folder: WorkFolder, name: str, file: str) -> None:
    """Take a bid out of the list; it is kept under another ending, so that nothing is lost."""
    path = own_bid(folder, name, file)
    path.replace(path.with_name(f"{path.name}.removed"))
