"""The optimal choice over two axes: one box per cell, coloured and lettered by the accelerators bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from markupsafe import Markup

from optimizer.number_format import counted, number
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import Chart, short
from optimizer.report.html.study_source import Row, StudySource
from optimizer.report.html.study_text import chips_text, choice_of, ending, value_shown
from optimizer.report.names import Renamer, reader_names

LCOC = "lcoc_usd_per_eflop"
COLOURS = 8
MOST_SLICES = 6
MOST_TITLED = 2500
"""Boxes that carry words of their own; of more a page would become heavy."""
LEFT, TOP, WIDE = 150, 34, 640
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Sheet:
    """One map: cells by place over two axes, at fixed values of the others."""

    heading: str
    cells: dict[tuple[int, int], Row]
    unit: str
    """Of the levelised costs."""


@dataclass(frozen=True, kw_only=True)
class MapAxis:
    """An axis of a map: what is varied, its values in order, and the side of a box along it."""

    name: str
    labels: list[str]
    box_px: float


def choice_map(source: StudySource) -> Chart | None:
    """A map for a grid over two axes or more; of further axes one map per value, up to MOST_SLICES."""
    names = source.inputs
    if source.design_kind != "grid" or len(names) < 2:
        return None
    values = {name: list(dict.fromkeys(value_shown(name, row[name]) for row in source.cells)) for name in names}
    up, right = sorted(sorted(names, key=lambda name: -len(values[name]))[:2], key=names.index)
    say = _names()
    sheets = _sheets(source, (up, right), values)
    sets = list(dict.fromkeys(str(row["chip_set"]) for row in source.cells if row.get("chip_set")))
    high_px, wide_px = max(6.0, min(40.0, 420 / len(values[up]))), min(110.0, WIDE / len(values[right]))
    rows = MapAxis(name=say(up), labels=values[up], box_px=high_px)
    columns = MapAxis(name=say(right), labels=values[right], box_px=wide_px)
    drawn = Markup("").join(_drawing(sheet, rows, columns, sets) for sheet in sheets[:MOST_SLICES])
    some = [row for row in source.cells if not row.get("chip_set")]
    title = f"{counted(len(sets), 'choice')} of accelerators" if len(sets) != 1 else "One choice of accelerators"
    left = f"; {len(some)} of {len(source.cells)} cells have no design" if some else ""
    more = len(sheets) - MOST_SLICES
    notes = (f"{counted(more, 'more map')} left out; the table and the explorer have every cell.",) if more > 0 else ()
    return Chart(
        id="map",
        title=f"{title} {'is' if len(sets) == 1 else 'are'} best somewhere over {up} and {right}{left}",
        about="One box per cell, coloured and lettered by the accelerators that are best there; boxes without a "
        "design are marked apart.",
        table=_grid(source),
        drawing=Markup("").join((_legend(sets, some), drawn)),
        notes=notes,
    )


@cache
def _names() -> Renamer:
    """A drawing does not pass through the page's names."""
    return reader_names(())


def _sheets(source: StudySource, axes: tuple[str, str], values: dict[str, list[str]]) -> list[Sheet]:
    up, right = axes
    others = [name for name in source.inputs if name not in axes]
    sheets: dict[tuple[str, ...], dict[tuple[int, int], Row]] = {}
    places = {name: {word: place for place, word in enumerate(labels)} for name, labels in values.items()}
    for row in source.cells:
        word = {name: value_shown(name, row[name]) for name in source.inputs}
        sheet = sheets.setdefault(tuple(word[name] for name in others), {})
        sheet[places[right][word[right]], places[up][word[up]]] = row
    made = []
    for key in product(*(values[name] for name in others)):
        heading = ", ".join(f"{_names()(name)} {word}" for name, word in zip(others, key, strict=True))
        made.append(Sheet(heading, sheets.get(key, {}), source.lcoc_unit))
    return made


def _look(row: Row, sets: Sequence[str]) -> tuple[str, str]:
    """Class and letter of a box."""
    if row.get("chip_set"):
        place = sets.index(str(row["chip_set"]))
        return f"c{1 + place % COLOURS}", LETTERS[place] if place < len(LETTERS) else str(place + 1)
    return ("none", "–") if row.get("status") == "infeasible" else ("lost", "✕")


