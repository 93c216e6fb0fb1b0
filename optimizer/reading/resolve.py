"""From the merged tree to a frozen instance: schema, references, cross checks, all findings together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from optimizer.inputs.schema import Instance
from optimizer.reading.advice import price_years_differ, undeliverable, unused_settings
from optimizer.reading.catalogue import TABLES
from optimizer.reading.checks import run_checks
from optimizer.reading.layers import Layer
from optimizer.reading.messages import InputFinding, described, label
from optimizer.reading.names import reserved_names
from optimizer.reading.plausibility import implausible_values, usual_values
from optimizer.reading.references import (
    allowed_accelerators,
    colliding_ids,
    needed_rows,
    pattern_findings,
    unknown_references,
)
from optimizer.reading.refusals import findings_of
from optimizer.reading.repair import repaired
from optimizer.reading.schema_walk import Shape, nearest, shaped_leaves
from optimizer.reading.toml_positions import KeyPath


@dataclass(frozen=True)
class Resolution:
    """The instance if there is one, and everything found on the way."""

    instance: Instance | None
    findings: tuple[InputFinding, ...]
    nothing_allowed: bool = False
    """True if the planner's lists leave no accelerator that may be bought, and none is there already."""


def resolve(layer: Layer, catalogue: Layer) -> Resolution:
    """Validate the merged tree. `catalogue` is the catalogue alone, for hints."""
    own = _own(layer.tree, catalogue.tree)
    findings = [
        *_of_catalogue(layer, catalogue),
        *colliding_ids(own),
        *unknown_references(layer.tree, layer),
        *pattern_findings(layer.tree),
    ]
    findings += reserved_names(own)
    needed = needed_rows(layer.tree)
    tree = _pruned(layer.tree, needed)
    instance, errors = _validated(tree)
    findings += [*_unused_rows(layer, needed), *errors, *literal_types(own)]
    # An id that is refused as malformed is not also reported as unknown.
    malformed = {finding.path for finding in findings if finding.code in ("E0310", "E0314")}
    findings = [finding for finding in findings if finding.code != "E0320" or finding.path not in malformed]
    reported = {(finding.code, finding.path) for finding in findings}
    findings += [finding for finding in _judged(instance, tree, layer) if (finding.code, finding.path) not in reported]
    findings += [
        *_unrefused(implausible_values(layer, catalogue, Layer(own)), findings),
        *unused_settings(layer, needed, own),
    ]
    nothing_allowed = (
        not needed["accelerators"] and bool(layer.tree.get("accelerators")) and not allowed_accelerators(layer.tree)
    )
    return Resolution(instance, tuple(_with_remedy(finding, layer, catalogue) for finding in findings), nothing_allowed)


def _own(tree: dict[str, Any], catalogue: dict[str, Any]) -> dict[str, Any]:
    """The tree with an empty table in place of every row of the catalogue that nobody has touched."""
    own = dict(tree)
    for table in catalogue.keys() & tree.keys():
        if isinstance(tree[table], dict):
            given = catalogue[table]
            own[table] = {name: {} if row is given.get(name) else row for name, row in tree[table].items()}
    return own


def _of_catalogue(layer: Layer, catalogue: Layer) -> list[InputFinding]:
    """What is wrong inside untouched rows of the catalogue."""
    findings = []
    for table, rows in catalogue.tree.items():
        there = layer.tree.get(table)
        for finding in _of_rows(table, _Same(rows)):
            row = finding.path[1]
            if isinstance(there, dict) and there.get(str(row)) is rows[str(row)]:
                findings.append(finding)
    return findings


