"""A study's folder: `results/<instance>/studies/<name>/`, one file per cell, complete by its seal `STUDY_OK`.

The folder belongs to one definition. The same study resumes in it; another one is refused, and so is a foreign folder.
A cell's file is written whole and carries a checksum, so that half a file is a cell that was not done.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError, UsageError
from optimizer.runs.atomic import TEMPORARY_PREFIX, preflight_write, reported, write_whole
from optimizer.runs.lock import HOLDER_NAME, LOCK_NAME, FolderLock
from optimizer.runs.own_files import is_real_folder, own_file, small_text
from optimizer.runs.strict_json import json_text, read_json

MARKER_NAME = ".optimizer-study"
SEAL_NAME = "STUDY_OK"
DEFINITION_NAME = "study.json"
CELLS = "cells"
FORMAT_VERSION = 1
_MARKER_TEXT = "This folder was made by the facility optimizer, which may write over its own files here.\n"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_FIRST_MARKS = frozenset({LOCK_NAME, HOLDER_NAME})
"""What a study that was killed before it left its marker leaves: it is taken over."""
_MOST_BYTES = 200_000_000
_FOREIGN_HELP = "nothing in it was touched; choose another name with --name"


class StudyFolder:
    """A study's folder, held by this process until it is closed. It is the store of the study's cells."""

    def __init__(self, path: Path, lock: FolderLock) -> None:
        self.path = path
        self._lock = lock
        self._written: dict[str, str] = {}
        self.retry_failed = False

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of a cell; None if there is none, or its file is damaged."""
        try:
            stored = json.loads(small_text(self.path, f"{CELLS}/{key}.json", _MOST_BYTES) or "")
            record: dict[str, Any] = stored["record"]
            whole = stored["sha256"] == _digest(record) and record["key"] == key
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        if not whole or (self.retry_failed and record.get("status") == "failed"):
            return None
        return record

    def put(self, key: str, record: dict[str, Any]) -> None:
        """Keep the record of a cell. Raises InputOutputError."""
        # What comes back from the file has to equal what is kept in memory, so both went through JSON.
        copied = json.loads(json.dumps(record, allow_nan=False))
        text = json.dumps({"sha256": _digest(copied), "record": copied}, sort_keys=True, allow_nan=False)
        write_whole(self.path / CELLS / f"{key}.json", text + "\n")

    def write(self, name: str, content: bytes | str) -> None:
        """Write a file of the study whole. Raises InputOutputError."""
        if not _FILE.fullmatch(name):
            raise UsageError(f'"{clean(name)}" cannot be the name of a file of a study')
        data = content.encode("utf-8") if isinstance(content, str) else content
        write_whole(self.path / name, data)
        self._written[name] = hashlib.sha256(data).hexdigest()

    def unseal(self) -> None:
        """Say that the study is not complete, as long as it is worked on."""
        with reported(self.path):
            (self.path / SEAL_NAME).unlink(missing_ok=True)

    def seal(self) -> None:
        """Write STUDY_OK: the study is complete, with these files. Nothing is written after it."""
        if not self._lock.is_mine:
            raise InputOutputError(f"cannot write {clean(str(self.path))}: another process has taken the folder")
        content = {"format_version": FORMAT_VERSION, "files": self._written}
        write_whole(self.path / SEAL_NAME, json_text(content))

    def close(self) -> None:
        """Give the folder back."""
        self._lock.release()

    def __enter__(self) -> StudyFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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
    if path.exists() and any_file(path, but=_FIRST_MARKS) and not (path / MARKER_NAME).is_file():
        raise InputOutputError(
            f"cannot write over {clean(str(path))}: it is not the folder of a study (no {MARKER_NAME} in it)",
            _FOREIGN_HELP,
        )
    preflight_write(path)
    lock = FolderLock(path)
    lock.acquire(break_lock=break_lock)
    try:
        _check_same(path, definition)
        with reported(path):
            write_whole(path / MARKER_NAME, _MARKER_TEXT)
            (path / CELLS).mkdir(exist_ok=True)
            if not is_real_folder(path / CELLS):
                raise OSError(f"{CELLS} is a symbolic link")
            for left in (*path.glob(f"{TEMPORARY_PREFIX}*"), *path.glob(f"{CELLS}/{TEMPORARY_PREFIX}*")):
                left.unlink(missing_ok=True)
        folder = StudyFolder(path, lock)
        folder.write(DEFINITION_NAME, json_text(definition))
        return folder
    except BaseException:
        lock.release()
        raise


def renew(path: Path, name: str, content: str) -> None:
    """Write a file of a study anew, and under its seal if it has one. Raises InputOutputError, as for a held folder."""
    data = content.encode("utf-8")
    lock = FolderLock(path)
    lock.acquire(break_lock=False)
    try:
        write_whole(path / name, data)
        if (path / SEAL_NAME).is_file():
            seal = read_json(own_file(path, SEAL_NAME), SEAL_NAME)
            if not isinstance(seal.get("files"), dict):
                raise InputOutputError(f"{SEAL_NAME} does not name the files of the study")
            seal["files"][name] = hashlib.sha256(data).hexdigest()
            write_whole(path / SEAL_NAME, json_text(seal))
    finally:
        lock.release()


def any_file(path: Path, but: frozenset[str] = frozenset()) -> bool:
    """Whether there is anything in a folder, but for some names and our temporary files. Raises InputOutputError."""
    with reported(path):
        return any(
            file.name not in but and not (but and file.name.startswith(TEMPORARY_PREFIX)) for file in path.iterdir()
        )


def _check_same(path: Path, definition: dict[str, Any]) -> None:
    """Refuse a folder whose study asks something else. Without a readable definition nothing was stored yet."""
    before: dict[str, Any] = {}
    with suppress(OSError, ValueError, RecursionError):
        stored = json.loads(small_text(path, DEFINITION_NAME, _MOST_BYTES) or "{}")
        before = stored if isinstance(stored, dict) else {}
    now = json.loads(json.dumps(definition))
    if not before or before == now:
        return
    keys = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
    raise InputOutputError(
        f"{clean(str(path))} holds another study: it differs in {', '.join(keys)}",
        "nothing in it was touched; choose another name with --name, or leave --name out",
    )
