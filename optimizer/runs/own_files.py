"""Files of a run's or a study's folder, read as if a stranger had made it: regular files inside it, nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from optimizer.diagnostics import Diagnostic, clean
from optimizer.errors import InputError, InputOutputError
from optimizer.reading.paths import PathRefused, guarded


def own_file(folder: Path, name: str) -> Path:
    """The real path of a file of the folder.

    Raises InputError for what is no regular file or lies outside (a link that leads out, a device, a FIFO), and
    InputOutputError for a file that is not there.
    """
    try:
        return guarded(name, folder, folder, ())
    except PathRefused as refused:
        if refused.code == "E0113":
            raise InputOutputError(f"cannot read {clean(str(folder / name))}: {refused.text}") from None
        reason = refused.reason.replace("the instance folder", "its folder")
        raise InputError([Diagnostic(code=refused.code, severity="error", message=reason, file=name)]) from None


def sha256_of(folder: Path, name: str) -> str | None:
    """SHA-256 of a file of the folder; None if there is none, or it is not one to read."""
    try:
        with guarded(name, folder, folder, ()).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (PathRefused, OSError):
        return None


def small_text(folder: Path, name: str, max_bytes: int) -> str | None:
    """The text of a small file of the folder; None if there is none, or it is not one to read."""
    try:
        with guarded(name, folder, folder, ()).open("rb") as stream:
            content = stream.read(max_bytes + 1)
        return content.decode("utf-8") if len(content) <= max_bytes else None
    except (PathRefused, OSError, UnicodeDecodeError):
        return None


def small_json(folder: Path, name: str, max_bytes: int) -> dict[str, Any] | None:
    """The object in a small file of the folder; None if there is none, or it is damaged."""
    try:
        value = json.loads(small_text(folder, name, max_bytes) or "")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_real_folder(path: Path) -> bool:
    """Whether the path is a folder and no link to one."""
    return _is(path, stat.S_ISDIR)


def is_plain_file(path: Path) -> bool:
    """Whether the path is a regular file and no link to one."""
    return _is(path, stat.S_ISREG)


def _is(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        return kind(path.lstat().st_mode)
    except OSError:
        return False


def drop_unless_plain(path: Path) -> None:
    """Remove a link, FIFO or device that stands where a file of ours belongs: opening it would touch what it names."""
    if os.path.lexists(path) and not is_plain_file(path):
        path.unlink()
