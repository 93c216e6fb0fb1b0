"""The tables of a study: functions of the definition and the records alone, without times or order of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.model.kpis import ALL_KPIS, KPIS
from optimizer.number_format import plain_value
from optimizer.parquet import numbers, parquet_file, texts
from optimizer.runs.safe_csv import Cell, write_table

FACTS = ("status", "verified", "reason", "objective", "value", "bound", "gap", "gap_asked", "proved_by")
LABELS = ("dominating", "chip_set")
TEXTS = frozenset({"status", "reason", "objective", "proved_by", "dominating", "chip_set", "key"})


@dataclass(frozen=True)
class StudyRow:
    """A row to be: the cell's number, its inputs by name, and its record."""

    number: int
    inputs: Mapping[str, Any]
    record: Mapping[str, Any]


@dataclass(frozen=True)
class StudyTable:
    """Columns and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def csv(self) -> str:
        """As CSV."""
        return write_table(self.columns, self.rows)

    def parquet(self) -> bytes:
        """As Parquet: texts raw, absent cells null; a column of mixed types as text."""
        return parquet_of(self.columns, self.rows)


def parquet_of(columns: Sequence[str], rows: Sequence[tuple[Cell, ...]], nulls_are_texts: bool = False) -> bytes:
    """A table as Parquet. `nulls_are_texts`: a column of nothing but nulls is one of texts, not of numbers."""
    cells = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return parquet_file(
        {
            name: _column(values, name in TEXTS or (nulls_are_texts and all(value is None for value in values)))
            for name, values in zip(columns, cells, strict=True)
        }
    )


def _column(values: Sequence[Cell], as_texts: bool) -> Any:
    """A column of one type: texts, yes or no, whole numbers, or numbers."""
    present = [value for value in values if value is not None]
    if as_texts or any(isinstance(value, str) for value in present):
        return texts([None if value is None else str(value) for value in values])
    kinds = {type(value) for value in present}
    kind: type[np.generic] = {frozenset({bool}): np.bool_, frozenset({int}): np.int64}.get(frozenset(kinds), np.float64)
    filled = np.array([0 if value is None else value for value in values], dtype=kind)
    return numbers(filled, np.array([value is None for value in values], dtype=np.bool_))


def kpi_columns(lines: Sequence[StudyRow]) -> tuple[str, ...]:
    """Key figures every design has, and those at least one cell reports (of dispatch, runs, serving, prices)."""
    there = {name for line in lines for name in line.record.get("kpis", {})} | {kpi.id for kpi in KPIS}
    return tuple(kpi.id for kpi in ALL_KPIS if kpi.id in there)


def study_table(lines: Sequence[StudyRow]) -> StudyTable:
    """Inputs, what was proven, key figures and main decisions of every cell."""
    names = tuple(dict.fromkeys(name for line in lines for name in line.inputs))
    decisions = tuple(sorted({name for line in lines for name in line.record.get("decisions", {})}))
    figures = kpi_columns(lines)
    columns = ("cell", *names, *FACTS, *figures, *LABELS, *decisions, "key")
    rows = []
    for line in lines:
        record = line.record
        kpis = record.get("kpis", {})
        made = record.get("decisions")
        rows.append(
            (
                line.number,
                *(plain_value(line.inputs.get(name)) for name in names),
                *(record.get(name) for name in FACTS),
                *(kpis.get(name) for name in figures),
                *(record.get(name) for name in LABELS),
                *((made.get(name, 0.0) if made is not None else None) for name in decisions),
                record.get("key") or None,
            )
        )
    return StudyTable(columns, tuple(rows))


def map_table(lines: Sequence[StudyRow]) -> StudyTable:
    """The optimal choice by cell: which accelerator carries most of the throughput, with what share, and which set."""
    names = tuple(dict.fromkeys(name for line in lines for name in line.inputs))
    rows = []
    for line in lines:
        record = line.record
        chip = record.get("dominating")
        shares = record.get("shares", {})
        label = record.get("chip_set") if chip else ("infeasible" if record.get("status") == "infeasible" else "failed")
        inputs = (plain_value(line.inputs.get(name)) for name in names)
        rows.append((line.number, *inputs, label, chip, shares.get(chip) if chip else None, record.get("value")))
    return StudyTable(("cell", *names, "label", "dominating", "share", "value"), tuple(rows))


def timing_table(lines: Iterable[StudyRow]) -> StudyTable:
    """Seconds of every cell, apart from the table, since they differ from run to run."""
    rows = [(line.number, line.record.get("key") or None, line.record.get("seconds")) for line in lines]
    return StudyTable(("cell", "key", "seconds"), tuple(rows))
