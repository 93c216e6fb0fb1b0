"""What the schema refuses, in a planner's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Any

from pydantic_core import ErrorDetails

from optimizer.diagnostics import clean, is_hidden
from optimizer.inputs.quantity import EARLIEST, LATEST
from optimizer.reading.messages import ID_HELP, MONTHS, InputFinding, described, label
from optimizer.reading.plausibility import implausible
from optimizer.reading.schema_walk import ROOT, Shape, nearest, shape_at, unknown_key_help
from optimizer.reading.toml_positions import KeyPath

_WANTED = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "date_type": "a date such as 2026-01-01, without quotes",
    "date_from_datetime_inexact": "a date without a time of day",
    "date_from_datetime_parsing": "a date such as 2026-01-01, without quotes",
    "date_parsing": "a date such as 2026-01-01, without quotes",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "tuple_type": "an array in [ ]",
    "list_type": "an array in [ ]",
}
_BOUNDS = {"greater_than_equal": ">=", "greater_than": ">", "less_than_equal": "<=", "less_than": "<"}
MAX_UNKNOWN = 20
"""Unknown keys of one table that are named one by one."""


def findings_of(
    errors: list[Any], tree: dict[str, Any], prefix: KeyPath = (), start: Shape = ROOT
) -> list[InputFinding]:
    """The findings for pydantic's errors on `tree`; the missing keys of one table make one finding."""
    findings: list[InputFinding] = []
    missing: dict[KeyPath, list[str]] = {}
    unknown: dict[KeyPath, int] = {}
    paths = [real_path(error, tree) for error in errors]
    explained = {path for error, path in zip(errors, paths, strict=True) if error["type"] not in _WANTED}
    explained |= {path[:-1] for path in paths if path and isinstance(path[-1], int)}
    for error, path in zip(errors, paths, strict=True):
        if error["type"] in _WANTED and path in explained:
            # Of a key that may be of several types, the types that were not given have nothing to say.
            continue
        if error["type"] == "missing":
            missing.setdefault(path[:-1], []).append(str(path[-1]))
            continue
        if _long_enough(error):
            continue
        if error["type"] == "extra_forbidden":
            unknown[path[:-1]] = unknown.get(path[:-1], 0) + 1
            if unknown[path[:-1]] > MAX_UNKNOWN:
                continue
        findings.append(_finding(error, path, prefix, start))
    findings += [more_unknown((*prefix, *table), count) for table, count in unknown.items() if count > MAX_UNKNOWN]
    for table, keys in missing.items():
        findings += _missing(table, keys, prefix, start)
    return findings


def _long_enough(error: Any) -> bool:
    """Whether an array is called too short only because entries of it were refused, which findings of their own say."""
    given = error["input"]
    return error["type"] == "too_short" and isinstance(given, list) and len(given) >= error["ctx"]["min_length"]


def more_unknown(table: KeyPath, count: int) -> InputFinding:
    """The unknown keys of a table beyond those that are named, counted."""
    message = f"{count - MAX_UNKNOWN:,} more unknown keys in {label(table)}, {count:,} in all"
    return InputFinding("E0302", table, message, "`optimizer schema` lists the keys there are")


def real_path(error: ErrorDetails, tree: dict[str, Any]) -> KeyPath:
    """The key path of a pydantic error: its location without union tags and `[key]` marks."""
    path: list[str | int] = []
    node: Any = tree
    steps: tuple[Any, ...] = error["loc"]
    *_, last = steps or ("",)
    for number, part in enumerate(steps):
        if (isinstance(node, dict) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and part < len(node)
        ):
            node = node[part]
            path.append(part)
        elif error["type"] == "missing" and number == len(steps) - 1:
            path.append(last)
    return tuple(path)


