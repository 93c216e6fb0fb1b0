"""The page of a study: one HTML file that needs nothing from outside, made from the study's folder alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from optimizer.number_format import counted, gap_percent, number
from optimizer.report.html.bundle import (
    explorer_script,
    page_script,
    plotly_script,
)
from optimizer.report.html.choice_map import choice_map
from optimizer.report.html.explorer import MOST_CELLS, Explorer, explorer
from optimizer.report.html.figure import Chart, axis, figure
from optimizer.report.html.glossary import STUDY_GLOSSARY
from optimizer.report.html.page import Badge, chart_data, rendered
from optimizer.report.html.point_charts import frontier, only_point, spread
from optimizer.report.html.regime_chart import regime_chart
from optimizer.report.html.robust_charts import regret_chart, scenario_chart
from optimizer.report.html.study_charts import indices, tornado
from optimizer.report.html.study_money import in_currency
from optimizer.report.html.study_record import cell_grid, failure_grid, inputs_of, provenance_grid
from optimizer.report.html.study_source import Row, StudySource
from optimizer.report.html.study_text import ending
from optimizer.report.names import reader_names, worded_figure
from optimizer.report.robust_tables import robust_grids, which_has_none
from optimizer.report.tiles import Tile
from optimizer.study.cell import FAILED

LCOC = "lcoc_usd_per_eflop"
MOST_NOTE = 80
TITLES = {
    "sweep": "Sweep",
    "frontier": "Frontier",
    "sensitivity": "Sensitivity",
    "robust": "One plan for several futures",
    "regimes": "Under each export regime",
}


def render_study(source: StudySource) -> str:
    """The page. It is a function of the files: the same folder gives the same page."""
    source = in_currency(source)
    charts = _charts(source)
    explored = explorer(source)
    names = reader_names(())
    data = chart_data(charts, names)
    plots = bool(data["figures"] or explored)
    scripts: tuple[str, ...] = (page_script(),)
    if plots:
        scripts = (plotly_script(), *scripts)
    if explored:
        said = {key: worded_figure(explored.data[key], names) for key in ("names", "words", "inputs")}
        # What a refused value may be is told with its key, as it is to be written.
        reasons = {explored.data["texts"][at] for at in explored.data["reason"]}
        said["texts"] = [text if text in reasons else names(text) for text in explored.data["texts"]]
        data["explorer"] = {**explored.data, **said, "figure": _empty_figure()}
        scripts = (*scripts, explorer_script())
    badge, sentence = _verdict(source)
    title = source.instance.get("title") or source.instance.get("name", "")
    context: dict[str, Any] = {
        "say": names,
        "plots": plots,
        "title": f"{TITLES.get(source.command, source.command)}: {title}",
        "eyebrow": f"study {source.name}",
        "badge": badge,
        "verdict": sentence,
        "stale": source.stale,
        "tiles": _tiles(source),
        "failures": failure_grid(source),
        "hedge": source.robust.get("hedge", ()),
        "grids": [*(robust_grids(source.robust, source.money) if source.robust else ()), *only_point(source)],
        "charts": charts,
        "explorer": explored,
        "too_large": _too_large(source, explored),
        "cells": cell_grid(source),
        "provenance": provenance_grid(source),
        "glossary": STUDY_GLOSSARY,
    }
    return rendered("study.html.j2", context, scripts, data)


def _charts(source: StudySource) -> list[Chart]:
    made = (tornado, indices, frontier, spread, choice_map, regime_chart, scenario_chart, regret_chart)
    return [chart for make in made if (chart := make(source)) is not None]


def _empty_figure() -> dict[str, Any]:
    """The looks of the explorer's chart; its points are put in as the reader chooses."""
    made = figure([], axis("x"), axis("y"), {"showlegend": True})
    return {**made, "height": 380}


