"""A run's folder read back and audited anew, as what the page is made from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.app.loaded import result_of, stored_origins
from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError
from optimizer.inputs.design import Design, Status
from optimizer.pipeline import Result
from optimizer.report.html.source import ReportSource, with_studies
from optimizer.report.studies import load
from optimizer.runs.folder import altered_files
from optimizer.solve.outcome import Size

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance
    from optimizer.runs.record import RunRecord

_POSITION = re.compile(r"^W\d{4}( \S+?(:\d+)?)?: ")


def from_folder(folder: Path, compared_sha256: str | None = None) -> ReportSource:
    """The source of a run's folder: the design is audited again. `compared_sha256` is of the instance as it is now.

    Raises InputError and InputOutputError as `load_run` does, and for a design that was withheld.
    """
    from optimizer.model.derive import derive
    from optimizer.runs.read import unsealed_files

    kept = _read(folder)
    design, record = kept.design, kept.record
    stale = [f"altered since the run: {name}" for name in kept.altered]
    known = record.instance.sha256 or (design.instance_sha256 if design else None)
    if compared_sha256 and known and compared_sha256 != known:
        stale.append("the instance file says something else now than when this design was made")
    problem = derive(kept.instance, folder)
    model, bound = record.model, record.search.bound
    size = Size(model.rows, model.columns, model.integers, model.nonzeros, model.fingerprint)
    seconds = {name: value for name, value in record.seconds.items() if value is not None}
    if design is None:
        result = Result(
            problem=problem,
            status=_status(record),
            design=None,
            audit=None,
            size=size,
            steps=(),
            seconds=seconds,
            message=record.message or "",
            bound=float("-inf") if bound is None else bound,
        )
    else:
        result = replace(result_of(problem, design, folder), size=size, seconds=seconds)
    pages, unread = load(folder, design.instance_sha256 if design else "")
    source = ReportSource(
        result=result,
        instance_file=f"{folder.name}/instance.resolved.toml",
        warnings=(*kept.warnings, *unread),
        origins=stored_origins(folder),
        provenance=kept.facts,
        stale=tuple(stale),
        doubts=(*unsealed_files(folder), *kept.altered),
    )
    return with_studies(source, pages)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """What a run's folder holds; `facts` is its record as it stands, `altered` names files changed since."""

    instance: Instance
    design: Design | None
    facts: dict[str, Any]
    record: RunRecord
    warnings: tuple[str, ...]
    altered: tuple[str, ...]


def _read(folder: Path) -> _Kept:
    from optimizer.runs.read import load_instance, load_run
    from optimizer.runs.record import NAME, read_record

    no_design = not (folder / "design.json").exists() and not (folder / "design.rejected.json").exists()
    if folder.is_dir() and no_design and (folder / NAME).exists():
        facts, record = read_record(folder)
        return _Kept(
            instance=load_instance(folder),
            design=None,
            facts=facts,
            record=record,
            warnings=_of_the_run(record),
            altered=altered_files(folder),
        )
    run = load_run(folder)
    seal = tuple(text for text in run.warnings if not text.startswith("altered since the run"))
    return _Kept(
        instance=run.instance,
        design=run.design,
        facts=run.provenance,
        record=run.record,
        warnings=(*_of_the_run(run.record), *seal),
        altered=run.altered,
    )


def _of_the_run(record: RunRecord) -> tuple[str, ...]:
    """Warnings of the run itself."""
    return tuple(_POSITION.sub("", clean(text, 2000)) for text in record.warnings)


def _status(record: RunRecord) -> Status:
    """How a run without a design ended."""
    try:
        status = Status(record.status)
    except ValueError:
        status = Status.NO_SOLUTION
    if status in (Status.OPTIMAL, Status.FEASIBLE):
        raise InputOutputError("the run's record speaks of a design, but design.json is missing")
    return status
