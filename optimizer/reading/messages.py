"""A finding at a key of an instance, and the words every message uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from optimizer.diagnostics import Diagnostic, Severity, clean
from optimizer.reading.document import dotted_path
from optimizer.reading.layers import Layer
from optimizer.reading.toml_positions import KeyPath

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
ID_HELP = "ids are 1 to 64 of the characters A-Z a-z 0-9 _ -; free text belongs in name or title"


@dataclass(frozen=True)
class InputFinding:
    """What is wrong at a path. `uses` are further paths the judgement rests on."""

    code: str
    path: KeyPath
    message: str
    help: str | None = None
    uses: tuple[KeyPath, ...] = ()

    @property
    def severity(self) -> Severity:
        """By the first letter of the code."""
        return "warning" if self.code.startswith("W") else "error"


def diagnose(finding: InputFinding, layer: Layer, shown: str) -> Diagnostic:
    """The finding with the place it is about; `shown` is the file named when no line is known."""
    place = layer.place(finding.path)
    origin = None if place is None else place.origin
    return Diagnostic(
        code=finding.code,
        severity=finding.severity,
        message=finding.message,
        path=dotted_path(finding.path),
        file=shown if origin is None or origin.file is None else origin.file,
        line=(None if finding.path else 1) if origin is None else origin.line,
        column=(None if finding.path else 1) if place is None else place.column,
        source_line=None if place is None else place.text,
        help=finding.help,
    )


def label(path: KeyPath) -> str:
    """The name of a key in a message: its last word, with row numbers in brackets."""
    name = ""
    for part in reversed(path):
        if isinstance(part, str):
            return clean(part) + name
        name = f"[{part}]{name}"
    return name or "the instance"


def described(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, bool):
        return f"not {str(value).lower()}"
    if isinstance(value, str):
        return f'not the text "{clean(value, 60)}"'
    if isinstance(value, list):
        return "not an array"
    if isinstance(value, dict):
        return "not a table"
    if isinstance(value, datetime | date):
        return f"not {value.isoformat()}"
    return f"not {clean(str(value)[:60])}"
