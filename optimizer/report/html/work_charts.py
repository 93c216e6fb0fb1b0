"""What the design trains and serves: its runs, services and reference models as tables, and peak to effective."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from optimizer.analysis.achieved import STEPS, chain, trainable
from optimizer.analysis.tasks import Served, Trained, installed_pods, served, trained
from optimizer.number_format import like, number, percent, share, whole
from optimizer.report.document import Table
from optimizer.report.html.cells import PageCell, grid
from optimizer.report.html.figure import Chart, Figure
from optimizer.report.html.money_charts import WaterfallBar, steps_figure
from optimizer.report.html.view import View

Row = tuple[PageCell | str, ...]
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
    runs, services = _runs(view), _services(view)
    heading = "What it trains and serves" if runs or services else "What it achieves"
    there = runs or services or installed_pods(view.problem, view.decisions, view.last)
    grids = (heading if there else None, runs, services, _references(view))
    return dict(zip(WORK, grids, strict=True))


def _runs(view: View) -> Table | None:
    jobs = trained(view.problem, view.decisions)
    if not jobs:
        return None
    header = (
        "Run", "Model", "Phases", "Site", "Cluster", "Accelerators", "Days", "Days allowed", "Runs a year", "Bound by",
    )  # fmt: skip
    rows = _by_phases((each.phase, _run(view, each)) for each in jobs)
    note = (
        "A run is carried by whole pods of one type at one site. Bound by: what a cluster one pod smaller would miss. "
        "Days and compute are the same requirement: operations over the rate the cluster sustains."
    )
    return grid("Training runs", header, rows, (5, 6, 7, 8), note=note)


def _by_phases(rows: Iterable[tuple[str, Row]], at: int = 2) -> list[Row]:
    """Rows that are alike but for their phase as one, with the phases in column `at`."""
    phases: dict[Row, list[str]] = {}
    for phase, row in rows:
        phases.setdefault(row, []).append(phase)
    return [(*row[:at], ", ".join(names), *row[at + 1 :]) for row, names in phases.items()]


def _run(view: View, each: Trained) -> Row:
    return (
        each.workload,
        each.model,
        "",
        each.site,
        ", ".join(filter(None, (view.chip(each.accelerator), each.cooling, each.fabric, each.hall))),
        PageCell(whole(each.accelerators), each.accelerators),
        PageCell(number(each.days, 3), each.days),
        PageCell(number(each.max_days, 3), each.max_days),
        PageCell(number(each.runs_per_year, 3), each.runs_per_year),
        each.bound,
    )


def _services(view: View) -> Table | None:
    loads = [(phase, each) for phase in view.phases for each in served(view.problem, view.decisions, phase)]
    if not loads:
        return None
    header = (
        "Service", "Phases", "Site", "Accelerator", "At work", "Replica", "Tokens, 10⁹/day", "Possible, 10⁹/day",
        "Read/s", "Written/s", "Rates", "Time writing", "Writing bound by",
    )  # fmt: skip
    rows = _by_phases(((phase, _service(view, each)) for phase, each in loads), 1)
    note = (
        "Tokens: read (those from a cache included) and written on these accelerators; all that is asked for is served."
        " Possible: with the pods of the type that stand idle. Read/s and written/s: tokens per second of one "
        "accelerator that does nothing else; reading computes, writing is bound by what the last column says "
        "(measured rates are taken as they are)."
    )
    return grid("Serving", header, rows, (4, 5, 6, 7, 8, 9, 11), note=note)


def _service(view: View, each: Served) -> Row:
    return (
        each.workload,
        "",
        each.site,
        ", ".join(filter(None, (view.chip(each.accelerator), each.cooling, each.fabric, each.hall))),
        PageCell(number(each.accelerators), each.accelerators),
        PageCell(whole(each.replica), each.replica),
        PageCell(number(each.tokens_b_per_day), each.tokens_b_per_day),
        PageCell(number(each.possible_b_per_day), each.possible_b_per_day),
        PageCell(number(each.prefill_tokens_per_s), each.prefill_tokens_per_s),
        PageCell(number(each.decode_tokens_per_s), each.decode_tokens_per_s),
        each.source,
        PageCell(percent(each.writing_fraction), each.writing_fraction),
        each.bound or "not known: measured",
    )


def _references(view: View) -> Table | None:
    models = trainable(view.problem, view.decisions, view.last)
    if not any(each.days for each in models):
        return None
    rows = [
        (
            each.name,
            f"{view.chip(each.accelerator)}, {each.site}",
            PageCell(whole(each.accelerators), each.accelerators),
            PageCell(number(each.days, 3), each.days),
            PageCell(number(each.per_year, 3), each.per_year),
        )
        if each.days
        else (each.name, "no cluster of the design holds it", "", "", "")
        for each in models
    ]
    header = ("Model", "Fastest cluster", "Accelerators", "Days", "Runs a year")
    note = (
        f"In BF16, on all accelerators of one kind at one site in {view.last}, nothing else on them, in turn; "
        "models and tokens from the catalogue."
    )
    return grid("Reference models it could train", header, rows, (2, 3, 4), note=note)


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
        about="Horizontal waterfall: the dense peak of everything installed, what each step takes "
        "away, and the effective "
        "throughput that is left.",
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
    rows: list[Row] = [("peak", "", share(1.0), like(peak, peak), STEPS[0][1])]
    for name, meaning in STEPS[1:]:
        kept = left[name] / before if before else 1.0
        figure_id = "effective_pflops" if name == "effective" else ""
        last = PageCell(like(left[name], peak), left[name], figure_id)
        rows.append((name, percent(kept), share(left[name] / peak), last, meaning))
        before = left[name]
    header = ("After", "Kept", "Of peak", "PFLOPS", "What is gone")
    return grid(f"From peak to effective, {view.last}", header, rows, (1, 2, 3))