def _missing(table: KeyPath, keys: list[str], prefix: KeyPath, start: Shape) -> list[InputFinding]:
    where = (*prefix, *table)
    if where:
        noun = "key" if len(keys) == 1 else "keys"
        return [InputFinding("E0301", where, f"missing {noun} in {label(where)}: {', '.join(keys)}")]
    tables = [key for key in keys if (below := shape_at((key,), start)) is not None and below.is_table]
    plain = [key for key in keys if key not in tables]
    hint = "`optimizer init` writes a complete instance to start from"
    findings = []
    if tables:
        findings.append(InputFinding("E0301", (), f"missing required tables: {', '.join(tables)}", hint))
    if plain:
        findings.append(
            InputFinding("E0301", (), f"missing required keys: {', '.join(plain)}", None if tables else hint)
        )
    return findings


def _finding(error: Any, path: KeyPath, prefix: KeyPath, start: Shape) -> InputFinding:
    kind = error["type"]
    where = (*prefix, *path)
    name = label(where)
    if error["loc"] and error["loc"][-1] == "[key]":
        return _bad_key(error, where, name)
    if kind == "extra_forbidden":
        table = shape_at(path[:-1], start)
        return InputFinding(
            "E0302", where, f"unknown key {name}", None if table is None else unknown_key_help(str(path[-1]), table)
        )
    if kind in _WANTED:
        return InputFinding(
            "E0310", where, f"{name} must be {_WANTED[kind]}, {described(error['input'])}", _type_help(error)
        )
    if kind == "finite_number":
        return InputFinding("E0311", where, f"{name} must be finite", "nan, inf and numbers beyond 1e308 are refused")
    if kind in _BOUNDS:
        return _range(error, where, name, shape_at(path, start))
    return _RARE.get(kind, _other)(error, where, name)


def _bad_key(error: Any, where: KeyPath, name: str) -> InputFinding:
    if error["type"] == "literal_error":
        return _choice(error, where, name)
    if error["type"] == "string_pattern_mismatch" and "{3}" in error["ctx"]["pattern"]:
        return InputFinding(
            "E0314", where, f"{name} is not a currency", "currencies are three capital letters, such as HKD"
        )
    if error["type"] == "string_pattern_mismatch" and "Q[1-4]" in error["ctx"]["pattern"]:
        return InputFinding("E0314", where, f'"{name}" is not a quarter', 'quarters are written as "2027Q3"')
    return InputFinding("E0314", where, f'"{name}" is not an id', ID_HELP)


def _type_help(error: Any) -> str | None:
    value = error["input"]
    if error["type"].startswith("int") and (help_text := _calendar_help(value)):
        return help_text
    if isinstance(value, str) and error["type"].startswith(("float", "int")):
        try:
            float(value)
        except ValueError:
            return "write the number alone; units belong in the key" if value[:1].isdigit() else None
        return "write the number without quotes"
    if isinstance(value, str) and error["type"].startswith("date"):
        return "write the date without quotes"
    if error["type"] == "int_from_float":
        return "write it without a decimal point"
    return None


def _calendar_help(value: Any) -> str | None:
    """The number of a month that is named, or of the hour of a time of day."""
    if isinstance(value, time):
        return f"hours are whole numbers: {value.hour}"
    if not isinstance(value, str):
        return None
    word = value.strip().casefold()
    month = next((at for at, name in enumerate(MONTHS, 1) if len(word) >= 3 and name.casefold().startswith(word)), None)
    if month is not None:
        return f"months are numbers: {month}"
    hour = re.fullmatch(r"(\d{1,2}):00(?::00)?", word)
    return f"hours are whole numbers: {int(hour[1])}" if hour else None


def _range(error: Any, where: KeyPath, name: str, shape: Shape | None) -> InputFinding:
    value = error["input"]
    limit = next(iter(error["ctx"].values()))
    low, high = (None, None) if shape is None else (shape.bound("ge"), shape.bound("le"))
    strict_low = None if shape is None else shape.bound("gt")
    if isinstance(value, date):
        hint = f"dates are from {EARLIEST.isoformat()} to {LATEST.isoformat()}; is the year mistyped?"
        return InputFinding(
            "E0312", where, f"{name} must be {_BOUNDS[error['type']]} {limit}, {described(value)}", hint
        )
    rule = f"must be {_BOUNDS[error['type']]} {limit:g}"
    if high == 1 and (low == 0 or strict_low == 0):
        rule = "must be between 0 and 1" + (" (0 excluded)" if low is None else "")
    elif high == 1 and strict_low == -1:
        rule = "must be greater than -1 and at most 1"
    whole = high == 1 or (error["type"] == "less_than" and limit == 1)
    if whole and 1 < value <= 100 and implausible(where, value / 100) is None:
        return InputFinding(
            "E0312", where, f"{name} {rule}; did you mean {value / 100:g}?", f"{value:g} % is written {value / 100:g}"
        )
    return InputFinding("E0312", where, f"{name} {rule}, {described(value)}", _RANGE_HELP.get((name, value)))


