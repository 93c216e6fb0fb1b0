"""What the page is made from: a result fresh from the search, or a run's folder read back and audited anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.design import Design, Status
from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError
from optimizer.instance.layers import Origin
from optimizer.pipeline import Result, check
from optimizer.solve.outcome import Size

if TYPE_CHECKING:
    from optimizer.instance.reading import Reading
    from optimizer.instance.schema import Instance

ORIGINS_NAME = "assumptions.json"
"""File of a run's folder that keeps where its values come from."""
ORIGINS_VERSION = 1


@dataclass(frozen=True)
class MarginalValue:
    """What one more (or one less) of something is worth, from a search with it changed."""

    what: str
    """In words: one more MW of grid at Cyberport."""
    path: str
    """Key of the instance that was changed."""
    change: float
    """By how much, in `unit`."""
    unit: str
    cost_musd: float
    """Change of the net present cost; negative: cheaper."""
    lcoc_usd_per_eflop: float
    """Change of the levelised cost; negative: cheaper."""
    note: str = ""


@dataclass(frozen=True)
class ReportSource:
    """Everything the page may show. What is empty is left out of it."""

    result: Result
    instance_file: str = "INSTANCE"
    """The instance as it is written in a command."""
    warnings: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Where the values come from, by dotted path; empty if that was not recorded."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    """What was changed since the run, in words: the page says that it no longer holds."""
    marginals: tuple[MarginalValue, ...] = ()


def from_reading(result: Result, reading: Reading, record: Mapping[str, Any], instance_file: str) -> ReportSource:
    """The source of a run that has just ended. `record` is its provenance."""
    warnings = tuple(found.message for found in reading.warnings)
    return ReportSource(result, instance_file, warnings, reading.origins, record)


def origins_json(reading: Reading) -> str:
    """The origins of a reading as text, to be kept in the run's folder."""
    values = {
        path: {key: value for key, value in asdict(origin).items() if value not in (None, ())}
        for path, origin in reading.origins.items()
        if not path.startswith("climates.")
    }
    return json.dumps({"format_version": ORIGINS_VERSION, "values": values}, sort_keys=True, indent=0) + "\n"


def from_folder(folder: Path, compared_sha256: str | None = None) -> ReportSource:
    """The source of a run's folder: the design is audited again. `compared_sha256` is that of the instance as it is now.

    Raises InputError and InputOutputError as `load_run` does, and for a design that was withheld.
    """
    from optimizer.derive import derive

    instance, design, record, warnings, altered = _read(folder)
    stale = [f"altered since the run: {name}" for name in altered]
    about = record.get("instance")
    known = about.get("sha256") if isinstance(about, dict) else None
    known = known or (design.instance_sha256 if design else None)
    if compared_sha256 and known and compared_sha256 != known:
        stale.append("the instance file says something else now than when this design was made")
    problem = derive(instance, folder)
    audit = check(instance, design, folder) if design is not None else None
    status = _status(design, record)
    steps, seconds = _list(record, "search", "steps"), _numbers(record.get("seconds"))
    message, bound = str(record.get("message") or ""), _bound(design, record)
    result = Result(problem, status, design, audit, _size(record), tuple(steps), seconds, message, bound)
    return ReportSource(
        result, f"{folder.name}/instance.resolved.toml", warnings, _origins(folder), record, tuple(stale)
    )


def _read(
    folder: Path,
) -> tuple[Instance, Design | None, dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    """Instance, design if there is one, provenance, warnings, files altered since."""
    from optimizer.instance.resolved import read_resolved
    from optimizer.run.folder import altered_files
    from optimizer.run.read import load_run
    from optimizer.run.strict_json import read_json

    no_design = not (folder / "design.json").exists() and not (folder / "design.rejected.json").exists()
    if folder.is_dir() and no_design and (folder / "provenance.json").exists():
        record = read_json(folder / "provenance.json")
        return read_resolved(folder / "instance.resolved.toml"), None, record, _kept(record), altered_files(folder)
    run = load_run(folder)
    seal = tuple(text for text in run.warnings if not text.startswith("altered since the run"))
    return run.instance, run.design, run.provenance, (*_kept(run.provenance), *seal), run.altered


def _kept(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Warnings of the run itself."""
    found = record.get("warnings")
    return tuple(clean(str(text), 2000) for text in found) if isinstance(found, list) else ()


def _status(design: Design | None, record: Mapping[str, Any]) -> Status:
    said = design.solve.status if design is not None and design.solve is not None else record.get("status")
    try:
        found = Status(str(said))
    except ValueError:
        found = Status.FEASIBLE if design is not None else Status.NO_SOLUTION
    if design is None and found in (Status.OPTIMAL, Status.FEASIBLE):
        raise InputOutputError("the run's record speaks of a design, but design.json is missing")
    return found


def _size(record: Mapping[str, Any]) -> Size:
    model = record.get("model")
    model = model if isinstance(model, dict) else {}
    counts = [
        int(model[key]) if isinstance(model.get(key), int) else 0 for key in ("rows", "columns", "integers", "nonzeros")
    ]
    return Size(counts[0], counts[1], counts[2], counts[3], str(model.get("fingerprint") or ""))


def _bound(design: Design | None, record: Mapping[str, Any]) -> float:
    if design is not None and design.solve is not None:
        return design.solve.bound
    search = record.get("search")
    found = search.get("bound") if isinstance(search, dict) else None
    return float(found) if isinstance(found, int | float) else float("-inf")


def _list(record: Mapping[str, Any], table: str, key: str) -> list[dict[str, float]]:
    inside = record.get(table)
    found = inside.get(key) if isinstance(inside, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _numbers(found: Any) -> dict[str, float]:
    items = found.items() if isinstance(found, dict) else ()
    return {str(key): float(value) for key, value in items if isinstance(value, int | float)}


def _origins(folder: Path) -> dict[str, Origin]:
    """Origins kept in the folder; none if the file is missing or not what we write."""
    from optimizer.run.strict_json import read_json

    path = folder / ORIGINS_NAME
    if not path.exists():
        return {}
    values = read_json(path).get("values")
    rows = values.items() if isinstance(values, dict) else ()
    return {str(name): _origin(row) for name, row in rows if isinstance(row, dict)}


def _origin(row: Mapping[str, Any]) -> Origin:
    def text(key: str) -> str | None:
        found = row.get(key)
        return found if isinstance(found, str) else None

    def count(key: str) -> int | None:
        found = row.get(key)
        return found if isinstance(found, int) else None

    kind = text("kind")
    known = kind if kind in ("default", "catalogue", "parent", "file", "scenario", "set") else "default"
    given = row.get("source")
    source = tuple(str(item) for item in given) if isinstance(given, list) else ()
    return Origin(known, text("file"), count("line"), source, text("grade"), count("price_year"))  # type: ignore[arg-type]
