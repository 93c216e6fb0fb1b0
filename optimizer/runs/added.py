"""Files added to a run that was finished before: studies of its design, and the page that shows them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from optimizer.errors import InputOutputError
from optimizer.runs.atomic import write_whole
from optimizer.runs.folder import SEAL_NAME, SEAL_VERSION, altered_files, checked_name, sealed_files
from optimizer.runs.lock import FolderLock


def add_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a complete run and put them under its seal, which is written last.

    Raises InputOutputError if the folder is no complete run, has been altered since, or is held by another process.
    """
    lock = FolderLock(folder)
    lock.acquire(break_lock=False)
    try:
        sealed = sealed_files(folder)
        if sealed is None:
            raise InputOutputError(f"{folder} is not a complete run (no {SEAL_NAME})", "solve it again")
        altered = [name for name in altered_files(folder) if name not in files]
        if altered:
            raise InputOutputError(f"{folder} was altered since the run ({', '.join(altered)})", "solve it again")
        for name, text in files.items():
            data = text.encode("utf-8")
            write_whole(folder / checked_name(name), data)
            sealed[name] = hashlib.sha256(data).hexdigest()
        content = {"format_version": SEAL_VERSION, "files": sealed}
        write_whole(folder / SEAL_NAME, json.dumps(content, indent=1, sort_keys=True) + "\n")
    finally:
        lock.release()
