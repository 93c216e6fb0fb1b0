"""A run's folder read back and audited anew, as what the page is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.app.loaded import result_of, stored_origins
from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError
from optimizer.inputs.design import Design, Status
from optimizer.pipeline import Result
from optimizer.report.html.source import ReportSource, with_studies
from optimizer.report.studies import load
from optimizer.solve.outcome import Size

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance


def from_folder(folder: Path, compared_sha256: str | None = None) -> ReportSource:
    """The source of a run's folder: the design is audited again. `compared_sha256` is of the instance as it is now.

    Raises InputError and InputOutputError as `load_run` does, and for a design that was withheld.
    """
    from optimizer.model.derive import derive
    from optimizer.runs.read import unsealed_files

    instance, design, record, warnings, altered = _read(folder)
    doubts = (*unsealed_files(folder), *altered)
    stale = [f"altered since the run: {name}" for name in altered]
    about = record.get("instance")
    known = about.get("sha256") if isinstance(about, dict) else None
    known = known or (design.instance_sha256 if design else None)
    if compared_sha256 and known and compared_sha256 != known:
        stale.append("the instance file says something else now than when this design was made")
    problem = derive(instance, folder)
    words = f"{folder.name}/instance.resolved.toml"
    size, steps, seconds = _size(record), tuple(_steps(record)), _numbers(record.get("seconds"))
    if design is None:
        message = str(record.get("message") or "")
        result = Result(
            problem=problem,
            status=_status(record),
            design=None,
            audit=None,
            size=size,
            steps=steps,
            seconds=seconds,
            message=message,
            bound=_bound(record),
        )
    else:
        result = replace(result_of(problem, design, folder), size=size, steps=steps, seconds=seconds)
    found, unread = load(folder, design.instance_sha256 if design else "")
    notes = (*warnings, *unread)
    source = ReportSource(
        result=result,
        instance_file=words,
        warnings=notes,
        origins=stored_origins(folder),
        provenance=record,
        stale=tuple(stale),
        doubts=doubts,
    )
    return with_studies(source, found)


def _read(
    folder: Path,
) -> tuple[Instance, Design | None, dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    """Instance, design if there is one, provenance, warnings, files altered since."""
    from optimizer.runs.folder import altered_files
    from optimizer.runs.read import load_instance, load_run
    from optimizer.runs.strict_json import read_own_json

    no_design = not (folder / "design.json").exists() and not (folder / "design.rejected.json").exists()
    if folder.is_dir() and no_design and (folder / "provenance.json").exists():
        record = read_own_json(folder, "provenance.json")
        return load_instance(folder), None, record, _kept(record), altered_files(folder)
    run = load_run(folder)
    seal = tuple(text for text in run.warnings if not text.startswith("altered since the run"))
    return run.instance, run.design, run.provenance, (*_kept(run.provenance), *seal), run.altered


def _kept(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Warnings of the run itself."""
    found = record.get("warnings")
    return tuple(clean(str(text), 2000) for text in found) if isinstance(found, list) else ()


def _status(record: Mapping[str, Any]) -> Status:
    """How a run without a design ended."""
    try:
        found = Status(str(record.get("status")))
    except ValueError:
        found = Status.NO_SOLUTION
    if found in (Status.OPTIMAL, Status.FEASIBLE):
        raise InputOutputError("the run's record speaks of a design, but design.json is missing")
    return found


def _size(record: Mapping[str, Any]) -> Size:
    model = record.get("model")
    model = model if isinstance(model, dict) else {}
    counts = [
        int(model[key]) if isinstance(model.get(key), int) else 0 for key in ("rows", "columns", "integers", "nonzeros")
    ]
    return Size(counts[0], counts[1], counts[2], counts[3], str(model.get("fingerprint") or ""))


def _bound(record: Mapping[str, Any]) -> float:
    search = record.get("search")
    found = search.get("bound") if isinstance(search, dict) else None
    return float(found) if isinstance(found, int | float) else float("-inf")


def _steps(record: Mapping[str, Any]) -> list[dict[str, float]]:
    search = record.get("search")
    found = search.get("steps") if isinstance(search, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _numbers(found: Any) -> dict[str, float]:
    items = found.items() if isinstance(found, dict) else ()
    return {str(key): float(value) for key, value in items if isinstance(value, int | float)}
