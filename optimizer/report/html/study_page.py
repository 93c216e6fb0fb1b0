"""The page of a study: one HTML file that needs nothing from outside, made from the study's folder alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from optimizer import __version__
from optimizer.report.figures import asked_percent, counted, gap_percent, number, whole
from optimizer.report.html.bundle import (
    VERSION,
    explorer_script,
    page_script,
    plotly_script,
    policy,
    script_json,
    style,
)
from optimizer.report.html.cells import Cell, Grid, grid
from optimizer.report.html.choice_map import choice_map
from optimizer.report.html.explorer import MOST_CELLS, Explorer, explorer
from optimizer.report.html.figure import DARK, LIGHT, Chart, axis, figure
from optimizer.report.html.page import Badge, environment
from optimizer.report.html.regret import (
    decided_grid,
    fallback_grid,
    regime_chart,
    regret_grid,
    scenario_grid,
    value_grid,
)
from optimizer.report.html.study_charts import frontier, indices, spread, tornado
from optimizer.report.html.study_source import Row, StudySource
from optimizer.report.html.study_words import choice_of, ending, value_shown
from optimizer.report.html.tiles import Tile
from optimizer.report.html.words import STUDY_GLOSSARY

LCOC = "lcoc_usd_per_eflop"
MOST_ROWS = 600
MOST_COLUMNS = 3
"""Inputs that get a column each in the list of cells; of more, one column names those that differ."""
MOST_NOTE = 80
MOST_REASONS = 40
MOST_REASON = 600
NO_ANSWER = frozenset({"invalid", "failed", "rejected", "no_solution", "unsound", "unbounded"})
TITLES = {
    "sweep": "Sweep",
    "frontier": "Frontier",
    "sensitivity": "Sensitivity",
    "robust": "One plan for several futures",
    "regimes": "Under each export regime",
}


def render_study(source: StudySource) -> str:
    """The page. It is a function of the files: the same folder gives the same page."""
    charts = _charts(source)
    found = explorer(source)
    figures = {chart.id: {**chart.figure, "height": chart.height} for chart in charts if chart.figure}
    data: dict[str, Any] = {"light": LIGHT, "dark": DARK, "figures": figures}
    scripts: tuple[str, ...] = (page_script(),)
    if figures or found:
        scripts = (plotly_script(), *scripts)
    if found:
        data["explorer"] = {**found.data, "figure": _empty_figure()}
        scripts = (*scripts, explorer_script())
    badge, sentence = _verdict(source)
    title = source.instance.get("title") or source.instance.get("name", "")
    context: dict[str, Any] = {
        "policy": policy(scripts),
        "scripts": [Markup(script) for script in scripts],
        "style": Markup(style()),
        "page_data": Markup(script_json(data)),
        "version": __version__,
        "plotly_version": VERSION,
        "plots": bool(figures or found),
        "title": f"{TITLES.get(source.command, source.command)}: {title}",
        "eyebrow": f"{source.instance.get('name', '')} · study {source.name}",
        "badge": badge,
        "verdict": sentence,
        "stale": source.stale,
        "tiles": _tiles(source),
        "failures": _failures(source),
        "hedge": source.robust.get("hedge", ()),
        "grids": _robust_grids(source.robust),
        "charts": charts,
        "explorer": found,
        "too_large": _too_large(source, found),
        "cells": _cells(source),
        "provenance": _provenance(source),
        "glossary": STUDY_GLOSSARY,
    }
    page = environment().get_template("study.html.j2").render(context)
    return page if isinstance(page, str) else str(page)


def _charts(source: StudySource) -> list[Chart]:
    made = (tornado, indices, frontier, spread, choice_map, regime_chart)
    return [chart for make in made if (chart := make(source)) is not None]


def _empty_figure() -> dict[str, Any]:
    """The looks of the explorer's chart; its points are put in as the reader chooses."""
    made = figure([], axis("x"), axis("y"), {"showlegend": True})
    return {**made, "height": 380}


def _too_large(source: StudySource, found: Explorer | None) -> str:
    if found is not None or source.command != "sweep":
        return ""
    return (
        f"The study has {len(source.cells):,} cells; a page carries at most {MOST_CELLS:,} of them. table.csv has all."
    )


