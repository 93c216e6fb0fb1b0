"""One TOML file: its tree, its lines and where its keys are."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.diagnostics import Diagnostic, clean
from optimizer.reading.preflight import decode, read_bytes
from optimizer.reading.toml_positions import KeyPath, Locations, locate

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_UNIT_AFTER_NUMBER = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*=\s*([+-]?[0-9][0-9_.,]*)\s*([A-Za-z%$€£°][\w%/^²³.]*)")
_DECIMAL_COMMA = re.compile(r"^\s*[A-Za-z0-9_.-]+\s*=\s*[+-]?[0-9]+,[0-9]+\s*(#.*)?$")
_THOUSANDS = re.compile(r"^\s*[A-Za-z0-9_.-]+\s*=\s*[+-]?[0-9]{1,3}(,[0-9]{3})+\s*(#.*)?$")
_BARE_WORD = re.compile(r"^\s*[A-Za-z0-9_.-]+\s*=\s*[A-Za-z_][^\"'\[\]{}]*$")


@dataclass(frozen=True)
class Document:
    """A parsed file. `tree` is what tomllib makes of it; it is never changed after this."""

    path: Path
    shown: str
    tree: dict[str, Any]
    lines: tuple[str, ...]
    locations: Locations
    sha256: str
    notes: tuple[Diagnostic, ...] = ()

    def line_text(self, line: int) -> str | None:
        """The text of a line, counted from 1."""
        return self.lines[line - 1] if 0 < line <= len(self.lines) else None


@dataclass
class ParsedText:
    """The outcome of parsing: a tree, or the findings."""

    tree: dict[str, Any] = field(default_factory=dict)
    locations: Locations = field(default_factory=Locations)
    findings: list[Diagnostic] = field(default_factory=list)


def load_document(path: Path, shown: str, max_bytes: int) -> tuple[Document | None, list[Diagnostic]]:
    """The document, or None and why not. Raises InputOutputError or InputError if it cannot be read at all."""
    content = read_bytes(path, shown, max_bytes)
    text, findings = decode(content, path, shown)
    if any(found.severity == "error" for found in findings):
        return None, findings
    parsed = parse_text(text, shown)
    if parsed.findings:
        return None, findings + parsed.findings
    digest = hashlib.sha256(content).hexdigest()
    return Document(
        path, shown, parsed.tree, tuple(text.split("\n")), parsed.locations, digest, tuple(findings)
    ), findings


def parse_text(text: str, shown: str, elements: bool = True) -> ParsedText:
    """Parse TOML text; syntax errors and every duplicate key become findings."""
    locations = locate(text, elements)
    lines = text.split("\n")
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        duplicates = [
            _duplicate(found.path, found.first_line, (found.line, found.column), lines, shown)
            for found in locations.duplicates
        ]
        syntax = _syntax(str(problem), lines, shown)
        about_duplicates = re.search(r"overwrite|twice|mutate|immutable", str(problem)) is not None
        return ParsedText(findings=duplicates if duplicates and about_duplicates else [*duplicates, syntax])
    except (ValueError, RecursionError) as problem:
        return ParsedText(
            findings=[Diagnostic("E0201", "error", f"cannot be parsed: {clean(str(problem))}", file=shown)]
        )
    return ParsedText(tree, locations)


def _duplicate(path: KeyPath, first: int, place: tuple[int, int], lines: list[str], shown: str) -> Diagnostic:
    dotted = dotted_path(path)
    message = f"{path[-1]} is defined twice: first on line {first}, again on line {place[0]}"
    help_text = f"keep one of the lines {first} and {place[0]}"
    return Diagnostic("E0202", "error", message, dotted, shown, place[0], place[1], lines[place[0] - 1], help_text)


def _syntax(message: str, lines: list[str], shown: str) -> Diagnostic:
    where = _AT.search(message)
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=1)
    line, column = (int(where[1]), int(where[2])) if where and where[1] else (last, len(lines[last - 1]) + 1)
    what = _AT.sub("", message)
    source = lines[line - 1] if line <= len(lines) else ""
    # tomllib points behind the line end for a value that stops too early; the line before is meant then.
    if not source.strip() and line > 1 and column == 1:
        line, source = line - 1, lines[line - 2]
        column = len(source) + 1
    return Diagnostic(
        "E0201",
        "error",
        f"TOML syntax: {what[:1].lower()}{what[1:]}",
        "",
        shown,
        line,
        column,
        source,
        _syntax_help(source),
    )


def _syntax_help(source: str) -> str | None:
    unit = _UNIT_AFTER_NUMBER.match(source)
    if unit:
        key, number, suffix = unit.groups()
        return f"units belong in the key: write `{key} = {number}`, in the unit the key names, without {suffix}"
    if _THOUSANDS.match(source):
        return "write thousands without a comma: 30000 or 30_000"
    if _DECIMAL_COMMA.match(source):
        return "the decimal sign is a point: 1.5, not 1,5"
    if _BARE_WORD.match(source):
        return 'text goes in quotes: key = "text"'
    return None


def dotted_path(path: KeyPath) -> str:
    """The path as a planner writes it: keys and row numbers (from 0) joined by dots."""
    return ".".join(str(part) for part in path)
