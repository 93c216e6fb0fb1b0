"""The pages of a tender: bids of an instance, what came of weighing them, and the award."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.app.bids import tender_of
from optimizer.app.envelopes import has_first_envelope
from optimizer.errors import InputOutputError, UsageError
from optimizer.runs.strict_json import read_own_json
from optimizer.ui import bid_files, drafts, envelopes
from optimizer.ui.actions import run_name
from optimizer.ui.folders import BIDS, RESULTS, RUN_ID, identified
from optimizer.ui.jobs import Jobs, StartedJob
from optimizer.ui.shown import Shown, stored

if TYPE_CHECKING:
    from optimizer.api.instance import FacilityInstance
    from optimizer.ui.envelopes import Envelope
    from optimizer.ui.folders import WorkFolder

RECORDS = ("bids.json", "award.json")


class BidPages:
    """Pages of the bids of one folder; `page` makes a page of a template."""

    def __init__(self, folder: WorkFolder, jobs: Jobs, page: Callable[..., Shown]) -> None:
        self._folder, self._jobs, self._page = folder, jobs, page

    def listed(self, name: str) -> Shown:
        """The bids for an instance, each checked."""
        case = self._case(name)
        return self._bids(name, case, envelopes.envelope(self._folder, name, case))

    def _case(self, name: str) -> FacilityInstance:
        """The instance with its draft. Raises InputOutputError for what is no id of one."""
        return drafts.read(self._folder, drafts.load(self._folder, name))

    def _bids(self, name: str, case: FacilityInstance, envelope: Envelope) -> Shown:
        listed = _listed(self._folder, name, case)
        opened = _prices_opened(self._folder, self._jobs, case.name)
        status = 422 if envelope.wrong else 200
        return self._page("bids", status=status, envelope=envelope, prices_opened=opened, **listed)

    def seal(self, name: str, form: Mapping[str, str]) -> str | Shown:
        """Seal the marks of the form, or show at its fields what is wrong with them."""
        case = self._case(name)
        wrong = envelopes.seal_marks(self._folder, name, case, form)
        return f"/i/{name}/bids#quality" if wrong is None else self._bids(name, case, wrong)

    def unseal(self, name: str) -> str:
        """Put the seal aside. Raises UsageError if prices were opened under it."""
        case = self._case(name)
        first = has_first_envelope(tender_of(case.reading.instance))
        if first and _prices_opened(self._folder, self._jobs, case.name):
            raise UsageError("prices were opened, so quality cannot be marked anew", "a new tender is a new instance")
        envelopes.break_seal(self._folder, name)
        return f"/i/{name}/bids#quality"

    def take_in(self, name: str, content_type: str, body: bytes) -> str:
        """Keep a bid that was sent."""
        bid_files.take_in(self._folder, identified(name), content_type, body)
        return f"/i/{name}/bids"

    def file(self, name: str, file: str) -> Shown:
        """A bid or the template as a download; the browser is told to show nothing of it."""
        path = bid_files.own_bid(self._folder, name, file)
        case = self._case(name)
        if file != bid_files.TEMPLATE and not envelopes.may_be_read(self._folder, name, case, file):
            raise UsageError("the price of this bid is not opened", "quality is marked and sealed first")
        headers = {"content-disposition": f'attachment; filename="{path.name}"'}
        return Shown(path.read_bytes(), "application/octet-stream", headers=headers)

    def remove(self, name: str, form: Mapping[str, str]) -> str:
        """Take a bid out of the list."""
        bid_files.remove(self._folder, name, form.get("file", ""))
        return f"/i/{name}/bids"

    def start(self, name: str, what: str) -> str:
        """Write the template, weigh or award."""
        return f"/job/{_start(self._folder, self._jobs, name, what).id}"

    def outcome(self, instance: str, run: str) -> Shown:
        """What came of weighing bids, or of the award, from the record the command wrote."""
        place = self._folder.run(instance, run)
        kept = next((name for name in RECORDS if (place / name).is_file()), None)
        record = read_own_json(place, kept) if kept else {}
        if not record:
            raise InputOutputError("there is no record of bids here")
        rows = []
        for one in record.get("bids", ()):
            key = Path(str(one.get("folder") or "")).name
            reported = bool(RUN_ID.fullmatch(key)) and (place / key / "report.html").is_file()
            rows.append({**one, "key": key if reported else ""})
        return self._page("tender", instance=instance, run=run, record=record, rows=rows)

    def report(self, instance: str, run: str, bidder: str) -> Shown:
        """The report of the plan around one bid."""
        return stored(self._folder.within(self._folder.run(instance, run), bidder), "report.html")


def _listed(folder: WorkFolder, name: str, case: FacilityInstance) -> dict[str, Any]:
    """What the list of bids shows."""
    paths = bid_files.bid_paths(folder, name)
    place = bid_files.bids_folder(folder, name)
    tender = tender_of(case.reading.instance)
    shown = bid_files.shown_bids(case, paths)
    return {
        "name": name,
        "case": case,
        "bids": shown,
        "ready": bool(shown) and not any(one.findings for one in shown),
        "blank": (place / bid_files.TEMPLATE).is_file(),
        "tender": tender,
        "first_envelope": has_first_envelope(tender),
        "command": _seal_command(folder, name, paths),
        "weighed": _records(folder, case.name),
    }


def _seal_command(folder: WorkFolder, name: str, paths: Sequence[Path]) -> str:
    """The command that seals what the form seals."""
    place = bid_files.bids_folder(folder, name).relative_to(folder.path)
    files = (str(path.relative_to(folder.path)) for path in paths)
    options = ("--marks", str(place / bid_files.MARKS), "--out", str(place / bid_files.SEALED))
    words = ("optimizer", "bid", "quality", *drafts.load(folder, name).arguments(folder), *files, *options)
    return shlex.join(words)


def _prices_opened(folder: WorkFolder, jobs: Jobs, instance: str) -> bool:
    """Whether bids for this instance were weighed or awarded, or are at this moment."""
    at_work = any(job.goes_to.startswith(f"/tender/{instance}/") for job in jobs.all())
    return at_work or bool(_records(folder, instance))


def _records(folder: WorkFolder, instance: str) -> list[tuple[str, str]]:
    """Runs of this instance that are about bids, newest first: name and what they are."""
    found = []
    for path in (folder.results / identified(instance)).glob("*/*.json"):
        if path.name in RECORDS and RUN_ID.fullmatch(path.parent.name):
            found.append((path.parent.name, "award" if path.name == "award.json" else "evaluation"))
    return sorted(found, reverse=True)


def _start(folder: WorkFolder, jobs: Jobs, name: str, what: str) -> StartedJob:
    """Write the template, or weigh or award the bids, by the command that does it. Raises UsageError."""
    draft = drafts.load(folder, name)
    case = drafts.read(folder, draft)
    place = bid_files.bids_folder(folder, name)
    if what == "template":
        place.mkdir(parents=True, exist_ok=True)
        out = str((place / bid_files.TEMPLATE).relative_to(folder.path))
        words = ("bid", "template", *draft.arguments(folder), "--out", out, "--overwrite")
        return jobs.start(words, f"Blank bid for {name}", f"/i/{name}/bids")
    if what not in ("evaluate", "award"):
        raise InputOutputError("there is nothing of that name here")
    paths = bid_files.bid_paths(folder, name)
    if not paths:
        raise UsageError("there are no bids yet", f"put them into {BIDS}/{name}/, or send them with the form")
    sealed = place / bid_files.SEALED
    words = ("bid", what, *draft.arguments(folder), *(str(path.relative_to(folder.path)) for path in paths))
    if sealed.is_file():
        words = (*words, "--quality", str(sealed.relative_to(folder.path)))
    content = tuple(path.read_bytes() for path in (*paths, *((sealed,) if sealed.is_file() else ())))
    run, twin = run_name(jobs, words, (case.reading.sha256, content))
    if twin is not None:
        return twin
    title = f"{'Weigh' if what == 'evaluate' else 'Award'} {len(paths)} bids for {name}"
    return jobs.start((*words, "--out", f"{RESULTS}/{case.name}/{run}"), title, f"/tender/{case.name}/{run}")
