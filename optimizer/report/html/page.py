"""The report: one HTML page that needs nothing from outside, verdict first.

Templates escape everything, rows of tables too. What is not escaped is named here: the chart library, our script and
style, drawings made with `Markup.format` (which escapes what it fills in), and JSON without `<`, `>` and `&`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from optimizer.analysis.data_quality import data_quality
from optimizer.analysis.exclusions import licences
from optimizer.analysis.money import money_of
from optimizer.analysis.static_bounds import obstacles
from optimizer.analysis.usage import uses
from optimizer.analysis.verdict import verdict
from optimizer.inputs.design import Status
from optimizer.report.baselines import without_licences
from optimizer.report.deciders import decider
from optimizer.report.first_screen import first_screen, proof_text
from optimizer.report.html import parts
from optimizer.report.html.answers import answers
from optimizer.report.html.assumed import full_tables, grade_sentences, key_table, source_grid
from optimizer.report.html.bundle import TEMPLATES, VERSION, page_script, plotly_script, policy, script_json, style
from optimizer.report.html.cells import grid, units
from optimizer.report.html.chips import chip_grid
from optimizer.report.html.choices import STUDIED, study_grids
from optimizer.report.html.dispatch_chart import dispatch_week
from optimizer.report.html.drawings import floor_plan, sankey
from optimizer.report.html.figure import DARK, LIGHT, Chart
from optimizer.report.html.glossary import GLOSSARY
from optimizer.report.html.mix_bars import mix_bars
from optimizer.report.html.money_charts import cash_flow, waterfall
from optimizer.report.html.power_charts import duration, heat
from optimizer.report.html.row_cells import isolated, row_cells
from optimizer.report.html.source import ReportSource
from optimizer.report.html.time_charts import chip_mix, timeline
from optimizer.report.html.view import View
from optimizer.report.html.work_charts import WORK, losses, work_grids
from optimizer.report.names import Renamer, reader_names, worded_figure
from optimizer.report.plan import idle_text, superseded
from optimizer.report.usage_table import limit_grid
from optimizer.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_BYTES = 3_000_000
"""What a report may weigh."""
CONFLICT = (
    "No single requirement is to blame: grid power, space, supply, capital and the offer of accelerators each allow "
    "every target when taken alone. It is several requirements together that leave nothing; loosen one and solve again."
)


@dataclass(frozen=True)
class Badge:
    """The word the page opens with, and its colour."""

    word: str
    mark: str


def render_report(source: ReportSource) -> str:
    """The page. A design that the audit rejects is withheld; an infeasible run is explained."""
    result = source.result
    view = View(result) if result.verified and result.design and result.design.reported else None
    charts = charts_of(view) if view else {}
    names = reader_names([result.problem.instance])
    data = chart_data(charts.values(), names)
    scripts = (plotly_script(), page_script()) if data["figures"] else (page_script(),)
    badge, sentence = _badge(source)
    context: dict[str, Any] = {
        "say": names,
        "instance": result.problem.instance,
        "stale": source.stale,
        "badge": badge,
        "verdict": sentence,
        "charts": charts,
        "glossary": GLOSSARY,
        "record": source.provenance,
        **(_with_design(source, view) if view else _without_design(source)),
        **_in_any_case(source),
    }
    return rendered("report.html.j2", context, scripts, data)


def chart_data(charts: Iterable[Chart], names: Renamer = str) -> dict[str, Any]:
    """What a page's script draws from: both palettes, and the figures with names in place of ids."""
    drawn = {c.id: worded_figure({**c.figure, "height": c.height}, names) for c in charts if c.figure}
    return {"light": LIGHT, "dark": DARK, "figures": drawn}


def rendered(template: str, context: dict[str, Any], scripts: tuple[str, ...], data: dict[str, Any]) -> str:
    """A page from its template: the scripts it carries and no other, their data, the style and our version."""
    carried = {
        "policy": policy(scripts),
        "scripts": [Markup(script) for script in scripts],
        "style": Markup(style()),
        "page_data": Markup(script_json(data)),
        "version": __version__,
        "plotly_version": VERSION,
    }
    return str(environment().get_template(template).render(carried | context))


