"""A design in the formats others read: tables as CSV, Parquet or JSON, the whole as a workbook or Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from optimizer.analysis.decision_table import DECISION_COLUMNS, decision_rows
from optimizer.analysis.hours import HOURLY_COLUMNS, hourly_parquet, hourly_rows, site_hours
from optimizer.analysis.orders import procurement
from optimizer.analysis.retirements import retirement_lines
from optimizer.analysis.site_steps import site_steps
from optimizer.analysis.verdict import verdict
from optimizer.model.kpis import ALL_KPIS
from optimizer.pipeline import Result
from optimizer.report.annex import annex_markdown
from optimizer.report.bidder_annex import bidder_annex
from optimizer.report.icalendar import icalendar
from optimizer.report.ocds import release_package
from optimizer.report.run_tables import LEDGER_COLUMNS, PROCUREMENT_COLUMNS, ledger_rows, procurement_rows
from optimizer.report.summary import About
from optimizer.report.workbook.book import workbook
from optimizer.runs.safe_csv import Cell, DialectName, write_table
from optimizer.runs.strict_json import json_text
from optimizer.runs.study_tables import parquet_of

if TYPE_CHECKING:
    from optimizer.reading.layers import Origin

EXPORT_VERSION = 1
Format = Literal["csv", "parquet", "json", "xlsx", "markdown", "ocds", "icalendar"]
Edition = Literal["internal", "bidder"]
What = Literal["ledger", "procurement", "design", "hourly"]
TABULAR: tuple[Format, ...] = ("csv", "parquet", "json")
"""Formats that hold one of the tables; the others hold everything."""


@dataclass(frozen=True)
class Order:
    """What is wanted, and how CSV is written."""

    format: Format
    what: What = "design"
    csv_dialect: DialectName = "standard"
    edition: Edition = "internal"
    """Of the annex: for the file, or for bidders, without prices, brands, budget, ranking and marks."""


@dataclass(frozen=True)
class Backing:
    """What is known beside the result."""

    about: About | None = None
    origins: Mapping[str, Origin] | None = None
    folder: Path | None = None
    """Where series of the instance lie."""


def export(result: Result, order: Order, backing: Backing | None = None) -> bytes:
    """The file's content. Raises ValueError if the result has no verified design."""
    if not result.verified or result.design is None:
        raise ValueError("only a verified design is exported")
    known = backing or Backing()
    if order.format == "xlsx":
        return workbook(result, known.origins, known.folder)
    if order.format == "markdown":
        if order.edition == "bidder":
            return bidder_annex(result.problem.instance).encode()
        return annex_markdown(result, known.about, known.origins).encode()
    if order.format in ("ocds", "icalendar"):
        instance, lines = result.problem.instance, procurement(result.problem, result.design.decisions)
        if order.format == "icalendar":
            retired = retirement_lines(result.problem, result.design.decisions)
            return icalendar(instance, lines, retired, site_steps(result.problem, lines)).encode()
        return json_text(release_package(instance, lines)).encode()
    if order.format == "json":
        return json_text(_json(result, order.what)).encode()
    if order.what == "hourly" and order.format == "parquet":
        return hourly_parquet(site_hours(result))
    columns, rows = table(result, order.what)
    if order.format == "parquet":
        return parquet_of(columns, rows, nulls_are_texts=True)
    return write_table(columns, rows, order.csv_dialect).encode()


def table(result: Result, what: What) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Columns and rows of one of the tables. Texts are raw."""
    problem, decisions = result.problem, result.decisions
    if what == "ledger":
        return LEDGER_COLUMNS, ledger_rows(result.reported.ledger, problem.calendar)
    if what == "procurement":
        return PROCUREMENT_COLUMNS, procurement_rows(procurement(problem, decisions))
    if what == "hourly":
        return HOURLY_COLUMNS, list(hourly_rows(site_hours(result)))
    kpis = result.reported.kpis
    figures: list[tuple[Cell, ...]] = [
        ("figure", None, None, kpi.id, None, None, None, None, kpis[kpi.id], kpi.unit)
        for kpi in ALL_KPIS
        if kpi.id in kpis
    ]
    return DECISION_COLUMNS, figures + decision_rows(problem, decisions)


def _json(result: Result, what: What) -> dict[str, Any]:
    assert result.design is not None
    design = result.design
    head: dict[str, Any] = {
        "format_version": EXPORT_VERSION,
        "what": what,
        "instance": design.instance,
        "instance_sha256": design.instance_sha256,
        "status": result.status.value,
        "verified": result.verified,
        "verdict": verdict(result),
    }
    if what == "design":
        return {**head, "design": design.model_dump(mode="json")}
    columns, rows = table(result, what)
    if what == "hourly":
        # Column by column: a name per cell would make most of the file.
        return {**head, "columns": {name: [row[at] for row in rows] for at, name in enumerate(columns)}}
    return {**head, "rows": [dict(zip(columns, row, strict=True)) for row in rows]}