_RANGE_HELP: dict[tuple[str, Any], str] = {
    ("to_hour", 0): "the end of the day is to_hour = 24",
    ("from_hour", 24): "the first hour of the day is from_hour = 0",
}
"""What is meant by some values that are just outside."""


def _choice(error: Any, where: KeyPath, name: str) -> InputFinding:
    expected = error["ctx"]["expected"].replace("'", "")
    value = error["input"]
    choices = expected.replace(" or ", ", ").split(", ")
    near = nearest(value, choices) if isinstance(value, str) else None
    hint = f"did you mean {near}?" if near else _CHOICE_HELP.get(name)
    return InputFinding("E0313", where, f"{name} must be {expected}, {described(value)}", hint)


_CHOICE_HELP = {
    "basis": "prices and rates are real: take inflation out of nominal money, and give the price year",
    "format_version": "this version reads format 1; a newer file needs a newer optimizer",
}


def _pattern(error: Any, where: KeyPath, name: str) -> InputFinding:
    pattern = error["ctx"].get("pattern", "")
    if "{1,64}" in pattern:
        return InputFinding("E0314", where, f"{name} must be an id, {described(error['input'])}", ID_HELP)
    if "EAR99" in pattern:
        message = f"{name} must be an export control classification number, {described(error['input'])}"
        return InputFinding("E0317", where, message, "such as 5A992.c, or EAR99")
    if "{3}" in pattern:
        return InputFinding(
            "E0314", where, f"{name} must be three capital letters, {described(error['input'])}", "such as HKD"
        )
    hidden = next((c for c in str(error["input"]) if is_hidden(c)), None)
    which = "" if hidden is None else f" (U+{ord(hidden):04X})"
    return InputFinding("E0317", where, f"{name} holds control characters{which}", "delete them")


def _length(error: Any, where: KeyPath, name: str) -> InputFinding:
    given = error["ctx"].get("actual_length")
    rule = "at least" if error["type"] == "too_short" else "at most"
    limit = error["ctx"].get("min_length", error["ctx"].get("max_length"))
    return InputFinding("E0315", where, f"{name} must have {rule} {limit} entries, not {given}")


def _text_length(error: Any, where: KeyPath, name: str) -> InputFinding:
    if error["type"] == "string_too_short":
        return InputFinding("E0317", where, f"{name} must not be empty")
    return InputFinding("E0317", where, f"{name} is longer than {error['ctx']['max_length']} characters")


def _tag(error: Any, where: KeyPath, name: str) -> InputFinding:
    expected = error["ctx"].get("expected_tags", "").replace("'", "")
    if error["type"] == "union_tag_not_found":
        return InputFinding("E0301", where, f"missing key in {name}: kind", f"one of {expected}" if expected else None)
    tag = str(error["ctx"]["tag"])
    near = nearest(tag, expected.split(", "))
    return InputFinding(
        "E0313",
        (*where, "kind"),
        f'kind must be one of {expected}, not "{clean(tag)}"',
        f"did you mean {near}?" if near else None,
    )


def _other(error: Any, where: KeyPath, name: str) -> InputFinding:
    return InputFinding("E0319", where, f"{name}: {clean(error['msg'])}")


_RARE: dict[str, Callable[[Any, KeyPath, str], InputFinding]] = {
    "literal_error": _choice,
    "string_pattern_mismatch": _pattern,
    "too_short": _length,
    "too_long": _length,
    "string_too_short": _text_length,
    "string_too_long": _text_length,
    "union_tag_invalid": _tag,
    "union_tag_not_found": _tag,
}
