"""Reading the pages of docs/ as a test runs them: commands with what they show, files to write, lines to change."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_FENCE = re.compile(r"^```(console|toml|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"#\s*exit (\d+)\s*$")


@dataclass(frozen=True)
class Command:
    """A line that starts with `$ `, the lines shown below it, and the exit code expected."""

    arguments: tuple[str, ...]
    shown: tuple[str, ...]
    exit_code: int


@dataclass(frozen=True)
class Write:
    """A `toml` block whose first line is `# file: NAME`."""

    name: str
    text: str


@dataclass(frozen=True)
class Change:
    """A `diff` block: the file, the text to find (once), and the text to put there."""

    name: str
    old: str
    new: str


def steps(page: str) -> list[Command | Write | Change]:
    """What a page does, in order. A `toml` block without a file name is only shown."""
    found: list[Command | Write | Change] = []
    for kind, body in _FENCE.findall(page):
        if kind == "console":
            found += commands(body)
        elif kind == "diff":
            name, old, new = body.splitlines()
            found.append(Change(name.removeprefix("--- "), old.removeprefix("-"), new.removeprefix("+")))
        elif body.startswith("# file: "):
            found.append(Write(body.splitlines()[0].removeprefix("# file: ").strip(), body))
    return found


def commands(body: str) -> list[Command]:
    """The commands of one block."""
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    assert not parts[0].strip(), "a console block starts with a command"
    found = []
    for part in parts[1:]:
        line, *shown = part.splitlines()
        code = _EXIT.search(line)
        arguments = tuple(shlex.split(line, comments=True))
        lines = tuple(text for text in shown if text.strip())
        found.append(Command(arguments, lines, int(code[1]) if code else 0))
    return found


def pattern(shown: str) -> re.Pattern[str]:
    """A shown line as a pattern: `...` stands for anything, and widths of columns do not matter."""
    words = [r"\s+".join(re.escape(word) for word in piece.split()) for piece in shown.split("...")]
    return re.compile(r"\s*" + r".*?".join(rf"\s*{word}\s*" for word in words) + r"\s*")


def first_missing(shown: tuple[str, ...], output: str) -> str | None:
    """The first shown line that does not come in the output, in order; None if all do."""
    lines = iter(output.splitlines())
    for line in shown:
        if not any(pattern(line).fullmatch(actual) for actual in lines):
            return line
    return None
