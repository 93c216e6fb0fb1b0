"""What the design trains and serves: its runs, services and reference models as tables, and peak to effective."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from optimizer.analysis.achieved import STEPS, Trainable, chain, trainable
from optimizer.analysis.tasks import installed_pods
from optimizer.number_format import like, number, percent, share, whole
from optimizer.report.achieved_page import run_table, service_table
from optimizer.report.document import Table
from optimizer.report.html.cells import Column, PageCell, exact, grid, listed
from optimizer.report.html.figure import Chart, Figure
from optimizer.report.html.money_charts import WaterfallBar, steps_figure
from optimizer.report.html.view import View

WORK = ("work_title", "runs", "services", "references")
"""What the page needs about work, beside the chart."""
LABEL = {
    "peak": "peak",
    "at work": "standing idle",
    "precision": "precision",
    "utilisation": "utilisation (MFU)",
    "fabric": "fabric",
    "availability": "availability",
    "maturity": "software maturity",
    "effective": "between runs",
}
"""What takes away, in a few words; the table says it in full."""


def work_grids(view: View) -> dict[str, Any]:
    """Heading and tables of the part of the page about work; None for what the design has none of."""
    runs, services = (table(view.result, view.chip) for table in (run_table, service_table))
    heading = "What it trains and serves" if runs.rows or services.rows else "What it achieves"
    there = runs.rows or services.rows or installed_pods(view.problem, view.decisions, view.last)
    grids = (heading if there else None, *(table if table.rows else None for table in (runs, services)))
    return dict(zip(WORK, (*grids, _references(view)), strict=True))


def _references(view: View) -> Table | None:
    models = trainable(view.problem, view.decisions, view.last)
    if not any(each.days for each in models):
        return None
    columns: tuple[Column[Trainable], ...] = (
        Column("Model", lambda model: model.name),
        Column(
            "Fastest cluster",
            lambda model: (
                f"{view.chip(model.accelerator)}, {model.site}" if model.days else "no cluster of the design holds it"
            ),
        ),
        Column("Accelerators", lambda model: exact(model.accelerators if model.days else None, whole), right=True),
        Column("Days", lambda model: exact(model.days or None, 3), right=True),
        Column("Runs a year", lambda model: exact(model.per_year if model.days else None, 3), right=True),
    )
    note = (
        f"In BF16, on all accelerators of one kind at one site in {view.last}, nothing else on them, in turn; "
        "models and tokens from the catalogue."
    )
    return listed("Reference models it could train", columns, models, note)


def losses(view: View) -> Chart | None:
    """From peak to effective as a waterfall; None if nothing is installed in the last phase."""
    left = chain(view.problem, view.decisions, view.last)
    peak, effective = left["peak"], left["effective"]
    if not peak:
        return None
    names = [name for name, _ in STEPS]
    lost = {name: left[before] - left[name] for before, name in pairwise(names)}
    worst = max(lost, key=lambda name: lost[name])
    return Chart(
        id="losses",
        title=f"Of {number(peak)} PFLOPS installed {number(effective)} are effective ({percent(effective / peak)}); "
        f"{LABEL[worst]} takes the most",
        about="Horizontal waterfall: the dense peak of everything installed, what each step takes away, and the "
        "effective throughput that is left.",
        table=_chain_grid(left, view),
        figure=_chain_figure(left, lost),
        notes=(
            f"Phase {view.last}. Installed: dense, at each chip's fastest precision, {number(peak)} PFLOPS. What "
            "stands idle and what slower precisions take is taken off first; the key figure Peak counts what is at "
            f"work, at the precision used: {number(view.reported.kpis['peak_pflops'])} PFLOPS.",
        ),
        height=110 + 30 * (len(lost) + 2),
    )


def _chain_figure(left: dict[str, float], lost: dict[str, float]) -> Figure:
    peak, effective = left["peak"], left["effective"]
    rows = [WaterfallBar("peak", peak, 0.0, "@1")]
    # What is gained (rounding of an empty step) starts below.
    rows += [
        WaterfallBar(LABEL[name], 0.0 - value, min(left[name], left[name] + value), "@2")
        for name, value in lost.items()
    ]
    rows.append(WaterfallBar("effective", effective, 0.0, "@total"))
    return steps_figure(rows, (0.0, peak), "PFLOPS", "PFLOPS")


def _chain_grid(left: dict[str, float], view: View) -> Table:
    peak, before = left["peak"], left["peak"]
    rows: list[tuple[str, ...]] = [("peak", "", share(1.0), like(peak, peak), STEPS[0][1])]
    for name, meaning in STEPS[1:]:
        kept = left[name] / before if before else 1.0
        figure_id = "effective_pflops" if name == "effective" else ""
        last = PageCell(like(left[name], peak), left[name], figure_id)
        rows.append((name, percent(kept), share(left[name] / peak), last, meaning))
        before = left[name]
    header = ("After", "Kept", "Of peak", "PFLOPS", "What is gone")
    return grid(f"From peak to effective, {view.last}", header, rows, (1, 2, 3))
