"""`optimizer alternatives`: the cheapest designs that differ in a way a buyer cares about."""

from __future__ import annotations

import re
from dataclasses import asdict

import click

from optimizer.analysis.money import money_of
from optimizer.app.design_studies import base_design, save
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import DesignOptions, design_options, watched
from optimizer.cli.options import answer_command, instance_options, read
from optimizer.errors import ExitCode
from optimizer.runs.safe_csv import write_table

KINDS = ("vendor", "throughput", "chips", "cooling", "fabric", "site", "substation")
MOST = 50
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)")


def _within(ctx: click.Context, parameter: click.Parameter, value: str) -> float:
    """`5%`, `5 %` or `0.05`."""
    match = _PERCENT.fullmatch(value.strip())
    if match is None:
        raise click.BadParameter(f"{value} is neither a percentage such as 5% nor a fraction such as 0.05")
    fraction = float(match[1]) / (100 if match[2] else 1)
    if not 0 < fraction <= 10 or (not match[2] and fraction > 1):
        raise click.BadParameter(f"{value} is not above 0 and at most 1; write 5% for five per cent")
    return fraction


@answer_command(
    "alternatives",
    epilog="Example: optimizer alternatives instances/hong_kong_cyberport.toml --count 3 --within 5% --differ vendor",
    help="Find the cheapest designs that differ from the best one, and from each other, in what they buy or build. "
    "Each is the best of all that differ, proven to the gap and verified; the search says when no other lies within "
    "the distance. The results go to a folder with alternatives.json, alternatives.csv and every design.",
)
@instance_options
@click.option("--count", type=click.IntRange(1, MOST), default=5, help="Alternatives at most [5].")
@click.option("--within", default="5%", callback=_within, metavar="PERCENT", help="Distance from the best value [5%].")
@click.option(
    "--differ",
    type=click.Choice(KINDS),
    multiple=True,
    help="In what to differ; repeated: in any of them [vendor and throughput: a tenth of it is bought of others].",
)
@click.option("--replace", is_flag=True, help="Each must do without something that every earlier one has.")
@design_options
def command(
    source: Source, chosen: DesignOptions, count: int, within: float, differ: tuple[str, ...], replace: bool
) -> int:
    reading = read(source)
    from optimizer.app.write_run import design_files
    from optimizer.report.alternatives import COLUMNS, alternatives_blocks, choice_table, choices
    from optimizer.report.studies import Studies, files
    from optimizer.study.alternatives import Wanted, alternatives
    from optimizer.study.no_good_cuts import Difference, DifferenceKind

    kinds = tuple(DifferenceKind(kind) for kind in dict.fromkeys(differ)) or Difference().kinds
    wanted = Wanted(count, within, Difference(kinds, replace))
    with watched(reading, chosen.options) as (stopping, search):
        best = base_design(reading, search, session().note)
        similar = alternatives(best, wanted, search, session().note)
    table = choices(similar, reading.sha256)
    made = files(Studies(alternatives=table), reading.sha256)
    made["alternatives.csv"] = write_table(COLUMNS, choice_table(table))
    made |= design_files((similar.best, *(alternative.result for alternative in similar.alternatives)))
    folder = save("alternatives", reading, chosen.location(reading.instance.name), made)
    session().show(alternatives_blocks(table, money_of(reading.instance)), reading.instance)
    session().say(f"\nall files: {folder}")
    code = stopping.code or (ExitCode.LIMIT_WITH_DESIGN if table.ending == "undecided" else ExitCode.OK)
    return session().answer({**asdict(table), "folder": str(folder)}, code)
