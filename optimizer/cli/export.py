"""`optimizer export`: a run as CSV, Parquet, JSON, workbook or Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.console import session
from optimizer.cli.options import PATH, answer_command, check_beside_run
from optimizer.errors import ExitCode, InputOutputError, UsageError
from optimizer.runs.atomic import write_whole
from optimizer.runs.safe_csv import DialectName

if TYPE_CHECKING:
    from optimizer.report.export import Edition, Format, Order, What

FORMATS = ("csv", "parquet", "json", "xlsx", "markdown", "ocds", "icalendar")
TABLES = ("ledger", "procurement", "design", "hourly")
DEFAULT_TABLE: dict[str, What] = {"csv": "ledger", "parquet": "ledger", "json": "design"}


@answer_command(
    "export",
    epilog="Example: optimizer export results/minimal/20270101T000000Z-1a2b3c4d --format csv --what procurement "
    "--csv-dialect excel-eu --out orders.csv",
    help="Write the design of a run in a format others read. CSV, Parquet and JSON hold one table (--what); xlsx is "
    "the workbook with live formulas; markdown a document for the annex of a tender (--edition bidder: functional, "
    "without prices, brands, budget, ranking or marks); ocds an Open Contracting release; icalendar the order-by days "
    "with alarms.",
)
@click.argument("run", type=PATH, metavar="RUN")
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="Format of the file.")
@click.option("--out", type=PATH, required=True, metavar="FILE", help="File to write.")
@click.option("--what", type=click.Choice(TABLES), help="The table [default: ledger, for json design].")
@click.option(
    "--csv-dialect",
    type=click.Choice(("standard", "excel-eu")),
    default="standard",
    help="excel-eu: semicolons and decimal commas, as Excel in much of Europe expects [default: standard].",
)
@click.option(
    "--edition",
    type=click.Choice(("internal", "bidder")),
    default="internal",
    help="Of the markdown annex: for the file, or for bidders [internal].",
)
@click.option("--overwrite", is_flag=True, help="Write over FILE if it exists.")
def command(run: Path, out: Path, overwrite: bool, **options: Any) -> int:
    order = _order(**options)
    check_beside_run(run, out, overwrite, "export")
    from optimizer.app.loaded import open_result, stored_origins
    from optimizer.report.export import Backing, export
    from optimizer.report.summary import About

    loaded, result = open_result(run)
    session().warn(loaded.warnings)
    about = About(warnings=loaded.warnings, instance_file=f"{loaded.folder}/instance.resolved.toml")
    content = export(result, order, Backing(about, stored_origins(run), run))
    _write(out, content)
    session().say(f"wrote {out} ({len(content):,} bytes)")
    what = order.what if order.format in DEFAULT_TABLE else None
    answer = {"file": str(out), "format": order.format, "what": what, "bytes": len(content)}
    code = ExitCode.OK if loaded.intact else ExitCode.VERIFICATION
    return session().answer({**answer, **loaded.integrity}, code)


def _order(form: Format, what: What | None, csv_dialect: DialectName, edition: Edition) -> Order:
    """What is wanted. Raises UsageError for options that are about another format."""
    from optimizer.report.export import Order

    if what is not None and form not in DEFAULT_TABLE:
        raise UsageError(f"--what goes with csv, parquet or json; {form} holds everything")
    if csv_dialect != "standard" and form != "csv":
        raise UsageError(f"--csv-dialect goes with --format csv, not {form}")
    if edition != "internal" and form != "markdown":
        raise UsageError(f"--edition goes with --format markdown, not {form}")
    return Order(form, what or DEFAULT_TABLE.get(form, "design"), csv_dialect, edition)


def _write(out: Path, content: bytes) -> None:
    try:
        write_whole(out, content)
    except InputOutputError as problem:
        # Windows refuses to replace a file that a spreadsheet has open.
        is_open = isinstance(problem.__cause__, PermissionError) and out.exists()
        remedy = f"close {out.name} if it is open elsewhere, and try again" if is_open else "choose another --out"
        raise InputOutputError(problem.message, remedy) from problem
