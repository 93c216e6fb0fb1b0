"""A small writer of SVG: enough for the charts of a study, with no library and no network.

Texts come from instance files and may hold anything; they are escaped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor, isfinite, log10

from optimizer.number_format import number
from optimizer.report.html.figure import LIGHT

COLOURS = tuple(LIGHT[f"@{place}"] for place in range(1, 9))
INK, SOFT, LINE, PAPER = LIGHT["@ink"], LIGHT["@soft"], LIGHT["@line"], LIGHT["@paper"]
NO_ANSWER = "#e3e6ea"
FONT = "font-family='system-ui, sans-serif'"


class Drawing:
    """Shapes on a sheet of fixed size; `svg` gives the file."""

    def __init__(self, size: tuple[float, float], title: str, description: str) -> None:
        self.size, self.title, self.description = size, title, description
        self._parts: list[str] = []
        self.text(12, 22, title, size=14)

    def line(self, ends: tuple[float, float, float, float], colour: str = LINE, width: float = 1.0) -> None:
        """A straight line x1, y1, x2, y2."""
        x1, y1, x2, y2 = (_short(v) for v in ends)
        self._parts.append(f"<line x1='{x1}' y1='{y1}' x2='{x2}' y2='{y2}' stroke='{colour}' stroke-width='{width}'/>")

    def path(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """A line through points."""
        told = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
        self._parts.append(f"<polyline points='{told}' fill='none' stroke='{colour}' stroke-width='2'/>")

    def box(self, place: tuple[float, float, float, float], colour: str, told: str = "") -> None:
        """A filled box x, y, width, height; `told` is what a pointer over it reads."""
        x, y, w, h = (_short(v) for v in place)
        title = f"<title>{escape(told)}</title>" if told else ""
        self._parts.append(f"<rect x='{x}' y='{y}' width='{w}' height='{h}' fill='{colour}'>{title}</rect>")

    def dot(self, x: float, y: float, colour: str, told: str = "") -> None:
        """A point."""
        title = f"<title>{escape(told)}</title>" if told else ""
        self._parts.append(f"<circle cx='{_short(x)}' cy='{_short(y)}' r='4.5' fill='{colour}'>{title}</circle>")

    def text(self, x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> None:
        """A text; anchor is start, middle or end. Text larger than usual is a title."""
        weight = " font-weight='600'" if size > 12 else ""
        shown = escape(text if len(text) <= 120 else text[:118] + "..")
        self._parts.append(
            f"<text x='{_short(x)}' y='{_short(y)}' text-anchor='{anchor}' font-size='{size}'{weight} "
            f"fill='{INK}' {FONT}>{shown}</text>"
        )

    def svg(self) -> str:
        """The file."""
        w, h = (_short(v) for v in self.size)
        head = (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {w} {h}' width='{w}' height='{h}' role='img'>"
            f"<title>{escape(self.title)}</title><desc>{escape(self.description)}</desc>"
            f"<rect width='100%' height='100%' fill='{PAPER}'/>"
        )
        return head + "\n".join(self._parts) + "</svg>\n"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from low to high."""
    if not (isfinite(low) and isfinite(high)) or high <= low:
        return [low]
    raw = (high - low) / about
    size = 10.0 ** floor(log10(raw))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= raw * 0.999)
    return [float(f"{k * step:.12g}") for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


class Frame:
    """A rectangle with two scales, drawn with ticks and names."""

    def __init__(self, drawing: Drawing, place: tuple[float, float, float, float], spans: Sequence[float]) -> None:
        """`place` is left, top, right, bottom; `spans` is x low, x high, y low, y high."""
        self.drawing, self.place = drawing, place
        self.x_low, self.x_high, self.y_low, self.y_high = spans

    def x(self, value: float) -> float:
        """Where a value lies."""
        left, _, right, _ = self.place
        return left + (right - left) * (value - self.x_low) / ((self.x_high - self.x_low) or 1.0)

    def y(self, value: float) -> float:
        """Where a value lies."""
        _, top, _, bottom = self.place
        return bottom - (bottom - top) * (value - self.y_low) / ((self.y_high - self.y_low) or 1.0)

    def draw(self, x_name: str, y_name: str) -> None:
        """Grid lines, ticks and names."""
        left, top, right, bottom = self.place
        for tick in ticks(self.y_low, self.y_high) if self.y_high > self.y_low else ():
            self.drawing.line((left, self.y(tick), right, self.y(tick)))
            self.drawing.text(left - 6, self.y(tick) + 4, number(tick), "end", 11)
        for tick in ticks(self.x_low, self.x_high):
            self.drawing.line((self.x(tick), bottom, self.x(tick), bottom + 4), SOFT)
            self.drawing.text(self.x(tick), bottom + 17, number(tick), "middle", 11)
        self.drawing.line((left, bottom, right, bottom), SOFT)
        self.drawing.text((left + right) / 2, bottom + 36, x_name, "middle")
        self.drawing.text(left, top - 10, y_name)


def widened(values: Sequence[float]) -> tuple[float, float]:
    """The range of values with a margin."""
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin
