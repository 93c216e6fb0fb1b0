"""`optimizer frontier`: what a little less of one measure costs in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optimizer.app.source import Source
from optimizer.app.study_pages import write_page
from optimizer.app.study_runs import StudyOptions, code_of, definition_of, folder_of, setup_of, tally_words
from optimizer.cli.console import session, width
from optimizer.cli.options import instance_options, standard_options
from optimizer.cli.study_options import interrupted, study_observer, study_options, variants_of
from optimizer.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from optimizer.runs.study_folder import StudyFolder
    from optimizer.runs.study_tables import StudyRow
    from optimizer.study.frontier import Frontier, FrontierQuestion


@click.command(
    "frontier",
    epilog="Example: optimizer frontier instances/hong_kong_cyberport.toml --x carbon_t_per_year "
    "--y lcoc_usd_per_eflop --points 9",
    help="Trade one measure off against another, both to be small, by the exact epsilon-constraint method: the two "
    "ends are lexicographic, between them Y is minimised under evenly spaced caps on X. No point shown is beaten by "
    "another, each is proven to the gap and audited. Measures: lcoc_usd_per_eflop, npv_cost_musd, capex_musd, "
    "floor_area_m2, energy_mwh_per_year, carbon_t_per_year, water_m3_per_year (yearly ones: the largest phase).",
)
@instance_options
@click.option("--x", "x_name", default="carbon_t_per_year", show_default=True, metavar="MEASURE", help="Capped.")
@click.option("--y", "y_name", default="lcoc_usd_per_eflop", show_default=True, metavar="MEASURE", help="Minimised.")
@click.option("--points", type=click.IntRange(2, 200), default=9, show_default=True, help="Solves, ends included.")
@study_options
@standard_options
def command(source: Source, study: StudyOptions, x_name: str, y_name: str, points: int) -> int:
    from dataclasses import replace

    from optimizer.cli.signals import stoppable
    from optimizer.study.frontier import FrontierQuestion, run_frontier, solve_point
    from optimizer.study.metrics import metric_of

    asked = FrontierQuestion(metric_of(x_name), metric_of(y_name), points)
    if asked.x == asked.y:
        raise UsageError("a frontier takes two different measures")
    if study.objective is not None:
        raise UsageError("a frontier's objective is its --y", "leave --objective out")
    variants, reading = variants_of(source)
    told = {"x": asked.x.id, "y": asked.y.id, "points": points, "search": study.question().to_json()}
    with folder_of(study, None, definition_of("frontier", source, reading, told)) as folder, stoppable(5.0) as stopping:
        setup = setup_of(study, variants, folder, points, study_observer(stopping.stop))
        session().note(f"frontier of {asked.y.id} over {asked.x.id}, {points} points, into {folder.path}")
        found = run_frontier(replace(setup, work=solve_point), asked)
        if found.stopped:
            return interrupted(folder, len(found.inner), points, stopping.code or ExitCode.INTERRUPTED)
        return _finish(folder, asked, found)


def _finish(folder: StudyFolder, asked: FrontierQuestion, found: Frontier) -> int:
    from optimizer.report.document import to_text
    from optimizer.report.study_words import frontier_blocks
    from optimizer.study.frontier import frontier_rows

    lines = _lines(asked, found)
    rows = frontier_rows(found, asked)
    _write(folder, asked, lines, rows)
    code = code_of(lines)
    if not rows:
        statuses = {line.record.get("status") for line in lines}
        code = ExitCode.INFEASIBLE if statuses == {"infeasible"} else ExitCode.STUDY_CELLS_FAILED
        session().say("There is no design at the ends of the frontier, so there is no frontier.")
    else:
        session().say(to_text(frontier_blocks(rows, asked), width()))
    session().say(f"{tally_words(lines)}\n{folder.path}")
    keys = ("kind", "cap_x", "x", "y", "gap")
    shown = [{key: row[key] for key in keys} | {"chip_set": row["record"]["chip_set"]} for row in rows]
    session().answer({"folder": str(folder.path), "x": asked.x.id, "y": asked.y.id, "points": shown}, code)
    return int(code)


def _lines(asked: FrontierQuestion, found: Frontier) -> list[StudyRow]:
    from optimizer.runs.study_tables import StudyRow

    return [
        StudyRow(number, {"kind": kind, "cap_x": cap} | _reached(asked, record), record)
        for number, (kind, cap, record) in enumerate(found.records())
    ]


def _reached(asked: FrontierQuestion, record: dict[str, Any]) -> dict[str, Any]:
    measures = record.get("measures", {})
    return {"x": measures.get(asked.x.id), "y": measures.get(asked.y.id)}


def _write(folder: StudyFolder, asked: FrontierQuestion, lines: list[StudyRow], rows: list[dict[str, Any]]) -> None:
    from optimizer.runs.study_tables import StudyTable, study_table, timing_table

    table = study_table(lines)
    folder.write("table.csv", table.csv())
    folder.write("table.parquet", table.parquet())
    folder.write("timing.csv", timing_table(lines).csv())
    columns = ("point", "kind", "cap_x", asked.x.id, asked.y.id, "gap", "verified", "chip_set", "key")
    cells = tuple(
        (
            number, row["kind"], row["cap_x"], row["x"], row["y"], row["gap"], row["record"]["verified"],
            row["record"]["chip_set"], row["record"]["key"],
        )
        for number, row in enumerate(rows)
    )  # fmt: skip
    folder.write("frontier.csv", StudyTable(columns, cells).csv())
    write_page(folder)
    folder.seal()
