"""Drawings of the workbench without script or style of their own: of a search, and of what is known of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from optimizer.number_format import number

WIDTH, EDGE, BAR = 640, 230, 26
HEIGHT = 260
LABEL = 38
"""Characters of a name that stand before the bars; the whole is its title."""
Rows = Sequence[Mapping[str, str]]
SEARCH_HEIGHT, SEARCH_EDGE = 200, 46


def search_chart(rows: Sequence[tuple[float, float | None, float | None]]) -> Markup:
    """Incumbent and bound over seconds, closing in on each other; empty before anything is known."""
    known = [value for _, best, bound in rows for value in (best, bound) if value is not None]
    if not known:
        return Markup("")
    last = max(1.0, rows[-1][0])
    low, high = min(known), max(known)
    room = (high - low) * 0.08 or abs(high) * 0.01 or 1.0
    low, high = low - room, high + room

    def at(seconds: float, value: float) -> str:
        x = SEARCH_EDGE + (WIDTH - SEARCH_EDGE - 8) * seconds / last
        y = 8 + (SEARCH_HEIGHT - 30) * (high - value) / (high - low)
        return f"{x:.1f},{y:.1f}"

    parts = []
    for kind, place in (("best", 1), ("bound", 2)):
        points = [at(row[0], value) for row in rows if isinstance(value := row[place], float)]
        if points:
            parts.append(Markup('<polyline class="{}" fill="none" points="{}"/>').format(kind, " ".join(points)))
            x, y = points[-1].split(",")
            parts.append(Markup('<circle class="{}" cx="{}" cy="{}" r="3"/>').format(kind, x, y))
    labels = Markup('<text x="2" y="16">{}</text><text x="2" y="{}">{}</text><text x="{}" y="{}">{} s</text>').format(
        number(high, 4), SEARCH_HEIGHT - 24, number(low, 4), WIDTH - 50, SEARCH_HEIGHT - 4, f"{last:.0f}"
    )
    return _svg(SEARCH_HEIGHT, "Best value and bound over seconds", [*parts, labels])


def tornado_chart(rows: Rows, names: Sequence[str]) -> Markup:
    """For each key the span of the value over its cells, widest first, around the base case."""
    base = next((value for row in rows if not any(row.get(name) for name in names) and (value := _number(row))), None)
    spans = []
    for name in names:
        values = [(value, row.get(name, "")) for row in rows if row.get(name) and (value := _number(row)) is not None]
        if values:
            spans.append((name, min(values), max(values)))
    if not spans:
        return Markup("")
    spans.sort(key=lambda span: span[1][0] - span[2][0])
    ends = [end[0] for span in spans for end in span[1:]] + ([base] if base is not None else [])
    low, high = min(ends), max(ends)
    at = _Scale((low, high), (EDGE + 50, WIDTH - 60))
    parts = []
    for line, (name, least, most) in enumerate(spans):
        y = 8 + line * BAR
        parts.append(
            Markup(
                '<text x="0" y="{}">{}<title>{}</title></text>'
                '<rect class="bar" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>'
                '<text x="{:.1f}" y="{}" text-anchor="end">{}</text><text x="{:.1f}" y="{}">{}</text>'
            ).format(
                y + 15,
                name if len(name) <= LABEL else f"{name[: LABEL - 1]}\N{HORIZONTAL ELLIPSIS}",
                name,
                at(least[0]),
                y,
                max(1.0, at(most[0]) - at(least[0])),
                BAR - 8,
                at(least[0]) - 4,
                y + 14,
                least[1][:9],
                at(most[0]) + 4,
                y + 14,
                most[1][:9],
            )
        )
    bottom = 8 + len(spans) * BAR
    if base is not None:
        parts.append(
            Markup(
                '<line x1="{0:.1f}" x2="{0:.1f}" y1="4" y2="{1}"/>'
                '<text x="{0:.1f}" y="{2}" text-anchor="middle">{3}</text>'
            ).format(at(base), bottom, bottom + 16, number(base, 4))
        )
    return _svg(bottom + 24, "Span of the result for each key", parts)


def frontier_chart(rows: Rows, names: tuple[str, str]) -> Markup:
    """The points that are known, each measure on its axis."""
    pairs = [(row.get("x", ""), row.get("y", "")) for row in rows]
    points = sorted((float(x), float(y)) for x, y in pairs if x and y)
    if not points:
        return Markup("")
    xs, ys = [x for x, _ in points], [y for _, y in points]
    across = _Scale((min(xs), max(xs)), (70, WIDTH - 30))
    up = _Scale((min(ys), max(ys)), (HEIGHT - 50, 20))
    line = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
    parts = [Markup('<polyline class="best" fill="none" points="{}"/>').format(line)]
    parts += [
        Markup('<circle class="best" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(across(x), up(y)) for x, y in points
    ]
    label = Markup('<text x="{}" y="{}">{}</text>')
    parts += [label.format(2, 24, number(max(ys), 4)), label.format(2, HEIGHT - 46, number(min(ys), 4))]
    parts += [
        label.format(70, HEIGHT - 28, number(min(xs), 4)),
        label.format(WIDTH - 60, HEIGHT - 28, number(max(xs), 4)),
    ]
    parts.append(label.format(70, HEIGHT - 8, f"{names[0]} (across), {names[1]} (up)"))
    return _svg(HEIGHT, f"{names[1]} over {names[0]}", parts)


def _number(row: Mapping[str, str]) -> float | None:
    text = row.get("value") or ""
    return float(text) if text else None


class _Scale:
    """Places of values on an axis; equal values lie in its middle."""

    def __init__(self, values: tuple[float, float], places: tuple[float, float]) -> None:
        self._values, self._places = values, places

    def __call__(self, value: float) -> float:
        (low, high), (first, last) = self._values, self._places
        return first + (last - first) * ((value - low) / (high - low) if high > low else 0.5)


def _svg(height: int, label: str, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg class="search" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, label, Markup("").join(parts)
    )
