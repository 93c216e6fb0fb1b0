"""Axes of a study: a key of the instance, or several by a pattern, and the values it takes.

sites.cyberport.grid_mw=10:30:2             from 10 to 30 in steps of 2, both ends included
export.regime=may_2026,open_market          a list
accelerators.*.price_usd=-30%:+30%:5        five points of a relative range; all matching keys move together
procurement.include=[["h20*"], ["ascend*"]] a list of arrays, in TOML
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from typing import Any, NoReturn

from optimizer.diagnostics import Diagnostic, clean
from optimizer.errors import InputError
from optimizer.number_format import plain_value

Value = Any
"""A TOML value: number, text, truth value, date or array."""
DEFAULT_POINTS = 5
MOST_VALUES = 1_000_000
_NUMBER = re.compile(r"[+-]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_PATTERN = re.compile(r"[A-Za-z0-9_*?-]+(\.[A-Za-z0-9_*?-]+)*")
_HELP = "write path=from:to:step, path=-30%:+30%:points or path=value,value"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Values of one key, or of all keys a pattern matches. `relative` values are fractions of what stands there."""

    path: str
    values: tuple[Value, ...]
    relative: bool = False
    low: float | None = None
    high: float | None = None
    """Ends of a range; a sampled design fills it. None for a list."""
    source: str = "--vary"

    @property
    def name(self) -> str:
        """The column of the table."""
        return column_of(self.path, self.relative)

    def quantile(self, u: float) -> Value:
        """The value at u, 0 <= u < 1: uniform over a range, equal shares of a list."""
        if self.low is None or self.high is None:
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        return tidy(self.low + u * (self.high - self.low))

    def to_json(self) -> dict[str, Any]:
        """What defines the axis."""
        values = {"path": self.path, "relative": self.relative, "values": [plain_value(value) for value in self.values]}
        return values | ({"low": self.low, "high": self.high} if self.low is not None else {})


CHANGE = " (change)"


def column_of(path: str, relative: bool) -> str:
    """Name of a factor's column: relative values are marked, since 0.3 and +30 % are easily confused."""
    return f"{path}{CHANGE}" if relative else path


def tidy(value: float) -> float:
    """A value without the dust of binary fractions: 0.30000000000000004 becomes 0.3."""
    return float(f"{value:.12g}")


def refuse(code: str, path: str, message: str, source: str = "--vary", help: str | None = None) -> NoReturn:  # noqa: A002
    """Raise an InputError about an axis."""
    raise InputError(
        [Diagnostic(code=code, severity="error", message=message, path=clean(path, 120), file=source, help=help)]
    )


def parse_axis(text: str) -> Axis:
    """Read `path=values` as `--vary` takes it. Raises InputError."""
    path, equals, values = text.partition("=")
    if not equals:
        refuse("E0319", path, f'"{clean(text, 80)}" has no values', help=_HELP)
    return axis_of(path.strip(), values.strip())


def axis_of(path: str, values: Any, source: str = "--vary") -> Axis:
    """The axis of a path and its values: a text as on the command line, or an array. Raises InputError."""
    if not _PATTERN.fullmatch(path):
        refuse("E0314", path, f'"{clean(path, 80)}" is not the path of a key', source, "sites.cyberport.grid_mw, say")
    if isinstance(values, list):
        return _listed(path, values, source)
    if not isinstance(values, str):
        return _listed(path, [values], source)
    if len(values) > 100_000:
        refuse("E0315", path, "the values are too long", source)
    if not values:
        refuse("E0315", path, "has no values", source, _HELP)
    if values.startswith("["):
        return _listed(path, _toml(path, values, source), source)
    if ":" in values and '"' not in values and not re.match(r"\d{4}-\d\d-\d\d", values):
        return _range(path, values, source)
    texts = [part.strip() for part in values.split(",")]
    if all(part.endswith("%") for part in texts):
        shares = tuple(tidy(_number(path, part[:-1], source) / 100) for part in texts)
        return _without_doubles(Axis(path=path, values=shares, relative=True, source=source))
    return _listed(path, [_element(path, part, source) for part in texts], source)


def _listed(path: str, values: Any, source: str) -> Axis:
    if not isinstance(values, list) or not values:
        refuse("E0315", path, "has no values", source, _HELP)
    for value in values:
        if isinstance(value, float) and not math.isfinite(value):
            refuse("E0311", path, "values must be finite", source)
        if isinstance(value, dict):
            refuse("E0310", path, "a value of an axis cannot be a table; vary its keys", source)
    return _without_doubles(Axis(path=path, values=tuple(values), source=source))


