"""Ids in a text become names, at the border to the reader: pages, terminal and workbook pass through here.

Whole ids alone are replaced: those with an underscore or a digit, which no sentence would hold by chance. File names,
commands and texts of the planner that only contain an id stay as they are, and so does an input key in square brackets:
it is what the reader has to write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.labels import ACCOUNTS, KPIS, TABLES
from optimizer.inputs.naming import (
    field_name,
    in_sentence,
    key_name,
    objective_name,
    phase_name,
    place_name,
    readable,
    row_name,
    short_chip_name,
)
from optimizer.inputs.schema import Instance
from optimizer.reading.catalogue import catalogue_rows
from optimizer.reading.read import values_of
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table

Renamer = Callable[[str], str]
_FIGURES = {id_: in_sentence(name) for id_, name in {**KPIS, **ACCOUNTS}.items() if "_" in id_}
READABLE = ("coolings", "workloads")
"""Tables whose rows are told by their id as words: their names are long, or there are none."""
NAMED = (*(table for table in ASSET_TABLES if table not in READABLE), "fabrics", "stacks", "tariffs", "models", "sites")
BOUGHT = ("accelerators", *ASSET_TABLES)
"""Tables of the catalogue whose rows have names."""
_ID = re.compile(r"(?<![\w./-])[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*(?![\w/])(?!\.\w)(?!-\w)")
_KEY = re.compile(rf"(?<![\w./-])(?:{'|'.join(TABLES)})(?:\.(?:\w+|\*))+(?![\w/])")
_IN_BRACKETS = re.compile(rf"(\[(?:{'|'.join(Instance.model_fields)})\.(?:[^\[\]]|\[\d+\])*\])")
_COMMAND = re.compile(r"\boptimizer [a-z]+ |--set ")


def reader_names(instances: Iterable[Instance]) -> Renamer:
    """A function that replaces ids of instances, accounts, key figures and input keys in a text."""
    known = tuple(instances)
    names = {**_catalogue(), **_FIGURES}
    for instance in known:
        fields = {part for path, _ in values_of(instance) for part in path if isinstance(part, str) and "_" in part}
        names |= {part: field_name(part)[0] for part in fields if part not in names}
        names |= {id_: name for id_, name in _rows(instance) if "_" in id_ or any(map(str.isdigit, id_))}
    owner = known[0] if known else None

    def say(text: str) -> str:
        if _COMMAND.search(text):
            return text
        parts = _IN_BRACKETS.split(text)
        return "".join(part if number % 2 else named(part) for number, part in enumerate(parts))

    def named(text: str) -> str:
        text = _KEY.sub(lambda match: _key(owner, match[0]), text)
        return _ID.sub(lambda match: names.get(match[0], match[0]), text)

    return say


def _key(owner: Instance | None, path: str) -> str:
    """An input key in words; without an instance a row has the name that the catalogue gives it."""
    told = key_name(owner, path)
    table, row, *_ = path.split(".")
    name = _of_the_catalogue(table).get(row) if owner is None and table in BOUGHT else None
    return f"{name}:{told.partition(':')[2]}" if name and ":" in told else told


@cache
def _catalogue() -> dict[str, str]:
    """Accelerators of the catalogue: a study's folder names them, and keeps no instance."""
    return {**_of_the_catalogue("accelerators"), "lcoc": "levelised cost"}


@cache
def _of_the_catalogue(table: str) -> dict[str, str]:
    rows = catalogue_rows(table)
    return {id_: str(row["name"]).partition(" (")[0] for id_, row in rows.items() if row.get("name")}


def _rows(instance: Instance) -> Iterable[tuple[str, str]]:
    for table in NAMED:
        for row in getattr(instance, table):
            yield row, row_name(instance, table, row)
    for table in READABLE:
        yield from ((row, readable(row)) for row in getattr(instance, table))
    yield from ((name, readable(name)) for name in (*instance.procurement.quotas, *instance.procurement.shares))
    yield from ((site.place, place_name(site.place)) for site in instance.sites.values())
    yield instance.export.parent, place_name(instance.export.parent)
    yield from ((phase, phase_name(instance, phase)) for phase in instance.phases)
    yield from ((chip, short_chip_name(instance, chip)) for chip in instance.accelerators)
    yield from ((goal, objective_name(goal)) for goal in ("total_cost", "floor_area", "max_throughput"))


def worded(blocks: Sequence[Block], names: Renamer) -> list[Block]:
    """Blocks with names in place of ids."""
    return [_block(block, names) for block in blocks]


def _block(block: Block, names: Renamer) -> Block:
    if isinstance(block, Heading | Paragraph):
        return replace(block, text=names(block.text))
    if isinstance(block, Bullets):
        return Bullets(tuple(map(names, block.items)))
    rows = tuple(tuple(map(names, row)) for row in block.rows)
    return Table(tuple(map(names, block.header)), rows, block.right)


def worded_figure(value: Any, names: Renamer) -> Any:
    """A chart's data with names in place of ids."""
    if isinstance(value, str):
        return names(value)
    if isinstance(value, dict):
        return {key: worded_figure(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [worded_figure(item, names) for item in value]
    return value
