"""A folder that one process holds: files written whole, and a seal with their SHA-256 that is written last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError
from optimizer.runs.atomic import preflight_write, write_whole
from optimizer.runs.lock import FolderLock
from optimizer.runs.own_files import small_json
from optimizer.runs.strict_json import json_text

SEAL_VERSION = 1
MARKER_TEXT = "This folder was made by the facility optimizer, which may write over its own files here.\n"
_MOST_SEAL_BYTES = 10_000_000


class HeldFolder:
    """A folder held by this process until it is closed."""

    seal_name: str

    def __init__(self, path: Path, lock: FolderLock) -> None:
        self.path = path
        self._lock = lock
        self._written: dict[str, str] = {}

    @classmethod
    def hold(cls, path: Path, break_lock: bool) -> Self:
        """Make the folder if need be, prove that it can be written, and take it. Raises InputOutputError."""
        preflight_write(path)
        lock = FolderLock(path)
        lock.acquire(break_lock=break_lock)
        return cls(path, lock)

    def _keep(self, name: str, content: bytes | str) -> None:
        """Write a file that the seal will name. Raises InputOutputError."""
        self._written[name] = write_whole(self.path / name, content)

    def seal(self) -> None:
        """Write the seal: all is complete, with these files. Nothing is written after it."""
        self._check_held()
        write_seal(self.path / self.seal_name, self._written)

    def _check_held(self) -> None:
        if not self._lock.is_mine:
            raise InputOutputError(f"cannot write {clean(str(self.path))}: another process has taken the folder")

    def close(self) -> None:
        """Give the folder back."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_seal(path: Path, files: Mapping[str, str]) -> None:
    """Say which files belong together: SHA-256 by name."""
    write_whole(path, json_text({"format_version": SEAL_VERSION, "files": dict(files)}))


def read_seal(folder: Path, seal_name: str) -> dict[str, str] | None:
    """SHA-256 by file name as the seal states them; None if there is no seal, or it is damaged."""
    seal = small_json(folder, seal_name, _MOST_SEAL_BYTES)
    files = seal.get("files") if isinstance(seal, dict) else None
    return {str(name): str(digest) for name, digest in files.items()} if isinstance(files, dict) else None