def _verdict(source: StudySource) -> tuple[Badge, str]:
    """How the study ended, and what it found, in a sentence or two."""
    if source.robust:
        told = str(source.robust.get("verdict", ""))
        word, _, rest = told.partition(": " if ": " in told.partition(".")[0] else ". ")
        return Badge(word, "good" if source.robust.get("verified") else "bad"), rest
    if source.regimes:
        cases = source.regimes.get("cases", ())
        solved = sum(case["lcoc_usd_per_eflop"] is not None for case in cases)
        return Badge(f"{solved} OF {len(cases)} WITH A DESIGN", "good" if solved else "bad"), (
            "The same facility designed under each regime; every design passed the independent audit."
        )
    lost = sum(row["status"] in NO_ANSWER for row in source.cells)
    word = "COMPLETE" if not lost else f"{counted(lost, 'CELL').upper()} WITHOUT AN ANSWER"
    counts: dict[str, int] = {}
    for row in source.cells:
        counts[ending(row["status"])] = counts.get(ending(row["status"]), 0) + 1
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return Badge(word, "bad" if lost else "good"), f"{counted(len(source.cells), 'cell')}: {told}."


def _tiles(source: StudySource) -> tuple[Tile, ...]:
    solved = [row for row in source.cells if row.get(LCOC) is not None]
    if source.robust:
        return _robust_tiles(source.robust)
    if not solved:
        return ()
    low, high = min(solved, key=lambda row: row[LCOC]), max(solved, key=lambda row: row[LCOC])
    worst = max(solved, key=lambda row: row["gap"] if row["gap"] is not None else -1.0)
    sets = {row["chip_set"] for row in solved}
    gap = worst["gap"]
    return (
        Tile("Lowest levelised cost", number(low[LCOC]), "USD/EFLOP", _place(source, low), "", low[LCOC]),
        Tile("Highest levelised cost", number(high[LCOC]), "USD/EFLOP", _place(source, high), "", high[LCOC]),
        Tile("Choices of accelerators", str(len(sets)), "", "sets that are best in a cell"),
        Tile("Widest gap", gap_percent(gap) if gap is not None else "n/a", "", f"of cell {worst['cell']}", "", gap),
    )


def _robust_tiles(found: Mapping[str, Any]) -> tuple[Tile, ...]:
    saving, known = found["stochastic_solution_usd_per_eflop"], found["perfect_information_usd_per_eflop"]
    cost = found["expected_lcoc_usd_per_eflop"]
    regrets = [value for value in found["regret_usd_per_eflop"]["robust"].values() if value is not None]
    most = max(regrets, default=0.0)
    against = f"against planning for {found['against']} alone"
    vss = "no limit" if saving is None else number(saving)
    return (
        Tile("Expected levelised cost", number(cost), "USD/EFLOP", "of the robust plan", "", cost),
        Tile("VSS", vss, "USD/EFLOP", against + (", which fails" if saving is None else ""), "", saving),
        Tile("EVPI", number(known), "USD/EFLOP", "what knowing the scenario now would save", "", known),
        Tile("Largest regret", number(most, 3), "USD/EFLOP", "of the robust plan in any scenario", "", most),
    )


def _inputs(source: StudySource, row: Row) -> str:
    """What a cell changes in the instance."""
    return ", ".join(f"{name} {value_shown(name, row[name])}" for name in source.inputs if row[name] is not None)


def _place(source: StudySource, row: Row) -> str:
    told = _inputs(source, row)
    return f"cell {row['cell']}" + (f": {told}" if told and len(told) <= MOST_NOTE else "")


def _robust_grids(found: Mapping[str, Any]) -> list[Grid]:
    if not found:
        return []
    made = [regret_grid(found), value_grid(found), scenario_grid(found), decided_grid(found), fallback_grid(found)]
    return [table for table in made if table is not None]


