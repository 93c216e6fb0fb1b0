"""Contenders of the benchmark and what is said of their answers.

A contender's answer is a value and a proven bound of it (of an exact one both are the same). Answers to one question
agree if no proven bound lies above another's value, by more than 1e-6 of it: that is agreement within the sum of gaps.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docs.bench.jobs import STUDY_GAP
from docs.bench.measure import Contender, Run, Told, ratio

EXACT = 1e-6
Table = tuple[str, tuple[str, ...], Sequence[tuple[str, ...]]]
"""Title, head, body."""
FIRST_CODES = (0, 5, 6)
"""Of `optimizer solve`: proven, stopped with a design, stopped without."""


@dataclass(frozen=True)
class Line:
    """One contender's line of the table. `ratio` is of wall times, to the case's first contender."""

    case: str
    how: str
    runs: list[Run]
    ratio: float | None
    answer: str


@dataclass
class Row:
    """A finished row: lines, further tables (title, head, body), and agreements (case, spread, whether they agree)."""

    title: str
    words: str
    lines: list[Line] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    agreements: list[tuple[str, float, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Scope:
    """How much is measured and where its files go."""

    folder: Path
    quick: bool = False
    before: Path | None = None
    """Folder of another version's package, for the row that compares with one."""

    def repeats(self, count: int) -> int:
        """Rounds; one in a smoke test."""
        return 1 if self.quick else count

    def hours(self, count: int = 8760) -> int:
        """Hours per year; a week in a smoke test."""
        return 168 if self.quick else count

    def sub(self, name: str) -> Path:
        """A folder of its own."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path


def optimizer(name: str, instance: Path, *options: str, limit_s: float = 1800.0) -> Contender:
    """`optimizer solve` from start to report."""

    def argv(folder: Path) -> Sequence[str]:
        call = [sys.executable, "-m", "optimizer", "solve", str(instance), "--quiet", "--no-color"]
        return [*call, *options, "--out", str(folder / "run")]

    return Contender(name, argv, _solved, FIRST_CODES, limit_s)


def search_alone(name: str, instance: Path, *options: str) -> Contender:
    """The same without what comes with every design beside the search: baselines, and trials of estimates."""
    return optimizer(name, instance, "--no-baselines", *options)


def job(name: str, what: str, *arguments: str) -> Contender:
    """A job of docs/bench/jobs.py that writes its answer as JSON; `{answer}` stands for its path."""

    def argv(folder: Path) -> Sequence[str]:
        told = [str(folder / "answer.json") if part == "{answer}" else part for part in arguments]
        return [sys.executable, "-m", "docs.bench.jobs", what, *told]

    return Contender(name, argv, lambda folder: read_json(folder / "answer.json"))


def read_json(path: Path) -> Told:
    """A JSON file; empty if it is not there."""
    told: Told = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return told


def _solved(folder: Path) -> Told:
    record = read_json(folder / "run" / "provenance.json")
    search, model = record["search"], record["model"]
    return {
        "value": search.get("value"),
        "bound": search.get("bound"),
        "gap": search.get("gap_reached"),
        "seconds": record["seconds"],
        "rows": model["rows"],
        "columns": model["columns"],
        "nonzeros": model["nonzeros"],
        "verified": record["verified"],
        "decisions": _digest(read_json(folder / "run" / "design.json").get("decisions")),
    }


def _digest(decisions: Any) -> str:
    return hashlib.sha256(json.dumps(decisions, sort_keys=True).encode()).hexdigest()


def answer_of(told: Told) -> str:
    """Value, gap and state in words."""
    if "failed" in told:
        return f"**FAILED** ({told['failed']})"
    if "cells" in told:
        return f"{len(told['cells'])} cells"
    if told.get("value") is None:
        bound = told.get("bound")
        return "no design found" + (f", bound {bound:.6g}" if bound is not None else ", no bound")
    gap, status = told.get("gap"), told.get("status", "")
    proven = f", gap {100 * gap:.3g} %" if gap is not None else ""
    return f"{told['value']:.8g}{proven}{', ' + status if status else ''}"


def lines(case: str, runs: Mapping[str, list[Run]], names: Sequence[str]) -> list[Line]:
    """Lines of the contenders of a case, ratios to the first."""
    return [
        Line(
            case,
            name,
            runs[name],
            None if name == names[0] else ratio(runs, name, names[0]),
            answer_of(runs[name][0].told),
        )
        for name in names
    ]


def agreement(case: str, told: Sequence[tuple[float, float]]) -> tuple[str, float, bool]:
    """Spread of the values relative to the least, and whether no (value, bound) contradicts another."""
    if not told:
        return case, 0.0, False
    values, bounds = [value for value, _ in told], [bound for _, bound in told]
    best = min(values)
    return case, (max(values) - best) / abs(best), max(bounds) <= best + EXACT * abs(best)


def failures(case: str, runs: Mapping[str, Sequence[Run]]) -> list[tuple[str, float, bool]]:
    """A disagreement for each contender that gave no answer."""
    return [
        (f"{case}: {name} failed", 0.0, False) for name, found in runs.items() if any("failed" in r.told for r in found)
    ]


def proven(runs: Sequence[Run]) -> list[tuple[float, float]]:
    """(value, bound) of the runs that have a value; an answer without bound claims to be exact."""
    told = [run.told for run in runs if run.told.get("value") is not None]
    return [(t["value"], t["value"] if t.get("bound") is None else t["bound"]) for t in told]


Cells = tuple[Path, str, list[str]]
"""Instance, key, values of the key."""


def sweep(name: str, workers: int, cells: Cells) -> Contender:
    """`optimizer sweep` over the cells by so many workers; the base case is solved first."""
    instance, key, values = cells

    def argv(folder: Path) -> Sequence[str]:
        call = [sys.executable, "-m", "optimizer", "sweep", str(instance), "--vary", f"{key}={','.join(values)}"]
        return [*call, "--gap", str(STUDY_GAP), "--workers", str(workers), "--quiet", "--results", str(folder)]

    def reads(folder: Path) -> Told:
        (table,) = folder.rglob("table.csv")
        with table.open(encoding="utf-8", newline="") as stream:
            return {"cells": [(float(row["value"]), float(row["bound"])) for row in csv.DictReader(stream)]}

    return Contender(name, argv, reads)


def fresh(name: str, cells: Cells) -> Contender:
    """One `optimizer solve` after the other, a process each."""
    instance, key, values = cells

    def argv(folder: Path) -> Sequence[str]:
        return [sys.executable, "-m", "docs.bench.jobs", "fresh", str(instance), str(folder), key, *values]

    def reads(folder: Path) -> Told:
        told = [read_json(folder / f"cell_{k}" / "provenance.json")["search"] for k in range(len(values))]
        return {"cells": [(t["value"], t["bound"]) for t in told]}

    return Contender(name, argv, reads)
