"""One TOML file: its tree, its lines and where its keys are."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from optimizer.diagnostics import Diagnostic, clean
from optimizer.reading.look_alikes import code_point, look_alikes, remedy
from optimizer.reading.preflight import decode, read_bytes
from optimizer.reading.toml_positions import Duplicate, KeyPath, Locations, locate

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_UNIT_AFTER_NUMBER = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*=\s*([+-]?[0-9][0-9_.,]*)\s*([A-Za-z%$€£°][\w%/^²³.]*)")
_DECIMAL_COMMA = re.compile(r"^\s*[A-Za-z0-9_.-]+\s*=\s*[+-]?[0-9]+,[0-9]+\s*(#.*)?$")
_THOUSANDS = re.compile(r"^\s*[A-Za-z0-9_.-]+\s*=\s*[+-]?[0-9]{1,3}(,[0-9]{3})+\s*(#.*)?$")
_BARE_WORD = re.compile(r"^\s*[A-Za-z0-9_.-]+\s*=\s*[A-Za-z_][^\"'\[\]{}]*$")

_KEY = r"^\s*([A-Za-z0-9_.-]+)\s*=\s*"
_SLIPS_OF_SYNTAX: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(_KEY + r"(?:True|TRUE|yes|Yes|YES|on|On|ON)\s*(?:#.*)?$"), "true is written small: {0} = true"),
    (re.compile(_KEY + r"(?:False|FALSE|no|No|NO|off|Off|OFF)\s*(?:#.*)?$"), "false is written small: {0} = false"),
    (re.compile(_KEY + r"(?:None|null|nil|NULL|none|n/a|-)\s*(?:#.*)?$"), "TOML has no empty value: leave {0} out"),
    (
        re.compile(_KEY + r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s*(?:#.*)?$"),
        "dates are written year-month-day with two digits, without quotes, such as 2027-01-01",
    ),
    (
        re.compile(_KEY + r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}\s*(?:#.*)?$"),
        "dates are written year-month-day with two digits, without quotes, such as 2027-01-01",
    ),
    (re.compile(_KEY + r"([+-]?)\.(\d+)\s*(?:#.*)?$"), "write the zero before the point: {0} = {1}0.{2}"),
    (re.compile(_KEY + r"([+-]?\d+)\.\s*(?:#.*)?$"), "write a digit after the point: {0} = {1}.0"),
    (re.compile(_KEY + r"0+(\d[\d.]*)\s*(?:#.*)?$"), "numbers do not begin with a zero: {0} = {1}"),
    (re.compile(_KEY + r"\d{1,3}(?:[ '’]\d{3})+\s*(?:#.*)?$"), "write thousands without a gap: 30000 or 30_000"),
    (re.compile(_KEY + r"(?:USD|US\$|\$|€|£|HK\$)\s*([\d_]+)"), "units belong in the key: {0} = {1}"),
    (re.compile(r"^\s*([A-Za-z0-9_-]+)\s*:\s*(\S.*)$"), "keys and values are joined by an equals sign: {0} = {1}"),
    (re.compile(r"^\s*(?://|;)"), "comments begin with #"),
)
"""What people type that TOML does not know, and what to write instead."""
MAX_STRANGE = 20


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed file. `tree` is what tomllib makes of it; it is never changed after this."""

    path: Path
    shown: str
    tree: dict[str, Any]
    text: str
    sha256: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.text.split("\n"))

    @cached_property
    def locations(self) -> Locations:
        """Where the keys are. Looked for when it is asked: a file of ours that is read back needs none."""
        return locate(self.text)

    def line_text(self, line: int) -> str | None:
        """The text of a line, counted from 1."""
        return self.lines[line - 1] if 0 < line <= len(self.lines) else None


def load_document(path: Path, shown: str, max_bytes: int) -> tuple[Document | None, list[Diagnostic]]:
    """The document, or None and why not. Raises InputOutputError or InputError if it cannot be read at all."""
    content = read_bytes(path, shown, max_bytes)
    text, findings = decode(content, path, shown)
    if any(finding.severity == "error" for finding in findings):
        return None, findings
    tree, problems = parse_text(text, shown)
    if problems:
        return None, findings + problems
    digest = hashlib.sha256(content).hexdigest()
    return Document(path=path, shown=shown, tree=tree, text=text, sha256=digest), findings


def parse_text(text: str, shown: str) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The tree of a TOML text, or what is wrong with it: syntax errors and every duplicate key."""
    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as problem:
        lines = text.split("\n")
        duplicates = [_duplicate(found, lines, shown) for found in locate(text).duplicates]
        syntax = _syntax(str(problem), lines, shown)
        strange = _strange(lines, shown)
        if strange:
            return {}, [*duplicates, *strange]
        about_duplicates = re.search(r"overwrite|twice|mutate|immutable", str(problem)) is not None
        return {}, duplicates if duplicates and about_duplicates else [*duplicates, syntax]
    except (ValueError, RecursionError) as problem:
        return {}, [Diagnostic(code="E0201", message=f"cannot be parsed: {clean(str(problem))}", file=shown)]


def _duplicate(found: Duplicate, lines: list[str], shown: str) -> Diagnostic:
    return Diagnostic(
        code="E0202",
        message=f"{found.path[-1]} is defined twice: first on line {found.first_line}, again on line {found.line}",
        path=dotted_path(found.path),
        file=shown,
        line=found.line,
        column=found.column,
        source_line=lines[found.line - 1],
        help=f"keep one of the lines {found.first_line} and {found.line}",
    )


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
        code="E0201",
        message=f"TOML syntax: {what[:1].lower()}{what[1:]}",
        file=shown,
        line=line,
        column=column,
        source_line=source,
        help=_syntax_help(source),
    )


def _strange(lines: list[str], shown: str) -> list[Diagnostic]:
    """Look-alikes of TOML's characters, the first of each of the first lines that have some."""
    findings = []
    for number, line in enumerate(lines, 1):
        first = None if line.isascii() else next(look_alikes(line), None)
        if first is not None:
            column, character = first
            message = f"TOML syntax: {code_point(character)} is no character of TOML outside quotes"
            help_text = remedy(character)
            findings.append(
                Diagnostic(
                    code="E0201",
                    message=message,
                    file=shown,
                    line=number,
                    column=column,
                    source_line=line,
                    help=help_text,
                )
            )
    if len(findings) > MAX_STRANGE:
        more = f"{len(findings) - MAX_STRANGE} more lines hold such characters"
        return [
            *findings[:MAX_STRANGE],
            Diagnostic(code="E0201", message=more, file=shown, line=findings[-1].line),
        ]
    return findings


def _syntax_help(source: str) -> str | None:
    unit = _UNIT_AFTER_NUMBER.match(source)
    if unit and unit[3][:1] == "%":
        return "per cent are written as a fraction of 1: 30 % is 0.3"
    if unit:
        key, number, suffix = unit.groups()
        return f"units belong in the key: write `{key} = {number}`, in the unit the key names, without {suffix}"
    for pattern, text in _SLIPS_OF_SYNTAX:
        match = pattern.match(source)
        if match:
            return text.format(*match.groups())
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
