"""What the packaged catalogue's files come to, kept beside the interpreter's own bytecode.

Parsing them takes longer than a small search. A kept result is used only if the file, the code that reads it and the
interpreter are the same to the byte; it is written where and when bytecode would be, is trusted as bytecode is, and its
loss costs time alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_DIGEST_BYTES = hashlib.sha256().digest_size


def kept(source: Path, what: str, made: Callable[[], T]) -> T:
    """`made()`, or what it once returned for the same content of `source`; `what` names it."""
    try:
        key = hashlib.sha256(_code() + source.read_bytes()).digest()
        path = place_beside_bytecode(source, f".{what}.pickle")
    except (OSError, NotImplementedError):
        return made()
    with suppress(Exception):
        stored = path.read_bytes()
        body = stored[2 * _DIGEST_BYTES :]
        if stored[: 2 * _DIGEST_BYTES] == key + hashlib.sha256(body).digest():
            found: T = pickle.loads(body)
            return found
    result = made()
    body = pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    keep_beside_bytecode(path, key + hashlib.sha256(body).digest() + body)
    return result


def place_beside_bytecode(source: Path, suffix: str) -> Path:
    """Where what a file comes to is kept. Raises NotImplementedError where the interpreter keeps nothing."""
    return Path(importlib.util.cache_from_source(str(source))).with_suffix(suffix)


def keep_beside_bytecode(path: Path, content: bytes) -> None:
    """Write it, if bytecode would be written; a folder that may not be written to, or a full disk, is no matter."""
    if sys.dont_write_bytecode:
        return
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
        try:
            temporary.write_bytes(content)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@cache
def _code() -> bytes:
    """Hash of the code that reads: all of this room, and what an instance may say."""
    digest = hashlib.sha256(sys.version.encode())
    here = Path(__file__).resolve().parent
    for room in (here, here.parent / "inputs"):
        for file in sorted(room.glob("*.py")):
            digest.update(file.read_bytes())
    return digest.digest()
