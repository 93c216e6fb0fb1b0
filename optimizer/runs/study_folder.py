"""A study's folder: `results/<instance>/studies/<name>/`, one file per cell, complete by its seal `STUDY_OK`.

The folder belongs to one definition. The same study resumes in it; another one is refused, and so is a foreign folder.
A cell's file is written whole and carries a checksum, so that half a file is a cell that was not done.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError, UsageError
from optimizer.runs.atomic import TEMPORARY_PREFIX, reported, write_whole
from optimizer.runs.held_folder import MARKER_TEXT, HeldFolder, read_seal, write_seal
from optimizer.runs.lock import HOLDER_NAME, LOCK_NAME, FolderLock
from optimizer.runs.own_files import is_real_folder, small_json
from optimizer.runs.strict_json import json_text

MARKER_NAME = ".optimizer-study"
SEAL_NAME = "STUDY_OK"
DEFINITION_NAME = "study.json"
CELLS = "cells"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_FIRST_MARKS = frozenset({LOCK_NAME, HOLDER_NAME})
"""What a study that was killed before it left its marker leaves: it is taken over."""
_MOST_BYTES = 200_000_000
_FOREIGN_HELP = "nothing in it was touched; choose another name with --name"


class StudyFolder(HeldFolder):
    """A study's folder, held. It is the store of the study's cells."""

    seal_name = SEAL_NAME
    retry_failed = False

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of a cell; None if there is none, or its file is damaged."""
        stored = small_json(self.path, f"{CELLS}/{key}.json", _MOST_BYTES) or {}
        record: Any = stored.get("record")
        whole = isinstance(record, dict) and stored.get("sha256") == _digest(record) and record.get("key") == key
        return record if whole and not (self.retry_failed and record.get("status") == "failed") else None

    def put(self, key: str, record: dict[str, Any]) -> None:
        """Keep the record of a cell. Raises InputOutputError."""
        # What comes back from the file has to equal what is kept in memory, so both went through JSON.
        copied = json.loads(json.dumps(record, allow_nan=False))
        content = json.dumps(copied, sort_keys=True, allow_nan=False)
        sha256 = hashlib.sha256(content.encode()).hexdigest()
        write_whole(self.path / CELLS / f"{key}.json", f'{{"record": {content}, "sha256": "{sha256}"}}\n')

    def write(self, name: str, content: bytes | str) -> None:
        """Write a file of the study whole. Raises InputOutputError."""
        if not _FILE.fullmatch(name):
            raise UsageError(f'"{clean(name)}" cannot be the name of a file of a study')
        self._keep(name, content)

    def unseal(self) -> None:
        """Say that the study is not complete, as long as it is worked on."""
        with reported(self.path):
            (self.path / SEAL_NAME).unlink(missing_ok=True)


def _digest(record: Any) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def definition_sha256(definition: dict[str, Any]) -> str:
    """Hash of a study's definition: equal for equal studies."""
    return _digest(json.loads(json.dumps(definition, allow_nan=False)))


def study_path(root: Path, instance: str, name: str) -> Path:
    """Where a study goes. Raises UsageError for a name that leads elsewhere."""
    if not _NAME.fullmatch(name):
        raise UsageError(f'"{clean(name)}" cannot be the name of a study', "1 to 64 of the characters A-Z a-z 0-9 _ -")
    return root / instance / "studies" / name


def open_study(path: Path, definition: dict[str, Any], break_lock: bool = False) -> StudyFolder:
    """Make the folder of a study, or go on with it.

    Raises InputOutputError if it cannot be written, is foreign, holds another study or is held by another process.
    """
    if _is_foreign(path):
        raise InputOutputError(
            f"cannot write over {clean(str(path))}: it is not the folder of a study (no {MARKER_NAME} in it)",
            _FOREIGN_HELP,
        )
    folder = StudyFolder.hold(path, break_lock)
    try:
        _check_same(path, definition)
        with reported(path):
            write_whole(path / MARKER_NAME, MARKER_TEXT)
            (path / CELLS).mkdir(exist_ok=True)
            if not is_real_folder(path / CELLS):
                raise OSError(f"{CELLS} is a symbolic link")
            for left in (*path.glob(f"{TEMPORARY_PREFIX}*"), *path.glob(f"{CELLS}/{TEMPORARY_PREFIX}*")):
                left.unlink(missing_ok=True)
        folder.write(DEFINITION_NAME, json_text(definition))
        return folder
    except BaseException:
        folder.close()
        raise


def renew(path: Path, name: str, content: str) -> None:
    """Write a file of a study anew, and under its seal if it has one. Raises InputOutputError, as for a held folder."""
    with FolderLock(path):
        sha256 = write_whole(path / name, content)
        sealed = read_seal(path, SEAL_NAME)
        if sealed is not None:
            write_seal(path / SEAL_NAME, sealed | {name: sha256})


def _is_foreign(path: Path) -> bool:
    """Whether somebody else's files are there: all but our temporary ones and what a killed study leaves."""
    if not path.exists() or (path / MARKER_NAME).is_file():
        return False
    with reported(path):
        names = {file.name for file in path.iterdir() if not file.name.startswith(TEMPORARY_PREFIX)}
    return bool(names - _FIRST_MARKS)


def _check_same(path: Path, definition: dict[str, Any]) -> None:
    """Refuse a folder whose study asks something else. Without a readable definition nothing was stored yet."""
    before = small_json(path, DEFINITION_NAME, _MOST_BYTES) or {}
    now = json.loads(json.dumps(definition))
    if not before or before == now:
        return
    keys = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
    raise InputOutputError(
        f"{clean(str(path))} holds another study: it differs in {', '.join(keys)}",
        "nothing in it was touched; choose another name with --name, or leave --name out",
    )
