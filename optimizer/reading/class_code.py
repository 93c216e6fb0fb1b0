"""Code of data classes, kept beside the interpreter's own bytecode.

The standard library writes the methods of a data class as text and compiles that text in every process anew: for all
of ours it takes a tenth of a small solve. Here the text is compiled once and its code kept; what is run is the same.
It is used only with the interpreter that made it, and its loss costs time alone.
"""

from __future__ import annotations

import builtins
import dataclasses
import hashlib
import marshal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

from optimizer.reading.parsed_cache import keep_beside_bytecode, place_beside_bytecode

MOST_KEPT = 20_000
"""Texts; beyond them, of many versions by then, all are made anew."""
_DIGEST_BYTES = 32


class ClassCode:
    """Code by the digest of its text, of one file. `run` stands in for `exec`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = _read(path)
        self._new: dict[bytes, bytes] = {}

    def run(
        self,
        source: str | CodeType,
        global_names: dict[str, Any] | None = None,
        local_names: dict[str, Any] | None = None,
    ) -> None:
        """As `exec` does."""
        if not isinstance(source, str):
            builtins.exec(source, global_names, local_names)
            return
        name = hashlib.blake2b(source.encode(), digest_size=16).digest()
        known = self._kept.get(name)
        # What this module imports from the future is no matter of the text.
        code = compile(source, "<string>", "exec", dont_inherit=True) if known is None else marshal.loads(known)
        if known is None:
            self._new[name] = marshal.dumps(code)
        builtins.exec(code, global_names, local_names)

    def save(self) -> None:
        """Keep what was compiled for the next process."""
        if self._new:
            kept = self._kept if len(self._kept) < MOST_KEPT else {}
            self._kept = {**kept, **self._new}
            self._new = {}
            body = marshal.dumps(self._kept)
            keep_beside_bytecode(self._path, _digest(body) + body)


def use_kept_class_code() -> ClassCode | None:
    """Let the standard library run kept code from now on, in all of this process; None where nothing is kept."""
    try:
        code = ClassCode(place_beside_bytecode(Path(__file__), ".classes"))
    except NotImplementedError:
        return None
    vars(dataclasses)["exec"] = code.run
    return code


def _read(path: Path) -> Mapping[bytes, bytes]:
    with suppress(Exception):
        stored = path.read_bytes()
        body = stored[_DIGEST_BYTES:]
        if stored[:_DIGEST_BYTES] == _digest(body):
            found: dict[bytes, bytes] = marshal.loads(body)
            return found
    return {}


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(sys.version.encode() + body).digest()
