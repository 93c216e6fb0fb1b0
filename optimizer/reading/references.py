"""Ids: which of them refer to which table, whether they exist, and which catalogue rows an instance needs.

Everything here reads the raw tree and accepts any shape of it, so that wrong ids are found beside wrong types.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.diagnostics import clean
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.reading.catalogue import TABLES
from optimizer.reading.layers import Layer, table_at
from optimizer.reading.messages import InputFinding, label
from optimizer.reading.schema_walk import ROOT, Shape, child, did_you_mean, reference_keys
from optimizer.reading.toml_positions import KeyPath
from optimizer.regimes.places import PLACES
from optimizer.regimes.table import REGIMES

_ONE = {
    "accelerators": "accelerator",
    **{table: about.noun for table, about in ASSET_TABLES.items()},
    "fabrics": "fabric",
    "halls": "hall",
    "phases": "phase",
    "regimes": "export regime",
}


LISTED = (*(table for table in TABLES if table != "facilities"), "places")
"""What `optimizer catalogue list` shows."""


@dataclass(frozen=True)
class Reference:
    """An id that stands at `path` and refers to a row of `table`."""

    path: KeyPath
    table: str
    id: str


def references(tree: dict[str, Any]) -> list[Reference]:
    """Every reference of the tree that is a text."""
    keys = []
    for pattern, table in reference_keys():
        for path, value in _matches(tree, tuple(pattern.split(".")), ()):
            if isinstance(value, str):
                keys.append(Reference(path, table, value))
    return keys


def _matches(node: Any, pattern: tuple[str, ...], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if not pattern:
        yield path, node
        return
    part, rest = pattern[0], pattern[1:]
    if part == "<key>":
        if isinstance(node, dict):
            yield from (((*path, key), key) for key in node)
    elif part in ("<id>", "<row>"):
        items: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in items:
            yield from _matches(value, rest, (*path, key))
    elif isinstance(node, dict) and part in node:
        yield from _matches(node[part], rest, (*path, part))


def known_ids(tree: dict[str, Any]) -> dict[str, tuple[str, ...] | None]:
    """The ids of every table references point to; None where they cannot be told."""
    known: dict[str, tuple[str, ...] | None] = {}
    for table in (*TABLES, "phases", "workloads"):
        rows = tree.get(table, {})
        known[table] = tuple(rows) if isinstance(rows, dict) else None
    known["regimes"] = (*(regime.id for regime in REGIMES), *table_at(tree, "regimes"))
    known["places"] = tuple(place.id for place in PLACES)
    return known


def unknown_references(tree: dict[str, Any], origins: Layer) -> list[InputFinding]:
    """References of the planner's tables to rows that do not exist."""
    known = known_ids(tree)
    findings = []
    for reference in references(tree):
        ids = known.get(reference.table)
        place = origins.place(reference.path)
        if ids is None or reference.id in ids or (place is not None and place.origin.kind == "catalogue"):
            continue
        noun = _ONE.get(reference.table, reference.table.rstrip("s"))
        key = label(reference.path)
        message = (
            f'{key}: there is no {noun} "{clean(reference.id, 80)}"'
            if key != reference.id
            else f'there is no {noun} "{clean(key, 80)}"'
        )
        help_text = did_you_mean(reference.id, ids) or _what_there_is(reference, ids)
        findings.append(InputFinding("E0320", reference.path, message, help_text))
    return findings


def _what_there_is(reference: Reference, ids: tuple[str, ...]) -> str | None:
    """Where the ids of a long table are listed, and how to state a row that it lacks."""
    table = reference.table
    if table not in LISTED:
        return None
    own = f", or state your own as [{table}.{clean(reference.id, 80)}]" if table in TABLES else ""
    return f"one of the {len(ids)} there are (`optimizer catalogue list {table}` has the catalogue's){own}"


def matches_pattern(pattern: str, row_id: str) -> bool:
    """Whether an id fits an entry of procurement lists: `*` stands for any characters, nothing else is special."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), row_id) is not None


def is_listed(row_id: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether an id fits the entries of procurement.include and none of exclude."""
    wanted = any(matches_pattern(entry, row_id) for entry in include)
    return wanted and not any(matches_pattern(entry, row_id) for entry in exclude)