def _failures(source: StudySource) -> Grid | None:
    """Reasons, each with how many cells it cost and the first of them."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in source.cells:
        if row["status"] in NO_ANSWER:
            groups.setdefault((ending(row["status"]), str(row.get("reason") or "")[:MOST_REASON]), []).append(row)
    if not groups:
        return None
    rows = [
        (Cell(f"{len(found):,}", len(found)), how, why, f"cell {found[0]['cell']}")
        for (how, why), found in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]
    rest = len(rows) - MOST_REASONS
    made = grid("Cells without an answer", ("Cells", "Ending", "Reason", "First"), rows[:MOST_REASONS], (0,))
    note = f"{counted(rest, 'more reason')} in table.csv." if rest > 0 else ""
    return Grid(made.caption, made.header, made.rows, made.right, False, note)


def _cells(source: StudySource) -> Grid | None:
    """Every cell with its inputs and main results; the first MOST_ROWS of them."""
    if not source.cells:
        return None
    columns: tuple[tuple[str, Callable[[float], str]], ...] = (
        (LCOC, number), ("peak_import_mw", number), ("racks", whole)
    )  # fmt: skip
    apart = source.inputs if len(source.inputs) <= MOST_COLUMNS else ()
    rows: list[tuple[Cell | str, ...]] = []
    for row in source.cells[:MOST_ROWS]:
        figures = [Cell(say(row[k]), row[k]) if row.get(k) is not None else "" for k, say in columns]
        gap = row.get("gap")
        rows.append(
            (
                str(row["cell"]),
                *(value_shown(name, row[name]) for name in apart),
                *(() if apart else (_inputs(source, row) or "as it is",)),
                Cell(str(row["status"]), mark="" if row.get("verified") else "bad"),
                *figures,
                Cell(gap_percent(gap), gap) if gap is not None else "",
                choice_of(row) if row.get("chip_set") else "",
            )
        )
    heads = apart or ("Varied",)
    header = ("Cell", *heads, "Status", "LCOC, USD/EFLOP", "Peak MW", "Racks", "Gap", "Accelerators")
    first = 2 + len(heads)
    made = grid("Cells", header, rows, range(first, first + 4))
    rest = len(source.cells) - len(rows)
    note = (
        f"{rest:,} more cells are in table.csv, with all key figures." if rest > 0 else "table.csv has all key figures."
    )
    return Grid(made.caption, made.header, made.rows, made.right, False, note)


def _provenance(source: StudySource) -> Grid:
    """What the study is: instance, seed, versions, gaps, and how many cells have no answer."""
    told, search = source.definition, source.definition.get("search")
    search = search if isinstance(search, dict) else {}
    instance = source.instance
    lost = [row for row in source.cells if row["status"] in NO_ANSWER]
    gaps = [row["gap"] for row in (*source.cells, *source.regimes.get("cases", ())) if row.get("gap") is not None]
    gaps += [source.robust["gap_fraction"]] if source.robust else []
    sampled = told.get("design") if isinstance(told.get("design"), dict) else told
    versions = told.get("versions")
    rows = [
        ("Command", source.command + (f", {told['method']}" if "method" in told else "")),
        ("Instance", f"{instance.get('name', '')} (SHA-256 {instance.get('sha256', '')})"),
        ("Scenario", str(instance.get("scenario") or "none")),
        ("Values set", ", ".join(map(str, instance.get("sets") or ())) or "none"),
        ("Design", str(sampled.get("kind") or told.get("method") or "")),
        ("Seed of the sample", str(sampled.get("seed", "none: nothing is drawn")) if source.cells else ""),
        ("Samples", str(sampled.get("samples", ""))),
        ("Objective", str(search.get("objective") or told.get("y") or "the instance's")),
        ("Gap asked", asked_percent(search["gap"]) if search.get("gap") is not None else "the instance's"),
        ("Widest gap proven", gap_percent(max(gaps)) if gaps else ""),
        ("Time limit", f"{search['time_limit_s']:g} s" if search.get("time_limit_s") else "the instance's"),
        ("Seed of the search", str(search.get("seed")) if search.get("seed") is not None else "the instance's"),
        ("Cells without an answer", f"{len(lost):,} of {len(source.cells):,}" if source.cells else ""),
        ("Versions", ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else ""),
    ]
    return grid("Provenance", ("", "Value"), [row for row in rows if row[1]])