def _too_large(source: StudySource, explored: Explorer | None) -> str:
    if explored is not None or source.command != "sweep":
        return ""
    return (
        f"The study has {len(source.cells):,} cells; a page carries at most {MOST_CELLS:,} of them. table.csv has all."
    )


def _verdict(source: StudySource) -> tuple[Badge, str]:
    """How the study ended, and what it found, in a sentence or two."""
    if source.robust:
        verdict = str(source.robust.get("verdict", ""))
        word, _, rest = verdict.partition(": " if ": " in verdict.partition(".")[0] else ". ")
        return Badge(word, "good" if source.robust.get("verified") else "bad"), rest
    if source.regimes:
        cases = source.regimes.get("cases", ())
        solved = sum(case["lcoc_usd_per_eflop"] is not None for case in cases)
        return Badge(f"{solved} OF {len(cases)} WITH A DESIGN", "good" if solved else "bad"), (
            "The same facility designed under each regime, policy or plan; every design passed the independent audit."
        )
    lost = sum(row["status"] in FAILED for row in source.cells)
    word = "COMPLETE" if not lost else f"{counted(lost, 'CELL').upper()} WITHOUT AN ANSWER"
    counts = Counter(ending(row["status"]) for row in source.cells)
    verdict = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return Badge(word, "bad" if lost else "good"), f"{counted(len(source.cells), 'cell')}: {verdict}."


def _tiles(source: StudySource) -> tuple[Tile, ...]:
    solved = [row for row in source.cells if row.get(LCOC) is not None]
    if source.robust:
        return _robust_tiles(source)
    if not solved:
        return ()
    low, high = min(solved, key=lambda row: row[LCOC]), max(solved, key=lambda row: row[LCOC])
    worst = max(solved, key=lambda row: row["gap"] if row["gap"] is not None else -1.0)
    sets = {row["chip_set"] for row in solved}
    gap = worst["gap"]
    widest = gap_percent(gap) if gap is not None else "n/a"
    return (
        _cost_tile(source, "Lowest levelised cost", low[LCOC], _place(source, low)),
        _cost_tile(source, "Highest levelised cost", high[LCOC], _place(source, high)),
        Tile(name="Choices of accelerators", value=str(len(sets)), note="sets that are best in a cell"),
        Tile(name="Widest gap", value=widest, note=f"of cell {worst['cell']}", exact=gap),
    )


def _cost_tile(source: StudySource, name: str, cost: float, note: str) -> Tile:
    # What is told here is converted already.
    value, _, unit = replace(source.money, per_usd=1.0).figure(cost, "USD/EFLOP").partition(" ")
    return Tile(name=name, value=value, unit=unit, note=note, exact=cost)


def _robust_tiles(source: StudySource) -> tuple[Tile, ...]:
    hedge = source.robust
    saving, known = hedge["stochastic_solution_usd_per_eflop"], hedge["perfect_information_usd_per_eflop"]
    regrets = [value for value in hedge["regret_usd_per_eflop"]["robust"].values() if value is not None]
    most = max(regrets, default=0.0)
    word, why = which_has_none(hedge)
    against = f"against planning for {hedge['against']} alone{why}"
    vss = word or number(saving)
    regret = "what the robust plan costs at most above the best plan of a scenario"
    return (
        _cost_tile(source, "Expected levelised cost", hedge["expected_lcoc_usd_per_eflop"], "of the robust plan"),
        Tile(name="VSS", value=vss, unit=source.lcoc_unit, note=against, exact=saving),
        _cost_tile(source, "EVPI", known, "what knowing the scenario now would save"),
        Tile(name="Largest regret", value=number(most, 3), unit=source.lcoc_unit, note=regret, exact=most),
    )


def _place(source: StudySource, row: Row) -> str:
    settings = inputs_of(source, row) if source.command != "frontier" else ""
    return f"cell {row['cell']}" + (f": {settings}" if settings and len(settings) <= MOST_NOTE else "")
