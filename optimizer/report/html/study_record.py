"""Tables of a study's page: its cells, those without an answer and why, and where it all comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optimizer.inputs.naming import readable
from optimizer.number_format import counted, gap_percent, number, target_percent, whole
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.study_source import Row, StudySource
from optimizer.report.html.study_text import choice_of, ending, figure_name, value_shown
from optimizer.study.cell import FAILED

LCOC = "lcoc_usd_per_eflop"
MOST_ROWS = 400
MOST_COLUMNS = 3
"""Inputs that get a column each in the list of cells; of more, one column names those that differ."""
MOST_REASONS = 40
MOST_REASON = 600


def inputs_of(source: StudySource, row: Row) -> str:
    """What a cell changes in the instance."""
    return ", ".join(f"{name} {value_shown(name, row[name])}" for name in source.inputs if row[name] is not None)


def failure_grid(source: StudySource) -> Table | None:
    """Reasons, each with how many cells it cost and the first of them."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in source.cells:
        if row["status"] in FAILED:
            groups.setdefault((ending(row["status"]), str(row.get("reason") or "")[:MOST_REASON]), []).append(row)
    if not groups:
        return None
    rows = [
        (how, PageCell(f"{len(failed):,}", len(failed)), why, f"cell {failed[0]['cell']}")
        for (how, why), failed in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]
    rest = len(rows) - MOST_REASONS
    note = f"{counted(rest, 'more reason')} in table.csv." if rest > 0 else ""
    return grid("Cells without an answer", ("Ending", "Cells", "Reason", "First"), rows[:MOST_REASONS], (1,), note=note)


KINDS = {"least_x": "least X", "inner": "between", "least_y": "least Y", "target": "of the target"}
"""Searches of a frontier, for a reader: X is capped, Y minimised."""


def _point_head(source: StudySource, name: str) -> str:
    """What a column of a frontier's searches is."""
    return {"kind": "Search", "cap_x": "Cap on X"}.get(name) or figure_name(str(source.definition.get(name, name)))


def _input(name: str, value: Any, is_frontier: bool) -> str:
    if not is_frontier:
        return value_shown(name, value)
    return "" if value is None else KINDS.get(value) or value_shown(name, value)


def cell_grid(source: StudySource) -> Table | None:
    """Every cell with its inputs and main results; the first MOST_ROWS of them."""
    if not source.cells:
        return None
    columns: tuple[tuple[str, Callable[[float], str]], ...] = (
        (LCOC, number), ("effective_pflops", number), ("peak_import_mw", number), ("pue_annual", number),
        ("racks", whole),
    )  # fmt: skip
    is_frontier = source.command == "frontier"
    apart = source.inputs if is_frontier or len(source.inputs) <= MOST_COLUMNS else ()
    rows: list[tuple[PageCell | str, ...]] = []
    for row in source.cells[:MOST_ROWS]:
        figures = [PageCell(say(row[k]), row[k]) if row.get(k) is not None else "" for k, say in columns]
        gap = row.get("gap")
        rows.append(
            (
                str(row["cell"]),
                *(_input(name, row[name], is_frontier) for name in apart),
                *(() if apart else (inputs_of(source, row) or "as it is",)),
                PageCell(readable(str(row["status"])), mark="" if row.get("verified") else "bad"),
                *figures,
                PageCell(gap_percent(gap), gap) if gap is not None else "",
                choice_of(row) if row.get("chip_set") else "",
            )
        )
    heads = tuple(_point_head(source, name) for name in apart) if is_frontier else apart or ("Varied",)
    header = (
        "Cell",
        *heads,
        "Status",
        f"LCOC, {source.lcoc_unit}",
        "PFLOPS",
        "Peak MW",
        "PUE",
        "Racks",
        "Gap",
        "Accelerators",
    )
    first = 2 + len(heads)
    rest = len(source.cells) - len(rows)
    note = (
        f"{rest:,} more cells are in table.csv, with all key figures." if rest > 0 else "table.csv has all key figures."
    )
    return grid("Cells", header, rows, range(first, first + 6), note=note)


def provenance_grid(source: StudySource) -> Table:
    """What the study is: instance, seed, versions, gaps, and how many cells have no answer."""
    definition = source.definition
    search: Row
    drawn: Row
    search, drawn = (part if isinstance(part := definition.get(key), dict) else {} for key in ("search", "design"))
    drawn = drawn or definition
    instance = source.instance
    lost = [row for row in source.cells if row["status"] in FAILED]
    gaps = [row["gap"] for row in (*source.cells, *source.regimes.get("cases", ())) if row.get("gap") is not None]
    gaps += [gap] if (gap := source.robust.get("gap_fraction")) is not None else []
    versions = definition.get("versions")
    rows = [
        ("Command", source.command + (f", {definition['method']}" if "method" in definition else "")),
        ("Instance", f"{instance.get('name', '')} (SHA-256 {instance.get('sha256', '')})"),
        ("Scenario", str(instance.get("scenario") or "none")),
        ("Values set", ", ".join(map(str, instance.get("sets") or ())) or "none"),
        ("Design", str(drawn.get("kind") or definition.get("method") or "")),
        ("Seed of the sample", str(drawn.get("seed", "none: nothing is drawn")) if source.cells else ""),
        ("Samples", str(drawn.get("samples", ""))),
        ("Objective", str(search.get("objective") or definition.get("y") or "the instance's")),
        ("Gap asked", target_percent(search["gap"]) if search.get("gap") is not None else "the instance's"),
        ("Widest gap proven", gap_percent(max(gaps)) if gaps else ""),
        ("Time limit", f"{search['time_limit_s']:g} s" if search.get("time_limit_s") else "the instance's"),
        ("Seed of the search", str(search.get("seed")) if search.get("seed") is not None else "the instance's"),
        ("Cells without an answer", f"{len(lost):,} of {len(source.cells):,}" if source.cells else ""),
        ("Versions", ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else ""),
    ]
    return grid("Provenance", ("", "Value"), [row for row in rows if row[1]])
