"""`optimizer regimes`: the same facility under each dated export regime."""

from __future__ import annotations

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.app.study_pages import keep
from optimizer.app.study_runs import StudyLocation, definition_of, folder_of
from optimizer.cli.console import session
from optimizer.cli.options import answer_command, gap_option, instance_options, read, seconds_option
from optimizer.cli.study_options import place_options
from optimizer.errors import ExitCode, UsageError
from optimizer.regimes.order import DATED
from optimizer.regimes.places import unknown


@answer_command(
    "regimes",
    epilog="Example: optimizer regimes instances/hong_kong_regimes.toml --gap 0.005 --time-limit 120",
    help="Design the same facility under each dated export regime, each as if it were the law on every day of "
    "delivery, and print one table: chips bought, racks, MW, m2, levelised cost, and the penalty against open_market. "
    "Then the rules as stated, with a policy on top, or with one decision left out (no_refresh, grid_only, hall:ID): "
    "what each is worth. Each design passes the independent audit; a regime without a design is a row with its reason.",
)
@instance_options
@click.option(
    "--regime",
    "wanted",
    multiple=True,
    metavar="ID",
    help="Only this regime, policy (no_gp10, no_supercomputer) or plan without a decision (no_refresh, grid_only, "
    "hall:ID), beside open_market.",
)
@gap_option
@seconds_option("regime")
@place_options
def command(
    source: Source, location: StudyLocation, wanted: tuple[str, ...], gap: float | None, time_limit: float | None
) -> int:
    from optimizer.model.derive import derive
    from optimizer.pipeline import Options
    from optimizer.policies.export_rules import known_regimes
    from optimizer.report.regimes import regimes_blocks, regimes_json
    from optimizer.study.regimes import POLICIES, cases, decisions_by_id
    from optimizer.study.search_settings import SearchSettings

    reading = read(source)
    left_out = decisions_by_id(derive(reading.instance, reading.folder))
    known = (*known_regimes(reading.instance), *POLICIES, *left_out)
    for name in wanted:
        if name not in known:
            raise UsageError(unknown("regime", name, known))
    chosen = wanted or (*DATED, "domestic_only", *reading.instance.regimes, *POLICIES, *left_out)
    search = SearchSettings(options=Options(gap=gap, time_limit_s=time_limit))
    request = {"regimes": list(chosen), "search": {"gap": gap, "time_limit_s": time_limit}}
    with folder_of(location, definition_of("regimes", source, reading, request)) as folder:
        designs = cases(
            reading.instance, reading.folder, chosen, search, lambda name: session().note(f"designing under {name}")
        )
        keep(folder, "regimes", {"cases": regimes_json(designs)})
    session().show(regimes_blocks(reading.instance.title, designs, money_of(reading.instance)), reading.instance)
    session().say(str(folder.path))
    broken = any(case.result.design is not None and not case.result.verified for case in designs)
    undecided = any(case.result.status.value in ("no_solution", "unsound", "unbounded") for case in designs)
    code = ExitCode.VERIFICATION if broken else ExitCode.STUDY_CELLS_FAILED if undecided else ExitCode.OK
    answer = {"instance": reading.instance.name, "folder": folder.path, "cases": regimes_json(designs)}
    return session().answer(answer, code)
