"""`optimizer compare`: runs, and bids for them, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli.console import session
from optimizer.cli.design_options import telling, watched_hooks
from optimizer.cli.options import PATH, answer_command
from optimizer.errors import ExitCode
from optimizer.runs.atomic import write_whole

if TYPE_CHECKING:
    from optimizer.report.compared import NamedComparison

MOST = 4
"""Sides that a screen can hold beside each other."""


@answer_command(
    "compare",
    epilog="Example: optimizer compare results/hong_kong_cyberport/reference results/singapore/reference, or "
    "optimizer compare results/hong_kong_cyberport/reference bid.json --set export.licences=avoid",
    help="Set two to four designs side by side: the questions of a board, cost by ledger account (the accounts' "
    "differences add up to that of the levelised cost), figures, decisions, excluded accelerators with the clause, and "
    "assumptions that differ. The first RUN is what the others are compared with; a design file (a vendor's bid) "
    "answers the instance of the first run, and so does the design that is made with --set.",
)
@click.argument("runs", nargs=-1, required=True, type=PATH, metavar="RUN [RUN|BID.json]...")
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="KEY=VALUE",
    help="Design the first run's instance once more with this value changed (all of them together), as the last side.",
)
@click.option("--lines", type=click.IntRange(0, 1000), default=12, help="Ledger lines shown [default: 12].")
@click.option("--assumptions", type=click.IntRange(0, 100_000), default=20, help="Assumptions shown [default: 20].")
@click.option("--markdown", type=PATH, metavar="FILE", help="Write the page to FILE as well.")
@click.option("--html", type=PATH, metavar="FILE", help="Write an HTML page with charts to FILE.")
@click.option("--xlsx", type=PATH, metavar="FILE", help="Write a workbook of all tables to FILE.")
def command(runs: tuple[Path, ...], sets: tuple[str, ...], lines: int, assumptions: int, **files: Path | None) -> int:
    count = len(runs) + bool(sets)
    if not 2 <= count <= MOST:
        raise click.UsageError(f"a comparison takes two to {MOST} designs, not {count}")
    from optimizer.analysis.comparison import compare
    from optimizer.app.sides import changed_reading, designed_side, open_sides
    from optimizer.report.compare_page import RowLimits, comparison_blocks
    from optimizer.report.compared import shown
    from optimizer.report.document import to_markdown

    sides = open_sides(runs)
    if sets:
        from optimizer.preparation import Options

        reading, name = changed_reading(runs[0], sets), ", ".join(sets)
        session().note(f"designing {reading.instance.name} with {name}")
        with watched_hooks(telling(reading, Options())) as (_, hooks):
            sides = (*sides, designed_side(reading, name, hooks))
    comparison = compare(sides)
    named = shown(comparison)
    blocks = comparison_blocks(named, RowLimits(lines, assumptions))
    session().show(blocks)
    for kind, target in files.items():
        if target is not None:
            write_whole(target, _file(kind, named, to_markdown(blocks)))
            session().note(f"wrote {target}")
    for side in sides:
        session().warn(f"{side.name}: {doubt}" for doubt in side.doubts)
    sound = all(side.result.verified and not side.doubts for side in sides)
    code = ExitCode.OK if sound else ExitCode.VERIFICATION
    return session().answer(comparison.to_json_dict(), code)


def _file(kind: str, named: NamedComparison, markdown: str) -> str | bytes:
    """The comparison as a file; what makes it is loaded for it alone."""
    if kind == "html":
        from optimizer.report.html.comparison_page import render_comparison

        return render_comparison(named)
    if kind == "xlsx":
        from optimizer.report.workbook.comparison import comparison_workbook

        return comparison_workbook(named)
    return markdown
