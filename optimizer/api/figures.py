"""The report's charts in a notebook: Plotly figures where Plotly is there, drawings as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.errors import UsageError

if TYPE_CHECKING:
    from optimizer.pipeline import Result
    from optimizer.report.html.figure import Chart


@dataclass(frozen=True)
class DrawnFigure:
    """A chart that is a drawing (SVG) of our own: the energy flow and the floor plan."""

    title: str
    """The finding, in a sentence."""
    svg: str

    def _repr_html_(self) -> str:
        return self.svg


def figure_titles(result: Result) -> dict[str, str]:
    """The charts there are, by name, each with its finding."""
    return {name: chart.title for name, chart in _charts(result).items()}


def figure(result: Result, name: str) -> Any:
    """A `plotly.graph_objects.Figure`, or a `DrawnFigure`. Raises UsageError for another name, or without Plotly."""
    charts = _charts(result)
    if name not in charts:
        raise UsageError(f"there is no figure {name!r}", f"there are {', '.join(charts)}")
    chart = charts[name]
    if chart.figure is None:
        return DrawnFigure(chart.title, str(chart.drawing))
    try:
        from plotly.graph_objects import Figure
    except ImportError:
        raise UsageError("figures need Plotly, which is not installed", 'install the extra "notebook"') from None
    made = Figure(_coloured(chart.figure))
    made.update_layout(title={"text": chart.title}, height=chart.height + 60, margin={"t": 60})
    return made


def _charts(result: Result) -> dict[str, Chart]:
    from optimizer.report.html.page import charts_of
    from optimizer.report.html.view import View

    return charts_of(View(result))


def _coloured(node: Any) -> Any:
    """The figure with its roles of colour replaced by the colours of the light palette."""
    from optimizer.report.html.figure import LIGHT

    if isinstance(node, dict):
        return {key: _coloured(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_coloured(value) for value in node]
    return LIGHT.get(node, node) if isinstance(node, str) else node
