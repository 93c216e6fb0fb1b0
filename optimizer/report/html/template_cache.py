"""Compiled templates, kept beside the interpreter's own bytecode and on its terms.

Compiling them takes longer than filling them. What is kept is used only if the template, the code that reads it, Jinja
and the interpreter are the same; it is written where and when bytecode would be, and its loss costs time alone.
"""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from optimizer.reading.parsed_cache import keep_beside_bytecode, place_beside_bytecode


class TemplateCache(BytecodeCache):
    """Of the templates of one folder; `settings` is the file that says how they are compiled."""

    def __init__(self, folder: Path, settings: Path) -> None:
        self._folder = folder
        self._settings = hashlib.sha256(f"{jinja2.__version__} {sys.version}".encode() + settings.read_bytes())

    def get_source_checksum(self, source: str) -> str:
        """Of the template and of all that its code depends on."""
        digest = self._settings.copy()
        digest.update(source.encode())
        return digest.hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """The kept code, if there is any of the same checksum."""
        with suppress(Exception):
            bucket.bytecode_from_string(self._path(bucket).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code."""
        with suppress(NotImplementedError):
            keep_beside_bytecode(self._path(bucket), bucket.bytecode_to_string())

    def _path(self, bucket: Bucket) -> Path:
        return place_beside_bytecode(self._folder / bucket.key, ".jinja")
