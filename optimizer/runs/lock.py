"""One process at a time in a run's folder, and who it is.

The operating system holds the lock and frees it when its process dies. A note beside it says who the holder is. The
note is what counts where the system's lock cannot be trusted: on a network drive, two machines may both be given it.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError
from optimizer.runs.atomic import reported, write_whole
from optimizer.runs.own_files import drop_unless_plain, small_json

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_NAME = ".optimizer-lock"
HOLDER_NAME = ".optimizer-holder"
_MOST_NOTE_BYTES = 10_000


@dataclass(frozen=True)
class LockHolder:
    """The process that holds a folder."""

    pid: int
    host: str
    since: str

    @property
    def is_here(self) -> bool:
        """Whether it is, or was, a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def is_dead(self) -> bool:
        """True if it was a process of this machine and is gone. Of other machines nothing is known."""
        return self.is_here and not _alive(self.pid)

    def __str__(self) -> str:
        return f"process {self.pid} on {clean(self.host)} since {clean(self.since)}"


def _alive(pid: int) -> bool:
    if os.name == "nt" or pid <= 0:
        return pid > 0
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


class FolderLock:
    """The lock of one folder. `took_over` tells whose lock was replaced, if that process was gone or was broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.took_over: LockHolder | None = None
        self._lock: BaseFileLock | None = None

    def acquire(self, break_lock: bool = False) -> None:
        """Take the lock. Raises InputOutputError, naming the holder, if another process has it."""
        with reported(self.folder / LOCK_NAME):
            lock = self._take()
            before = read_holder(self.folder)
            if lock is None and (break_lock or (before is not None and before.is_dead)):
                # The one who holds the old file keeps it; everybody else meets at the new one.
                (self.folder / LOCK_NAME).unlink(missing_ok=True)
                lock = self._take()
        if lock is None:
            raise _held(self.folder, before)
        if before is not None and not before.is_here and not break_lock:
            lock.release()
            raise _held(self.folder, before)
        self._lock, self.took_over = lock, before
        try:
            _note(self.folder)
        except BaseException:
            self.release()
            raise

    def _take(self) -> BaseFileLock | None:
        from filelock import FileLock, Timeout

        drop_unless_plain(self.folder / LOCK_NAME)
        lock = FileLock(self.folder / LOCK_NAME, timeout=0.0)
        try:
            lock.acquire()
        except Timeout:
            return None
        return lock

    @property
    def is_mine(self) -> bool:
        """Whether this process still holds the folder; False once somebody has broken its lock."""
        holder = read_holder(self.folder)
        return self._lock is not None and holder is not None and holder.is_here and holder.pid == os.getpid()

    def release(self) -> None:
        """Give the folder back. Harmless if it is not held."""
        if self._lock is None:
            return
        if self.is_mine:
            with suppress(OSError):
                (self.folder / HOLDER_NAME).unlink()
        self._lock.release()
        self._lock = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def read_holder(folder: Path) -> LockHolder | None:
    """Who says that it holds the folder; None if nobody does or the note cannot be read."""
    try:
        note = small_json(folder, HOLDER_NAME, _MOST_NOTE_BYTES) or {}
        return LockHolder(int(note["pid"]), str(note["host"]), str(note["since"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _note(folder: Path) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    write_whole(folder / HOLDER_NAME, json.dumps(asdict(LockHolder(os.getpid(), socket.gethostname(), since))) + "\n")


def _held(folder: Path, holder: LockHolder | None) -> InputOutputError:
    who = str(holder) if holder else "another process"
    return InputOutputError(
        f"cannot write {clean(str(folder))}: it is held by {who}",
        "wait for it to end; if you are sure that it is gone, repeat with --break-lock",
    )
