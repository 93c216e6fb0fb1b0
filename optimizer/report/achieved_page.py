"""What a design achieves, as blocks of the summary and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from optimizer.analysis.achieved import STEPS, ModelsPerCompute, chain, models_by_phase, trainable
from optimizer.analysis.money import money_of
from optimizer.analysis.tasks import Served, Trained, served, trained
from optimizer.model.work_kpis import cloud_prices
from optimizer.number_format import number, percent, whole
from optimizer.pipeline import Result
from optimizer.report.document import Block, Bullets, Heading, Table
from optimizer.report.html.cells import Column, PageCell, exact, listed
from optimizer.setting.demand import runs


def achieved_blocks(result: Result) -> list[Block]:
    """Runs, services and prices if the instance has them; from peak to effective and reference models in a sentence."""
    runs_brief = run_table(result).part((0, 2, 3, 4, 5, 6, 7, 8, 9))
    services_brief = service_table(result).part((0, 1, 2, 3, 4, 8, 9, 10, 12))
    blocks: list[Block] = []
    for table in (runs_brief, services_brief, _models(result), _prices(result)):
        if table.rows:
            blocks += [Heading(table.caption), table]
    sentences = [text for text in (_chain(result), _trainable(result)) if text]
    return [*blocks, Heading("What it achieves"), Bullets(tuple(sentences))] if sentences else blocks


def run_table(result: Result, chip: Callable[[str], str] = str) -> Table:
    """Every training run; `chip` names accelerators. Phases of the same cluster stand in one row."""
    columns: tuple[Column[Trained], ...] = (
        Column("Run", lambda run: run.workload),
        Column("Model", lambda run: run.model),
        Column("Phases", lambda _: ""),
        Column("Site", lambda run: run.site),
        Column("Cluster", lambda run: _cluster(run, chip)),
        Column("Accelerators", lambda run: exact(run.accelerators, whole), right=True),
        Column("Days", lambda run: exact(run.days, 3), right=True),
        Column("Days allowed", lambda run: exact(run.max_days, 3), right=True),
        Column("Runs a year", lambda run: exact(run.runs_per_year, 3), right=True),
        Column("Bound by", lambda run: run.bound),
    )
    jobs = trained(result.problem, result.decisions)
    note = (
        "A run is carried by whole pods of one type at one site. Bound by: what a cluster one pod smaller would miss. "
        "Days and compute are the same requirement: operations over the rate the cluster sustains."
    )
    return _by_phases(listed("Training runs", columns, jobs, note), [job.phase for job in jobs], 2)


def service_table(result: Result, chip: Callable[[str], str] = str) -> Table:
    """Every service; `chip` names accelerators. Phases that are alike stand in one row."""
    columns: tuple[Column[Served], ...] = (
        Column("Service", lambda each: each.workload),
        Column("Phases", lambda _: ""),
        Column("Site", lambda each: each.site),
        Column("Accelerator", lambda each: _cluster(each, chip)),
        Column("At work", lambda each: exact(each.accelerators), right=True),
        Column("Replica", lambda each: exact(each.replica, whole), right=True),
        Column("Tokens, 10⁹/day", lambda each: exact(each.tokens_b_per_day), right=True),
        Column("Possible, 10⁹/day", lambda each: exact(each.possible_b_per_day), right=True),
        Column("Read/s", lambda each: exact(each.prefill_tokens_per_s), right=True),
        Column("Written/s", lambda each: exact(each.decode_tokens_per_s), right=True),
        Column("Rates", lambda each: each.source),
        Column("Time writing", lambda each: exact(each.writing_fraction, percent), right=True),
        Column("Writing bound by", lambda each: each.bound or "not known: measured"),
    )
    problem, decisions = result.problem, result.decisions
    loads = [(phase, each) for phase in problem.calendar.phases for each in served(problem, decisions, phase)]
    note = (
        "Tokens: read (those from a cache included) and written on these accelerators; all that is asked for is served."
        " Possible: with the pods of the type that stand idle. Read/s and written/s: tokens per second of one "
        "accelerator that does nothing else; reading computes, writing is bound by what the last column says "
        "(measured rates are taken as they are)."
    )
    return _by_phases(listed("Serving", columns, [each for _, each in loads], note), [phase for phase, _ in loads], 1)


def _cluster(work: Trained | Served, chip: Callable[[str], str]) -> str:
    return ", ".join(filter(None, (chip(work.accelerator), work.cooling, work.fabric, work.hall)))


def _by_phases(table: Table, phases: Sequence[str], at: int) -> Table:
    """Rows that are alike but for their phase as one, with the phases in column `at`."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for row, phase in zip(table.rows, phases, strict=True):
        alike.setdefault(row, []).append(phase)
    rows = ((*row[:at], PageCell(", ".join(names)), *row[at + 1 :]) for row, names in alike.items())
    return replace(table, rows=tuple(rows))


def _models(result: Result) -> Table:
    """The model-to-compute ratio by phase; in a plan of one phase without runs nobody asks for it."""
    rows = model_rows(result)
    is_asked = len(rows) > 1 or runs(result.problem.instance)
    first = rows[0].models_per_year_per_eflops if rows else None

    def trend(row: ModelsPerCompute) -> str:
        if not first or row is rows[0]:
            return ""
        return f"{percent(row.models_per_year_per_eflops / first)} of the first"

    columns: tuple[Column[ModelsPerCompute], ...] = (
        # A model is a training of the class of Llama 3 70B; docs/model.md section 12.
        Column("Phase", lambda row: row.phase),
        Column("Delivered PFLOPS", lambda row: number(row.delivered_pflops), right=True),
        Column("Peak PFLOPS", lambda row: number(row.peak_pflops), right=True),
        Column("Models a year", lambda row: number(row.models_per_year, 3), right=True),
        Column("Models a year per EFLOPS", lambda row: number(row.models_per_year_per_eflops, 3), right=True),
        Column("Trend", trend),
    )
    return listed("Models and compute by phase", columns, rows if is_asked else ())


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
    return Table(("Price", "What it is"), tuple(rows), caption="Price")


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
