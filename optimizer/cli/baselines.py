"""`optimizer baselines`: the best design beside baselines for the same question."""

from __future__ import annotations

from dataclasses import asdict

from optimizer.analysis.money import money_of
from optimizer.app.design_studies import base_design, baselines, save
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import DesignOptions, design_options, watched
from optimizer.cli.options import answer_command, instance_options, read
from optimizer.errors import ExitCode
from optimizer.runs.safe_csv import write_table


@answer_command(
    "baselines",
    epilog="Example: optimizer baselines instances/hong_kong_brownfield.toml --gap 0.001",
    help="Compare the best design with baselines: cheapest accelerators first, least power first, one vendor, air "
    "cooling only, licences avoided, today's base kept, no refresh, grid only. Each is a real design, as good as its "
    "rule allows and verified by the same audit, or is said to be not feasible, with the reason.",
)
@instance_options
@design_options
def command(source: Source, chosen: DesignOptions) -> int:
    reading = read(source)
    from optimizer.app.write_run import design_files
    from optimizer.report.baselines import PLAN_COLUMNS, baseline_blocks, plan_table, plans
    from optimizer.report.studies import Studies, files

    with watched(reading, chosen.options) as (stopping, search):
        best = base_design(reading, search, session().note)
        rows = baselines(best, search, session().note)
    compared = plans(best, rows, reading.sha256)
    kept = Studies(baselines=compared, stopped=stopping.code is not None)
    made = files(kept, reading.sha256)
    made["baselines.csv"] = write_table(PLAN_COLUMNS, plan_table(compared))
    made |= design_files((plan.result for plan in rows), first=1)
    folder = save("baselines", reading, chosen.location(reading.instance.name), made)
    session().show(baseline_blocks(compared, kept.stopped, money_of(reading.instance)), reading.instance)
    session().say(f"\nall files: {folder}")
    open_ended = any(row.status not in ("optimal", "infeasible") for row in compared.rows)
    code = stopping.code or (ExitCode.LIMIT_WITH_DESIGN if open_ended else ExitCode.OK)
    return session().answer({**asdict(compared), "folder": str(folder)}, code)
