"""Assumptions as tables: value, where it comes from, its source with a link, its grade; defaults are marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.naming import key_name
from optimizer.inputs.schema import Instance
from optimizer.number_format import counted, number
from optimizer.reading.layers import Origin
from optimizer.reading.read import values_of
from optimizer.report.assumptions import catalogue_sources, graded, origin_counts, own_count
from optimizer.report.document import Table
from optimizer.report.html.cells import Link, PageCell, grid, link, sources
from optimizer.report.html.source import ReportSource

MOST_ROWS = 4000
TITLES = {
    "phases": "Phases and targets",
    "finance": "Money",
    "exchange_rates": "Exchange rates",
    "sites": "Sites",
    "workloads": "Workloads",
    "export": "Export rules",
    "procurement": "Procurement rules",
    "limits": "Limits",
    "network": "Network and storage",
    "staff": "Staff",
    "solve": "Search",
    "accelerators": "Accelerators",
    **{table: about.heading for table, about in ASSET_TABLES.items()},
    "fabrics": "Fabrics",
    "stacks": "Software stacks",
    "tariffs": "Tariffs",
}
KEY_FIELDS = (
    *("price_usd", "utilisation", "server_kw", "price_trend_fraction", "lead_time_weeks"),
    *("supply_per_year", "supply_per_quarter", "supply_by_quarter"),
)
"""What of a chosen accelerator a reader questions first."""


def linked(names: Iterable[str]) -> tuple[Link, ...]:
    """Sources as links: those the catalogue lists get their address, others only if they are one."""
    parts = []
    for name in names:
        listed = catalogue_sources().get(name)
        parts.append(link(name, str(listed.get("url", "")) if listed else ""))
    return tuple(parts)


def source_grid(origins: Iterable[Origin]) -> Table | None:
    """The sources that are cited, with their titles. None if there are none."""
    named = dict.fromkeys(name for origin in origins for name in origin.source)
    rows = [
        (
            name,
            str(listed.get("title", "")),
            sources((link(str(listed.get("url", ""))),)),
            str(listed.get("accessed", "")),
        )
        for name in sorted(named)
        if (listed := catalogue_sources().get(name))
    ]
    return grid("Sources cited", ("Id", "Title", "Address", "Read on"), rows) if rows else None


def value_text(value: Any) -> str:
    """A value as text: numbers in full, long arrays cut."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(value_text, value[:6]))}{', …' if len(value) > 6 else ''}]"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "none"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _row(instance: Instance, path: str, value: Any, origin: Origin | None) -> tuple[PageCell | str, ...]:
    name = PageCell(key_name(instance, path), tip=path)
    if origin is None:
        return (name, value_text(value), PageCell("not recorded"), "", "")
    place = f"{origin.file}:{origin.line}" if origin.file and origin.line and origin.kind != "catalogue" else ""
    kinds = {"set": "--set", "file": "planner", "parent": "planner (parent)", "scenario": "planner (scenario)"}
    origin_text = " ".join(part for part in (kinds.get(origin.kind, origin.kind), place) if part)
    year = f" ({origin.price_year} prices)" if origin.price_year else ""
    from_where = PageCell("", mark="default") if origin.kind == "default" else PageCell(origin_text + year)
    return (
        name,
        value_text(value),
        from_where,
        sources(linked(origin.source)),
        PageCell(origin.grade or ""),
    )


HEADER = ("Value of", "Value", "From", "Source", "Grade")


def full_tables(source: ReportSource) -> tuple[Table, ...]:
    """Every value by part of the instance, climates excepted (thousands of numbers of one source)."""
    groups: dict[str, list[tuple[PageCell | str, ...]]] = {}
    left = MOST_ROWS
    instance = source.result.problem.instance
    for keys, value in values_of(instance):
        if keys[0] in ("climates", "format_version") or value in (None, {}, (), []) or left <= 0:
            continue
        left -= 1
        path = ".".join(map(str, keys))
        origin = source.origins.get(path) if source.origins else None
        groups.setdefault(TITLES.get(str(keys[0]), "The question"), []).append(_row(instance, path, value, origin))
    cut = f" (the first {MOST_ROWS:,} values; instance.resolved.toml has all)" if left <= 0 else ""
    return tuple(grid(f"{title}: {counted(len(rows), 'value')}{cut}", HEADER, rows) for title, rows in groups.items())


def key_table(source: ReportSource) -> Table:
    """A fixed choice of assumptions behind the design: prices and efficiencies of what is bought, rates and tariffs."""
    result = source.result
    bought = dict.fromkeys(row.accelerator for row in result.design.decisions.deliveries) if result.design else {}
    rows = []
    for keys, value in values_of(result.problem.instance):
        if value is None or not _is_key(keys, bought):
            continue
        path = ".".join(map(str, keys))
        rows.append(_row(result.problem.instance, path, value, source.origins.get(path) if source.origins else None))
    note = (
        "A fixed list: prices, efficiencies and supply of what is bought, rates, tariffs and grid. It is not ranked by "
        "effect; `optimizer sensitivity` computes what moves the result most."
    )
    return grid("Assumptions to question first", HEADER, rows, note=note)


def _is_key(keys: tuple[str | int, ...], bought: dict[str, None]) -> bool:
    if keys[0] == "accelerators":
        return keys[1] in bought and keys[2] in KEY_FIELDS
    if keys[0] == "finance":
        return keys[1] in ("discount_rate", "price_year", "insurance_fraction")
    if keys[0] == "sites":
        return keys[2] in ("grid_mw", "carbon_price_usd_per_t", "water_usd_per_m3", "tariff")
    return keys[0] == "tariffs" and len(keys) > 2 and str(keys[2]) in ("fuel_clause_per_kwh", "demand_per_kva_month")


def grade_sentences(source: ReportSource) -> tuple[str, ...]:
    """How many values are of which grade, and how many are defaults."""
    if not source.origins:
        return ("Where the values come from was not recorded with this run.",)
    counts = origin_counts(source.origins)
    estimates, all_of_them = counts.get("catalogue C", 0), sum(counts.values())
    parts = graded(counts)
    share = f", {number(100 * estimates / all_of_them, 2)} % of all values are estimates" if all_of_them else ""
    return (
        f"{own_count(counts):,} values were given by the planner; {counts.get('default', 0):,} are defaults and marked "
        "so.",
        f"From the catalogue: {', '.join(parts)}{share}." if parts else "No value comes from the catalogue.",
    )
