"""The page for a board: what to buy, the questions it asks, and three charts of live cells. One sheet of A4 across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.report.first_screen import bought_text, first_screen
from optimizer.report.workbook.layout import PHASE_ROW, Content
from optimizer.report.workbook.own_money import ACCOUNT_COLUMN, FLOW_COLUMN, own_money
from optimizer.report.workbook.page import Page

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

WIDE_PX = 486
"""Of the first two columns."""
CHART = {"width": 560, "height": 300}
ROW_PX = 20
"""Height of a row of the sheet, in pixels."""


def write_board(book: Workbook, page: Page, content: Content) -> None:
    """Write the sheet; the charts follow the Inputs sheet, the words are those of the design."""
    page.set_up((30, 38, 90), 3)
    instance = content.result.problem.instance
    screen = first_screen(content.result, None, None)
    page.put(0, 0, instance.title or instance.name, "title")
    page.put(1, 0, screen.buy, "bold")
    page.line(3, ("Question", "Answer", ""), ["head"] * 3)
    row = 4
    for tile in screen.tiles:
        if tile.value != "not known":
            page.line(row, (tile.name, f"{tile.value} {tile.unit}".strip(), tile.note), ("bold", "bold", "plain"))
            row += 1
    for phase in screen.phases:
        met = "met" if phase.met else "missed"
        done = f"{phase.effective_pflops:,.0f} PFLOPS, target {phase.target_pflops:,.0f} {met}"
        page.line(row, (content.phase(phase.phase), done, f"buy {bought_text(instance, phase)}"), ("bold",))
        row += 1
    _charts(book, page, content, row + 1)
    page.sheet.fit_to_pages(1, 1)


def _charts(book: Workbook, page: Page, content: Content, row: int) -> None:
    """Throughput against demand, cash by phase, and what the levelised cost is made of."""
    phases = len(content.calendar.phases)
    names = ["Cash flow", PHASE_ROW, 1, PHASE_ROW + phases - 1, 1]

    def series(label: str, column: int, first: int) -> dict[str, object]:
        values = ["Cash flow", first, column, first + phases - 1, column]
        return {"name": label, "categories": names, "values": values}

    work = book.add_chart({"type": "column"})
    work.add_series(series("Effective, PFLOPS", 10, PHASE_ROW))
    work.add_series(series("Demand, PFLOPS", 9, PHASE_ROW))
    work.set_title({"name": "Throughput by phase, PFLOPS"})
    cash = book.add_chart({"type": "column"})
    own = own_money(content)
    code = own.code if own else "USD"
    flows, cost_column = (FLOW_COLUMN, ACCOUNT_COLUMN + 1) if own else (2, 3)
    for at, label in enumerate(("Paid at the start", "Paid a year", "Left at the end")):
        cash.add_series(series(label, flows + at, content.flow_row))
    cash.set_title({"name": f"Payments by phase, M{code}"})
    cost = book.add_chart({"type": "bar"})
    first = content.account_row
    last = first + max(len(content.accounts), 1) - 1
    where = {
        "categories": ["Cash flow", first, 0, last, 0],
        "values": ["Cash flow", first, cost_column, last, cost_column],
    }
    cost.add_series({"name": f"{code}/EFLOP", **where})
    cost.set_title({"name": f"Levelised cost by account, {code}/EFLOP"})
    cost.set_y_axis({"reverse": True, "label_position": "low"})
    cost.set_legend({"none": True})
    for chart in (work, cash):
        chart.set_legend({"position": "bottom"})
        chart.set_x_axis({"label_position": "low"})
    below = row + CHART["height"] // ROW_PX + 1
    for chart, top in ((work, row), (cash, below)):
        chart.set_size(CHART)
        page.sheet.insert_chart(top, 0, chart)
    cost.set_size({"width": CHART["width"], "height": max(2 * CHART["height"] + ROW_PX, 120 + 18 * (last - first + 1))})
    page.sheet.insert_chart(row, 2, cost, {"x_offset": CHART["width"] - WIDE_PX + 20})
