"""Where the keys of a TOML document are: key path -> line and column.

``tomllib`` decides what a document means; this scanner only remembers places, so that messages can point
at them. It never raises: on text it cannot follow it stops and keeps what it has found.
"""

from __future__ import annotations

import bisect
import contextlib
import re
import tomllib
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_NUMBERS = re.compile(r"\[[-+0-9.eE_, ]*\]")
"""An array of plain numbers on one line, which holds nothing to locate."""
_BARE_KEY = re.compile(r"[^\s.=\[\]{}\"'#,]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}' r"|'''(?:[^']|'(?!''))*'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d [\d:.]+(?:Z|[+-]\d\d:\d\d)?|[^\s,\]}#]+")


@dataclass(frozen=True)
class Duplicate:
    """A key or table defined twice, with both lines."""

    path: KeyPath
    first_line: int
    line: int
    column: int


@dataclass
class Locations:
    """Places of a document: `positions` maps key paths to (line, column), counted from 1."""

    positions: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    duplicates: list[Duplicate] = field(default_factory=list)


class _Stop(Exception):  # noqa: N818
    """The text is not what a TOML document looks like."""


def locate(text: str, elements: bool = True) -> Locations:
    """Places of the keys of `text` (with `\\n` line ends), and of the elements of arrays if `elements`."""
    scanner = _Scanner(text, elements)
    with contextlib.suppress(_Stop, RecursionError):
        scanner.run()
    return scanner.locations


class _Scanner:
    """One pass over a document."""

    def __init__(self, text: str, elements: bool) -> None:
        self.text = text
        self.at = 0
        self.elements = elements
        self.locations = Locations()
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.kinds: dict[KeyPath, str] = {}
        self.rows: dict[KeyPath, int] = {}

    def run(self) -> None:
        table: KeyPath = ()
        while True:
            self._match(_BLANK)
            if self.at >= len(self.text):
                return
            table = self._header() if self.text[self.at] == "[" else self._assignment(table)

    def _header(self) -> KeyPath:
        start = self.at
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        path = self._through_rows(self._key())
        self._expect("]]" if double else "]")
        if double:
            if path not in self.rows:
                self._define(path, "array", start)
            self.rows[path] = self.rows.get(path, -1) + 1
            path = (*path, self.rows[path])
        self._imply(path, start, "implicit", 0)
        self._define(path, "header", start)
        return path

    def _assignment(self, table: KeyPath) -> KeyPath:
        start = self.at
        key = self._key()
        self._expect("=")
        path = (*table, *key)
        self._imply(path, start, "dotted", len(table))
        self._define(path, "value", start)
        self._match(_SPACE)
        self._value(path)
        return table

    def _value(self, path: KeyPath) -> None:
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in {'"', "'"}:
            self._match(_STRING, needed=True)
        else:
            self._match(_SCALAR, needed=True)

    def _array(self, path: KeyPath) -> None:
        if not self.elements and (numbers := _NUMBERS.match(self.text, self.at)):
            self.at = numbers.end()
            return
        self.at += 1
        index = 0
        while True:
            self._match(_BLANK)
            if self._take("]"):
                return
            if self.elements or self.text.startswith("{", self.at):
                self.locations.positions.setdefault((*path, index), self._place(self.at))
            self._value((*path, index))
            index += 1
            self._match(_BLANK)
            if not self._take(","):
                self._expect("]")
                return

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while True:
            self._match(_BLANK)
            if self._take("}"):
                return
            self._assignment(path)
            self._match(_BLANK)
            if not self._take(","):
                self._expect("}")
                return

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self._match(_SPACE)
            if self.text[self.at : self.at + 1] in {'"', "'"}:
                parts.append(_unquote(self._match(_STRING, needed=True)))
            else:
                parts.append(self._match(_BARE_KEY, needed=True))
            self._match(_SPACE)
            if not self._take("."):
                return tuple(parts)

    def _through_rows(self, key: tuple[str, ...]) -> KeyPath:
        """The path of a header, with the current row of every array of tables it passes."""
        path: KeyPath = ()
        for number, part in enumerate(key):
            path = (*path, part)
            if number + 1 < len(key) and path in self.rows:
                path = (*path, self.rows[path])
        return path

    def _imply(self, path: KeyPath, start: int, kind: str, above: int) -> None:
        for length in range(above + 1, len(path)):
            self.kinds.setdefault(path[:length], kind)
            self.locations.positions.setdefault(path[:length], self._place(start))

    def _define(self, path: KeyPath, kind: str, start: int) -> None:
        line, column = self._place(start)
        before = self.kinds.get(path)
        if before is None or (before == "implicit" and kind == "header"):
            self.locations.positions[path] = (line, column)
        else:
            self.locations.duplicates.append(Duplicate(path, self.locations.positions[path][0], line, column))
        self.kinds[path] = kind

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def _match(self, pattern: re.Pattern[str], needed: bool = False) -> str:
        match = pattern.match(self.text, self.at)
        if match is None or (needed and not match.group()):
            if needed:
                raise _Stop
            return ""
        self.at = match.end()
        return match.group()

    def _take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def _expect(self, token: str) -> None:
        self._match(_SPACE)
        if not self._take(token):
            raise _Stop


def _unquote(quoted: str) -> str:
    """The key a quoted string stands for; a string too odd to read stands for itself."""
    try:
        value = tomllib.loads(f"v = {quoted}")["v"]
    except (ValueError, RecursionError):
        return quoted
    return value if isinstance(value, str) else quoted
