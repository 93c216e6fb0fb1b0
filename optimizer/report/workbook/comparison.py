"""The workbook of a comparison: one sheet a table, differences as formulas, costs as a chart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from optimizer.analysis.comparison import Row
from optimizer.report.compare_page import explanation
from optimizer.report.compared import NamedComparison
from optimizer.report.workbook.book import OPTIONS
from optimizer.report.workbook.page import Content, Formula, Page, Styles

TABLE_ROW = 3
"""First row of every table, from 0."""


def comparison_workbook(shown: NamedComparison) -> bytes:
    """The comparison as an XLSX file. Equal designs give equal bytes."""
    from datetime import datetime

    from xlsxwriter import Workbook

    target = io.BytesIO()
    book = Workbook(target, OPTIONS)
    planned = shown.sides[0].instance.planning_date
    book.set_properties({"created": datetime(planned.year, planned.month, planned.day)})
    styles = Styles(book)

    def page(name: str) -> Page:
        return Page(book.add_worksheet(name), styles)

    unit, rows = shown.money.unit("USD/EFLOP"), shown.rows
    _write_front(page("Comparison"), shown)
    costs = page("Costs")
    end = _write_numbers(costs, shown, rows.costs, f"Levelised cost by account, {unit}", total=True)
    costs.sheet.insert_chart(end + 2, 0, _chart(book, shown, unit))
    _write_numbers(page("Figures"), shown, rows.figures, "Key figures")
    _write_numbers(page("Lines"), shown, rows.lines, f"Ledger by account, phase, site and item, {unit}")
    _write_numbers(page("Decisions"), shown, rows.decisions, "Decisions over the whole horizon")
    _write_words(page("Accelerators"), shown, rows.chips, "Accelerators that a side cannot buy")
    _write_words(page("Assumptions"), shown, rows.assumptions, "Assumptions that differ")
    book.close()
    return target.getvalue()


def _write_front(page: Page, shown: NamedComparison) -> None:
    """What is compared, the sentence, and the questions of a board."""
    count = len(shown.heads)
    page.set_up((34, *[44] * count), TABLE_ROW)
    page.put(0, 0, " against ".join(shown.titles), "title")
    page.put(1, 0, explanation(shown), "note")
    page.line(TABLE_ROW, ("", *shown.heads), ["head"] * (count + 1))
    facts: list[tuple[str, ...]] = [
        ("Title", *shown.titles),
        ("Run", *(side.name for side in shown.sides)),
        ("Verdict", *(side.verdict for side in shown.sides)),
        ("What to buy", *(screen.buy for screen in shown.screens)),
        *((name, *("\n".join(filter(None, cell)) for cell in cells)) for name, cells in shown.answers),
    ]
    for at, cells in enumerate(facts, TABLE_ROW + 1):
        page.line(at, cells, ["bold", *["wrap"] * count])


def _write_numbers(page: Page, shown: NamedComparison, rows: Sequence[Row], title: str, total: bool = False) -> int:
    """Values of every side, then differences to the first by formula. Returns the last row written."""
    from xlsxwriter.utility import xl_col_to_name

    count = len(shown.heads)
    others = [f"{head} less {shown.heads[0]}" for head in shown.heads[1:]]
    page.set_up((46, 14, *[18] * (2 * count - 1), 30), TABLE_ROW)
    page.put(0, 0, title, "title")
    page.put(1, 0, "Differences are formulas: each side less the first.", "note")
    page.line(TABLE_ROW, ("What", "Unit", *shown.heads, *others, "Id"), ["head"] * (2 * count + 2))
    for at, row in enumerate(rows, TABLE_ROW + 1):
        differences: list[Content] = [
            Formula(f"={xl_col_to_name(2 + side)}{at + 1}-$C{at + 1}", row.difference(side) or 0.0)
            if row.difference(side) is not None
            else None
            for side in range(1, count)
        ]
        cells: list[Content] = [row.what, row.unit or None, *row.values, *differences, row.detail]
        page.line(at, cells, ("plain", "plain", *["number"] * (2 * count - 1), "note"))
    end = TABLE_ROW + len(rows)
    if not total:
        return end
    page.put(end + 1, 0, "Levelised cost", "total")
    totals = shown.totals
    for column, value in enumerate((*totals, *(total - totals[0] for total in totals[1:])), 2):
        name = xl_col_to_name(column)
        page.put(end + 1, column, Formula(f"=SUM({name}{TABLE_ROW + 2}:{name}{end + 1})", value), "total_number")
    return end + 1


def _write_words(page: Page, shown: NamedComparison, rows: Sequence[Row], title: str) -> None:
    page.set_up((46, *[34] * len(shown.heads), 44), TABLE_ROW)
    page.put(0, 0, title, "title")
    page.line(TABLE_ROW, ("What", *shown.heads, "Key"), ["head"] * (len(shown.heads) + 2))
    for at, row in enumerate(rows, TABLE_ROW + 1):
        page.line(at, (row.what, *row.values, row.detail), ("plain", *["wrap"] * len(shown.heads), "note"))


def _chart(book: Any, shown: NamedComparison, unit: str) -> Any:
    """Stacked bars, one a side, an account a colour."""
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    last = 1 + len(shown.heads)
    for at in range(len(shown.rows.costs)):
        row = TABLE_ROW + 1 + at
        chart.add_series(
            {
                "name": ["Costs", row, 0],
                "categories": ["Costs", TABLE_ROW, 2, TABLE_ROW, last],
                "values": ["Costs", row, 2, row, last],
            }
        )
    chart.set_title({"name": f"Levelised cost by account, {unit}", "overlay": False})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 900, "height": 220 + 60 * len(shown.heads)})
    chart.set_legend({"position": "bottom"})
    return chart
