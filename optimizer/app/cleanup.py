"""What is left of a run that never came to its end."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from optimizer.runs.atomic import TEMPORARY_PREFIX
from optimizer.runs.folder import FAILED_LOG_NAME, MARKER_NAME, SEAL_NAME
from optimizer.runs.lock import HOLDER_NAME, LOCK_NAME


def tidy(folder: Path, keep_log: bool, with_parent: bool) -> None:
    """Remove a run's folder that holds nothing but our own marks; a solver's log is worth keeping after a crash.

    `with_parent`: the folder above it as well if that is empty now, since it was made for the run.
    """
    ours = {MARKER_NAME, LOCK_NAME, HOLDER_NAME} | (set() if keep_log else {FAILED_LOG_NAME})
    with suppress(OSError):
        if not (folder / MARKER_NAME).is_file() or (folder / SEAL_NAME).exists():
            return
        for path in list(folder.glob(f"{TEMPORARY_PREFIX}*")):
            path.unlink(missing_ok=True)
        if {path.name for path in folder.iterdir()} <= ours:
            for path in list(folder.iterdir()):
                path.unlink(missing_ok=True)
            folder.rmdir()
            if with_parent:
                folder.parent.rmdir()