def _drawing(sheet: Sheet, up: MapAxis, right: MapAxis, sets: Sequence[str]) -> Markup:
    wide, high = right.box_px, up.box_px
    bottom = TOP + high * len(up.labels)
    many = len(sheet.cells) > MOST_TITLED
    parts = _areas(sheet, sets, f"translate({LEFT:.1f} {bottom:.1f}) scale({wide:.4f} {high:.4f})") if many else []
    for (column, row), cell in () if many else sorted(sheet.cells.items()):
        kind, letter = _look(cell, sets)
        x, y = LEFT + wide * column, bottom - high * (row + 1)
        box = Markup(
            '<rect class="cell {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
        )
        place = f"{up.name} {up.labels[row]}, {right.name} {right.labels[column]}"
        parts.append(box.format(kind, x, y, wide - 1, high - 1, f"{place}: {_hover(cell, sheet.unit)}"))
        if wide >= 16 and high >= 14:
            mark = Markup('<text class="mark {}" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
            parts.append(mark.format(kind, x + wide / 2, y + high / 2 + 4, letter))
    parts += _scales(up, right, bottom)
    size = (LEFT + WIDE + 10, bottom + 52)
    head = Markup("<h4>{}</h4>").format(sheet.heading) if sheet.heading else Markup("")
    title = f"Choice over {up.name} (vertical) and {right.name} (horizontal) {sheet.heading}"
    frame = Markup('{}<svg class="map" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>')
    return frame.format(head, *size, title, Markup("").join(parts))


def _areas(sheet: Sheet, sets: Sequence[str], place: str) -> list[Markup]:
    """The boxes of a large map, one shape for each look: ten thousand boxes of their own would be too heavy."""
    shapes: dict[str, list[str]] = {}
    for (right, up), row in sorted(sheet.cells.items()):
        shapes.setdefault(_look(row, sets)[0], []).append(f"M{right} {-up}h1v-1h-1z")
    area = Markup('<path class="cell {}" vector-effect="non-scaling-stroke" transform="{}" d="{}"/>')
    return [area.format(kind, place, "".join(boxes)) for kind, boxes in shapes.items()]


def _hover(row: Row, unit: str) -> str:
    return _names()(choice_of(row)) + (f", {number(row[LCOC])} {unit}" if row.get(LCOC) is not None else "")


def _scales(up: MapAxis, right: MapAxis, bottom: float) -> list[Markup]:
    text = Markup('<text class="soft" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    made = [text.format(4, 20, "start", f"{short(up.name, 60)} ↑")]
    for place, word in _labelled(right, 58):
        made.append(text.format(LEFT + right.box_px * (place + 0.5), bottom + 18, "middle", short(word, 14)))
    for place, word in _labelled(up, 15):
        made.append(text.format(LEFT - 8, bottom - up.box_px * (place + 0.5) + 4, "end", short(word, 20)))
    made.append(text.format(LEFT, bottom + 40, "start", f"{short(right.name, 60)} →"))
    return made


def _labelled(axis: MapAxis, room_px: float) -> list[tuple[int, str]]:
    """The values of an axis that have room for a label, with their places."""
    every = max(1, round(room_px / axis.box_px + 0.499))
    return [(place, word) for place, word in enumerate(axis.labels) if place % every == 0]


def _legend(sets: Sequence[str], others: Sequence[Row]) -> Markup:
    """The choices in words, and the ways a cell ended without one."""
    rows = [(*_look({"chip_set": name}, sets), f"buys {chips_text(name)}") for name in sets]
    for status in dict.fromkeys(str(row.get("status")) for row in others):
        rows.append((*_look({"status": status}, sets), ending(status)))
    item = Markup('<li><span class="key {}" aria-hidden="true">{}</span> {}</li>')
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(item.format(*row) for row in rows))


def _grid(source: StudySource) -> Table:
    """How many cells each choice is best in, and at what cost."""
    groups: dict[str, list[Row]] = {}
    for row in source.cells:
        groups.setdefault(choice_of(row), []).append(row)
    rows: list[tuple[PageCell | str, ...]] = []
    for name, group in groups.items():
        costs = [row[LCOC] for row in group if row.get(LCOC) is not None]
        ends = [PageCell(number(cost), cost) for cost in (min(costs), max(costs))] if costs else ["", ""]
        mark = "" if group[0].get("chip_set") else "bad"
        rows.append((PageCell(name, mark=mark), PageCell(f"{len(group):,}", len(group)), *ends))
    rows.append(("total", PageCell(f"{len(source.cells):,}", len(source.cells)), "", ""))
    return grid(
        "Best choice",
        ("Choice", "Cells", "LCOC, lowest", "LCOC, highest"),
        rows,
        (1, 2, 3),
        total=True,
        note=f"LCOC in {source.lcoc_unit}; every cell is listed below.",
    )
