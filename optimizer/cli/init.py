"""`optimizer init`: a commented instance to start from."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.console import session
from optimizer.cli.options import standard_options
from optimizer.errors import UsageError

TEMPLATE = Path(__file__).resolve().parent.parent / "reading" / "templates" / "template.toml"


@click.command(
    "init",
    epilog="Example: optimizer init my_site.toml, then optimizer validate my_site.toml",
    help="Write a commented, valid instance to FILE. Nothing is written over without --overwrite.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=Path("instance.toml"))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@standard_options
def command(file: Path, overwrite: bool) -> int:
    from optimizer.runs.atomic import write_whole

    if file.suffix != ".toml":
        raise UsageError(f"{file} should end in .toml", f"optimizer init {file.with_suffix('.toml')}")
    if file.exists() and not overwrite:
        raise UsageError(f"{file} exists already", "choose another name, or add --overwrite")
    write_whole(file, TEMPLATE.read_text(encoding="utf-8"))
    session().say(f"written: {file}")
    session().say(f"next: edit it, then optimizer validate {file} and optimizer solve {file}")
    session().answer({"file": str(file)})
    return 0
