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
    drawn = Markup("").join(
        _drawing(sheet, (say(up), say(right)), (values[up], values[right]), sets) for sheet in sheets[:MOST_SLICES]
    )
    some = [row for row in source.cells if not row.get("chip_set")]
    title = f"{counted(len(sets), 'choice')} of accelerators" if len(sets) != 1 else "One choice of accelerators"
    left = f"; {len(some)} of {len(source.cells)} cells have no design" if some else ""
    more = len(sheets) - MOST_SLICES
    notes = (f"{counted(more, 'more map')} left out; the table and the explorer have every cell.",) if more > 0 else ()
    return Chart(
        id="map",
        title=f"{title} {'is' if len(sets) == 1 else 'are'} best somewhere over {up} and {right}{left}",
        about="One box per cell, coloured and lettered by the accelerators that are best there; "
        "boxes without a design are "
        "marked apart.",
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


def _drawing(sheet: Sheet, axes: tuple[str, str], labels: tuple[list[str], list[str]], sets: Sequence[str]) -> Markup:
    ups, rights = labels
    wide, high = min(110.0, WIDE / len(rights)), max(6.0, min(40.0, 420 / len(ups)))
    bottom = TOP + high * len(ups)
    many = len(sheet.cells) > MOST_TITLED
    parts = _areas(sheet, sets, (wide, high, bottom)) if many else []
    for (right, up), row in () if many else sorted(sheet.cells.items()):
        kind, letter = _look(row, sets)
        x, y = LEFT + wide * right, bottom - high * (up + 1)
        box = Markup(
            '<rect class="cell {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
        )
        parts.append(
            box.format(kind, x, y, wide - 1, high - 1, _hover(row, axes, (ups[up], rights[right]), sheet.unit))
        )
        if wide >= 16 and high >= 14:
            mark = Markup('<text class="mark {}" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
            parts.append(mark.format(kind, x + wide / 2, y + high / 2 + 4, letter))
    parts += _scales((wide, high, bottom), axes, labels)
    size = (LEFT + WIDE + 10, bottom + 52)
    head = Markup("<h4>{}</h4>").format(sheet.heading) if sheet.heading else Markup("")
    title = f"Choice over {axes[0]} (vertical) and {axes[1]} (horizontal) {sheet.heading}"
    frame = Markup('{}<svg class="map" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>')
    return frame.format(head, *size, title, Markup("").join(parts))


def _areas(sheet: Sheet, sets: Sequence[str], size: tuple[float, float, float]) -> list[Markup]:
    """The boxes of a large map, one shape for each look: ten thousand boxes of their own would be too heavy."""
    wide, high, bottom = size
    shapes: dict[str, list[str]] = {}
    for (right, up), row in sorted(sheet.cells.items()):
        shapes.setdefault(_look(row, sets)[0], []).append(f"M{right} {-up}h1v-1h-1z")
    area = Markup('<path class="cell {}" vector-effect="non-scaling-stroke" transform="{}" d="{}"/>')
    place = f"translate({LEFT:.1f} {bottom:.1f}) scale({wide:.4f} {high:.4f})"
    return [area.format(kind, place, "".join(boxes)) for kind, boxes in shapes.items()]


def _hover(row: Row, axes: tuple[str, str], labels: tuple[str, str], unit: str) -> str:
    place = f"{axes[0]} {labels[0]}, {axes[1]} {labels[1]}: {_names()(choice_of(row))}"
    return place + (f", {number(row[LCOC])} {unit}" if row.get(LCOC) is not None else "")


def _scales(
    size: tuple[float, float, float], axes: tuple[str, str], labels: tuple[list[str], list[str]]
) -> list[Markup]:
    wide, high, bottom = size
    text = Markup('<text class="soft" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    made = [text.format(4, 20, "start", f"{short(axes[0], 60)} ↑")]
    every = max(1, round(58 / wide + 0.499))
    for place, word in enumerate(labels[1]):
        if place % every == 0:
            made.append(text.format(LEFT + wide * (place + 0.5), bottom + 18, "middle", short(word, 14)))
    every = max(1, round(15 / high + 0.499))
    for place, word in enumerate(labels[0]):
        if place % every == 0:
            made.append(text.format(LEFT - 8, bottom - high * (place + 0.5) + 4, "end", short(word, 20)))
    made.append(text.format(LEFT, bottom + 40, "start", f"{short(axes[1], 60)} →"))
    return made


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
