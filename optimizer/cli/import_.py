"""`optimizer import`: chips, prices and quotations from CSV or XLSX into a TOML overlay."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.console import session
from optimizer.cli.options import FILE, answer_command, check_free, overwrite_option
from optimizer.errors import UsageError
from optimizer.runs.atomic import write_whole


@answer_command(
    "import",
    epilog="Example: optimizer import chips.xlsx quotes.csv --over my_site.toml --out with_quotes.toml",
    help="Read tables of chips (a column id), prices (accelerator, price_usd) or quotations (accelerator, supplier, "
    "unit_price, quoted) into a TOML overlay. Every row has a source and a grade; formulas are refused, never "
    "evaluated; every finding names file, sheet and cell.",
)
@click.argument("tables", nargs=-1, required=True, type=FILE, metavar="TABLE...")
@click.option("--out", type=FILE, required=True, help="TOML file to write.")
@click.option("--over", type=FILE, help="Instance that the overlay extends, so that it can be solved as it stands.")
@overwrite_option
def command(tables: tuple[Path, ...], out: Path, over: Path | None, overwrite: bool) -> int:
    if out.suffix != ".toml":
        raise UsageError(f"{out} should end in .toml")
    check_free(out, overwrite)
    if over is not None and over.resolve().parent != out.resolve().parent:
        raise UsageError(f"{over} and {out} are in different folders", "an instance extends one that lies beside it")
    from optimizer.tender.imports import overlay_text, read_overlay

    made = read_overlay(tables)
    write_whole(out, overlay_text(made, over.name if over else None))
    session().say(f"wrote {out}: {len(made.rows)} accelerators")
    return session().answer({"file": str(out), "accelerators": sorted(made.rows)})
