"""What the page of a study is made from: its folder alone, so that the page can be made again at any time."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError
from optimizer.report.html.study_text import unit_of
from optimizer.runs.own_files import own_file, sha256_of
from optimizer.runs.safe_csv import FORMULA_STARTS
from optimizer.runs.strict_json import read_own_json
from optimizer.runs.study_folder import DEFINITION_NAME, SEAL_NAME

Row = Mapping[str, Any]
"""One line of a table by the names of its columns: numbers, truth values, texts, None."""
TEXTS = frozenset({"status", "reason", "objective", "dominating", "chip_set", "key", "label", "kind", "axis"})
"""Columns that are text whatever they look like."""
MOST_BYTES = 200_000_000
PAGE_NAME = "study.html"


@dataclass(frozen=True, kw_only=True)
class StudySource:
    """The files of a study. What a command does not write is empty."""

    name: str
    definition: Mapping[str, Any]
    cells: tuple[Row, ...] = ()
    """table.csv"""
    inputs: tuple[str, ...] = ()
    """Columns of the table that were varied."""
    tornado: tuple[Row, ...] = ()
    indices: tuple[Row, ...] = ()
    points: tuple[Row, ...] = ()
    """frontier.csv"""
    robust: Mapping[str, Any] = field(default_factory=dict)
    regimes: Mapping[str, Any] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    """What was changed since the study, in words."""

    @property
    def command(self) -> str:
        """What made it: sweep, frontier, sensitivity, robust, regimes."""
        return str(self.definition.get("command", ""))

    @property
    def design_kind(self) -> str:
        """How the axes of a sweep are combined; empty for other studies."""
        design = self.definition.get("design")
        return str(design.get("kind", "")) if isinstance(design, dict) else ""

    @property
    def instance(self) -> Mapping[str, Any]:
        """Name, title and hash of the instance."""
        name = self.definition.get("instance")
        return name if isinstance(name, dict) else {}

    @property
    def money(self) -> Currency:
        """The currency of the instance; US dollars where the folder names none, or no rate."""
        code, rate = self.instance.get("currency"), self.instance.get("per_usd")
        if not (isinstance(code, str) and code.isalpha() and len(code) == 3 and isinstance(rate, int | float)):
            return DOLLARS
        return Currency(code=code, per_usd=rate) if 0 < rate < float("inf") else DOLLARS

    @property
    def lcoc_unit(self) -> str:
        """Unit of levelised costs, in that currency."""
        return self.money.unit("USD/EFLOP")

    def unit_of(self, name: str) -> str:
        """The unit of a key figure or measure, in that currency; empty for counts and fractions."""
        return self.money.unit(unit_of(name))


def from_study(folder: Path, at_work: bool = False) -> StudySource:
    """Read a study's folder; `at_work` for a study that is being written, which has no seal yet.

    Raises InputOutputError if there is nothing to show or a table is damaged, InputError for a damaged definition.
    """
    definition = read_own_json(folder, DEFINITION_NAME)
    cells = _table(folder / "table.csv")
    robust, regimes = (_json(folder / f"{name}.json") for name in ("robust", "regimes"))
    if not (cells or robust or regimes):
        raise InputOutputError(
            f"{clean(str(folder))} has no table yet: the study is not finished", "the same command goes on from there"
        )
    tornado, indices, points = (_table(folder / f"{name}.csv") for name in ("tornado", "indices", "frontier"))
    stale = () if at_work else _stale(folder)
    return StudySource(
        name=folder.name,
        definition=definition,
        cells=cells,
        inputs=inputs_of_cells(cells),
        tornado=tornado,
        indices=indices,
        points=points,
        robust=robust,
        regimes=regimes,
        stale=stale,
    )


def _stale(folder: Path) -> tuple[str, ...]:
    if not (folder / SEAL_NAME).is_file():
        return ("the study is not complete (no STUDY_OK in its folder)",)
    files = read_own_json(folder, SEAL_NAME).get("files")
    if not isinstance(files, dict):
        raise InputOutputError(f"{SEAL_NAME} does not name the files of the study")
    return tuple(
        f"altered since the study: {clean(str(name), 100)}"
        for name, known in sorted(files.items())
        if name != PAGE_NAME and sha256_of(folder, Path(str(name)).name) != known
    )


def _json(path: Path) -> Mapping[str, Any]:
    return read_own_json(path.parent, path.name) if os.path.lexists(path) else {}


def _table(path: Path) -> tuple[Row, ...]:
    """A table of the study, as `safe_csv` wrote it; empty if there is none."""
    if not os.path.lexists(path):
        return ()
    path = own_file(path.parent, path.name)
    if path.stat().st_size > MOST_BYTES:
        raise InputOutputError(f"{path.name} is larger than {MOST_BYTES:,} bytes")
    try:
        return cells_of(path.read_bytes().decode("utf-8"))
    except (UnicodeDecodeError, csv.Error, ValueError) as problem:
        raise InputOutputError(f"{path.name} is damaged: {clean(str(problem))}") from None


def _text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def cells_of(text: str) -> tuple[Row, ...]:
    """Rows of a table of cells. Raises ValueError or csv.Error for what is no such table."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [_text(name) for name in next(reader, [])]
    lines = list(reader)
    if any(len(line) != len(header) for line in lines):
        raise ValueError("a row of another length than the header")
    return tuple(dict(zip(header, map(value_of, line, header), strict=True)) for line in lines)


def inputs_of_cells(cells: tuple[Row, ...]) -> tuple[str, ...]:
    """The columns of a table of cells that were varied."""
    names = tuple(cells[0]) if cells else ()
    return names[1 : names.index("status")] if "status" in names else ()


def value_of(cell: str, column: str) -> Any:
    """The value of a cell: what looks like a number is one, unless the column holds texts."""
    if cell == "":
        return None
    if column in TEXTS or cell.startswith("'"):
        return _text(cell)
    if cell in ("TRUE", "FALSE"):
        return cell == "TRUE"
    for kind in (int, float):
        try:
            number = kind(cell)
        except ValueError:
            continue
        return number if abs(number) < float("inf") else cell
    return cell
