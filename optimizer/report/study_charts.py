"""Charts of studies as SVG files: the optimal choice over two axes, a line over one, the spread of a sample."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.number_format import counted, gap_percent, number, percent
from optimizer.report.study_words import input_shown
from optimizer.report.svg import COLOURS, INK, NO_ANSWER, SOFT, Drawing, Frame, widened
from optimizer.runs.study_tables import StudyRow
from optimizer.study.axes import CHANGE
from optimizer.study.designs import SAMPLED, Definition

BINS = 20
WIDE = 860
MOST_TICKS = 24


def sweep_charts(definition: Definition, lines: Sequence[StudyRow]) -> dict[str, str]:
    """The charts that suit a design, by file name."""
    names = [factor.name for factor in definition.factors]
    charts: dict[str, str] = {}
    if definition.kind == "grid" and len(names) == 2:
        charts["map.svg"] = choice_map(names, lines)
    if definition.kind == "grid" and len(names) == 1 and len(_solved(lines)) > 1:
        charts["line.svg"] = line_chart(names[0], lines)
    if definition.kind in SAMPLED and len(_solved(lines)) > 1:
        charts["spread.svg"] = spread(lines)
    return charts


def _solved(lines: Sequence[StudyRow]) -> list[tuple[StudyRow, float]]:
    """Cells with a verified design, and their levelised cost."""
    return [(line, line.record["kpis"]["lcoc_usd_per_eflop"]) for line in lines if line.record.get("kpis")]


def _word(line: StudyRow, name: str) -> str:
    return input_shown(name, line.inputs[name])


def label_of(line: StudyRow) -> str:
    """What a cell's choice is called."""
    status = str(line.record.get("status"))
    return str(line.record["chip_set"]) if line.record.get("chip_set") else status


def choice_map(names: Sequence[str], lines: Sequence[StudyRow]) -> str:
    """Which accelerators are bought over two axes; the first axis goes up, the second to the right."""
    ups = list(dict.fromkeys(_word(line, names[0]) for line in lines))
    rights = list(dict.fromkeys(_word(line, names[1]) for line in lines))
    labels = list(dict.fromkeys(label_of(line) for line in lines if line.record.get("kpis")))
    cell_w, cell_h = max(18.0, min(90.0, 560 / len(rights))), max(16.0, min(48.0, 380 / len(ups)))
    left, top = 150.0, 60.0
    bottom, right = top + cell_h * len(ups), left + cell_w * len(rights)
    size = (max(WIDE, right + 260), max(bottom + 70, top + 40 + 22 * (len(labels) + 1)))
    best = counted(len(labels), "choice") if len(labels) != 1 else "one choice everywhere"
    drawing = Drawing(size, f"Cheapest accelerators: {best}", "One box per cell, coloured by the accelerators bought.")
    for line in lines:
        place = (rights.index(_word(line, names[1])), ups.index(_word(line, names[0])))
        label = label_of(line)
        colour = COLOURS[labels.index(label) % len(COLOURS)] if label in labels else NO_ANSWER
        box = (left + cell_w * place[0], bottom - cell_h * (place[1] + 1), cell_w - 1, cell_h - 1)
        cost = line.record.get("kpis", {}).get("lcoc_usd_per_eflop")
        told = f"{names[0]} {ups[place[1]]}, {names[1]} {rights[place[0]]}: {label}"
        drawing.box(box, colour, told + (f", {number(cost)} USD/EFLOP" if cost is not None else ""))
    _scale_words(drawing, (left, bottom, cell_w, cell_h), ups, rights)
    drawing.text(left, top - 12, names[0])
    drawing.text((left + right) / 2, bottom + 44, names[1], "middle")
    for place_, label in enumerate([*labels, "no design"]):
        y = top + 12 + 22 * place_
        drawing.box((right + 24, y - 10, 14, 14), COLOURS[place_ % len(COLOURS)] if place_ < len(labels) else NO_ANSWER)
        drawing.text(right + 44, y + 2, label[:60])
    return drawing.svg()