def pattern_findings(tree: dict[str, Any]) -> list[InputFinding]:
    """Entries of procurement.include and exclude that fit no accelerator."""
    rows = tree.get("accelerators")
    findings = []
    for key in ("include", "exclude"):
        for number, entry in enumerate(_array(table_at(tree, "procurement").get(key))):
            if (
                not isinstance(entry, str)
                or not isinstance(rows, dict)
                or any(matches_pattern(entry, row) for row in rows)
            ):
                continue
            path = ("procurement", key, number)
            message = f'{key}[{number}]: no accelerator fits "{clean(entry, 80)}"'
            findings.append(
                InputFinding("W0606" if "*" in entry else "E0320", path, message, did_you_mean(entry.strip("*"), rows))
            )
    return findings


def allowed_accelerators(tree: dict[str, Any]) -> tuple[str, ...]:
    """Accelerators that fit procurement.include and not exclude, in the order of the table."""
    lists = table_at(tree, "procurement")
    include = [entry for entry in _array(lists.get("include", ["*"])) if isinstance(entry, str)]
    exclude = [entry for entry in _array(lists.get("exclude", [])) if isinstance(entry, str)]
    return tuple(row for row in table_at(tree, "accelerators") if is_listed(row, include, exclude))


def _array(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def needed_rows(tree: dict[str, Any]) -> dict[str, set[str]]:
    """The rows of each catalogue table that the instance needs, residuals and stacks included."""
    needed: dict[str, set[str]] = {table: set() for table in TABLES}
    needed["accelerators"] |= set(allowed_accelerators(tree))
    for reference in references(tree):
        if reference.path[0] in ("sites", "network", "workloads", "affordability") and reference.table in TABLES:
            needed[reference.table].add(reference.id)
    for row in needed["accelerators"]:
        stack = table_at(table_at(tree, "accelerators"), row).get("stack")
        needed["stacks"] |= {stack} if isinstance(stack, str) else set()
    for row in table_at(tree, "measured_serving"):
        about = table_at(table_at(tree, "measured_serving"), row)
        if about.get("accelerator") in needed["accelerators"] and about.get("model") in needed["models"]:
            needed["measured_serving"].add(row)
    waiting = list(needed["coolings"])
    while waiting:
        residual = table_at(table_at(tree, "coolings"), waiting.pop()).get("residual")
        if isinstance(residual, str) and residual not in needed["coolings"]:
            needed["coolings"].add(residual)
            waiting.append(residual)
    return needed


def colliding_ids(tree: dict[str, Any]) -> list[InputFinding]:
    """Ids of one table that differ only by case or by Unicode normalisation, and ids listed twice in one array."""
    findings: list[InputFinding] = []
    _collide(tree, ROOT, (), findings)
    lists = [pattern.removesuffix(".<row>") for pattern, _ in reference_keys() if pattern.endswith(".<row>")]
    for pattern in (*lists, "fabrics.<id>.origins", "fabrics.<id>.vendors"):
        for path, value in _matches(tree, tuple(pattern.split(".")), ()):
            texts = [item for item in _array(value) if isinstance(item, str)]
            for item in dict.fromkeys(text for number, text in enumerate(texts) if text in texts[:number]):
                findings.append(
                    InputFinding("E0322", path, f'{label(path)} lists "{clean(item, 80)}" twice', "list it once")
                )
    return findings


def _collide(node: Any, shape: Shape, path: KeyPath, findings: list[InputFinding]) -> None:
    if not isinstance(node, dict):
        return
    first: dict[str, str] = {}
    for key, value in node.items():
        folded = unicodedata.normalize("NFC", key).casefold()
        other = first.setdefault(folded, key)
        if shape.values is not None and other != key:
            message = f'"{clean(key)}" and "{clean(other)}" differ only by case or Unicode form'
            findings.append(
                InputFinding(
                    "E0316", (*path, key), message, "use the same id everywhere, or two ids a reader can tell apart"
                )
            )
        below = shape.below_values or child(shape, key)
        if below is not None:
            _collide(value, below, (*path, key), findings)
