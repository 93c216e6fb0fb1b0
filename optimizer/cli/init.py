"""`optimizer init`: a commented instance to start from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from optimizer.app.examples import example_files
from optimizer.app.starts import DEFAULT_CITY, cities, start_of
from optimizer.cli.console import session
from optimizer.cli.options import FILE, answer_command
from optimizer.errors import UsageError
from optimizer.runs.atomic import write_whole


@answer_command(
    "init",
    epilog="Example: optimizer init my_site.toml --place johor, then optimizer validate my_site.toml",
    help="Write a commented, valid instance to FILE: climate, tariff, transformers, carbon, money and law of a city. "
    "--example: one of those that come with the program, with the files it extends. Nothing is written over without "
    "--overwrite.",
)
@click.argument("file", required=False, type=FILE)
@click.option("--place", "city", metavar="CITY", help=f"Default {DEFAULT_CITY}. One of: {', '.join(cities())}.")
@click.option(
    "--example", metavar="NAME", help="Copy an instance that comes with the program: hong_kong_cyberport, ..."
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
def command(file: Path | None, city: str | None, example: str | None, overwrite: bool) -> int:
    target = file or Path(f"{example}.toml" if example else "instance.toml")
    if target.suffix != ".toml":
        raise UsageError(f"{target} should end in .toml", f"optimizer init {target.with_suffix('.toml')}")
    if city and example:
        raise UsageError("--place and --example exclude each other", "an example has its place already")
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", target.stem)[:64] or "my_site"
    texts = _texts(target, example) if example else {target: start_of(city or DEFAULT_CITY, name)}
    for path, text in texts.items():
        same = example is not None and path != target and path.exists() and path.read_text(encoding="utf-8") == text
        if path.exists() and not overwrite and not same:
            raise UsageError(f"{path} exists already", "choose another name, or add --overwrite")
    for path, text in texts.items():
        write_whole(path, text)
        session().say(f"written: {path}")
    session().say(f"next: edit it, then optimizer validate {target} and optimizer solve {target}")
    return session().answer({"file": str(target), "files": [str(path) for path in texts]})


def _texts(target: Path, example: str) -> dict[Path, str]:
    """What is written where for an example, the instance itself first."""
    (_, text), *parents = example_files(example).items()
    return {target: text} | {target.with_name(name): parent for name, parent in parents}
