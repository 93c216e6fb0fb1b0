"""What reaches the terminal: text without control characters, plain ASCII where nothing better is known to work.

Names come from files and may hold anything. No text passes through a template or a markup language on its way, so
braces, percent signs and square brackets are shown as they are.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

import click

from optimizer.errors import InputOutputError
from optimizer.number_format import finite

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance
    from optimizer.report.document import Block

ENVELOPE_VERSION = 1
WIDEST = 200
_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_ASCII = str.maketrans(
    {"…": "...", "–": "-", "—": "-", "×": "x", "−": "-", "≤": "<=", "≥": ">=", "‘": "'", "’": "'", "“": '"', "”": '"'}
)


def printable(text: str) -> str:
    """The text without escape sequences, control, formatting and surrogate characters; line breaks stay."""
    text = _ESCAPES.sub("", text).replace("\t", " ")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _HIDDEN)


def ascii_only(text: str) -> str:
    """The text in ASCII: accents are dropped, other characters become their code."""
    if text.isascii():
        return text
    split = unicodedata.normalize("NFKD", text.translate(_ASCII))
    return "".join(c for c in split if not unicodedata.combining(c)).encode("ascii", "backslashreplace").decode()


def is_rich(stream: IO[Any]) -> bool:
    """Whether the stream is a terminal that shows more than ASCII."""
    if os.environ.get("TERM", "") == "dumb" or not _isatty(stream):
        return False
    return "utf" in (getattr(stream, "encoding", None) or "").lower()


def _isatty(stream: IO[Any]) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False


def width() -> int:
    """Columns to write in: those of the terminal, at most 200."""
    return max(20, min(shutil.get_terminal_size((100, 24)).columns, WIDEST))


def _folded(text: str) -> str:
    """Lines that are wider than the terminal, broken between words."""
    whole = partial(textwrap.wrap, width=width(), break_long_words=False, break_on_hyphens=False)
    lines = text.splitlines()
    return "\n".join(part for line in lines for part in (whole(line) if len(line) > width() else [line]))


@dataclass(kw_only=True)
class Session:
    """What the command line was asked for, apart from the work itself; and the only way to the two streams."""

    command: str = ""
    json: bool = False
    debug: bool = False
    no_color: bool = field(default_factory=lambda: bool(os.environ.get("NO_COLOR")))
    quiet: bool = False
    no_warnings: bool = False
    warned: set[tuple[str, str, str]] = field(default_factory=set)
    """Warnings of instances that were said: code, key path and text."""
    out: IO[str] = field(default_factory=lambda: sys.stdout)
    """Where the answer goes; `sys.stdout` itself is lent to whatever prints while a command works."""

    def say(self, text: str, style: str | None = None) -> None:
        """Write lines of the answer to stdout; nothing if JSON was asked for."""
        if not self.json:
            self._write(self.out, text + "\n", style)

    def show(self, blocks: Sequence[Block], instance: Instance | None = None) -> None:
        """Write blocks of the answer to stdout, over the width of the terminal; headings stand out where they can.

        With an instance, ids of it become the names that a reader knows.
        """
        if self.json:
            return
        from optimizer.report.document import to_lines

        if instance is not None:
            from optimizer.report.names import reader_names, worded

            blocks = worded(blocks, reader_names([instance]))
        plain = [(line.text, line.strong) for line in to_lines(blocks, width(), is_rich(self.out))]
        for strong, lines in groupby(plain, key=lambda line: line[1]):
            self._write(self.out, "".join(f"{text}\n" for text, _ in lines), "" if strong else None)

    def note(self, text: str, style: str | None = None) -> None:
        """Write lines beside the answer to stderr, folded at words on a terminal; nothing if asked to be quiet."""
        if not self.quiet:
            self.complain(_folded(text) if _isatty(sys.stderr) else text, style)

    def complain(self, text: str, style: str | None = None) -> None:
        """Write lines to stderr, come what may. A closed stderr is nobody's loss."""
        try:
            self._write(sys.stderr, text + "\n", style)
        except InputOutputError:
            return

    def warn(self, warnings: Iterable[str]) -> None:
        """Say beside the answer what is doubtful about it."""
        for warning in warnings:
            self.note(f"warning: {warning}", "yellow")

    def answer(self, result: dict[str, Any], exit_code: int = 0, error: dict[str, Any] | None = None) -> int:
        """Write the JSON envelope to stdout if it was asked for, and give the exit code for the command to end with.

        Dataclasses and dates may stand in the result as they are.
        """
        if not self.json:
            return int(exit_code)
        envelope: dict[str, Any] = {
            "format_version": ENVELOPE_VERSION,
            "command": self.command,
            "ok": error is None and exit_code == 0,
            "exit_code": exit_code,
        }
        if error is not None:
            envelope["error"] = error
        envelope["result"] = result
        text = json.dumps(finite(envelope), indent=2, ensure_ascii=True, allow_nan=False, default=str)
        self._write(self.out, text + "\n", None)
        return int(exit_code)

    def _write(self, stream: IO[str], text: str, style: str | None) -> None:
        text = printable(text)
        if not is_rich(stream):
            text = ascii_only(text)
        if style is not None and not self.no_color and _isatty(stream) and os.environ.get("TERM", "") != "dumb":
            text = click.style(text.rstrip("\n"), fg=style or None, bold=True) + "\n"
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            # The reader has seen enough (`| head`); the command still finishes, with its own exit code.
            silence(stream)
        except UnicodeEncodeError:
            stream.write(ascii_only(text))
        except (OSError, ValueError) as problem:
            silence(stream)
            raise InputOutputError(
                f"cannot write the output: {getattr(problem, 'strerror', None) or problem}"
            ) from problem


def silence(stream: IO[str]) -> None:
    """Send whatever is still written to a broken stream to nowhere, so that closing it does not fail again."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def session() -> Session:
    """The session of the command that is running."""
    current = click.get_current_context().find_root().obj
    assert isinstance(current, Session)
    return current
