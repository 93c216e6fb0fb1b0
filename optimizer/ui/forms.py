"""The assumptions of an instance as fields: six groups, each value with unit, origin, source and grade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.api.instance import FacilityInstance
from optimizer.api.literals import toml_literal
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.units import unit_of_key
from optimizer.reading.read import resolved_rows

GROUPS: tuple[tuple[str, str, frozenset[str]], ...] = (
    (
        "question", "Question and time",
        frozenset({"name", "title", "description", "planning_date", "phases", "milestones", "solve", "format_version"}),
    ),
    ("sites", "Sites and power", frozenset({"sites", "climates", "tariffs"})),
    ("work", "Work and users", frozenset({"workloads", "models", "affordability", "stacks"})),
    (
        "equipment", "Equipment",
        frozenset(
            {"accelerators", *ASSET_TABLES, "fabrics", "network"}
        ),
    ),
    ("money", "Money and staff", frozenset({"finance", "exchange_rates", "staff", "limits"})),
    ("law", "Law, procurement, futures", frozenset()),
)  # fmt: skip
"""Id, heading and tables; the last takes what no other has."""


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One value as a form shows it. `text` is what the field holds: text plain, anything else as TOML."""

    path: str
    unit: str
    text: str
    origin: str
    source: str
    grade: str
    changed: bool
    is_flag: bool


def group_of(path: str) -> str:
    """The group a path is shown in."""
    table = path.split(".", 1)[0]
    return next((group for group, _, tables in GROUPS if table in tables), GROUPS[-1][0])


def fields(case: FacilityInstance, group: str, search: str) -> list[FormField]:
    """The fields of a group; with a search those of all groups whose path has every word of it."""
    terms = search.lower().split()
    rows = resolved_rows(case.reading)
    wanted = (row for row in rows if all(w in row[0].lower() for w in terms) and (terms or group_of(row[0]) == group))
    changed = {text.partition("=")[0] for text in case.source.sets}
    return list(_fields(wanted, changed))


def _fields(rows: Iterable[tuple[str, object, object]], changed: set[str]) -> Iterable[FormField]:
    for path, value, origin in rows:
        if value is None or isinstance(value, dict):
            text = ""
        else:
            text = value if isinstance(value, str) else toml_literal(value)
        source = "; ".join(getattr(origin, "source", ()) or ())
        place = f"{getattr(origin, 'kind', '')}"
        line = getattr(origin, "line", None)
        yield FormField(
            path=path, unit=unit_of_key(path.rsplit(".", 1)[-1]) or "", text=text,
            origin=f"{place}, line {line}" if line else place, source=source,
            grade=getattr(origin, "grade", None) or "", changed=path in changed, is_flag=isinstance(value, bool),
        )  # fmt: skip
