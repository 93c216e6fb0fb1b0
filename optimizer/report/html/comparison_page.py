"""The page of a comparison: one HTML file in the report's looks that needs nothing from outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.analysis.comparison import Row
from optimizer.report.compare_page import amount, explanation
from optimizer.report.compared import NamedComparison
from optimizer.report.document import Table
from optimizer.report.html.bundle import page_script, plotly_script, policy
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.comparison_charts import bridges, compared_grid, cost_bars, power
from optimizer.report.html.mix_bars import MixBars, longest, mix_bars
from optimizer.report.html.page import Badge, chart_data, rendered

SCRIPTS = (plotly_script, page_script)


def page_policy() -> str:
    """The security policy of every page of a comparison, as a server states it too."""
    return policy(tuple(script() for script in SCRIPTS))


def render_comparison(shown: NamedComparison) -> str:
    """The page. It is a function of the designs: the same ones give the same page."""
    charts = {chart.id: chart for chart in (cost_bars(shown), *bridges(shown), power(shown))}
    sound = all(side.result.verified and not side.doubts for side in shown.sides)
    context: dict[str, Any] = {
        "title": " against ".join(shown.titles),
        "badge": Badge("VERIFIED" if sound else "TAKE CARE", "good" if sound else "bad"),
        "verdict": explanation(shown),
        "doubts": [f"{side.name}: {doubt}" for side in shown.sides for doubt in side.doubts],
        "sides": _sides(shown),
        "answers": shown.answers,
        "heads": shown.heads,
        "charts": charts,
        "figures": compared_grid("Key figures", "Figure", shown.rows.figures, shown),
        "lines": _lines(shown),
        "decisions": compared_grid("Over the whole horizon", "What", shown.rows.decisions, shown),
        "chips": _words("Accelerators that a side cannot buy", "Accelerator", shown.rows.chips, shown),
        "assumptions": _words("Values that differ", "Value", shown.rows.assumptions, shown),
    }
    scripts = tuple(script() for script in SCRIPTS)
    return rendered("comparison.html.j2", context, scripts, chart_data(charts.values()))


def _sides(shown: NamedComparison) -> list[dict[str, Any]]:
    """Every side: its head, title, verdict, what it buys, and its mix by year. All bars have one scale and one key."""
    chips = tuple(dict.fromkeys(chip for screen in shown.screens for chip in screen.chips))
    most = max(map(longest, shown.screens))
    return [
        {
            "head": head,
            "title": title,
            "name": side.name,
            "verdict": side.verdict,
            "good": side.result.verified,
            "buy": screen.buy,
            "mix": _in_use(mix_bars(side.instance, replace(screen, chips=chips), most)),
        }
        for head, title, side, screen in zip(shown.heads, shown.titles, shown.sides, shown.screens, strict=True)
    ]


def _in_use(mix: MixBars) -> MixBars:
    """The key tells what the bars hold: the other sides' kinds are left out."""
    used = {stretch.kind for bar in mix.bars for stretch in bar.stretches}
    return replace(mix, key=tuple(pair for pair in mix.key if pair[0] in used))


def _lines(shown: NamedComparison) -> Table | None:
    rows = [row for row in shown.rows.lines if row.differs]
    if not rows:
        return None
    named = [replace(row, unit="") for row in rows]
    return compared_grid(
        f"Lines of the ledger, {shown.money.unit('USD/EFLOP')}", "Account / phase / site", named, shown
    )


def _words(caption: str, first: str, rows: tuple[Row, ...], shown: NamedComparison) -> Table | None:
    """A table of words with the id or key of each row behind its name; None without rows."""
    if not rows:
        return None
    lines: list[tuple[PageCell | str, ...]] = [
        (PageCell(row.what, tip=row.detail), *map(amount, row.values)) for row in rows
    ]
    return grid(caption, (first, *shown.heads), lines)
