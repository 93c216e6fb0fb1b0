"""Where a result comes from: inputs, versions, options, machine, durations. No user name and no absolute path."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.number_format import finite
from optimizer.version import __version__

if TYPE_CHECKING:
    from optimizer.pipeline import Options, Result
    from optimizer.reading.read import Reading

PROVENANCE_VERSION = 1
PACKAGES = ("pyomo", "highspy", "numpy", "scipy", "pydantic", "pandas", "pyarrow")
TESTED = {
    "python": ("3.11", "3.11"),
    "pyomo": ("6.10.1", "6.10.1"),
    "highspy": ("1.15.1", "1.16.0"),
    "numpy": ("1.26.0", "2.4.6"),
    "scipy": ("1.15.0", "1.17.1"),
    "pydantic": ("2.12.0", "2.14.4"),
    "pandas": ("2.2.0", "3.1.1"),
    "pyarrow": ("15.0.0", "26.0.1"),
}
"""Oldest and newest by name; what lies between is taken to work."""
ENVIRONMENT = ("PYTHON", "HIGHS", "OMP_", "OPENBLAS_", "MKL_")
"""Variables whose name starts so can change what a program computes; they are recorded."""
_ABSOLUTE = re.compile(
    r"""(?<![\w:/.…~-])(?:[A-Za-z]:)?[\\/](?:[^\\/\s"'=:;,]+[\\/])+|~[\\/](?:[^\\/\s"'=:;,]+[\\/])*"""
)


@dataclass(frozen=True)
class RunContext:
    """What the caller knows of a run: how it was called, and when it began (UTC)."""

    options: Options
    started: datetime
    command: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())


def provenance(reading: Reading, result: Result, context: RunContext) -> dict[str, Any]:
    """The record of a run as plain JSON; numbers that are not finite are null."""
    inputs, changed = inputs_now(reading)
    record: dict[str, Any] = finite(
        {
            "format_version": PROVENANCE_VERSION,
            "status": result.status.value,
            "message": without_folders(result.message),
            "verified": result.verified,
            "started_utc": _utc(context.started),
            "ended_utc": _utc(datetime.now(UTC)),
            "seconds": result.seconds,
            "command": command_line(context.command),
            "instance": {"name": reading.instance.name, "sha256": reading.sha256},
            "inputs": inputs,
            "model": result.size,
            "search": _search(result, context.options),
            "versions": versions(),
            "platform": machine(),
            "environment": environment(),
            "warnings": [*_warnings(reading), *(without_folders(text) for text in context.warnings), *changed],
        }
    )
    return record


def _search(result: Result, options: Options) -> dict[str, Any]:
    """What was asked of the search and what it reached; the asked values are those in force."""
    from optimizer.pipeline import settings, threads_in_force

    goal, gap, limit, seed = settings(result.problem.instance, options)
    facts = result.design.solve if result.design else None
    reached = facts.model_dump(mode="json") if facts else {}
    return {
        **reached,
        "objective": goal.id,
        "gap_asked": gap,
        "gap_reached": facts.gap if facts else None,
        "bound": facts.bound if facts else result.bound,
        "time_limit_s": limit,
        "seed": seed,
        "threads": threads_in_force(result.problem.instance, options),
        "presolve": options.presolve,
        "isolated": options.isolated,
        "steps": list(result.steps),
    }


def inputs_now(reading: Reading) -> tuple[list[dict[str, str]], list[str]]:
    """The files read with their hashes, and a warning for each that has changed since."""
    inputs, warnings = [], []
    for path, digest in reading.files:
        name = _relative(path, reading.folder)
        inputs.append({"file": name, "sha256": digest})
        try:
            with path.open("rb") as stream:
                now = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            warnings.append(f"input changed during the run: {name} cannot be read any more")
            continue
        if now != digest:
            inputs[-1]["sha256_at_end"] = now
            warnings.append(
                f"input changed during the run: {name}; the result is of the file as it was at the start, "
                "a copy of it in series/ of the file as it was at the end"
            )
    return inputs, warnings


def versions() -> dict[str, str]:
    """Versions of the product, of Python and of the packages a result depends on."""
    packages = {"optimizer": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = "absent"
    return packages


def machine() -> dict[str, Any]:
    """The kind of machine, not which one."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "python": platform.python_implementation(),
    }


def environment() -> dict[str, str]:
    """Environment variables that may matter, without folders."""
    chosen = sorted(name for name in os.environ if name.startswith(ENVIRONMENT))
    return {name: os.pathsep.join(map(_last_part, os.environ[name].split(os.pathsep))) for name in chosen}


def command_line(arguments: tuple[str, ...]) -> list[str]:
    """The command with the folders of absolute paths left out, also in `--option=PATH`."""
    return ["=".join(map(_last_part, argument.split("="))) for argument in arguments]


def _last_part(text: str) -> str:
    """The text, or the last part of it if it is an absolute path (which may hold spaces)."""
    if text.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:[\\/]", text):
        parts = [part for part in re.split(r"[\\/]", text) if part]
        return "…/" + (parts[-1] if len(parts) > 1 else "")
    return without_folders(text)


def without_folders(text: str) -> str:
    """A sentence with the folders of absolute paths left out."""
    home = os.path.expanduser("~")
    if len(home) > 1:
        text = text.replace(home, "~")
    return _ABSOLUTE.sub("…/", text)


def _relative(path: Path, folder: Path) -> str:
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except (OSError, ValueError):
        return path.name


def _warnings(reading: Reading) -> list[str]:
    from optimizer.diagnostics import clean

    lines = []
    for warning in reading.warnings:
        where = f" {_last_part(warning.file)}" + (f":{warning.line}" if warning.line else "") if warning.file else ""
        lines.append(f"{warning.code}{where}: {without_folders(clean(warning.told, 2000))}")
    return lines


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parts(version: str, count: int) -> tuple[int, ...]:
    numbers = [int("".join(c for c in part if c.isdigit()) or 0) for part in version.split(".")]
    return tuple((*numbers, 0, 0, 0)[:count])


def within(name: str, version: str) -> bool:
    """Whether a version lies in the range that was tested, to the digits its ends are given with."""
    oldest, newest = TESTED[name]
    low, high = (_parts(end, end.count(".") + 1) for end in (oldest, newest))
    return low <= _parts(version, len(low)) and _parts(version, len(high)) <= high


def ranges() -> dict[str, dict[str, str | bool]]:
    """Range and verdict by package, for JSON."""
    return {
        name: {"oldest": oldest, "newest": newest, "within": within(name, versions()[name])}
        for name, (oldest, newest) in TESTED.items()
    }


def range_text(name: str, version: str) -> str:
    """The range in words, and whether the version lies outside it; empty for what has no range."""
    if name not in TESTED:
        return ""
    oldest, newest = TESTED[name]
    span = oldest if oldest == newest else f"{oldest} to {newest}"
    return span if within(name, version) else f"{span}: NOT TESTED with this version"