@cache
def environment() -> Environment:
    """The templates; everything they print is escaped, and a name they do not know is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from optimizer.report.html.template_cache import TemplateCache

    jinja = Environment(
        bytecode_cache=TemplateCache(TEMPLATES, Path(__file__)),
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=isolated,
    )
    # A page says names for ids by a function of its own; without one a text stands as it is.
    jinja.globals |= {"say": str, "units": units, "row_cells": row_cells}
    return jinja


def charts_of(view: View) -> dict[str, Chart]:
    """The charts whose data exist, by id."""
    made = (
        timeline(view), chip_mix(view), losses(view), waterfall(view), cash_flow(view),
        sankey(view), dispatch_week(view), duration(view), heat(view), floor_plan(view),
    )  # fmt: skip
    return {chart.id: chart for chart in made if chart is not None}


def _badge(source: ReportSource) -> tuple[Badge, str]:
    """The verdict's own first words as a badge, and the rest of it."""
    word, _, rest = verdict(source.result).partition(": ")
    good = source.result.verified and not source.stale
    return Badge(f"OUT OF DATE, WAS {word}" if source.stale else word, "good" if good else "bad"), rest


def _with_design(source: ReportSource, view: View) -> dict[str, Any]:
    audit = source.result.audit
    assert audit is not None
    result = source.result
    quality = data_quality(result, source.origins)
    screen = first_screen(
        result, source.studies.baselines, quality, decider(result.problem.instance, source.studies.deciders)
    )
    return {
        "tiles": screen.tiles,
        "buy": screen.buy,
        "mix": mix_bars(result.problem.instance, screen),
        "proof": proof_text(result),
        "answers": answers(view, source.studies.marginals),
        "design": parts.design_grids(view),
        "orders": parts.order_grid(view),
        "limits": limit_grid(view.problem.instance, uses(view.problem, view.design)),
        **work_grids(view),
        **study_grids(source),
        "checks": parts.check_grid(audit),
        "figures": parts.figure_grid(view),
        "licences": (*licences(source.result.problem, view.decisions), *_remarks(source)),
        "obstacles": None,
        "findings": None,
    }


def _remarks(source: ReportSource) -> list[str]:
    """What a reader would stumble over: refused licences, parts of pods that stand idle, values not in force."""
    idle = idle_text(source.result)
    refused = without_licences(source.studies.baselines, money_of(source.result.problem.instance))
    return [*refused, *([idle] if idle else []), *superseded(source.result.problem.instance)]


def _without_design(source: ReportSource) -> dict[str, Any]:
    result = source.result
    explained = None
    if result.status is Status.INFEASIBLE and not source.explanation:
        reasons = obstacles(result.problem)
        rows = [(obstacle.reason, obstacle.path) for obstacle in reasons]
        explained = grid("Why no design can exist", ("Reason", "Key of the instance"), rows) if rows else CONFLICT
    return {
        **dict.fromkeys(("tiles", "answers", "design", "licences"), ()),
        **dict.fromkeys(("buy", "mix", "proof", "orders", "limits", "figures", *WORK, *STUDIED)),
        "checks": parts.check_grid(result.audit) if result.audit else None,
        "obstacles": explained,
        "findings": parts.finding_grid(result),
    }


def _in_any_case(source: ReportSource) -> dict[str, Any]:
    return {
        "chips": chip_grid(source.result),
        "warnings": source.warnings,
        "grades": grade_sentences(source),
        "grade_note": " ".join(grade_sentences(source)),
        "key_assumptions": key_table(source),
        "all_assumptions": full_tables(source),
        "sources": source_grid(source.origins.values()),
        "provenance": parts.provenance_grid(source.provenance, source.result),
        "explanation": [(type(block).__name__, block) for block in source.explanation],
        "instance_file": source.instance_file,
    }
