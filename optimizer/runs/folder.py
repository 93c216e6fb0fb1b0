"""A run's folder: `results/<instance>/<run>/`, ours by its marker file, complete by its seal `RUN_OK`.

A folder without the marker is foreign: nothing in it is deleted or written over, whatever the options.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError, UsageError
from optimizer.runs.atomic import TEMPORARY_PREFIX, reported, write_whole
from optimizer.runs.held_folder import MARKER_TEXT, HeldFolder, read_seal, write_seal
from optimizer.runs.lock import HOLDER_NAME, LOCK_NAME, FolderLock, LockHolder
from optimizer.runs.own_files import is_plain_file, is_real_folder, sha256_of

MARKER_NAME = ".optimizer-run"
SEAL_NAME = "RUN_OK"
_LOG_NAME = f"{TEMPORARY_PREFIX}solver.log"
FAILED_LOG_NAME = "solver.failed.log"
FILES = (
    "instance.resolved.toml",
    "design.json",
    "design.rejected.json",
    "ledger.csv",
    "ledger.parquet",
    "hourly.parquet",
    "procurement.csv",
    "workbook.xlsx",
    "report.html",
    "verify.json",
    "provenance.json",
    "explain.json",
    "marginal.json",
    "alternatives.json",
    "baselines.json",
    "entry.json",
    "deciders.json",
    "summary.md",
    "solver.log",
    FAILED_LOG_NAME,
)
"""Files a run may have, beside those in `series/`."""
_HIDDEN = frozenset({MARKER_NAME, LOCK_NAME, HOLDER_NAME, SEAL_NAME})
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_INSTANCE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class RunLocation:
    """Where a run goes: a new folder under `root`, or exactly `out`."""

    root: Path
    instance: str
    out: Path | None = None
    overwrite: bool = False
    """Reuse `out` if it is a run's folder, instead of taking a new name beside it."""
    break_lock: bool = False
    """Take the folder even if another process seems to hold it."""


class RunFolder(HeldFolder):
    """A run's folder, held. Files are named relative to it, with `/`."""

    seal_name = SEAL_NAME

    @property
    def took_over(self) -> LockHolder | None:
        """The process that held the folder before and left without giving it back."""
        return self._lock.took_over

    def write(self, name: str, content: bytes | str) -> None:
        """Write a file of the run whole. Raises InputOutputError, UsageError for a name that leads elsewhere."""
        target = self.path / checked_name(name)
        if target.parent != self.path:
            with reported(target.parent):
                if target.parent.is_symlink():
                    raise OSError("the folder is a symbolic link")
                target.parent.mkdir(exist_ok=True)
        self._keep(name, content)

    @property
    def log_path(self) -> Path:
        """Where the solver's log goes while the solver runs; `write_run` stores it as `solver.log`."""
        return self.path / _LOG_NAME

    def begin(self) -> None:
        """Break the seal of an earlier run and remove its files; what somebody else put there stays."""
        self._check_held()
        earlier = sealed_files(self.path)
        with reported(self.path):
            (self.path / SEAL_NAME).unlink(missing_ok=True)
            for name in {*(earlier or ()), *FILES}:
                if _is_name(name) and self._is_inside(self.path / name):
                    (self.path / name).unlink(missing_ok=True)
            for left in (*self.path.glob(f"{TEMPORARY_PREFIX}*"), *self.path.glob(f"*/{TEMPORARY_PREFIX}*")):
                if left.name != _LOG_NAME and self._is_inside(left):
                    left.unlink(missing_ok=True)
        self._written = {}

    def _is_inside(self, path: Path) -> bool:
        """Whether the file lies in this folder, or in a real folder in it: what a link leads to is not ours."""
        return path.parent == self.path or is_real_folder(path.parent)

    def close(self) -> None:
        """Give the folder back. The log of a solve whose run was never written is kept as `solver.failed.log`."""
        if self.log_path.exists():
            with suppress(OSError):
                os.replace(self.log_path, self.path / FAILED_LOG_NAME)
        super().close()