def _scale_words(
    drawing: Drawing, place: tuple[float, float, float, float], ups: Sequence[str], rights: Sequence[str]
) -> None:
    left, bottom, cell_w, cell_h = place
    for count, word in enumerate(rights):
        if count % (1 + len(rights) // MOST_TICKS) == 0:
            drawing.text(left + cell_w * (count + 0.5), bottom + 18, word[:14], "middle", 11)
    for count, word in enumerate(ups):
        if count % (1 + len(ups) // MOST_TICKS) == 0:
            drawing.text(left - 8, bottom - cell_h * (count + 0.5) + 4, word[:20], "end", 11)


def line_chart(name: str, lines: Sequence[StudyRow]) -> str:
    """Levelised cost over one axis; texts stand side by side."""
    solved = _solved(lines)
    numeric = all(isinstance(line.inputs[name], int | float) for line, _ in solved)
    xs = [float(line.inputs[name]) if numeric else float(place) for place, (line, _) in enumerate(solved)]
    ys = [cost for _, cost in solved]
    change = (max(ys) - min(ys)) / min(ys) if min(ys) > 0 else 0.0
    drawing = Drawing((WIDE, 420), f"Levelised cost moves by {percent(change)} over {name}", "Levelised cost by cell.")
    frame = Frame(drawing, (90, 66, WIDE - 40, 350), (*widened(xs), *widened(ys)))
    frame.draw(name if numeric else f"{name} (in the order given)", "USD/EFLOP")
    drawing.path([(frame.x(x), frame.y(y)) for x, y in zip(xs, ys, strict=True)], COLOURS[0])
    for (line, cost), x in zip(solved, xs, strict=True):
        told = f"{_word(line, name)}: {number(cost)} USD/EFLOP, {label_of(line)}"
        drawing.dot(frame.x(x), frame.y(cost), COLOURS[0], told)
    return drawing.svg()


def spread(lines: Sequence[StudyRow]) -> str:
    """How often which levelised cost came out of a sample, with its tenth, half and nine tenths."""
    costs = sorted(cost for _, cost in _solved(lines))
    low, high = costs[0], costs[-1]
    width = (high - low) / BINS or 1.0
    counts = [0] * BINS
    for cost in costs:
        counts[min(BINS - 1, int((cost - low) / width))] += 1
    marks = {name: quantile(costs, u) for name, u in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))}
    half, most = number(marks["p50"]), number(marks["p90"])
    title = f"Half of {len(costs)} samples lie below {half} USD/EFLOP, nine tenths below {most}"
    drawing = Drawing((WIDE, 400), title, "Histogram of the levelised cost over the sampled cells.")
    frame = Frame(drawing, (90, 66, WIDE - 40, 330), (*widened((low, high)), 0.0, max(counts) * 1.1))
    frame.draw("USD/EFLOP", "samples")
    for place, count in enumerate(counts):
        left, right = frame.x(low + place * width), frame.x(low + (place + 1) * width)
        drawing.box((left, frame.y(count), max(1.0, right - left - 1), frame.y(0) - frame.y(count)), COLOURS[0])
    for name, value in marks.items():
        drawing.line((frame.x(value), 66, frame.x(value), 330), INK, 1.5)
        drawing.text(frame.x(value) + 3, 62, name, "start", 11)
    return drawing.svg()


def quantile(ordered: Sequence[float], u: float) -> float:
    """Linear interpolation between the ordered values."""
    place = u * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def tornado_chart(rows: Sequence[dict[str, object]], base: float) -> str:
    """Bars of the levelised cost between the ends of each axis, the longest on top."""
    ends = [v for row in rows for v in (row["low_lcoc"], row["high_lcoc"]) if isinstance(v, float)]
    top, height = 70.0, 26.0
    first = str(rows[0]["axis"]) if rows else ""
    drawing = Drawing(
        (WIDE + 120, top + height * len(rows) + 70),
        f"{first} moves the levelised cost most" if ends else "No axis has both ends",
        "Levelised cost with each axis at its low and its high end, all others as in the instance.",
    )
    frame = Frame(drawing, (330, top, WIDE, top + height * len(rows) + 6), (*widened([*ends, base]), 0.0, 0.0))
    frame.draw("USD/EFLOP", "")
    for place, row in enumerate(rows):
        y = top + height * place + 4
        drawing.text(322, y + 14, str(row["axis"])[-48:], "end", 11)
        for key, colour in (("low", COLOURS[0]), ("high", COLOURS[1])):
            value = row[f"{key}_lcoc"]
            if isinstance(value, float):
                x1, x2 = sorted((frame.x(base), frame.x(value)))
                told = f"{row['axis']} {_end(row, key)}: {number(value)} USD/EFLOP"
                drawing.box((x1, y, max(1.0, x2 - x1), height - 8), colour, told)
            else:
                drawing.text(WIDE + 8, y + 14, f"{key} end: {row[f'{key}_status']}", "start", 11)
    drawing.line((frame.x(base), top - 8, frame.x(base), top + height * len(rows) + 6), SOFT, 1.5)
    drawing.text(12, 44, f"blue: low end, orange: high end; line: the instance as it is, {number(base)} USD/EFLOP")
    return drawing.svg()


def _end(row: dict[str, object], key: str) -> str:
    return input_shown(CHANGE if row["relative"] else "", row[f"{key}_value"])


def frontier_chart(points: Sequence[dict[str, object]], names: tuple[str, str]) -> str:
    """The non-dominated points; between them lies nothing better than the staircase."""
    xs = [float(str(point["x"])) for point in points]
    ys = [float(str(point["y"])) for point in points]
    gap = max(float(str(point["gap"])) for point in points)
    drawing = Drawing(
        (WIDE, 460),
        f"{counted(len(points), 'point')} none of which is beaten in both, each proven to {gap_percent(gap)}",
        f"Trade-off between {names[0]} and {names[1]}; every point is a verified design.",
    )
    frame = Frame(drawing, (100, 66, WIDE - 40, 390), (*widened(xs), *widened(ys)))
    frame.draw(names[0], names[1])
    stairs: list[tuple[float, float]] = []
    for x, y in sorted(zip(xs, ys, strict=True)):
        if stairs:
            stairs.append((frame.x(x), stairs[-1][1]))
        stairs.append((frame.x(x), frame.y(y)))
    drawing.path(stairs, COLOURS[0])
    for point, x, y in zip(points, xs, ys, strict=True):
        drawing.dot(frame.x(x), frame.y(y), COLOURS[1], f"{number(x)}, {number(y)}: {point.get('chip_set')}")
    return drawing.svg()
