"""Text of hourly series, and how its cells and rows are judged.

No number is guessed: a blank, a missing code, a decimal comma or a missing hour is an error. The only repairs are that
29 February is dropped from a leap year, which a warning states, and that bytes which are not UTF-8 are read as
Windows-1252: they may stand in names and comments, never in a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from optimizer.diagnostics import Diagnostic, clean
from optimizer.errors import InputError
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.reading.preflight import decode_text, foreign_kind, read_bytes

Array = NDArray[np.float64]
LEAP_HOURS = HOURS_PER_YEAR + 24
MAX_SERIES_BYTES = 200_000_000
MAX_FINDINGS = 20
HOURS_SHOWN = 5
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_COMMA_NUMBER = re.compile(r"[+-]?[0-9]+,[0-9]+")
_MISSING = frozenset({"nan", "n/a", "#n/a", "na", "null", "none", "-", "--", "inf", "-inf", "+inf", "#value!", "#ref!"})


@dataclass(frozen=True)
class SeriesText:
    """The lines of a series file (without line ends) and how messages name it."""

    shown: str
    lines: tuple[str, ...]

    def error(self, code: str, message: str, line: int | None = None, help_text: str | None = None) -> Diagnostic:
        """A finding about a line, counted from 1."""
        quoted = None if line is None or line > len(self.lines) else self.lines[line - 1]
        return Diagnostic(
            code=code,
            message=message,
            file=self.shown,
            line=line,
            column=None if line is None else 1,
            source_line=quoted,
            help=help_text,
        )

    def warning(self, code: str, message: str, line: int | None = None, help_text: str | None = None) -> Diagnostic:
        """A warning about the file."""
        return replace(self.error(code, message, line, help_text), severity="warning", column=None)


def read_series_text(path: Path, shown: str | None = None) -> SeriesText:
    """The text of a series file. Raises InputError or InputOutputError."""
    name = shown or str(path)
    content = read_bytes(path, name, MAX_SERIES_BYTES, "MAX_SERIES_BYTES")
    kind = foreign_kind(path, content)
    if kind is not None:
        raise InputError(
            [Diagnostic(code="E0501", message=f"{path.name} is {kind}; a series is a CSV or EPW text file", file=name)]
        )
    text, findings = decode_text(content, name)
    if any(finding.code == "E0106" for finding in findings):
        text, findings = decode_text(content.decode("cp1252", "replace").encode(), name)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise InputError(errors)
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise InputError([Diagnostic(code="E0501", message="the file is empty", file=name)])
    return SeriesText(name, tuple(lines))


def strict_number(cell: str) -> float | None:
    """The number a cell holds, or None: plain decimal or exponent notation, nothing else."""
    text = cell.strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) < 1e300 else None


def cell_problem(cell: str) -> tuple[str, str | None]:
    """Why a cell is no number, and what to do."""
    text = cell.strip()
    if not text:
        return "is blank", "a blank is not zero: give every hour a value"
    quoted = f'"{clean(text, 40)}"'
    if text.casefold() in _MISSING:
        return f"is {quoted}, not a number", "give every hour a value"
    if _COMMA_NUMBER.fullmatch(text.strip('"')):
        return f"is {quoted}, with a decimal comma", "export with a decimal point and commas between columns"
    return f"is {quoted}, not a number", "numbers are written 12.5 or 1.25e1"


def stop_if(findings: Sequence[Diagnostic]) -> None:
    """Raise InputError if there are errors; of very many, the first are kept and the rest are counted."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return
    kept = errors[:MAX_FINDINGS]
    if len(errors) > MAX_FINDINGS:
        more = f"{len(errors) - MAX_FINDINGS} more cells or rows of this file are wrong"
        kept.append(Diagnostic(code="E0502", message=more, file=errors[0].file, line=errors[-1].line))
    raise InputError(kept)


def out_of_range(values: Array, limits: tuple[float, float]) -> list[int]:
    """Indices of the values outside the limits, not-a-numbers included."""
    low, high = limits
    return [int(index) for index in np.flatnonzero(~((values >= low) & (values <= high)))]


def hours_named(indices: Sequence[int]) -> str:
    """Hours of the year, counted from 0, the first few of them named."""
    names = ", ".join(str(index) for index in indices[:HOURS_SHOWN])
    more = f" and {len(indices) - HOURS_SHOWN} more" if len(indices) > HOURS_SHOWN else ""
    return f"hour{'s' if len(indices) > 1 else ''} {names}{more}"


def wrong_count(rows: int) -> str:
    """What a wrong number of rows says."""
    missing = HOURS_PER_YEAR - rows
    detail = f"{missing} missing" if missing > 0 else f"{-missing} too many"
    return f"{rows:,} hours, not {HOURS_PER_YEAR:,} ({detail})"


WARMEST_C = 60.0
"""No place on Earth has been measured above 57 deg C."""


def warm_air(text: SeriesText, dry_c: Array) -> list[Diagnostic]:
    """A year whose dry bulb no place on Earth has."""
    warmest = int(dry_c.argmax())
    if dry_c[warmest] <= WARMEST_C and float(dry_c.mean()) <= WARMEST_C / 1.5:
        return []
    message = (
        f"the dry bulb is {dry_c.mean():.0f} deg C over the year and reaches {dry_c[warmest]:g}: nowhere is so warm"
    )
    return [text.warning("W0618", message, None, "Fahrenheit given? (F - 32) / 1.8 is deg C")]
