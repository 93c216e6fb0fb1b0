"""`optimizer frontier`: what a little less of one measure costs in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.frontiers import FrontierRequest, frontier_and_write
from optimizer.app.source import Source
from optimizer.app.study_runs import StudyOptions, code_of
from optimizer.cli.console import session
from optimizer.cli.options import answer_command, instance_options
from optimizer.cli.study_options import end_study, interrupted, study_options, watched_study
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.reading.read import Variants


@answer_command(
    "frontier",
    epilog="Example: optimizer frontier instances/hong_kong_cyberport.toml --x carbon_t_per_year "
    "--y lcoc_usd_per_eflop --points 9",
    help="Trade one measure off against another, both to be small, by the exact epsilon-constraint method: the two "
    "ends are lexicographic, between them Y is minimised under evenly spaced caps on X. No point shown is beaten by "
    "another, each is proven to the gap and audited. Measures: lcoc_usd_per_eflop, npv_cost_musd, capex_musd, "
    "floor_area_m2, energy_mwh_per_year, carbon_t_per_year, water_m3_per_year (yearly ones: the largest phase). Every "
    "point delivers as much as that of the least Y. --x target_pflops: Y over 50 to 150 % of all targets instead.",
)
@instance_options
@click.option("--x", default="carbon_t_per_year", show_default=True, metavar="MEASURE", help="Capped.")
@click.option("--y", default="lcoc_usd_per_eflop", show_default=True, metavar="MEASURE", help="Minimised.")
@click.option("--points", type=click.IntRange(2, 200), default=9, show_default=True, help="Solves, ends included.")
@click.option(
    "--any-compute", is_flag=True, help="Points may deliver less than that of the least Y, down to the targets."
)
@study_options
def command(source: Source, study: StudyOptions, variants: Variants, **asked: Any) -> int:
    request = FrontierRequest(source=source, variants=variants, study=study, **asked)
    with watched_study(variants) as (stopping, observer):
        traded = frontier_and_write(request, observer)
    if traded.stopped:
        return interrupted(traded.folder, traded.done, request.points, stopping.code)
    from optimizer.report.study_text import frontier_blocks

    rows, lines, question = traded.points, traded.searches, traded.question
    code = code_of(lines)
    if not rows:
        statuses = {line.record.get("status") for line in lines}
        code = ExitCode.INFEASIBLE if statuses == {"infeasible"} else ExitCode.STUDY_CELLS_FAILED
        session().say("There is no design at the ends of the frontier, so there is no frontier.")
    else:
        instance = variants.read().instance
        session().show(frontier_blocks(rows, question, money_of(instance)), instance)
    keys = ("kind", "cap_x", "x", "y", "gap")
    shown = [{key: row[key] for key in keys} | {"chip_set": row["record"]["chip_set"]} for row in rows]
    return end_study(traded.folder, lines, {"x": question.x.id, "y": question.y.id, "points": shown}, code)
