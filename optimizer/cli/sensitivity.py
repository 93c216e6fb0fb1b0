"""`optimizer sensitivity`: what moves the result most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.app.study_pages import keep_rows
from optimizer.app.study_runs import StudyOptions, code_of, definition_of, folder_of, rows_of, setup_of
from optimizer.cli.console import session
from optimizer.cli.options import answer_command, instance_options
from optimizer.cli.study_options import end_study, factors_of, interrupted, study_options, vary_options, watched_study
from optimizer.errors import ExitCode, OptimizerError, UsageError
from optimizer.number_format import plain_value
from optimizer.study.axes import CHANGE
from optimizer.study.indices import COLUMNS, DEFAULT_SAMPLES, Method, analyse, sample, size

if TYPE_CHECKING:
    from optimizer.reading.overrides import Setting
    from optimizer.reading.read import Variants
    from optimizer.runs.study_folder import StudyFolder
    from optimizer.runs.study_tables import StudyRow
    from optimizer.study.plan import StudyPlan

METHODS = ("tornado", "morris", "sobol")
TORNADO_COLUMNS = (
    "axis", "relative", "low_value", "low_lcoc", "low_status", "low_chip_set",
    "high_value", "high_lcoc", "high_status", "high_chip_set", "base_lcoc", "swing",
)  # fmt: skip


@answer_command(
    "sensitivity",
    epilog="Example: optimizer sensitivity instances/hong_kong_cyberport.toml "
    "--vary 'accelerators.*.price_usd=-30%:+30%' --vary finance.discount_rate=0.04:0.1",
    help="What moves the result most. By default a tornado: each axis at its low and its high end, sorted by the swing "
    "of the levelised cost. --method morris or sobol samples all axes together and gives indices with confidence "
    "intervals (needs SALib). Without --vary over the usual uncertainties. The chips may change from cell to cell: "
    "every cell is solved and audited anew.",
)
@instance_options
@vary_options
@click.option("--method", type=click.Choice(METHODS), default="tornado", show_default=True)
@click.option("--samples", type=click.IntRange(2, 1_000_000), help="Morris: trajectories [10]. Sobol: power of 2 [64].")
@click.option("--seed", type=click.IntRange(0, 2_147_483_647), default=0, show_default=True, help="It is stored.")
@click.option("--output", default="lcoc_usd_per_eflop", show_default=True, metavar="KPI", help="Of Morris and Sobol.")
@study_options
def command(source: Source, study: StudyOptions, variants: Variants, **given: Any) -> int:
    answer = _tornado if given["method"] == "tornado" else _indices
    return answer(source, study, variants, given)


def _tornado(source: Source, study: StudyOptions, variants: Variants, given: dict[str, Any]) -> int:
    from optimizer.runs.study_tables import StudyTable
    from optimizer.study.designs import Definition, check_count
    from optimizer.study.plan import plan
    from optimizer.study.tornado import ends, lcoc_of, tornado_rows, usual_axes

    if given["samples"] is not None:
        raise UsageError("a tornado takes no samples", "--method morris or sobol")
    factors = factors_of(given["vary"], given["study_path"])[0] or usual_axes(variants, one_by_one=True)
    planned = plan(variants, Definition("one_at_a_time", ends(factors)))
    check_count(planned.total, study.max_cells, study.hands)
    stored = {"method": "tornado", "design": planned.definition.to_json(), "search": study.question().to_json()}
    with folder_of(study, definition_of("sensitivity", source, variants.read(), stored)) as folder:
        rows = _solved(study, variants, folder, planned)
        if isinstance(rows, int):
            return rows
        records = {row.number: dict(row.record) for row in rows}
        axes, base, status = tornado_rows(planned, records), lcoc_of(records[0]), records[0]["status"]
        cells = tuple(tuple(plain_value(axis.get(name, base)) for name in TORNADO_COLUMNS) for axis in axes)
        keep_rows(folder, rows, {"tornado.csv": StudyTable(TORNADO_COLUMNS, cells).csv()})
    code = code_of(rows)
    if base is not None:
        from optimizer.report.study_text import tornado_blocks

        instance = variants.read().instance
        session().show(tornado_blocks(axes, base, money_of(instance)), instance)
    else:
        code = ExitCode.INFEASIBLE if status == "infeasible" else ExitCode.STUDY_CELLS_FAILED
        session().say(f"The instance as it is has no design ({status}): there is nothing to compare with.")
    return end_study(folder.path, rows, {"method": "tornado", "base_lcoc": base, "axes": axes}, code)


def _solved(
    study: StudyOptions,
    variants: Variants,
    folder: StudyFolder,
    planned: StudyPlan,
    chosen: list[tuple[Any, ...]] | None = None,
) -> list[StudyRow] | int:
    """The rows, or the exit code of a study that was stopped."""
    from optimizer.study.engine import run_study

    total = planned.total if chosen is None else len(chosen)
    with watched_study(variants) as (stopping, observer):
        setup = setup_of(study, variants, folder, total, observer)
        session().note(f"sensitivity: {total} cells over {', '.join(planned.names)}, into {folder.path}")
        outcome = run_study(setup, planned.cells(chosen), total)
    if outcome.stopped:
        return interrupted(folder.path, len(outcome.records), total, stopping.code)
    return rows_of(planned, outcome.records, chosen)


def _indices(source: Source, study: StudyOptions, variants: Variants, given: dict[str, Any]) -> int:
    from optimizer.model.kpis import ALL_KPIS
    from optimizer.report.study_text import index_blocks
    from optimizer.runs.study_tables import StudyTable
    from optimizer.study.designs import Definition, check_count
    from optimizer.study.plan import plan
    from optimizer.study.tornado import usual_axes

    method: Method = given["method"]
    known = [kpi.id for kpi in ALL_KPIS]
    if given["output"] not in known:
        raise UsageError(f'"{given["output"][:60]}" is not a key figure', f"one of {', '.join(known)}")
    factors = factors_of(given["vary"], given["study_path"])[0] or usual_axes(variants, one_by_one=False)
    samples = given["samples"] or DEFAULT_SAMPLES[method]
    planned = plan(variants, Definition("monte_carlo", factors, samples, given["seed"]))
    check_count(size(method, len(factors), samples), study.max_cells, study.hands)
    unit = sample(method, len(factors), samples, given["seed"])
    chosen = [tuple(f.quantile(u) for f, u in zip(factors, row, strict=True)) for row in unit]
    _must_be_reported(given["output"], variants, [planned.settings(point) for point in chosen])
    request = {
        "method": method, "output": given["output"], "samples": samples, "seed": given["seed"],
        "factors": [factor.to_json() for factor in factors], "search": study.question().to_json(),
    }  # fmt: skip
    with folder_of(study, definition_of("sensitivity", source, variants.read(), request)) as folder:
        rows = _solved(study, variants, folder, planned, chosen)
        if isinstance(rows, int):
            return rows
        missing = _without_figure(rows, given["output"])
        found = [] if missing else _ranked(rows, unit, given)
        columns = ("axis", *COLUMNS[method])
        table = StudyTable(columns, tuple(tuple(row[name] for name in columns) for row in found))
        keep_rows(folder, rows, {} if missing else {"indices.csv": table.csv()}, page=not missing)
    if missing:
        session().say(f"{missing}, so there are no indices; narrow the axes, or see table.csv.")
    else:
        session().show(index_blocks(found, method, given["output"]), variants.read().instance)
    code = ExitCode.STUDY_CELLS_FAILED if missing else code_of(rows)
    return end_study(folder.path, rows, {"method": method, "output": given["output"], "indices": found}, code)


def _must_be_reported(output: str, variants: Variants, cells: list[tuple[Setting, ...]]) -> None:
    """Refuse a figure that no cell can have, before any is solved; the first cell that has it ends the question."""
    from optimizer.model.kpis import KPIS, kpis_of

    def has(settings: tuple[Setting, ...]) -> bool:
        try:
            return output in {kpi.id for kpi in kpis_of(variants.read(settings).instance)}
        except OptimizerError:
            return False  # What is wrong with a cell is told in its row.

    if output not in {kpi.id for kpi in KPIS} and not any(map(has, cells)):
        raise UsageError(
            f"no cell of this study reports {output}",
            "figures of dispatch, runs, serving, scarce engineers and prices need an instance that has them",
        )


def _without_figure(lines: list[StudyRow], output: str) -> str:
    """Why there are no indices, by what is missing; empty if nothing is."""
    figures = [line.record.get("kpis") or {} for line in lines]
    failed, silent = sum(not kpis for kpis in figures), sum(output not in kpis for kpis in figures if kpis)
    parts = [f"{failed} cells have no design"] if failed else []
    parts += [f"{silent} cells do not report {output}"] if silent else []
    return " and ".join(parts)


def _ranked(rows: list[StudyRow], unit: list[tuple[float, ...]], given: dict[str, Any]) -> list[dict[str, Any]]:
    """Indices of each axis, what moves the figure most first."""
    outputs = [row.record["kpis"][given["output"]] for row in rows]
    names = [name.removesuffix(CHANGE) for name in rows[0].inputs]
    analysis = analyse(given["method"], unit, outputs, given["seed"])
    first = "mu_star" if given["method"] == "morris" else "ST"
    found = [{"axis": name, **row} for name, row in zip(names, analysis, strict=True)]
    return sorted(found, key=lambda row: (-row[first], row["axis"]))