@dataclass(frozen=True)
class _Same:
    """Rows of the catalogue, which are parsed once and never change: the same only if they are the same object."""

    rows: Any

    def __hash__(self) -> int:
        return id(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rows is self.rows


@lru_cache(maxsize=100)
def _of_rows(table: str, same: _Same) -> tuple[InputFinding, ...]:
    tree = {table: same.rows}
    return tuple(
        finding
        for finding in (*colliding_ids(tree), *literal_types(tree), *reserved_names(tree))
        if len(finding.path) > 2
    )


def literal_types(tree: dict[str, Any]) -> list[InputFinding]:
    """Values that only equal a choice, such as true or 1.0 where 1 is wanted: pydantic's literals let them pass."""
    types = []
    for path, value, shape in shaped_leaves(tree):
        if type(value) not in (bool, float) or not shape.choices:
            continue
        if value in shape.choices and not any(type(choice) is type(value) for choice in shape.choices):
            types.append(InputFinding("E0310", path, f"{label(path)} must be a whole number, {described(value)}"))
    return types


def _pruned(tree: dict[str, Any], needed: dict[str, set[str]]) -> dict[str, Any]:
    """The tree with only those rows of catalogue tables that are needed."""
    kept = dict(tree)
    for table in TABLES:
        rows = tree.get(table, {})
        kept[table] = (
            {row_id: row for row_id, row in rows.items() if row_id in needed[table]} if isinstance(rows, dict) else rows
        )
    return kept


def _validated(tree: dict[str, Any]) -> tuple[Instance | None, list[InputFinding]]:
    try:
        return Instance.model_validate(tree), []
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
    # Tables that are empty because nothing needed was found are explained by references or by the planner's lists.
    refusals = [
        error
        for error in errors
        if not (error["type"] == "too_short" and error["loc"] in (("accelerators",), ("coolings",)))
    ]
    return None, findings_of(refusals, tree)


def _unused_rows(layer: Layer, needed: dict[str, set[str]]) -> list[InputFinding]:
    """What is wrong with rows the planner wrote but the instance does not need."""
    findings: list[InputFinding] = []
    for table, spec in TABLES.items():
        rows = layer.tree.get(table)
        for row_id, row in rows.items() if isinstance(rows, dict) else ():
            place = layer.places.get((table, row_id))
            if row_id in needed[table] or place is None or place.origin.kind == "catalogue":
                continue
            try:
                spec.model_validate(row)
            except ValidationError as problem:
                errors = problem.errors(include_url=False)
                findings += findings_of(errors, row if isinstance(row, dict) else {}, (table, row_id), Shape((spec,)))
    return findings


def _judged(instance: Instance | None, tree: dict[str, Any], layer: Layer) -> list[InputFinding]:
    """Cross checks; where values were refused, the checks that rest on none of them."""
    patched: set[KeyPath] = set()
    if instance is None:
        instance, patched = repaired(tree)
    if instance is None:
        return []
    findings = [*run_checks(instance), *price_years_differ(instance, layer), *undeliverable(instance, layer)]
    return [finding for finding in findings if not _touches(finding, patched)]


def _touches(finding: InputFinding, patched: Iterable[KeyPath]) -> bool:
    paths = (finding.path, *finding.uses)
    return any(path[: len(hole)] == hole or hole[: len(path)] == path for path in paths for hole in patched)


def _unrefused(warnings: Iterable[InputFinding], findings: list[InputFinding]) -> list[InputFinding]:
    refused = {finding.path for finding in findings}
    return [warning for warning in warnings if warning.path not in refused]


def _with_remedy(finding: InputFinding, layer: Layer, catalogue: Layer) -> InputFinding:
    """The finding with what to write instead; of a number that has no better remedy, what is usual."""
    hinted = _with_override_hint(finding, layer, catalogue)
    if hinted.help is None and hinted.code in ("E0310", "E0312"):
        return replace(hinted, help=usual_values(hinted.path))
    return hinted


def _with_override_hint(finding: InputFinding, layer: Layer, catalogue: Layer) -> InputFinding:
    """Remind of the catalogue's value where an override is refused, and of near ids where a new row is incomplete."""
    if finding.code == "E0301" and len(finding.path) == 2 and finding.path[0] in TABLES:
        near = nearest(str(finding.path[1]), catalogue.tree.get(str(finding.path[0]), {}))
        hint = "a row that is not in the catalogue needs all its keys"
        return replace(finding, help=f"{hint}; did you mean to override {near}?" if near else hint)
    if (
        finding.help is not None
        or not finding.code.startswith("E031")
        or len(finding.path) < 3
        or finding.path[0] not in TABLES
    ):
        return finding
    place, given = catalogue.places.get(finding.path), catalogue.value(finding.path)
    if place is None or isinstance(given, dict | list) or given == layer.value(finding.path):
        return finding
    shown = f"{given:.12g}" if isinstance(given, int | float) and not isinstance(given, bool) else str(given)
    grade = f" (grade {place.origin.grade})" if place.origin.grade else ""
    return replace(finding, help=f"remove the override to use the catalogue's {shown}{grade}")
