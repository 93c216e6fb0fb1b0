"""A study's table, and the settings behind one of its cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from markupsafe import Markup

from optimizer.api.literals import toml_literal
from optimizer.app.so_far import SO_FAR_NAME
from optimizer.diagnostics import clean
from optimizer.errors import InputOutputError, UsageError
from optimizer.inputs.naming import kpi_name, objective_name, readable
from optimizer.model.objectives import GOALS
from optimizer.number_format import number
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell
from optimizer.report.html.study_money import in_currency
from optimizer.report.html.study_record import cell_grid
from optimizer.report.html.study_source import StudySource, cells_of, inputs_of_cells
from optimizer.report.html.study_text import choice_of, unit_of
from optimizer.report.names import reader_names
from optimizer.runs.own_files import small_text
from optimizer.runs.strict_json import read_own_json
from optimizer.study.metrics import METRICS, held
from optimizer.ui.drafts import Draft
from optimizer.ui.study_charts import frontier_chart, tornado_chart

_MOST_BYTES = 20_000_000
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MOST_COLUMNS = 40
_COLOURS = 8


def table(folder: Path) -> Table | None:
    """The cells as the study's own page lists them, by names and in its currency; of a study at work those known."""
    try:
        cells = cells_of(_text(folder))
    except (csv.Error, ValueError) as problem:
        raise InputOutputError(f"the table of {clean(folder.name)} is damaged: {clean(str(problem))}") from None
    if not cells or not {"cell", "status"} <= cells[0].keys():
        return None
    found = cell_grid(in_currency(replace(_source(folder), cells=cells, inputs=inputs_of_cells(cells))))
    if found is None:
        return None
    say = reader_names(())
    header = tuple(PageCell(say(name), tip=name if say(name) != name else "") for name in found.header)
    return replace(found, header=header, rows=tuple(tuple(map(say, row)) for row in found.rows))


def _source(folder: Path) -> StudySource:
    """What the study is, without its cells."""
    return StudySource(name=folder.name, definition=read_own_json(folder, "study.json"))


def _lines(folder: Path) -> list[dict[str, str]]:
    """The rows of the table as they are written."""
    return list(csv.DictReader(io.StringIO(_text(folder))))


def _text(folder: Path) -> str:
    """The table, or what is known of it."""
    whole = small_text(folder, "table.csv", _MOST_BYTES)
    return whole if whole is not None else small_text(folder, SO_FAR_NAME, _MOST_BYTES) or ""


@dataclass(frozen=True, kw_only=True)
class MapCell:
    """A cell of a map: its number, what is written in it, and which colour of the legend it has."""

    number: str
    text: str
    colour: int | None


@dataclass(frozen=True, kw_only=True)
class StudyMap:
    """The cells of a study over one key or two, as far as they are known; `legend` names the colours."""

    across: str
    """The key, as `down`; the template shows the name beside it."""
    down: str
    names: Mapping[str, str]
    """Of the keys."""
    measure: str
    """What the cells hold."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MapCell | None, ...]], ...]
    legend: tuple[str, ...]


def study_map(folder: Path) -> StudyMap | None:
    """The map of a grid over one key or two; None for other studies."""
    factors = _factors(folder)
    if not 1 <= len(factors) <= 2 or any(len(values) > _MOST_COLUMNS for _, values in factors):
        return None
    lines, source = _lines(folder), _source(folder)
    known = {tuple(_short(row.get(name) or "") for name, _ in factors): row for row in lines}
    values = dict(zip((row.get("cell") for row in lines), _values(lines, source), strict=True))
    legend = tuple(dict.fromkeys(_choice(row) for row in known.values()))
    (across, columns), (down, places) = factors[0], factors[1] if len(factors) == 2 else ("", ("",))

    def cell(x: str, y: str) -> MapCell | None:
        row = known.get((x, y) if down else (x,))
        if row is None:
            return None
        text = _shown(values.get(row.get("cell"), "")) or readable(row.get("status") or "")
        return MapCell(number=row.get("cell") or "", text=text, colour=legend.index(_choice(row)) % _COLOURS)

    rows = tuple((y, tuple(cell(x, y) for x in columns)) for y in places)
    say = reader_names(())
    return StudyMap(
        across=across,
        down=down,
        names={key: say(key) for key in (across, down)},
        measure=_measure(lines, source),
        columns=columns,
        rows=rows,
        legend=tuple(map(say, legend)),
    )


def _choice(row: Mapping[str, Any]) -> str:
    return choice_of({"chip_set": row.get("chip_set"), "status": row.get("status") or ""})


def _values(rows: Sequence[Mapping[str, str]], source: StudySource) -> list[str]:
    """What each cell's search is for, in the currency of the instance."""
    goals = [GOALS.get(row.get("objective") or "lcoc") for row in rows]
    return [_told(row.get("value"), goal.unit if goal else "", source) for row, goal in zip(rows, goals, strict=True)]


