"""The catalogue: sourced rows that come with the product, one TOML file per table.

A row has the fields of its table, and beside them where its numbers come from: `source`, `grade`, `price_year`, `note`
for the row, `grades` and `sources` for single fields. Files are read once per process, and only when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

from optimizer.errors import InputError
from optimizer.inputs.quantity import Spec
from optimizer.inputs.schema import Instance
from optimizer.reading.document import parse_text
from optimizer.reading.layers import Layer, Origin, ValuePosition, nodes
from optimizer.reading.parsed_cache import kept
from optimizer.reading.preflight import decode, read_bytes
from optimizer.reading.toml_positions import KeyPath, locate

PACKAGED = Path(__file__).resolve().parent.parent / "catalogue"


def _tables() -> dict[str, type[Spec]]:
    """Tables of an instance of which there is a file."""
    known = (name for name in Instance.model_fields if (PACKAGED / f"{name}.toml").is_file())
    return {name: get_args(Instance.model_fields[name].annotation)[1] for name in known}


TABLES = _tables()
"""The tables of an instance that the catalogue fills, each with what a row says."""

_PROVENANCE = ("source", "grade", "price_year", "grades", "sources", "note")
BY_PLACE = "by_place"
"""Key of a row under which values by place stand, each place a table with its own source and grade."""
_MAX_BYTES = 20_000_000


def provenance_keys(table: str) -> tuple[str, ...]:
    """The keys of a row that say where its numbers come from (a tariff's price year is a field of its own)."""
    return tuple(key for key in _PROVENANCE if key not in TABLES[table].model_fields)


@dataclass(frozen=True, kw_only=True)
class _Table:
    """A table of the catalogue: what holds everywhere, provenance in the places, and what rows say of single places."""

    general: Layer
    by_place: Layer


def table_layer(table: str, folder: Path = PACKAGED) -> Layer:
    """One table of the catalogue as a layer `{table: {id: row}}`, provenance in the places, values by place left out.

    A table without a file is empty. Raises InputError if the file is not valid TOML.
    """
    return _table(table, folder).general


def place_layer(tables: tuple[str, ...], folder: Path, place: str) -> Layer:
    """What rows of some tables say for one place (`by_place`), as a layer to lay over the catalogue."""
    tree: dict[str, Any] = {}
    places: dict[KeyPath, ValuePosition] = {}
    for table in tables:
        read = _table(table, folder).by_place
        for row_id, row in read.tree[table].items():
            stated = row[BY_PLACE].get(place)
            if stated is None:
                continue
            tree.setdefault(table, {})[row_id] = stated
            head = (table, row_id, BY_PLACE, place)
            for at, origin in read.places.items():
                if at[:4] == head and len(at) > 4:
                    places[table, row_id, *at[4:]] = origin
    return split_provenance(Layer(tree, places))


@cache
def _table(table: str, folder: Path) -> _Table:
    path = folder / f"{table}.toml"
    # A planner's own folder is a place to read from, where nothing is left behind.
    return kept(path, "table", lambda: _split(table, folder)) if folder == PACKAGED else _split(table, folder)


def _split(table: str, folder: Path) -> _Table:
    read = _read_table(table, folder)
    rows = {row_id: _stripped(row, (BY_PLACE,)) for row_id, row in read.tree[table].items()}
    general = {at: place for at, place in read.places.items() if BY_PLACE not in at}
    placed = {at: place for at, place in read.places.items() if BY_PLACE in at}
    local = {
        row_id: {BY_PLACE: row[BY_PLACE]}
        for row_id, row in read.tree[table].items()
        if isinstance(row, dict) and BY_PLACE in row
    }
    return _Table(general=split_provenance(Layer({table: rows}, general)), by_place=Layer({table: local}, placed))


def _read_table(table: str, folder: Path) -> Layer:
    """One file of the catalogue as it stands; a table without a file is empty."""
    path = folder / f"{table}.toml"
    if not path.is_file():
        return Layer({table: {}})
    text, tree = _parsed(path)
    lines = text.split("\n")
    places: dict[KeyPath, ValuePosition] = {}
    # Climates hold thousands of numbers; the place of the array is enough for each of them.
    for where, (line, column) in locate(text, elements=False).positions.items():
        places[(table, *where)] = ValuePosition(
            Origin(kind="catalogue", file=_shown(path), line=line), column, lines[line - 1]
        )
    return Layer({table: tree}, places)


@cache
def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    text, findings = decode(read_bytes(path, _shown(path), _MAX_BYTES), path, _shown(path))
    tree, wrong = parse_text(text, _shown(path))
    problems = [finding for finding in (*findings, *wrong) if finding.severity == "error"]
    if problems:
        raise InputError(problems)
    return text, tree


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@cache
def catalogue_rows(table: str) -> dict[str, Any]:
    """Rows of one table by id as `table_layer` has them, for who asks for no places, which take longest to find.

    A table without a file has none. Raises InputError if the file is not valid TOML.
    """
    return kept(PACKAGED / f"{table}.toml", "rows", lambda: _rows(table))


def _rows(table: str) -> dict[str, Any]:
    path, left_out = PACKAGED / f"{table}.toml", (BY_PLACE, *(provenance_keys(table) if table in TABLES else ()))
    rows = _parsed(path)[1] if path.is_file() else {}
    return {row_id: _stripped(row, left_out) for row_id, row in rows.items()}


def catalogue_layer(tables: tuple[str, ...], folder: Path) -> Layer:
    """Several tables as one layer."""
    tree: dict[str, Any] = {}
    places: dict[KeyPath, ValuePosition] = {}
    for table in tables:
        layer = table_layer(table, folder)
        tree |= layer.tree
        places |= layer.places
    return Layer(tree, places)


def split_provenance(layer: Layer) -> Layer:
    """The layer with the provenance keys of its catalogue rows moved from the tree into the places."""
    tree = dict(layer.tree)
    places = dict(layer.places)
    for table in TABLES.keys() & tree.keys():
        rows = tree[table]
        if not isinstance(rows, dict):
            continue
        keys = provenance_keys(table)
        tree[table] = {row_id: _stripped(row, keys) for row_id, row in rows.items()}
        for row_id, row in rows.items():
            if isinstance(row, dict):
                _note_places(places, (table, row_id), row, table)
    return Layer(tree, places)


def _stripped(row: Any, keys: tuple[str, ...]) -> Any:
    return {key: value for key, value in row.items() if key not in keys} if isinstance(row, dict) else row


def _note_places(places: dict[KeyPath, ValuePosition], where: KeyPath, row: dict[str, Any], table: str) -> None:
    """Put source, grade and price year of a row into the places of its values."""
    keys = provenance_keys(table)
    for path, _ in nodes(_stripped(row, keys), where):
        place = places.get(path)
        if place is None:
            continue
        source = _for_field(row, "sources", "source", path[2:])
        grade = _for_field(row, "grades", "grade", path[2:])
        year = row.get("price_year")
        origin = replace(
            place.origin,
            source=_texts(source),
            grade=grade if isinstance(grade, str) else None,
            price_year=year if isinstance(year, int) and not isinstance(year, bool) else None,
        )
        places[path] = replace(place, origin=origin)


def _for_field(row: dict[str, Any], by_field: str, by_row: str, path: KeyPath) -> Any:
    """The entry for the field at `path`, for the nearest table around it, or else for the row."""
    table = row.get(by_field)
    if isinstance(table, dict):
        for length in range(len(path), 0, -1):
            nested: Any = table
            for part in path[:length]:
                nested = nested.get(part) if isinstance(nested, dict) else None
            entry = table.get(".".join(str(part) for part in path[:length]), nested)
            if entry is not None and not isinstance(entry, dict):
                return entry
    return row.get(by_row)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
