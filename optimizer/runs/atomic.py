"""Files written whole or not at all.

A file is written beside its final name, forced to disk and renamed over it. After a crash, a full disk or a kill there
is the old file or the new one, never a part.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError

TEMPORARY_PREFIX = ".writing-"
_TEST_BYTES = 65_536
_LONGEST_NAME = 32
"""Room kept for the names of the files of a run, in characters."""
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES}
"""Answers of file systems (and of Windows) that cannot force a folder to disk."""


def write_whole(path: Path, content: bytes | str) -> str:
    """Write a file whole and give its SHA-256. Text is stored as UTF-8.

    Raises InputOutputError; then the old file is still there.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}")
    with reported(path):
        try:
            _write_new(temporary, data)
            os.replace(temporary, path)
        except BaseException:
            # An interrupt must not leave a temporary file behind either.
            with suppress(OSError):
                os.unlink(temporary)
            raise
        sync_folder(path.parent)
    return hashlib.sha256(data).hexdigest()


def preflight_write(folder: Path) -> None:
    """Create the folder if need be and prove that files can be written there. Raises InputOutputError."""
    with reported(folder):
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}".ljust(_LONGEST_NAME, "0")
        try:
            _write_new(trial, bytes(_TEST_BYTES))
        finally:
            with suppress(OSError):
                os.unlink(trial)


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to disk, where the system can do that."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as problem:
        if problem.errno not in _NO_FOLDER_SYNC:
            raise


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn a failure of the system into an InputOutputError that names the path and the reason."""
    try:
        yield
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise InputOutputError(f"cannot write {clean(str(path))}: {reason}", _hint(problem)) from problem


def _hint(problem: Exception) -> str | None:
    code = getattr(problem, "errno", None)
    if code in (errno.ENOSPC, errno.EDQUOT):
        return "free some space, or choose another folder with --out"
    if code == errno.ENAMETOOLONG:
        return "choose a shorter path with --out"
    return "choose a folder you may write to with --out"


def _write_new(path: Path, data: bytes) -> None:
    """Write and force to disk a file that must not exist yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
