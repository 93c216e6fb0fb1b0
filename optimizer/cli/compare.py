"""`optimizer compare`: runs, and bids for them, side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli.console import session
from optimizer.cli.design_options import telling, watched_hooks
from optimizer.cli.options import standard_options
from optimizer.errors import ExitCode
from optimizer.runs.atomic import write_whole

if TYPE_CHECKING:
    from optimizer.analysis.sides import Side
    from optimizer.report.compared import NamedComparison

MOST = 4
"""Sides that a screen can hold beside each other."""


@click.command(
    "compare",
    epilog="Example: optimizer compare results/hong_kong_cyberport/reference results/singapore/reference, or "
    "optimizer compare results/hong_kong_cyberport/reference bid.json --set export.licences=avoid",
    help="Set two to four designs side by side: the questions of a board, cost by ledger account (the accounts' "
    "differences add up to that of the levelised cost), figures, decisions, excluded accelerators with the clause, and "
    "assumptions that differ. The first RUN is what the others are compared with; a design file (a vendor's bid) "
    "answers the instance of the first run, and so does the design that is made with --set.",
)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN [RUN|BID.json]...")
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="KEY=VALUE",
    help="Design the first run's instance once more with this value changed (all of them together), as the last side.",
)
@click.option("--lines", type=click.IntRange(0, 1000), default=12, help="Ledger lines shown [default: 12].")
@click.option("--assumptions", type=click.IntRange(0, 100_000), default=20, help="Assumptions shown [default: 20].")
@click.option("--markdown", type=click.Path(path_type=Path), metavar="FILE", help="Write the page to FILE as well.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write an HTML page with charts to FILE.")
@click.option("--xlsx", type=click.Path(path_type=Path), metavar="FILE", help="Write a workbook of all tables to FILE.")
@standard_options
def command(
    runs: tuple[Path, ...], sets: tuple[str, ...], lines: int, assumptions: int, **files: Path | None
) -> int:  # fmt: skip
    count = len(runs) + bool(sets)
    if not 2 <= count <= MOST:
        raise click.UsageError(f"a comparison takes two to {MOST} designs, not {count}")
    from optimizer.analysis.comparison import compare
    from optimizer.app.sides import open_sides
    from optimizer.report.compare_page import RowLimits, comparison_blocks
    from optimizer.report.compared import shown
    from optimizer.report.document import to_markdown

    sides = open_sides(runs)
    if sets:
        sides = (*sides, _designed(runs[0], sets))
    comparison = compare(sides)
    named = shown(comparison)
    blocks = comparison_blocks(named, RowLimits(lines, assumptions))
    session().show(blocks)
    _write(named, to_markdown(blocks), files)
    for side in sides:
        for doubt in side.doubts:
            session().note(f"warning: {side.name}: {doubt}", "yellow")
    sound = all(side.result.verified and not side.doubts for side in sides)
    code = ExitCode.OK if sound else ExitCode.VERIFICATION
    session().answer(comparison.to_json_dict(), code)
    return code


def _designed(first: Path, sets: tuple[str, ...]) -> Side:
    """The design that answers the first run's question with these values changed."""
    from optimizer.app.sides import changed_reading, designed_side
    from optimizer.preparation import Options

    reading = changed_reading(first, sets)
    session().note(f"designing {reading.instance.name} with {', '.join(sets)}")
    with watched_hooks(telling(reading, Options())) as (_, hooks):
        return designed_side(reading, ", ".join(sets), hooks)


def _write(named: NamedComparison, markdown: str, files: dict[str, Path | None]) -> None:
    makers: dict[str, Callable[[NamedComparison], str | bytes]] = {
        "markdown": lambda _: markdown,
        "html": _page,
        "xlsx": _workbook,
    }
    for kind, make in makers.items():
        if (target := files[kind]) is not None:
            write_whole(target, make(named))
            session().note(f"wrote {target}")


def _page(named: NamedComparison) -> str:
    from optimizer.report.html.comparison_page import render_comparison

    return render_comparison(named)


def _workbook(named: NamedComparison) -> bytes:
    from optimizer.report.workbook.comparison import comparison_workbook

    return comparison_workbook(named)
