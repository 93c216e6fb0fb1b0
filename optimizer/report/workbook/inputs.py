"""The sheet of inputs: rates, tariff level, prices and what is left at the end, which ledger and cash flow follow."""

from __future__ import annotations

from optimizer.report.workbook.layout import INPUT_ROW, PRICE_ROW, Content, cell
from optimizer.report.workbook.page import Content as Value
from optimizer.report.workbook.page import Formula, Page

HEADER = ("Input", "In this design", "Try", "Times", "Input key")
INPUT_NAMES = {"resale_level": f"='Inputs'!{cell('C', INPUT_ROW + 1)}"}


def input_cell(row: int) -> str:
    """Where the value to try stands."""
    return f"Inputs!{cell('C', row)}"


def factor_cell(number: int) -> str:
    """Where it stands how many times its own value a price is; prices are counted from 0."""
    return f"Inputs!{cell('D', PRICE_ROW + number)}"


def write_inputs(page: Page, content: Content) -> None:
    """Yellow cells may be changed; NPV and LCOC beside them follow, with what is bought and used as it is."""
    page.set_up((64, 18, 18, 12, 52), INPUT_ROW - 1)
    note = "What is bought and used stays that of this design: it is not designed anew. Amounts in US dollars where no "
    note += "other currency is named."
    page.head("Inputs: change a yellow cell, and cash flow, board and costs follow", note)
    rate = content.result.problem.instance.finance.discount_rate
    rows: list[tuple[tuple[Value, ...], str]] = [
        (("Discount rate, a year", rate, rate, None, "finance.discount_rate"), "input_rate"),
        (("What is left at the end, level (1: as the design has it)", 1.0, 1.0, None, "end values"), "input_number"),
    ]
    for at, price in enumerate(content.prices):
        r = PRICE_ROW + at + 1
        times = Formula(f"=C{r}/B{r}", 1.0)
        rows.append(((price.name, price.value, price.value, times, price.path), "input_number"))
    page.line(INPUT_ROW - 1, HEADER, ["head"] * len(HEADER))
    for at, (cells, style) in enumerate(rows, INPUT_ROW):
        plain = "percent" if style == "input_rate" else "general"
        page.line(at, cells, ("plain", plain, style, "general", "note"))
    page.put(1, 6, "Result", "head")
    page.put(1, 7, "Now", "head")
    page.put(1, 8, "In this design", "head")
    page.sheet.set_column(6, 8, 22)
    for at, (label, name, value) in enumerate(_results(content), 2):
        page.put(at, 6, label, "bold")
        page.put(at, 7, Formula(f"={name}", value), "money")
        page.put(at, 8, value, "money")


def _results(content: Content) -> tuple[tuple[str, str, float], ...]:
    reported = content.reported
    return (
        ("NPV of all costs, MUSD", "npv_musd", reported.npv_cost_musd),
        ("LCOC, USD/EFLOP", "lcoc", reported.lcoc_usd_per_eflop),
    )
