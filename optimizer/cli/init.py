"""`optimizer init`: a commented instance to start from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from optimizer.app.starts import DEFAULT_CITY, cities, start_of
from optimizer.cli.console import session
from optimizer.cli.options import standard_options
from optimizer.errors import UsageError


@click.command(
    "init",
    epilog="Example: optimizer init my_site.toml --place johor, then optimizer validate my_site.toml",
    help="Write a commented, valid instance to FILE: climate, tariff, transformers, carbon, prices and law of a city. "
    "Nothing is written over without --overwrite.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=Path("instance.toml"))
@click.option(
    "--place", "city", metavar="CITY", default=DEFAULT_CITY, show_default=True, help=f"One of: {', '.join(cities())}."
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@standard_options
def command(file: Path, city: str, overwrite: bool) -> int:
    from optimizer.runs.atomic import write_whole

    if file.suffix != ".toml":
        raise UsageError(f"{file} should end in .toml", f"optimizer init {file.with_suffix('.toml')}")
    if file.exists() and not overwrite:
        raise UsageError(f"{file} exists already", "choose another name, or add --overwrite")
    write_whole(file, start_of(city, _id(file.stem)))
    session().say(f"written: {file}")
    session().say(f"next: edit it, then optimizer validate {file} and optimizer solve {file}")
    session().answer({"file": str(file), "place": city})
    return 0


def _id(stem: str) -> str:
    """A name made of a file's: letters, digits, _ and - only."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem)[:64] or "my_site"
