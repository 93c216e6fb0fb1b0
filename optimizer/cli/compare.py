"""`optimizer compare`: runs, and bids for them, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli.console import session, width
from optimizer.cli.options import standard_options
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.report.document import Block


@click.command(
    "compare",
    epilog="Example: optimizer compare results/hong_kong_cyberport/reference results/singapore/reference, or "
    "optimizer compare results/hong_kong_cyberport/reference bid.json",
    help="Set designs side by side: figures, cost by ledger account (the accounts' differences add up to that of the "
    "levelised cost), decisions, excluded accelerators with the clause, and assumptions that differ. The first RUN is "
    "what the others are compared with; a design file (a vendor's bid) answers the instance of the first run.",
)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN RUN|BID.json...")
@click.option("--lines", type=click.IntRange(0, 1000), default=12, help="Ledger lines shown [default: 12].")
@click.option("--assumptions", type=click.IntRange(0, 100_000), default=20, help="Assumptions shown [default: 20].")
@click.option("--markdown", type=click.Path(path_type=Path), metavar="FILE", help="Write the page to FILE as well.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write it as one HTML page to FILE.")
@standard_options
def command(runs: tuple[Path, ...], lines: int, assumptions: int, markdown: Path | None, html: Path | None) -> int:
    if len(runs) < 2:
        raise click.UsageError("a comparison takes two runs at least")
    from optimizer.analysis.comparison import compare
    from optimizer.app.sides import open_sides
    from optimizer.report.compare_page import RowLimits, comparison_blocks
    from optimizer.report.document import to_text

    sides = open_sides(runs)
    comparison = compare(sides)
    blocks = comparison_blocks(comparison, RowLimits(lines, assumptions))
    session().say(to_text(blocks, width()))
    _write(blocks, markdown, html)
    for side in sides:
        for doubt in side.doubts:
            session().note(f"warning: {side.name}: {doubt}", "yellow")
    sound = all(side.result.verified and not side.doubts for side in sides)
    code = ExitCode.OK if sound else ExitCode.VERIFICATION
    session().answer(comparison.to_json_dict(), code)
    return code


def _write(blocks: list[Block], markdown: Path | None, html: Path | None) -> None:
    from optimizer.report.document import to_markdown
    from optimizer.runs.atomic import write_whole

    if markdown is not None:
        write_whole(markdown, to_markdown(blocks))
        session().note(f"wrote {markdown}")
    if html is not None:
        from optimizer.report.compare_html import to_html

        write_whole(html, to_html(blocks, "Designs side by side"))
        session().note(f"wrote {html}")