def _without_doubles(axis: Axis) -> Axis:
    seen = set()
    for value in axis.values:
        mark = (
            isinstance(value, bool),
            str(plain_value(value)) if not isinstance(value, int | float) else float(value),
        )
        if mark in seen:
            refuse("E0322", axis.path, f"{clean(str(plain_value(value)), 60)} stands twice", axis.source)
        seen.add(mark)
    return axis


def _element(path: str, text: str, source: str) -> Value:
    if not text:
        refuse("E0315", path, "one of the values is empty", source, _HELP)
    try:
        read = tomllib.loads(f"v = {text}")
    except (ValueError, RecursionError):
        if _WORD.fullmatch(text):
            return text
        refuse("E0310", path, f'"{clean(text, 60)}" is not a value of TOML', source, 'texts go in quotes: "two words"')
    if set(read) != {"v"}:
        refuse("E0310", path, "one value at a time", source)
    return read["v"]


def _toml(path: str, text: str, source: str) -> Any:
    try:
        read = tomllib.loads(f"v = {text}")
    except (ValueError, RecursionError):
        refuse("E0310", path, "is not an array of TOML", source)
    return read.get("v") if set(read) == {"v"} else None


def _number(path: str, text: str, source: str) -> float:
    bare = text.strip()
    value = float(bare) if _NUMBER.fullmatch(bare) else math.nan
    if not math.isfinite(value):
        code = (
            "E0311" if bare.lower().lstrip("+-") in ("nan", "inf", "infinity") or _NUMBER.fullmatch(bare) else "E0310"
        )
        refuse(code, path, f'"{clean(bare, 40)}" is not a finite number', source, _HELP)
    return value


def _range(path: str, text: str, source: str) -> Axis:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) not in (2, 3):
        refuse("E0315", path, f'"{clean(text, 60)}" is not a range', source, _HELP)
    relative = parts[0].endswith("%") and parts[1].endswith("%")
    if not relative and any(part.endswith("%") for part in parts):
        refuse("E0310", path, "both ends of a relative range are in per cent", source, _HELP)
    low, high = (_number(path, part.rstrip("%") if relative else part, source) for part in parts[:2])
    if relative:
        low, high = tidy(low / 100), tidy(high / 100)
    if high < low:
        refuse("E0319", path, f"the range runs backwards, from {parts[0]} to {parts[1]}", source, "the lower end first")
    if high == low:
        refuse("E0315", path, f"the range is empty: both ends are {parts[0]}", source, f"write {path}={parts[0]}")
    third = _number(path, parts[2], source) if len(parts) == 3 else None
    if relative or third is None:
        return _points(path, (low, high), third, (relative, source))
    whole = all(re.fullmatch(r"[+-]?\d[\d_]*", parts[place]) for place in (0, 2))
    return _steps(path, (low, high, third), whole, source)


def _points(path: str, ends: tuple[float, float], points: float | None, about: tuple[bool, str]) -> Axis:
    (low, high), (relative, source) = ends, about
    count = DEFAULT_POINTS if points is None else int(points)
    if points is not None and (count != points or count < 2):
        refuse("E0315", path, f"{points:g} is not a number of points of at least 2", source, _HELP)
    _check_count(path, count, source)
    values = tuple(tidy(low + k * (high - low) / (count - 1)) for k in range(count))
    return Axis(path=path, values=values, relative=relative, low=low, high=high, source=source)


def _steps(path: str, numbers: tuple[float, float, float], whole: bool, source: str) -> Axis:
    low, high, step = numbers
    if step <= 0:
        refuse("E0312", path, f"the step of a range must be above 0, it is {step:g}", source, _HELP)
    span = (high - low) / step
    _check_count(path, span, source)
    values = tuple(tidy(low + k * step) for k in range(math.floor(span + 1e-9) + 1))
    return Axis(
        path=path,
        values=tuple(int(v) for v in values) if whole else values,
        relative=False,
        low=low,
        high=high,
        source=source,
    )


def _check_count(path: str, count: float, source: str) -> None:
    if count > MOST_VALUES:
        refuse("E0315", path, f"has more than {MOST_VALUES:,} values", source, "take a larger step")
