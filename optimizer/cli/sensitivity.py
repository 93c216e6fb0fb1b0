"""`optimizer sensitivity`: what moves the result most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.app.study_pages import write_page
from optimizer.app.study_runs import StudyOptions, code_of, definition_of, folder_of, setup_of, tally_text
from optimizer.cli.console import session
from optimizer.cli.options import instance_options, standard_options
from optimizer.cli.signals import stoppable
from optimizer.cli.study_options import interrupted, study_observer, study_options, variants_of, vary_options
from optimizer.errors import ExitCode, OptimizerError, UsageError
from optimizer.number_format import plain_value
from optimizer.study.axes import CHANGE, parse_axis
from optimizer.study.indices import COLUMNS, DEFAULT_SAMPLES, Method, analyse, sample, size

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance
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


@click.command(
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
@standard_options
def command(source: Source, study: StudyOptions, **given: Any) -> int:
    variants, _ = variants_of(source)
    if given["method"] == "tornado":
        return _tornado(source, study, variants, given)
    return _indices(source, study, variants, given)


def _factors(given: dict[str, Any], variants: Variants) -> tuple[Any, ...]:
    """What varies: as told, else the usual uncertainties."""
    from optimizer.study.study_file import read_study_file
    from optimizer.study.tornado import usual_axes

    file = read_study_file(given["study_path"]) if given["study_path"] else None
    listed = (*file.axes, *file.changes) if file else ()
    one_by_one = given["method"] == "tornado"
    return (*(parse_axis(text) for text in given["vary"]), *listed) or usual_axes(variants, one_by_one)


def _tornado(source: Source, study: StudyOptions, variants: Variants, given: dict[str, Any]) -> int:
    from optimizer.study.designs import Definition, check_count
    from optimizer.study.plan import plan
    from optimizer.study.tornado import ends

    if given["samples"] is not None:
        raise UsageError("a tornado takes no samples", "--method morris or sobol")
    planned = plan(variants, Definition("one_at_a_time", ends(_factors(given, variants))))
    check_count(planned.total, study.max_cells, study.hands)
    stored = {"method": "tornado", "design": planned.definition.to_json(), "search": study.question().to_json()}
    folder = folder_of(study, None, definition_of("sensitivity", source, variants.read(), stored))
    with folder:
        lines = _solved(study, variants, folder, planned)
        return lines if isinstance(lines, int) else _finish_tornado(folder, planned, lines, variants.read().instance)


def _solved(
    study: StudyOptions,
    variants: Variants,
    folder: StudyFolder,
    planned: StudyPlan,
    chosen: list[tuple[Any, ...]] | None = None,
) -> list[StudyRow] | int:
    """The rows, or the exit code of a study that was stopped."""
    from optimizer.runs.study_tables import StudyRow
    from optimizer.study.engine import run_study

    total = planned.total if chosen is None else len(chosen)
    with stoppable(5.0) as stopping:
        setup = setup_of(study, variants, folder, total, study_observer(stopping.stop, variants))
        session().note(f"sensitivity: {total} cells over {', '.join(planned.names)}, into {folder.path}")
        outcome = run_study(setup, planned.cells(chosen), total)
        if outcome.stopped:
            return interrupted(folder.path, len(outcome.records), total, stopping.code or ExitCode.INTERRUPTED)
    return [
        StudyRow(cell.number, dict(zip(planned.names, cell.inputs, strict=True)), outcome.records[cell.number])
        for cell in planned.cells(chosen)
    ]


def _write_tables(folder: StudyFolder, lines: list[StudyRow]) -> None:
    from optimizer.runs.study_tables import study_table, timing_table

    table = study_table(lines)
    folder.write("table.csv", table.csv())
    folder.write("table.parquet", table.parquet())
    folder.write("timing.csv", timing_table(lines).csv())


def _finish_tornado(folder: StudyFolder, planned: StudyPlan, lines: list[StudyRow], instance: Instance) -> int:
    from optimizer.report.study_text import tornado_blocks
    from optimizer.runs.study_tables import StudyTable
    from optimizer.study.tornado import lcoc_of, tornado_rows

    records = {line.number: dict(line.record) for line in lines}
    rows = tornado_rows(planned, records)
    base = lcoc_of(records[0])
    _write_tables(folder, lines)
    cells = tuple(tuple(plain_value(row.get(name, base)) for name in TORNADO_COLUMNS) for row in rows)
    folder.write("tornado.csv", StudyTable(TORNADO_COLUMNS, cells).csv())
    code = code_of(lines)
    if base is not None:
        session().show(tornado_blocks(rows, base, money_of(instance)), instance)
    else:
        code = ExitCode.INFEASIBLE if records[0]["status"] == "infeasible" else ExitCode.STUDY_CELLS_FAILED
        session().say(
            f"The instance as it is has no design ({records[0]['status']}): there is nothing to compare with."
        )
    write_page(folder)
    folder.seal()
    session().say(f"{tally_text(lines)}\n{folder.path}")
    session().answer({"folder": str(folder.path), "method": "tornado", "base_lcoc": base, "axes": rows}, code)
    return int(code)


def _indices(source: Source, study: StudyOptions, variants: Variants, given: dict[str, Any]) -> int:
    from optimizer.model.kpis import ALL_KPIS
    from optimizer.study.designs import Definition, check_count
    from optimizer.study.plan import plan

    method: Method = given["method"]
    known = [kpi.id for kpi in ALL_KPIS]
    if given["output"] not in known:
        raise UsageError(f'"{given["output"][:60]}" is not a key figure', f"one of {', '.join(known)}")
    factors, samples = _factors(given, variants), given["samples"] or DEFAULT_SAMPLES[method]
    planned = plan(variants, Definition("monte_carlo", factors, samples, given["seed"]))
    check_count(size(method, len(factors), samples), study.max_cells, study.hands)
    unit = sample(method, len(factors), samples, given["seed"])
    chosen = [tuple(f.quantile(u) for f, u in zip(factors, row, strict=True)) for row in unit]
    _must_be_reported(given["output"], variants, [planned.settings(point) for point in chosen])
    request = {
        "method": method, "output": given["output"], "samples": samples, "seed": given["seed"],
        "factors": [factor.to_json() for factor in factors], "search": study.question().to_json(),
    }  # fmt: skip
    with folder_of(study, None, definition_of("sensitivity", source, variants.read(), request)) as folder:
        lines = _solved(study, variants, folder, planned, chosen)
        if isinstance(lines, int):
            return lines
        return _finish_indices(folder, lines, unit, given, variants.read().instance)


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


def _finish_indices(
    folder: StudyFolder,
    lines: list[StudyRow],
    unit: list[tuple[float, ...]],
    given: dict[str, Any],
    instance: Instance,
) -> int:
    from optimizer.report.study_text import index_blocks
    from optimizer.runs.study_tables import StudyTable

    _write_tables(folder, lines)
    method, output = given["method"], given["output"]
    outputs = [line.record.get("kpis", {}).get(output) for line in lines]
    missing = _without_figure(lines, output)
    rows: list[dict[str, Any]] = []
    code = code_of(lines)
    if missing:
        code = ExitCode.STUDY_CELLS_FAILED
        session().say(f"{missing}, so there are no indices; narrow the axes, or see table.csv.")
    else:
        analysis = analyse(method, unit, outputs, given["seed"])
        names = [name.removesuffix(CHANGE) for name in lines[0].inputs]
        rows = [{"axis": name, **row} for name, row in zip(names, analysis, strict=True)]
        first = "mu_star" if method == "morris" else "ST"
        rows.sort(key=lambda row: (-row[first], row["axis"]))
        columns = ("axis", *COLUMNS[method])
        cells = tuple(tuple(row[name] for name in columns) for row in rows)
        folder.write("indices.csv", StudyTable(columns, cells).csv())
        session().show(index_blocks(rows, method, output), instance)
        write_page(folder)
    folder.seal()
    session().say(f"{tally_text(lines)}\n{folder.path}")
    session().answer({"folder": str(folder.path), "method": method, "output": output, "indices": rows}, code)
    return int(code)
