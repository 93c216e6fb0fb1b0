"""The tables of the page that are not charts: orders, plant, requirements, checks, provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from optimizer.analysis.legal_flags import RaisedFlag, raised_flags
from optimizer.analysis.orders import OrderLine
from optimizer.audit.audit import AuditReport
from optimizer.inputs.halls import room_of
from optimizer.inputs.naming import kpi_name, unit_name
from optimizer.model.figures import Kpi
from optimizer.model.kpis import ALL_KPIS
from optimizer.number_format import counted, like, number, whole
from optimizer.pipeline import Result
from optimizer.report.document import Table
from optimizer.report.end_use_page import bought
from optimizer.report.html.cells import Column, PageCell, exact, from_table, grid, listed, units
from optimizer.report.html.view import View
from optimizer.report.plan import design_tables, finding_table, plant_figures

ORDERS_SHOWN = 600


def design_grids(view: View) -> tuple[Table, ...]:
    """What is bought and retired by phase, the plant, and peak beside effective."""
    orders, plant, peaks = design_tables(view.result, view.chip)
    squared = replace(plant, rows=tuple((*row[:2], row[2].replace(" m2 ", " m² ")) for row in plant.rows))
    made = [
        from_table("Accelerators by phase", orders),
        from_table("Power and space, last phase", plant_figures(view.result)),
        listed("Legal flags", FLAGS, raised_flags(view.problem, view.decisions)),
        from_table("Plant bought, by phase; of substations also what is then in place", squared),
        from_table("Peak and effective, last phase", peaks),
    ]
    return tuple(table for table in made if table.rows)


FLAGS: tuple[Column[RaisedFlag], ...] = (
    Column("Flag", lambda raised: raised.flag.label),
    Column("Raised by", bought),
    Column("What to know", lambda raised: raised.detail or raised.flag.sentence),
)
ORDER_HEADER = ("Order by", "In service", "What", "Item", "Site", "Phase", "Quantity", "", "Licence", "Flags")
"""The amount, in the currency of the instance, has no name here."""
AMOUNT_AT = ORDER_HEADER.index("")


def order_grid(view: View) -> Table:
    """Every order by its last day, with licence; the total is that of the capital and fee accounts."""
    lines, money = view.orders, view.money
    rows: list[tuple[PageCell | str, ...]] = [_order_row(view, line) for line in lines[:ORDERS_SHOWN]]
    if rest := lines[ORDERS_SHOWN:]:
        worth = sum(line.total_usd for line in rest) / 1e6
        what = f"{len(rest)} later orders (procurement.csv)"
        rows.append(_sparse({2: what, AMOUNT_AT: PageCell(number(money.of(worth)), worth)}))
    if rows:
        total = sum(line.total_usd for line in lines) / 1e6
        amount = PageCell(like(money.of(total), money.of(total)), total, "orders")
        rows.append(_sparse({0: "total", AMOUNT_AT: amount}))
    header = tuple(name or money.unit("MUSD") for name in ORDER_HEADER)
    note = "The total is capital and licence fees of the ledger, undiscounted." if rows else ""
    return grid("Orders, by last day to order", header, rows, (6, AMOUNT_AT), total=bool(rows), note=note)


def _sparse(cells: Mapping[int, PageCell | str]) -> tuple[PageCell | str, ...]:
    """A row of orders with few cells in it."""
    return tuple(cells.get(at, "") for at in range(len(ORDER_HEADER)))


def _order_row(view: View, line: OrderLine) -> tuple[PageCell | str, ...]:
    licence = line.licence.clause if line.licence and line.licence.status == "licence" else ""
    flags = ", ".join(flag.label for flag in line.flags)
    worth = line.total_usd / 1e6
    return (
        line.order_by.isoformat(),
        line.delivery.isoformat(),
        f"{line.what} ({room_of(line.cooling, line.hall or None)})" if line.cooling else line.what,
        line.name,
        view.site(line.site),
        line.phase,
        quantity(line),
        PageCell(f"{view.money.of(worth):,.3f}", worth),
        PageCell(licence, mark="warn" if licence else ""),
        PageCell(flags, mark="warn" if flags else ""),
    )


def quantity(line: OrderLine) -> str:
    """How much of what an order is for."""
    if line.unit in ("MW", "MWh", "m2"):
        return f"{number(line.quantity)} {units(line.unit)}"
    return counted(round(line.quantity), line.unit)


def check_grid(audit: AuditReport) -> Table:
    """The audit's checks by family."""
    failed = Counter(finding.check.partition(".")[0] for finding in audit.findings)
    rows = [
        (name, exact(n, whole), exact(failed[name], whole), f"{audit.worst_by_family.get(name, 0.0):.1e}")
        for name, n in sorted(audit.checks_by_family.items())
    ]
    total = ("total", exact(audit.checks, whole), exact(len(audit.findings), whole), "")
    header = ("Kind of check", "Checks", "Failed", "Worst margin")
    return grid("Checks of the audit", header, [*rows, total], (1, 2, 3), total=True)


