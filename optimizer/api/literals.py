"""Python values as TOML on one line, so that a change is the same text here, in `--set` and in a file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from optimizer.errors import UsageError

_WORD = re.compile(r"[A-Za-z0-9_-]+")


def toml_literal(value: Any) -> str:
    """A number, text, truth value, date, list or table as TOML. Raises UsageError for anything else."""
    if hasattr(value, "item") and not isinstance(value, str | bytes | list | tuple | Mapping):
        value = value.item()  # a number of numpy or pandas
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_literal(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {toml_literal(item)}" for key, item in value.items()) + "}"
    raise UsageError(
        f"a value of type {type(value).__name__} has no place in an instance",
        "numbers, text, True or False, dates, lists and dicts of them",
    )


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise UsageError(f"a key of type {type(key).__name__}: keys of a table are text")
    return key if _WORD.fullmatch(key) else json.dumps(key)
