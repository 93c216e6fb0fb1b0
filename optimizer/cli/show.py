"""`optimizer show`: the resolved instance, with the origin of every value."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import click

from optimizer.app.source import Source
from optimizer.cli.console import session, width
from optimizer.cli.options import answer_command, instance_options, read
from optimizer.errors import UsageError
from optimizer.number_format import finite
from optimizer.reading.layers import Origin


@answer_command(
    "show",
    epilog="Example: optimizer show my_site.toml accelerators.h200_sxm --set accelerators.h200_sxm.price_usd=25000",
    help="Print every value of the resolved instance with its origin: default, catalogue, file, scenario or --set, "
    "with source and grade. PREFIX keeps only the paths that start with it.",
)
@instance_options
@click.argument("prefix", required=False, default="")
@click.option("--toml", "as_toml", is_flag=True, help="The resolved instance as TOML instead, complete in itself.")
def command(source: Source, prefix: str, as_toml: bool) -> int:
    from optimizer.reading.read import resolved_rows

    reading = read(source)
    if as_toml and not session().json:
        from optimizer.reading.resolved import to_toml

        session().say(to_toml(reading.instance).rstrip("\n"))
        return 0
    table = prefix.rstrip(".")
    rows = [row for row in resolved_rows(reading) if not table or f"{row[0]}.".startswith(f"{table}.")]
    if prefix and not rows:
        raise UsageError(f"there is nothing at {prefix}", "optimizer show INSTANCE lists every path")
    if not session().json:
        _print(rows)
    values = []
    for path, value, origin in rows:
        about = finite(origin)
        values.append({"path": path, "value": value, "origin": about.pop("kind"), **about})
    return session().answer({"name": reading.instance.name, "sha256": reading.sha256, "values": values})


def _print(rows: list[tuple[str, Any, Origin]]) -> None:
    """One line a value; where whole paths leave no room, a table's name stands above its keys."""
    from optimizer.report.document import Table

    cells = tuple((path, _text(value), _origin_text(origin)) for path, value, origin in rows)
    if sum(max(map(len, column)) for column in zip(*cells, strict=True)) <= width():
        session().show([Table(("Path", "Value", "Origin"), cells)])
        return
    tables = []
    for name, lines in groupby(rows, key=lambda row: ".".join(row[0].split(".")[:-1][:2])):
        inside = ((path.removeprefix(name), _text(value), _short_origin(origin)) for path, value, origin in lines)
        tables.append(Table((name or "Path", "Value", "Origin, grade, year"), tuple(inside)))
    session().show(tables)


def _short_origin(origin: Origin) -> str:
    file = (origin.file or "").rpartition("/")[2]
    place = f"{file}:{origin.line}" if file and origin.line else file or origin.kind
    source = f"[{', '.join(origin.source)}]" if origin.source else ""
    kind = origin.kind if file and origin.kind not in ("file", "catalogue") else ""
    return " ".join(filter(None, (kind, place, source, origin.grade, str(origin.price_year or ""))))


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        text = ", ".join(_text(item) for item in value[:6])
        return f"[{text}{', ...' if len(value) > 6 else ''}]"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "(none)"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _origin_text(origin: Origin) -> str:
    file = (origin.file or "").removeprefix(f"{origin.kind}/")
    place = f"{file}:{origin.line}" if file and origin.line else file
    parts = [origin.kind, place if origin.kind != "set" else ""]
    parts += [f"[{', '.join(origin.source)}]"] if origin.source else []
    parts += [f"grade {origin.grade}"] if origin.grade else []
    parts += [f"price of {origin.price_year}"] if origin.price_year else []
    return " ".join(part for part in parts if part)
