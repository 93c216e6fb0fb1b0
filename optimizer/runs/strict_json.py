"""JSON without its loopholes: no duplicate keys, no NaN, no infinities, no numbers that overflow."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from optimizer.diagnostics import Diagnostic, clean
from optimizer.errors import InputError
from optimizer.reading.preflight import read_bytes
from optimizer.runs.own_files import own_file

MAX_JSON_BYTES = 200_000_000
_CODES = {"missing": "E0301", "extra_forbidden": "E0302", "finite_number": "E0311"}
_Shape = TypeVar("_Shape", bound=BaseModel)


class _RefusedError(ValueError):
    """A value that JSON lets pass and we do not; holds a diagnostic code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_json(path: Path, shown: str | None = None) -> dict[str, Any]:
    """The object in a file. Raises InputOutputError if it cannot be read, InputError if it is not plain JSON."""
    name = shown or path.name
    content = read_bytes(path, name, MAX_JSON_BYTES)
    try:
        text = content.decode("utf-8-sig")
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite, parse_int=_integer
        )
    except UnicodeDecodeError as problem:
        raise _invalid(
            name, "E0106", f"not UTF-8: byte 0x{content[problem.start]:02x} at offset {problem.start}"
        ) from None
    except json.JSONDecodeError as problem:
        raise _invalid(
            name, "E0319", f"damaged JSON: {problem.msg}", line=problem.lineno, column=problem.colno
        ) from None
    except _RefusedError as problem:
        raise _invalid(name, problem.code, str(problem)) from None
    except RecursionError:
        raise _invalid(name, "E0108", "nested too deeply") from None
    if not isinstance(value, dict):
        raise _invalid(name, "E0310", "must be a JSON object")
    return value


def read_own_json(folder: Path, name: str) -> dict[str, Any]:
    """The object in a file of a run's or a study's folder, which may be a stranger's. Raises as `read_json` does."""
    return read_json(own_file(folder, name), name)


def check_version(data: dict[str, Any], known: int, shown: str) -> None:
    """Refuse a format newer than `known`, and one that never existed."""
    version = data.get("format_version", known)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise _invalid(shown, "E0319", f"format_version must be a whole number from 1 to {known}")
    if version > known:
        newer = f"format_version {version} was written by a newer optimizer; this one reads up to {known}"
        remedy = "upgrade: pip install --upgrade facility-optimizer"
        raise _invalid(shown, "E0319", newer, path="format_version", help=remedy)


def shaped(shape: type[_Shape], data: Any, shown: str) -> _Shape:
    """What a file holds, held to its shape, so that nobody behind has to doubt it. Raises InputError: every misfit."""
    try:
        # Dates are texts in JSON; everything else is held to its type.
        return shape.model_validate_json(json.dumps(data, allow_nan=False))
    except ValidationError as problem:
        raise InputError([_misfit(error, shown) for error in problem.errors(include_url=False)]) from None


def _misfit(error: Any, shown: str) -> Diagnostic:
    kind = error["type"]
    where = ".".join(str(part) for part in error["loc"])
    code = _CODES.get(kind, "E0310" if kind.endswith("_type") else "E0319")
    message = f"{clean(where)}: {clean(error['msg'])}"
    return Diagnostic(code=code, severity="error", message=message, path=clean(where), file=shown)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _RefusedError("E0202", f'the key "{clean(twice, 80)}" stands twice in one object')
    return table


def _constant(text: str) -> NoReturn:
    raise _RefusedError("E0311", f"{text} is not a number; numbers must be finite")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _RefusedError("E0311", f"{clean(text, 40)} is too large; numbers must be finite")
    return number


def _integer(text: str) -> int:
    if len(text) > 400:
        raise _RefusedError("E0109", f"an integer of {len(text)} digits")
    return int(text)


def _invalid(shown: str, code: str, message: str, **more: Any) -> InputError:
    return InputError([Diagnostic(code=code, severity="error", message=message, file=shown, **more)])


def json_text(value: Any) -> str:
    """JSON that is equal for equal values: sorted keys, plain ASCII, no NaN."""
    return json.dumps(value, sort_keys=True, indent=1, allow_nan=False) + "\n"