def open_run(location: RunLocation) -> RunFolder:
    """Make and hold the folder of a new run, and prove that it can be written.

    Raises InputOutputError if it cannot be written, is foreign or is held by another process.
    """
    if not _INSTANCE_NAME.fullmatch(location.instance):
        raise UsageError(f'"{clean(location.instance)}" cannot be the name of a folder of results')
    if location.out is not None and location.overwrite and location.out.exists() and not _is_empty(location.out):
        if not is_ours(location.out):
            raise InputOutputError(
                f"cannot write over {clean(str(location.out))}: it is not the folder of a run (no {MARKER_NAME} in it)",
                "nothing in it was touched; choose another folder with --out",
            )
        return _hold(location.out, location.break_lock)
    first = location.out or location.root / location.instance / run_name()
    names = (first if number == 1 else first.with_name(f"{first.name}-{number}") for number in range(1, 10_000))
    path = next((path for path in names if _claim(path)), None)
    if path is None:
        raise InputOutputError(f"cannot write {clean(str(first))}: it and 9,998 names after it are taken")
    try:
        return _hold(path, location.break_lock)
    except BaseException:
        # A folder in which nothing can be written is not left behind as if it were a run.
        with suppress(OSError):
            (path / MARKER_NAME).unlink()
            path.rmdir()
        raise


def _hold(path: Path, break_lock: bool) -> RunFolder:
    folder = RunFolder.hold(path, break_lock)
    with reported(folder.log_path):
        # The solver opens its log by name, and would write through a link.
        folder.log_path.unlink(missing_ok=True)
    return folder


def _is_empty(path: Path) -> bool:
    with reported(path):
        return path.is_dir() and not any(path.iterdir())


def _claim(path: Path) -> bool:
    """Put our marker into a new or empty folder. Of two processes that try, one gets True."""
    with reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.mkdir()
        except FileExistsError:
            if not _is_empty(path):
                return False
        try:
            with (path / MARKER_NAME).open("x", encoding="utf-8") as marker:
                marker.write(MARKER_TEXT)
        except FileExistsError:
            return False
        return True


def run_name() -> str:
    """A name no other run has: the time in UTC, and a short hash of the moment, the process and chance."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    moment = f"{time.time_ns()} {os.getpid()} {secrets.token_hex(8)}"
    return f"{stamp}-{hashlib.sha256(moment.encode()).hexdigest()[:8]}"


def checked_name(name: str) -> str:
    """The name, if it stays inside the run's folder: one part, or two. Raises UsageError."""
    if not _is_name(name) or name in _HIDDEN:
        raise UsageError(f'"{clean(name)}" cannot be the name of a file of a run')
    return name


def _is_name(name: object) -> bool:
    if not isinstance(name, str):
        return False
    parts = name.split("/")
    return len(parts) <= 2 and all(_FILE_NAME.fullmatch(part) for part in parts)


def is_ours(folder: Path) -> bool:
    """Whether the folder was made by us."""
    return is_plain_file(folder / MARKER_NAME)


def sealed_files(folder: Path) -> dict[str, str] | None:
    """SHA-256 by file name as RUN_OK states them; None if there is no seal, or it is damaged."""
    return read_seal(folder, SEAL_NAME)


def altered_files(folder: Path) -> tuple[str, ...]:
    """Files of a sealed run that are missing or no longer what was written."""
    files = sealed_files(folder) or {}
    return tuple(
        sorted(name for name, digest in files.items() if not _is_name(name) or sha256_of(folder, name) != digest)
    )


def is_complete(folder: Path) -> bool:
    """Whether a run was finished here: it is sealed, and every file of it is there."""
    files = sealed_files(folder)
    return files is not None and all(_is_name(name) and (folder / name).is_file() for name in files)


def add_files(folder: Path, files: Mapping[str, str]) -> None:
    """Put files into a complete run, such as studies of its design, and under its seal, which is written last.

    Raises InputOutputError if the folder is no complete run, has been altered since, or is held by another process.
    """
    with FolderLock(folder):
        sealed = sealed_files(folder)
        if sealed is None:
            raise InputOutputError(f"{folder} is not a complete run (no {SEAL_NAME})", "solve it again")
        altered = [name for name in altered_files(folder) if name not in files]
        if altered:
            raise InputOutputError(f"{folder} was altered since the run ({', '.join(altered)})", "solve it again")
        added = {name: write_whole(folder / checked_name(name), text) for name, text in files.items()}
        write_seal(folder / SEAL_NAME, sealed | added)
