"""Reads runs and designs back, trusting nothing: what was altered or is missing is said, what is damaged is refused."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError
from optimizer.inputs.design import DESIGN_FORMAT_VERSION, Decisions, Design
from optimizer.inputs.schema import Instance
from optimizer.runs.atomic import TEMPORARY_PREFIX
from optimizer.runs.folder import FAILED_LOG_NAME, FILES, SEAL_NAME, altered_files, is_complete, sealed_files
from optimizer.runs.own_files import own_file
from optimizer.runs.record import RunRecord, read_record
from optimizer.runs.strict_json import check_version, read_json, shaped


@dataclass(frozen=True, kw_only=True)
class LoadedRun:
    """A run read back. `folder` is where its series are read from."""

    folder: Path
    instance: Instance
    design: Design
    provenance: dict[str, Any]
    """Empty if the file is missing."""
    record: RunRecord
    """The same, held to its shape."""
    altered: tuple[str, ...]
    """Files that are no longer what the run wrote, and identities that do not hold."""
    unsealed: tuple[str, ...]
    """Why the seal does not vouch for the run, and files that stand in it without being under it."""
    warnings: tuple[str, ...]
    """In words, `altered` and `unsealed` included."""

    @property
    def intact(self) -> bool:
        """Whether every file is what the run wrote."""
        return not self.altered and not self.unsealed

    @property
    def integrity(self) -> dict[str, list[str]]:
        """What is wrong with the files, for JSON."""
        return {"altered": list(self.altered), "unsealed": list(self.unsealed)}


def load_run(folder: Path) -> LoadedRun:
    """Read a run's folder.

    Raises InputOutputError if a file cannot be read, InputError if one is invalid, damaged or of a newer format.
    """
    if not folder.is_dir():
        raise InputOutputError(f"cannot read {clean(str(folder))}: it is not a folder")
    if not (folder / "design.json").exists() and (folder / "design.rejected.json").exists():
        raise InputOutputError(
            f"cannot read {clean(str(folder))}: its design was rejected by the audit and is withheld",
            "verify.json says why; `optimizer verify` takes design.rejected.json itself",
        )
    design = load_design(own_file(folder, "design.json"))
    instance = load_instance(folder)
    facts, record = read_record(folder)
    altered = (*altered_files(folder), *_broken_identities(instance, design, record))
    unsealed = unsealed_files(folder)
    warnings = [*unsealed, *(f"altered since the run: {name}" for name in altered)]
    if not facts:
        warnings.append("provenance.json is missing: where the design comes from is not known")
    return LoadedRun(
        folder=folder,
        instance=instance,
        design=design,
        provenance=facts,
        record=record,
        altered=altered,
        unsealed=unsealed,
        warnings=tuple(warnings),
    )


def load_instance(folder: Path) -> Instance:
    """The instance of a run, every series it names read and checked. Raises InputError or InputOutputError."""
    from optimizer.reading.resolved import read_resolved

    name = "instance.resolved.toml"
    return read_resolved(own_file(folder, name), folder, str(folder / name))


def load_design(path: Path, instance: Instance | None = None) -> Design:
    """Read a design file: ours, or a bid.

    A bid may leave out `reported` and `solve`, and, if the `instance` it answers is given, everything but the
    decisions: `{"decisions": {...}}`, or the decisions alone. Raises InputError or InputOutputError.
    """
    from optimizer.reading.read import instance_sha256

    shown = path.name
    data = read_json(path, shown)
    check_version(data, DESIGN_FORMAT_VERSION, shown)
    if "decisions" not in data and data and data.keys() <= Decisions.model_fields.keys():
        data = {"decisions": data}
    if instance is not None:
        day, sha256 = instance.planning_date.isoformat(), instance_sha256(instance)
        data = {"instance": instance.name, "instance_sha256": sha256, "planning_date": day} | data
    return shaped(Design, data, shown)


def _broken_identities(instance: Instance, design: Design, record: RunRecord) -> tuple[str, ...]:
    """Statements about the instance that contradict each other."""
    from optimizer.reading.read import instance_sha256

    about = record.instance
    broken = []
    if design.instance != instance.name:
        broken.append(f"design.json is of instance {design.instance}, instance.resolved.toml is {instance.name}")
    if "instance" in record.model_fields_set:
        if design.instance_sha256 and about.sha256 != design.instance_sha256:
            broken.append("design.json and provenance.json name different instances (SHA-256)")
        if about.packed_sha256 != instance_sha256(instance):
            broken.append("instance.resolved.toml is not the instance that provenance.json names (SHA-256)")
    return tuple(broken)


def unsealed_files(folder: Path) -> tuple[str, ...]:
    """Why the seal does not vouch for the files of a run, in words; nothing if it does."""
    if not (folder / SEAL_NAME).exists():
        return (f"no {SEAL_NAME}: the run was not finished",)
    files = sealed_files(folder)
    if files is None:
        return (f"{SEAL_NAME} is damaged: the files cannot be compared with what was written",)
    missing = () if is_complete(folder) else (f"files named in {SEAL_NAME} are missing",)
    # A log is all that is left of a solve that failed; it is no part of a run.
    there = [name for name in FILES if name != FAILED_LOG_NAME and os.path.lexists(folder / name)]
    there += [f"series/{path.name}" for path in folder.glob("series/*") if not path.name.startswith(TEMPORARY_PREFIX)]
    return (*missing, *(f"not under {SEAL_NAME}: {clean(name)}" for name in sorted(there) if name not in files))
