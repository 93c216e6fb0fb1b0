"""What a design achieves, as blocks of the summary and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from optimizer.analysis.achieved import STEPS, ModelsPerCompute, chain, models_by_phase, trainable
from optimizer.analysis.money import money_of
from optimizer.analysis.tasks import served, trained
from optimizer.model.work_kpis import cloud_prices
from optimizer.number_format import number, percent, whole
from optimizer.pipeline import Result
from optimizer.report.document import Block, Bullets, Heading, Table
from optimizer.setting.demand import runs

MODELS_HEADER = ("Phase", "Delivered PFLOPS", "Peak PFLOPS", "Models a year", "Models a year per EFLOPS", "Trend")
"""A model is a training of the class of Llama 3 70B; docs/model.md section 12."""


def achieved_blocks(result: Result) -> list[Block]:
    """Runs, services and prices if the instance has them; from peak to effective and reference models in a sentence."""
    tables = (
        ("Training runs", _runs(result)),
        ("Serving", _services(result)),
        ("Models and compute by phase", _models(result)),
        ("Price", _prices(result)),
    )
    blocks: list[Block] = []
    for heading, table in tables:
        if table.rows:
            blocks += [Heading(heading), table]
    sentences = [text for text in (_chain(result), _trainable(result)) if text]
    return [*blocks, Heading("What it achieves"), Bullets(tuple(sentences))] if sentences else blocks


def _runs(result: Result) -> Table:
    rows = [
        (
            each.workload,
            each.phase,
            each.site,
            ", ".join(filter(None, (each.accelerator, each.cooling, each.fabric, each.hall))),
            whole(each.accelerators),
            f"{number(each.days, 3)} of {number(each.max_days, 3)}",
            number(each.runs_per_year, 3),
            each.bound,
        )
        for each in trained(result.problem, result.decisions)
    ]
    header = ("Run", "Phase", "Site", "Cluster", "Accelerators", "Days", "Runs/year", "Bound by")
    return Table(header, tuple(rows), frozenset({4, 5, 6}))


def _services(result: Result) -> Table:
    rows = [
        (
            each.workload,
            each.site,
            each.accelerator,
            number(each.accelerators),
            number(each.prefill_tokens_per_s),
            number(each.decode_tokens_per_s),
            each.source,
            each.bound,
        )
        for each in served(result.problem, result.decisions, result.problem.calendar.last)
    ]
    header = ("Service", "Site", "Accelerator", "Accelerators", "Read/s", "Written/s", "Rates", "Writing bound by")
    return Table(header, tuple(rows), frozenset({3, 4, 5}))


def _models(result: Result) -> Table:
    """The model-to-compute ratio by phase; in a plan of one phase without runs nobody asks for it."""
    rows = model_rows(result)
    if len(rows) < 2 and not runs(result.problem.instance):
        return Table(MODELS_HEADER, ())
    first = rows[0].models_per_year_per_eflops
    told = [
        (
            row.phase,
            number(row.delivered_pflops),
            number(row.peak_pflops),
            number(row.models_per_year, 3),
            number(row.models_per_year_per_eflops, 3),
            f"{percent(row.models_per_year_per_eflops / first)} of the first" if first and row is not rows[0] else "",
        )
        for row in rows
    ]
    return Table(MODELS_HEADER, tuple(told), frozenset({1, 2, 3, 4}))


def model_rows(result: Result) -> tuple[ModelsPerCompute, ...]:
    """Models and compute of every phase in which anything is at work."""
    return models_by_phase(result.problem, result.decisions, result.reported.ledger)


def _prices(result: Result) -> Table:
    kpis = result.reported.kpis
    names = {
        "list_price_usd_per_eflop": "list price: all costs, from what is sold",
        "user_price_usd_per_eflop": "what users pay after the subsidy",
        "cloud_price_usd_per_eflop": "the same compute from a cloud, the cheapest that is named",
    }
    money = money_of(result.problem.instance)
    rows = [(money.figure(kpis[key], "USD/EFLOP"), label) for key, label in names.items() if key in kpis]
    clouds = cloud_prices(result.problem.instance)
    if len(clouds) > 1:
        rows += [(money.figure(value, "USD/EFLOP"), f"the same compute from {name}") for name, value in clouds.items()]
    if "subsidy_musd" in kpis:
        rows.append((money.figure(kpis["subsidy_musd"], "MUSD"), "present value of the subsidy"))
    return Table(("Price", "What it is"), tuple(rows))


def _chain(result: Result) -> str:
    """Where the peak goes, steps that keep everything left out."""
    left = chain(result.problem, result.decisions, result.problem.calendar.last)
    if not left["peak"]:
        return ""
    parts, before = [f"peak {number(left['peak'])} PFLOPS in the fastest precisions"], left["peak"]
    for name, _ in STEPS[1:]:
        if abs(left[name] - before) > 1e-6 * before:
            step = "in those of the work" if name == "precision" else name
            parts.append(f"{step} {number(left[name])} ({percent(left[name] / before)})")
        before = left[name]
    return "; ".join(parts)


def _trainable(result: Result) -> str:
    """Days of the reference models on the design's best cluster for each."""
    models = trainable(result.problem, result.decisions, result.problem.calendar.last)
    days = [f"{each.name} {number(each.days, 3)}" for each in models if each.days]
    if not days:
        return ""
    lacking = [each.name for each in models if not each.days]
    rest = f"; no cluster holds {', '.join(lacking)}" if lacking else ""
    return f"days to train in BF16 on its largest cluster of one kind: {', '.join(days)}{rest}"


def achieved_json(result: Result) -> dict[str, Any]:
    """The same as plain lists and dicts."""
    phase, decisions = result.problem.calendar.last, result.decisions
    days = {(each.workload, each.phase): each.days for each in trained(result.problem, decisions)}
    return {
        "phase": phase,
        "runs": [{**row.model_dump(), "days": days[row.workload, row.phase]} for row in decisions.clusters],
        "serving": [asdict(each) for each in served(result.problem, decisions, phase)],
        "peak_to_effective_pflops": chain(result.problem, decisions, phase),
        "models_by_phase": [asdict(row) for row in model_rows(result)],
        "reference_models": [
            {**asdict(each), "runs_per_year": each.per_year} for each in trainable(result.problem, decisions, phase)
        ],
    }
