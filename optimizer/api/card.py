"""The card a notebook shows of a result: the verdict and the figures of the report's first screen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from optimizer.analysis.verdict import verdict
from optimizer.report.tiles import UNKNOWN

if TYPE_CHECKING:
    from optimizer.pipeline import Result

_TILE = "border:1px solid #8886;border-radius:6px;padding:.5em .8em;min-width:9em;flex:1"


def card(result: Result) -> str:
    """HTML without script and without anything from outside; every text of the instance is escaped."""
    word, _, rest = verdict(result).partition(": ")
    colour = "#00805f" if result.verified else "#c44e00"
    head = (
        f'<p style="margin:.2em 0"><b style="color:{colour}">{escape(word)}</b> {escape(rest)}</p>'
        f"<p><b>{escape(result.problem.instance.title)}</b></p>"
    )
    return f'<div style="max-width:60em">{head}{_tiles(result)}</div>'


def _tiles(result: Result) -> str:
    if not result.verified:
        return ""
    from optimizer.report.first_screen import first_screen

    screen = first_screen(result, None, None)
    shown = "".join(
        f'<div style="{_TILE}"><div>{escape(tile.name)}</div>'
        f'<div style="font-size:1.4em"><b>{escape(tile.value)}</b> <small>{escape(tile.unit)}</small></div>'
        f"<small>{escape(tile.note)}</small></div>"
        for tile in screen.tiles
        if tile.value != UNKNOWN
    )
    return f'<p>{escape(screen.buy)}</p><div style="display:flex;flex-wrap:wrap;gap:.5em">{shown}</div>'