def figure_grid(view: View) -> Table:
    """Every key figure: the model's value, the audit's, and what it means."""
    kpis, audit = view.reported.kpis, view.result.audit
    recomputed = audit.figures if audit else {}
    columns: tuple[Column[Kpi], ...] = (
        Column("Figure", lambda kpi: PageCell(kpi_name(kpi.id), tip=kpi.id)),
        Column("Model", lambda kpi: exact(kpis[kpi.id], 6, kpi.id), right=True),
        Column("Audit", lambda kpi: number(recomputed[kpi.id], 6) if kpi.id in recomputed else "", right=True),
        Column("Unit", lambda kpi: unit_name(kpi.unit)),
        Column("What it is", lambda kpi: kpi.meaning),
    )
    return listed("Key figures, and the audit's own", columns, [kpi for kpi in ALL_KPIS if kpi.id in kpis])


def finding_grid(result: Result, most: int = 200) -> Table | None:
    """What the audit found; None if nothing."""
    findings = result.audit.findings if result.audit else ()
    if not findings:
        return None
    caption = f"What the audit found: {len(findings):,} findings" + (
        f", the first {most}" if len(findings) > most else ""
    )
    return from_table(caption, finding_table(findings[:most]))


def provenance_grid(record: Mapping[str, Any], result: Result) -> Table:
    """Inputs with their hashes, versions, options, seed, machine."""
    rows: list[tuple[str, str]] = [("instance", _text(record, "instance", "name") or result.problem.instance.name)]
    sha = _text(record, "instance", "sha256") or (result.design.instance_sha256 if result.design else "")
    rows.append(("SHA-256 of the resolved instance", sha))
    inputs = record.get("inputs")
    for item in inputs if isinstance(inputs, list) else []:
        if isinstance(item, dict):
            rows.append((f"input {item.get('file', '')}", str(item.get("sha256", ""))))
    size = result.size
    if size.rows:
        rows.append(("model", f"{size.rows:,} rows, {size.columns:,} columns, {size.integers:,} integer variables"))
        rows.append(("fingerprint of the matrix", size.fingerprint))
    command = record.get("command")
    if isinstance(command, list) and command:
        rows.append(("command", "optimizer " + " ".join(map(str, command))))
    rows += [
        (name, str(record[key]))
        for name, key in (("started (UTC)", "started_utc"), ("ended (UTC)", "ended_utc"))
        if record.get(key)
    ]
    for table, keys in (
        ("search", ("objective", "gap_asked", "gap_reached", "bound", "time_limit_s", "seed", "threads", "seconds")),
    ):
        rows += [(f"{table}: {key.replace('_', ' ')}", text) for key in keys if (text := _text(record, table, key))]
    for table in ("versions", "platform"):
        inside = record.get(table)
        if isinstance(inside, dict):
            rows.append((table, ", ".join(f"{key} {value}" for key, value in sorted(inside.items()))))
    return grid("Where this design comes from", ("What", "Value"), [row for row in rows if row[1]])


def _text(record: Mapping[str, Any], table: str, key: str) -> str:
    inside = record.get(table)
    entry = inside.get(key) if isinstance(inside, dict) else None
    return f"{entry:g}" if isinstance(entry, float) else str(entry) if entry not in (None, "") else ""
