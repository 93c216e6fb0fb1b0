"""A study's table, and the settings behind one of its cells."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from optimizer.api.literals import toml_literal
from optimizer.errors import UsageError
from optimizer.runs.own_files import small_text
from optimizer.runs.strict_json import read_own_json
from optimizer.ui.drafts import Draft

_MOST_BYTES = 20_000_000
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
SHOWN = ("status", "value", "gap", "chip_set")


def table(folder: Path) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of what a reader looks at first; nothing before the study is finished."""
    rows = list(csv.DictReader(io.StringIO(small_text(folder, "table.csv", _MOST_BYTES) or "")))
    if not rows:
        return (), []
    header = ("cell", *inputs(folder), *SHOWN)
    return header, [tuple(_short(row.get(name) or "") for name in header) for row in rows]


def inputs(folder: Path) -> tuple[str, ...]:
    """Names of the columns that are varied."""
    names = list(csv.reader(io.StringIO(small_text(folder, "table.csv", _MOST_BYTES) or "")))[:1]
    header = names[0] if names else []
    return tuple(header[1 : header.index("status")]) if "status" in header else ()


def cells_done(folder: Path) -> int:
    """How many cells have an answer by now."""
    return sum(1 for _ in (folder / "cells").glob("*.json")) if (folder / "cells").is_dir() else 0


def source_arguments(folder: Path) -> tuple[str, ...]:
    """The instance of a study as a command reads it: its file by the name that is kept, its scenario and settings."""
    about: dict[str, Any] = read_own_json(folder, "study.json")["instance"]
    scenario = ("--scenario", str(about["scenario"])) if about.get("scenario") else ()
    return (f"{about['name']}.toml", *scenario, *(w for one in about.get("sets", ()) for w in ("--set", str(one))))


def source_of(folder: Path) -> tuple[Draft, str]:
    """The instance of a study with its scenario and settings, and the SHA-256 it had."""
    about: dict[str, Any] = read_own_json(folder, "study.json")["instance"]
    scenario = about.get("scenario")
    sets = tuple(str(one) for one in about.get("sets", ()))
    return Draft(str(about["name"]), str(scenario) if scenario else None, sets), str(about.get("sha256"))


def cell_settings(folder: Path, number: int) -> tuple[str, ...]:
    """The settings of a cell, as `--set` takes them. Raises UsageError where a factor is no single key."""
    rows = csv.DictReader(io.StringIO(small_text(folder, "table.csv", _MOST_BYTES) or ""))
    row = next((row for row in rows if row.get("cell") == str(number)), None)
    if row is None:
        raise UsageError(f"there is no cell {number}")
    names = inputs(folder)
    if any("*" in name or name.endswith("(change)") for name in names):
        raise UsageError("a cell that moves several keys together cannot be opened alone", "vary single keys")
    texts = {name: row[name].removeprefix("'") for name in names}
    return tuple(f"{name}={text if _NUMBER.fullmatch(text) else toml_literal(text)}" for name, text in texts.items())


def _short(text: str) -> str:
    return f"{float(text):.6g}" if _NUMBER.fullmatch(text) else text
