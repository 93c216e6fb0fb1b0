"""Studies in the terminal: the rows of a sweep, the points of a frontier, the bars of a tornado."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.report.document import Block, Heading, Paragraph, Table
from optimizer.report.figures import gap_percent, number
from optimizer.run.study_tables import Line
from optimizer.study.axes import plain


def shown(value: Any) -> str:
    """A value as a reader expects it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(plain(value))


def sweep_blocks(lines: Sequence[Line], names: Sequence[str], most: int) -> list[Block]:
    """The first rows: inputs, levelised cost, gap and chips."""
    rows = []
    for line in lines[:most]:
        record = line.record
        lcoc = record.get("kpis", {}).get("lcoc_usd_per_eflop")
        gap = record.get("gap")
        rows.append(
            (
                str(line.number),
                *(shown(line.inputs.get(name)) for name in names),
                str(record.get("status")),
                shown(lcoc),
                "" if gap is None else gap_percent(gap),
                str(record.get("chip_set") or ""),
            )
        )
    heads = ("Cell", *names, "Status", "USD/EFLOP", "Gap", "Accelerators")
    more = [Paragraph(f"{len(lines) - most} more rows are in table.csv.")] if len(lines) > most else []
    return [Heading("Sweep", 1), Table(heads, tuple(rows)), *more]