def _measure(rows: Sequence[Mapping[str, str]], source: StudySource) -> str:
    """That in words with its unit; empty where cells search different things."""
    goals = {row.get("objective") or "lcoc" for row in rows}
    goal = GOALS.get(goals.pop()) if len(goals) == 1 else None
    return f"{objective_name(goal.id)}, {source.money.unit(goal.unit)}" if goal else ""


def _factors(folder: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Keys and values of a grid; nothing of other studies."""
    design = read_own_json(folder, "study.json").get("design")
    if not isinstance(design, dict) or design.get("kind") != "grid":
        return []
    names = [str(one.get("path")) for one in design.get("factors", ()) if not one.get("relative")]
    if len(names) != len(design.get("factors", ())) or any("*" in name for name in names):
        return []
    return [
        (name, tuple(_short(str(value)) for value in one["values"]))
        for name, one in zip(names, design["factors"], strict=True)
    ]


def inputs(folder: Path) -> tuple[str, ...]:
    """Names of the columns that are varied."""
    names = list(csv.reader(io.StringIO(_text(folder))))[:1]
    header = names[0] if names else []
    return tuple(header[1 : header.index("status")]) if "status" in header else ()


def cells_done(folder: Path) -> int:
    """How many cells have an answer by now."""
    return sum(1 for _ in (folder / "cells").glob("*.json")) if (folder / "cells").is_dir() else 0


def source_of(folder: Path) -> tuple[Draft, str]:
    """The instance of a study with its scenario and settings, and the SHA-256 it had."""
    about: dict[str, Any] = read_own_json(folder, "study.json")["instance"]
    scenario = about.get("scenario")
    sets = tuple(str(one) for one in about.get("sets", ()))
    return Draft(str(about["name"]), str(scenario) if scenario else None, sets), str(about.get("sha256"))


def chart(folder: Path) -> Markup:
    """Tornado of a study of one key at a time, or a frontier, of what is known; empty for other studies.

    Amounts are told in the currency of the study's instance.
    """
    rows, source = _lines(folder), _source(folder)
    if source.command == "frontier":
        measures = [str(source.definition.get(name)) for name in ("x", "y")]
        told = [
            {name: _told(row.get(name), unit_of(id_), source) for name, id_ in zip(("x", "y"), measures, strict=True)}
            for row in rows
        ]
        x, y = (f"{kpi_name(id_)}, {source.unit_of(id_)}" for id_ in measures)
        return frontier_chart(told, (x, y))
    if source.design_kind != "one_at_a_time":
        return Markup("")
    values = _values(rows, source)
    say, keys = reader_names(()), inputs(folder)
    named = [
        {say(name): text for name, text in row.items()} | {"value": value}
        for row, value in zip(rows, values, strict=True)
    ]
    return tornado_chart(named, tuple(map(say, keys)))


def _told(text: str | None, unit: str, source: StudySource) -> str:
    """A figure of a table in the currency of the instance."""
    return str(source.money.value(float(text), unit)) if text else ""


def _point_settings(about: Mapping[str, Any], row: Mapping[str, str]) -> tuple[str, ...]:
    """The settings of a point between the ends of a frontier: the cap, the measure that is minimised under it, and the
    targets that hold it to what the first end delivers."""
    x, y = METRICS.get(str(about.get("x"))), METRICS.get(str(about.get("y")))
    if row.get("kind") != "inner" or not row.get("x") or x is None or y is None or y.objective is None:
        raise UsageError("an end of a frontier is no single search, so it cannot be opened alone", "open one between")
    cap = row.get("cap_x") or str(held(float(row["x"])))
    floors = (f"{name}={text}" for name, text in row.items() if name.startswith("phases.") and text)
    return (f"limits.{x.cap}={cap}", f'solve.objective="{y.objective}"', *floors)


def cell_settings(folder: Path, number: int) -> tuple[str, ...]:
    """The settings of a cell, as `--set` takes them. Raises UsageError where a factor is no single key."""
    row = next((row for row in _lines(folder) if row.get("cell") == str(number)), None)
    if row is None:
        raise UsageError(f"there is no cell {number}")
    about = read_own_json(folder, "study.json")
    if about.get("command") == "frontier":
        return _point_settings(about, row)
    names = inputs(folder)
    if any("*" in name or name.endswith("(change)") for name in names):
        raise UsageError("a cell that moves several keys together cannot be opened alone", "vary single keys")
    # In a study of one key at a time, the others are left as they are.
    texts = {name: row[name].removeprefix("'") for name in names if row[name] != ""}
    return tuple(f"{name}={text if _NUMBER.fullmatch(text) else toml_literal(text)}" for name, text in texts.items())


def _shown(value: str) -> str:
    return number(float(value)) if value else ""


def _short(text: str) -> str:
    return f"{float(text):.6g}" if _NUMBER.fullmatch(text) else text
