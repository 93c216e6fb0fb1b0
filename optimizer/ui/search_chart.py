"""Incumbent and bound closing in on each other, as a drawing without script or style of its own."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from optimizer.number_format import number

WIDTH, HEIGHT, EDGE = 640, 200, 46
Row = tuple[float, float | None, float | None]


def search_chart(rows: Sequence[Row]) -> Markup:
    """Values over seconds; empty before anything is known."""
    known = [value for _, best, bound in rows for value in (best, bound) if value is not None]
    if not known:
        return Markup("")
    last = max(1.0, rows[-1][0])
    low, high = min(known), max(known)
    room = (high - low) * 0.08 or abs(high) * 0.01 or 1.0
    low, high = low - room, high + room

    def at(seconds: float, value: float) -> str:
        x = EDGE + (WIDTH - EDGE - 8) * seconds / last
        y = 8 + (HEIGHT - 30) * (high - value) / (high - low)
        return f"{x:.1f},{y:.1f}"

    lines = []
    for kind, place in (("best", 1), ("bound", 2)):
        points = [at(row[0], value) for row in rows if isinstance(value := row[place], float)]
        if points:
            shape = Markup('<polyline class="{}" fill="none" points="{}"/>').format(kind, " ".join(points))
            dot = points[-1].split(",")
            lines.append(shape + Markup('<circle class="{}" cx="{}" cy="{}" r="3"/>').format(kind, *dot))
    labels = Markup('<text x="2" y="16">{}</text><text x="2" y="{}">{}</text><text x="{}" y="{}">{} s</text>').format(
        number(high, 4), HEIGHT - 24, number(low, 4), WIDTH - 50, HEIGHT - 4, f"{last:.0f}"
    )
    return Markup(
        '<svg class="search" viewBox="0 0 {} {}" role="img" aria-label="Best value and bound over seconds">{}{}</svg>'
    ).format(WIDTH, HEIGHT, Markup("").join(lines), labels)
