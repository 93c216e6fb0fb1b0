"""A study as a TOML file: axes, and a table of changes.

[study]
name = "prices"
design = "latin_hypercube"    # grid, one_at_a_time, latin_hypercube, sobol, monte_carlo
samples = 64
seed = 1

[axes]
"sites.cyberport.grid_mw" = "10:30:2"
"export.regime" = ["may_2026", "open_market"]

[[changes]]
path = "accelerators.*.price_usd"
relative = true
distribution = "triangular"
low = -0.3
mode = 0.0
high = 0.5
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.diagnostics import clean
from optimizer.errors import InputError
from optimizer.reading.document import load_document
from optimizer.reading.names import is_reserved
from optimizer.reading.schema_walk import nearest
from optimizer.study.axes import Axis, axis_of, refuse
from optimizer.study.designs import KINDS
from optimizer.study.uncertain import Change, change_of

_MAX_BYTES = 1_000_000
_KEYS: dict[str, tuple[type, ...]] = {"name": (str,), "design": (str,), "samples": (int,), "seed": (int,)}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CLUSTER = ("scheduler", "address", "cluster", "workers")


@dataclass(frozen=True, kw_only=True)
class StudyFile:
    """What a study file says. None: not said."""

    axes: tuple[Axis, ...]
    changes: tuple[Change, ...]
    name: str | None = None
    design: str | None = None
    samples: int | None = None
    seed: int | None = None


def read_study_file(path: Path) -> StudyFile:
    """Read a study file. Raises InputError with the key that is wrong."""
    shown = path.name
    document, findings = load_document(path, shown, _MAX_BYTES)
    if document is None or any(finding.severity == "error" for finding in findings):
        raise InputError(findings)
    tree = document.tree
    for key in tree:
        if key not in ("study", "axes", "changes"):
            near = nearest(key, ("study", "axes", "changes"))
            refuse("E0302", key, f"unknown table {clean(key, 60)}", shown, near and f"did you mean {near}?")
    about = _about(tree.get("study", {}), shown)
    axes = tree.get("axes", {})
    if not isinstance(axes, dict):
        refuse("E0310", "axes", "must be a table", shown)
    rows = tree.get("changes", [])
    if not isinstance(rows, list):
        refuse("E0310", "changes", "must be an array of tables, [[changes]]", shown)
    finding = tuple(axis_of(key, values, shown) for key, values in _flat(axes, shown))
    changes = tuple(change_of(row, number, shown) for number, row in enumerate(rows))
    return StudyFile(axes=finding, changes=changes, **about)


def _about(table: Any, shown: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        refuse("E0310", "study", "must be a table", shown)
    for key, value in table.items():
        where = f"study.{key}"
        if key in _CLUSTER:
            refuse("E0302", where, "where a study runs is not said in a file", shown, "--workers or --scheduler")
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            refuse("E0302", where, f"unknown key {clean(key, 60)}", shown, near and f"did you mean {near}?")
        if not isinstance(value, _KEYS[key]) or isinstance(value, bool):
            refuse("E0310", where, "has the wrong type", shown)
    if "design" in table and table["design"] not in KINDS:
        refuse("E0313", "study.design", "is not a design", shown, f"one of {', '.join(KINDS)}")
    if "name" in table and not _NAME.fullmatch(table["name"]):
        refuse("E0314", "study.name", "is not a name", shown, "1 to 64 of the characters A-Z a-z 0-9 _ -")
    if "name" in table and is_reserved(table["name"]):
        refuse("E0314", "study.name", "is the name of a device on Windows", shown, "choose another name")
    for key, least in (("samples", 1), ("seed", 0)):
        if key in table and not least <= table[key] <= 2_147_483_647:
            refuse("E0312", f"study.{key}", f"must be at least {least}", shown)
    return dict(table)


def _flat(table: dict[str, Any], shown: str, prefix: str = "") -> list[tuple[str, Any]]:
    """Axes by dotted key, whether the key was written in quotes or as tables."""
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        path = f"{prefix}{key}"
        pairs += _flat(value, shown, f"{path}.") if isinstance(value, dict) else [(path, value)]
    return pairs
