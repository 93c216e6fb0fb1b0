"""The guard on every path an instance names: regular files inside the instance's folder, nothing else."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from optimizer.diagnostics import clean

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
_OUTSIDE_HELP = "move the file into the folder of the instance, or allow its folder with --allow-path DIR"


class PathRefused(Exception):  # noqa: N818
    """The path is not one an instance may name; holds a diagnostic code, the reason and a hint."""

    def __init__(self, code: str, reason: str, help_text: str | None, text: str = "") -> None:
        super().__init__(reason)
        self.text = text or reason
        self.code = code
        self.reason = reason
        self.help_text = help_text


def guarded(text: str, folder: Path, root: Path, allowed: tuple[Path, ...]) -> Path:
    """The real path of a file named `text` in `folder`.

    It must lie, symbolic links followed, inside `root` or one of `allowed`, and be a regular file.
    Raises PathRefused.
    """
    quoted = clean(text)
    if not text.strip() or "\x00" in text:
        raise PathRefused("E0110", "the path is empty or holds a NUL character", None)
    if _SCHEME.match(text) or text.startswith(("\\\\", "//")):
        raise PathRefused(
            "E0110",
            f'"{quoted}" is outside the instance folder (addresses, drives and network shares are refused)',
            _OUTSIDE_HELP,
        )
    if "\\" in text:
        raise PathRefused("E0110", f'"{quoted}" holds a backslash', "write paths with /")
    if Path(text).is_absolute() and not allowed:
        raise PathRefused("E0110", f'"{quoted}" is outside the instance folder (absolute path)', _OUTSIDE_HELP)
    try:
        real = (folder / text).resolve()
        homes = [home.resolve() for home in (root, *allowed)]
        if not any(real.is_relative_to(home) for home in homes):
            raise PathRefused("E0110", f'"{quoted}" is outside the instance folder', _OUTSIDE_HELP)
        mode = real.stat().st_mode
    except (OSError, RuntimeError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise PathRefused("E0113", f'cannot read "{quoted}": {reason}', None, reason) from problem
    if not stat.S_ISREG(mode):
        raise PathRefused("E0102", f'"{quoted}" is not a regular file', None)
    return real
