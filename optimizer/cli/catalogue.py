"""`optimizer catalogue`: the sourced rows that come with the product, and the export regimes."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.console import session
from optimizer.cli.options import AnswerGroup
from optimizer.errors import UsageError
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.regimes.table import REGIMES

if TYPE_CHECKING:
    from optimizer.report.document import Block

FOLDER = Path(__file__).resolve().parent.parent / "catalogue"
COLUMNS: dict[str, dict[str, str]] = {
    "accelerators": {
        "tier": "Tier",
        "origin": "From",
        "bf16_tflops": "bf16",
        "fp8_tflops": "fp8",
        "memory_gb": "GB",
        "server_kw": "kW",
        "price_usd": "USD",
        "launch": "Launch",
    },
    **{table: dict(about.columns) for table, about in ASSET_TABLES.items()},
    "fabrics": {"kw_per_accelerator": "kW/accelerator", "exponent_factor": "Exponent x"},
    "halls": {
        "ups_redundancy_fraction": "UPS beyond N",
        "generator_fraction": "Generators",
        "availability": "Availability",
    },
    "stacks": {"initial_maturity_fraction": "Initial maturity", "ramp_months": "Months", "porting_usd": "USD"},
    "tariffs": {"currency": "Money", "fuel_clause_per_kwh": "Fuel/kWh", "demand_per_kva_month": "Demand/kVA month"},
    "climates": {},
    "models": {
        "params_total_b": "Parameters 1e9",
        "params_active_b": "Active 1e9",
        "tokens_t": "Tokens 1e12",
        "kv_bytes_per_token": "Cache B/token",
    },
    "measured_serving": {
        "accelerator": "Accelerator",
        "model": "Model",
        "prefill_tokens_per_s": "Read/s",
        "decode_tokens_per_s": "Written/s",
        "user_tokens_per_s": "Per user/s",
    },
    "cities": {"place": "Place", "tariff": "Tariff", "currency": "Money", "carbon_kg_per_kwh": "kg CO2/kWh"},
    "places": {"country_groups": "Country groups"},
    "regimes": {"effective": "Effective", "source": "Source"},
    "references": {"value": "Value", "unit": "Unit"},
    "sources": {},
}
"""Kinds of rows, and the fields shown in a list between id and name."""
_PROVENANCE = ("source", "grade", "price_year", "note", "sources", "grades")


@click.group(
    "catalogue",
    cls=AnswerGroup,
    epilog="Example: optimizer catalogue list accelerators, then optimizer catalogue show h20_sxm",
    help="Browse the catalogue: accelerators, cooling, transformers, tariffs, climates, export regimes, sources.",
)
def command() -> None:
    """The group itself does nothing."""


@command.command(
    "list",
    epilog="Example: optimizer catalogue list coolings",
    help=f"List the rows of a kind, or the kinds. Kinds: {', '.join(COLUMNS)}.",
)
@click.argument("kind", required=False, type=click.Choice(tuple(COLUMNS)))
def list_rows(kind: str | None) -> int:
    from optimizer.report.document import Table

    if kind is None:
        counts = {name: len(rows(name)) for name in COLUMNS}
        sizes = tuple((name, str(count)) for name, count in counts.items())
        session().show([Table(("Kind", "Rows"), sizes, frozenset({1}))])
        return session().answer({"kinds": counts})
    table = rows(kind)
    fields = [*COLUMNS[kind], "grade"]
    header = ("Id", *COLUMNS[kind].values(), "Grade", "Name")
    cells = tuple(
        (
            key,
            *(_cell(row.get(field, "")) for field in fields),
            str(row.get("name", row.get("title", row.get("note", "")))),
        )
        for key, row in table.items()
    )
    numeric = {
        at + 1
        for at, field in enumerate(fields)
        if any(isinstance(row.get(field), int | float) for row in table.values())
    }
    session().show([Table(header, cells, frozenset(numeric))])
    return session().answer({"kind": kind, "rows": table})


@command.command(
    "show",
    epilog="Example: optimizer catalogue show ascend_910c",
    help="Show one row in full: every field with its source and grade, and the sources themselves.",
)
@click.argument("row_id", metavar="ID")
@click.option("--kind", type=click.Choice(tuple(COLUMNS)), help="Where to look, if several kinds have this id.")
def show_row(row_id: str, kind: str | None) -> int:
    homes = [name for name in ([kind] if kind else COLUMNS) if row_id in rows(name)]
    if not homes:
        known = [key for name in ([kind] if kind else COLUMNS) for key in rows(name)]
        near = get_close_matches(row_id, known, n=1)
        raise UsageError(
            f"the catalogue has no {row_id}", f"did you mean {near[0]}?" if near else "optimizer catalogue list"
        )
    lines = []
    for home in homes:
        row = rows(home)[row_id]
        cited = {name: rows("sources")[name] for name in _cited(row) if name in rows("sources")}
        session().show(_page(home, row_id, row, cited))
        session().say("")
        lines.append({"kind": home, "id": row_id, "row": row, "sources": cited})
    return session().answer({"found": lines})


@cache
def rows(kind: str) -> dict[str, dict[str, Any]]:
    """The rows of a kind as they stand in the catalogue, provenance included."""
    if kind == "regimes":
        fields = ("name", "effective", "source", "summary")
        return {regime.id: {field: getattr(regime, field) for field in fields} for regime in REGIMES}
    path = FOLDER / f"{kind}.toml"
    if not path.is_file():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _cell(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict) and len(str(value)) > 1000:
        return f"{len(value)} rows of {', '.join(value[0])}"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(item) for item in value[:8]) + (", ..." if len(value) > 8 else "")
    if isinstance(value, dict):
        return "; ".join(f"{key} {_cell(item)}" for key, item in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _page(kind: str, row_id: str, row: dict[str, Any], cited: dict[str, dict[str, Any]]) -> list[Block]:
    from optimizer.report.document import Bullets, Heading, Paragraph, Table

    fields = []
    for key, value in row.items():
        if key not in _PROVENANCE:
            origin = row.get("sources", {}).get(key, row.get("source", ""))
            fields.append(
                (key, _cell(origin), _cell(row.get("grades", {}).get(key, row.get("grade", ""))), _cell(value))
            )
    blocks: list[Block] = [
        Heading(f"{row_id} ({kind})", 1),
        Table(("Field", "Source", "Grade", "Value"), tuple(fields)),
    ]
    blocks += [Paragraph(str(row["note"]))] if row.get("note") else []
    if cited:
        items = tuple(
            f"{name}: {_cell(source.get('title', ''))} {source.get('url', '')}" for name, source in cited.items()
        )
        blocks += [Heading("Sources"), Bullets(items)]
    return blocks


def _cited(row: dict[str, Any]) -> list[str]:
    """Ids of the sources a row names, for itself or for single fields."""
    named: list[str] = []
    for value in (row.get("source"), *(row.get("sources") or {}).values()):
        named += [value] if isinstance(value, str) else [item for item in value or () if isinstance(item, str)]
    return list(dict.fromkeys(named))
