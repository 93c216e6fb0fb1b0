"""Charts as plain data: a Plotly figure or a drawing of our own, with its finding, its table and its notes.

Colours are roles (`@1` .. `@8`, `@ink`, ...) that the page's script looks up in the palette of the theme in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from optimizer.report.document import Table

Figure = dict[str, Any]

_PALETTE = {
    "@ink": ("#1b2430", "#e8edf3"),
    "@soft": ("#55606e", "#a9b4c0"),
    "@line": ("#d8dee6", "#39434f"),
    "@paper": ("#ffffff", "#171c23"),
    "@total": ("#1b2430", "#e8edf3"),
    "@1": ("#0072b2", "#4aa8e0"),
    "@2": ("#c47800", "#f0b040"),
    "@3": ("#00805f", "#2fbf97"),
    "@4": ("#b8548a", "#e08fbb"),
    "@5": ("#3d93cc", "#9ad0f5"),
    "@6": ("#c44e00", "#f08a4b"),
    "@7": ("#6b7280", "#9aa4b0"),
    "@8": ("#5b4aa8", "#a99cf0"),
}
"""In the light and in the dark theme: Okabe and Ito's colours, darkened or lightened to a contrast of 3:1."""
LIGHT, DARK = ({role: pair[theme] for role, pair in _PALETTE.items()} for theme in (0, 1))
SERIES = tuple(f"@{number}" for number in range(1, 9))
PATTERNS = ("", "/", "x", "-", ".", "\\", "+", "|")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart. Either `figure` (drawn by Plotly) or `drawing` (SVG) is given."""

    id: str
    title: str
    """The finding, in a sentence."""
    about: str
    """What is drawn, for readers who do not see it."""
    table: Table
    figure: Figure | None = None
    drawing: Markup | None = None
    notes: tuple[str, ...] = ()
    height: int = 380


def plain(text: str) -> str:
    """A name as Plotly shows it: its labels are a small markup language, in which this is text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def short(text: str, most: int = 34) -> str:
    """A name cut to the room of a label; the table has it in full."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def hatch(shape: str | list[str]) -> Figure:
    """A pattern over the colour of a bar, so that series differ in print and to every eye."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "@paper", "fgopacity": 0.7, "size": 7, "solidity": 0.25}


def axis(title: str, more: Figure | None = None) -> Figure:
    """An axis with its title (which names the unit) in the page's colours."""
    base = {
        "title": {"text": title, "standoff": 10},
        "gridcolor": "@line",
        "linecolor": "@soft",
        "zerolinecolor": "@soft",
        "tickcolor": "@soft",
        "automargin": True,
    }
    return base | (more or {})


def categories(names: Sequence[str]) -> Figure:
    """The axis of bars that lie: one a name, the first on top."""
    order = {"categoryorder": "array", "categoryarray": list(names)}
    return axis("", {"type": "category", "autorange": "reversed", "showgrid": False, **order})


def lying(names: Sequence[str], values: Sequence[Any], colour: str = "@1", shape: str = "", **more: Any) -> Figure:
    """Bars that lie, one a name. `more` are further entries of the trace."""
    return {"type": "bar", "orientation": "h", "y": list(names), "x": list(values), **_paint(colour, shape), **more}


def standing(names: Sequence[Any], values: Sequence[Any], colour: str = "@1", shape: str = "", **more: Any) -> Figure:
    """Bars that stand, one a name. `more` are further entries of the trace."""
    return {"type": "bar", "x": list(names), "y": list(values), **_paint(colour, shape), **more}


def _paint(colour: str, shape: str) -> Figure:
    return {"marker": {"color": colour, "pattern": hatch(shape)}}


def curve(x: Sequence[Any], y: Sequence[Any], look: Figure, **more: Any) -> Figure:
    """A line of that look. `more` are further entries of the trace."""
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "line": look, **more}


def upright(x: float, dash: str = "dash") -> Figure:
    """A line through the whole height of a chart, for its layout's shapes."""
    ends = {"x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1}
    return {"type": "line", **ends, "line": {"color": "@ink", "width": 1.5, "dash": dash}}


def figure(traces: Sequence[Figure], x: Figure, y: Figure, more: Figure | None = None) -> Figure:
    """A figure in the page's looks. `more` are further entries of the layout."""
    layout = {
        "xaxis": x,
        "yaxis": y,
        "paper_bgcolor": "@paper",
        "plot_bgcolor": "@paper",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "@ink"},
        "margin": {"l": 8, "r": 16, "t": 12, "b": 8},
        "legend": {"orientation": "h", "yref": "container", "y": 1, "yanchor": "top", "x": 0},
        "hoverlabel": {"bgcolor": "@paper", "bordercolor": "@soft", "font": {"color": "@ink"}},
        "showlegend": len(traces) > 1,
    }
    return {"data": list(traces), "layout": layout | (more or {})}
